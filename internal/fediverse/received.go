package fediverse

import (
	"context"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Received is one activity that came in and was acted upon.
type Received struct {
	Number  int64 // rises
	Actor   vocab.IRI
	Type    string
	Body    string
	Verdict string // of a Move: the outcome and, behind a space, the reason
	At      time.Time
}

// Received returns what came in after a number, oldest first, a thousand at
// most. What was refused at the door, for its signature, is not there.
func (s *Server) Received(ctx context.Context, after int64) ([]Received, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, actor, type, body, verdict, at FROM received
		WHERE id > ? ORDER BY id LIMIT 1000`, after)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(r row) (in Received, err error) {
		var at int64
		err = r.Scan(&in.Number, &in.Actor, &in.Type, &in.Body, &in.Verdict, &at)
		in.At = time.UnixMilli(at)
		return in, err
	})
}

// VerdictOn returns what was concluded about an activity when it came last; ""
// if it never did, or is no Move.
func (s *Server) VerdictOn(ctx context.Context, body string) (string, error) {
	var verdict string
	err := s.db.QueryRowContext(ctx, `SELECT coalesce((SELECT verdict FROM received WHERE body = ?
		ORDER BY id DESC LIMIT 1), '')`, body).Scan(&verdict)
	return verdict, err
}

// Lock makes an account approve followers by hand, or all at once.
func (s *Server) Lock(ctx context.Context, name string, locked bool) error {
	return s.change(ctx, `UPDATE accounts SET locked = ? WHERE name = ?`, locked, name)
}
