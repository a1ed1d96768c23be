package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// ErrNewer says that the tables were made by a later version of the program,
// which this one must not write to.
var ErrNewer = errors.New("the database is of a newer version")

// Migrate brings the tables of one package up to date, all of it or nothing, in
// one transaction. The files of the folder named after the dialect are the
// migrations, in the order of their names; each is one or more statements that
// end with a semicolon at the end of a line. How many were applied is kept in
// the table named version, which Migrate makes. Several processes may do this
// at the same time, and while others write: those wait.
func Migrate(ctx context.Context, db *sql.DB, d Dialect, files fs.FS, version string) error {
	names, err := fs.Glob(files, d.Name+"/*.sql")
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("migrate: no migrations for %s", d.Name)
	}
	if err := migrate(ctx, db, d, files, names, version); err != nil {
		return errorOf(ctx, "migrate", err)
	}
	return nil
}

func migrate(ctx context.Context, db *sql.DB, d Dialect, files fs.FS, names []string, version string) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, d.begin); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// Also when it was ctx that ended: the connection is used again.
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if d.alone != "" {
		if _, err := conn.ExecContext(ctx, d.alone, version); err != nil {
			return err
		}
	}
	applied, err := appliedVersion(ctx, conn, version)
	if err != nil {
		return err
	}
	if applied > len(names) {
		return fmt.Errorf("%w: %d, this program knows %d", ErrNewer, applied, len(names))
	}
	if applied < len(names) {
		if err := applyAll(ctx, conn, d, files, names[applied:], version); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}

// applyAll applies the migrations that are new, which are the last ones.
func applyAll(ctx context.Context, conn *sql.Conn, d Dialect, files fs.FS, names []string, version string) error {
	if d.shut != "" {
		// Before anything else, so that no writer waits for a table while it has another.
		if _, err := conn.ExecContext(ctx, fmt.Sprintf(d.shut, version)); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := apply(ctx, conn, files, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET version = version + %d", version, len(names)))
	return err
}

func appliedVersion(ctx context.Context, conn *sql.Conn, table string) (applied int, err error) {
	if _, err := conn.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+table+" (version INTEGER NOT NULL)"); err != nil {
		return 0, err
	}
	err = conn.QueryRowContext(ctx, "SELECT version FROM "+table).Scan(&applied)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = conn.ExecContext(ctx, "INSERT INTO "+table+" (version) VALUES (0)")
	}
	return applied, err
}

func apply(ctx context.Context, conn *sql.Conn, files fs.FS, name string) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
