package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Statements are prepared statements, by the names of the files they came from
// without the ending ".sql". They are safe for concurrent use.
type Statements struct {
	db      *sql.DB
	dialect Dialect
	byName  map[string]*sql.Stmt
}

// Prepare prepares the one statement in each .sql file of a folder, or in the
// file of the same name in its folder named after the dialect, which may have
// further ones. Parameters are written ?1, ?2, … The caller closes what it
// returns, before the database.
func Prepare(ctx context.Context, db *sql.DB, d Dialect, files fs.FS, dir string) (*Statements, error) {
	found, err := statementFiles(files, dir, path.Join(dir, d.Name))
	if err != nil {
		return nil, err
	}
	s := &Statements{db: db, dialect: d, byName: map[string]*sql.Stmt{}}
	for name, file := range found {
		if err := s.prepare(ctx, files, name, file); err != nil {
			return nil, errors.Join(errorOf(ctx, "prepare "+file, err), s.Close())
		}
	}
	return s, nil
}

// statementFiles returns files by the names of statements; those of later folders
// stand in for those of earlier ones.
func statementFiles(files fs.FS, dirs ...string) (map[string]string, error) {
	found := map[string]string{}
	for _, dir := range dirs {
		names, err := fs.Glob(files, path.Join(dir, "*.sql"))
		if err != nil {
			return nil, err
		}
		for _, file := range names {
			found[strings.TrimSuffix(path.Base(file), ".sql")] = file
		}
	}
	return found, nil
}

func (s *Statements) prepare(ctx context.Context, files fs.FS, name, file string) error {
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return err
	}
	s.byName[name], err = s.db.PrepareContext(ctx, s.dialect.Statement(string(text)))
	if err != nil {
		delete(s.byName, name)
	}
	return err
}

// Close frees the statements. The database stays open.
func (s *Statements) Close() error {
	var errs []error
	for _, stmt := range s.byName {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(errs...)
}

func (s *Statements) named(name string) (*sql.Stmt, error) {
	if stmt, ok := s.byName[name]; ok {
		return stmt, nil
	}
	return nil, fmt.Errorf("no such statement")
}

// ErrEnough is what is returned for a row after which no more are wanted. It is
// no failure.
var ErrEnough = errors.New("no more rows are wanted")

// Query reads outside of any transaction, and calls each for every row. The
// connection is held until Query returns.
func (s *Statements) Query(ctx context.Context, name string, each func(*sql.Rows) error, args ...any) error {
	stmt, err := s.named(name)
	if err == nil {
		err = query(ctx, stmt, each, args)
	}
	if err != nil {
		return errorOf(ctx, name, err)
	}
	return nil
}

func query(ctx context.Context, stmt *sql.Stmt, each func(*sql.Rows) error, args []any) error {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err == ErrEnough {
			return rows.Close()
		} else if err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// A Tx is a transaction in which nobody else writes. It is used by one
// goroutine.
type Tx struct {
	ctx        context.Context
	tx         *sql.Tx // nil: none is needed
	statements *Statements
	bound      map[string]*sql.Stmt
	failed     error // of the first statement that did; nothing of the transaction may be kept
}

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(name string, args ...any) (int64, error) {
	stmt, err := t.bind(name)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, t.fail(name, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, t.fail(name, err)
	}
	return n, nil
}

// Query runs a statement and calls each for every row.
func (t *Tx) Query(name string, each func(*sql.Rows) error, args ...any) error {
	stmt, err := t.bind(name)
	if err != nil {
		return err
	}
	if err := query(t.ctx, stmt, each, args); err != nil {
		return t.fail(name, err)
	}
	return nil
}

func (t *Tx) bind(name string) (*sql.Stmt, error) {
	if stmt, ok := t.bound[name]; ok {
		return stmt, nil
	}
	stmt, err := t.statements.named(name)
	if err != nil {
		return nil, t.fail(name, err)
	}
	if t.tx != nil {
		stmt = t.tx.StmtContext(t.ctx, stmt)
	}
	t.bound[name] = stmt
	return stmt, nil
}

func (t *Tx) fail(name string, err error) error {
	err = errorOf(t.ctx, name, err)
	if t.failed == nil {
		t.failed = err
	}
	return err
}
