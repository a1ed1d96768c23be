package sqldb

import (
	"context"
	"database/sql"
)

// Add prepares one more statement, which no file has.
func (s *Statements) Add(ctx context.Context, name, text string) error {
	stmt, err := s.db.PrepareContext(ctx, s.dialect.Statement(text))
	if err != nil {
		return errorOf(ctx, "prepare "+name, err)
	}
	s.byName[name] = stmt
	return nil
}

// Within runs statements in a transaction that somebody else began on the same
// database, and commits or rolls back.
func (s *Statements) Within(ctx context.Context, tx *sql.Tx) *Tx {
	return &Tx{ctx: ctx, tx: tx, statements: s, bound: map[string]*sql.Stmt{}}
}
