package fediverse

import (
	"context"

	"codeberg.org/godwit/godwit/actor"
)

// Waiting returns how many activities are queued for others and not sent yet. Those of
// Moves are the announcer's.
func (s *Server) Waiting(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM outgoing WHERE state = 'due'`).Scan(&n)
	return n, err
}

// CameIn returns how many activities ever came in and were acted upon.
func (s *Server) CameIn(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM received`).Scan(&n)
	return n, err
}

// KnownKeys is what the server remembers of others' keys.
func (s *Server) KnownKeys() actor.KeyMemory { return s.store }
