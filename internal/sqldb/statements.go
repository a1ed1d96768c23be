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
	db     *sql.DB
	byName map[string]*sql.Stmt
}

// Prepare prepares the one statement in each .sql file of a folder. Parameters
// are written ?1, ?2, … The caller closes what it returns, before the database.
func Prepare(ctx context.Context, db *sql.DB, d Dialect, files fs.FS, dir string) (*Statements, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	s := &Statements{db: db, byName: map[string]*sql.Stmt{}}
	for _, file := range names {
		if err := s.prepare(ctx, d, files, file); err != nil {
			return nil, errors.Join(&Error{"prepare " + file, err}, s.Close())
		}
	}
	return s, nil
}

func (s *Statements) prepare(ctx context.Context, d Dialect, files fs.FS, file string) error {
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return err
	}
	stmt, err := s.db.PrepareContext(ctx, d.statement(string(text)))
	if err != nil {
		return err
	}
	s.byName[strings.TrimSuffix(path.Base(file), ".sql")] = stmt
	return nil
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
		return &Error{name, err}
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
	failed     bool // a statement did; nothing of the transaction may be kept
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
	t.failed = true
	return &Error{name, err}
}
