package sqldb

import (
	"context"
	"database/sql"
)

// Page reads, as [Statements.Query] does, a page of very many rows, which stand in an
// index in the order that is asked for. PostgreSQL, which knows little of a table that
// has just grown, would sort all that is left of them for each page anew; it is told not
// to, in a transaction that does nothing else.
func (s *Statements) Page(ctx context.Context, name string, each func(*sql.Rows) error, args ...any) error {
	if s.dialect.unsorted == "" {
		return s.Query(ctx, name, each, args...)
	}
	stmt, err := s.named(name)
	if err == nil {
		err = s.unsorted(ctx, func(tx *sql.Tx) error { return query(ctx, tx.StmtContext(ctx, stmt), each, args) })
	}
	if err != nil {
		return errorOf(ctx, name, err)
	}
	return nil
}

// unsorted reads in a transaction in which nothing is sorted for which there is an index.
func (s *Statements) unsorted(ctx context.Context, read func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, s.dialect.unsorted); err != nil {
		return err
	}
	if err := read(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Page reads, or changes, as [Tx.Query] does, a page of very many rows, like
// [Statements.Page]. The rest of the transaction does not sort either.
func (t *Tx) Page(name string, each func(*sql.Rows) error, args ...any) error {
	if t.tx != nil && t.statements.dialect.unsorted != "" {
		if _, err := t.tx.ExecContext(t.ctx, t.statements.dialect.unsorted); err != nil {
			return t.fail(name, err)
		}
	}
	return t.Query(name, each, args...)
}
