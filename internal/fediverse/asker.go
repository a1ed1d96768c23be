package fediverse

import (
	"context"
	"database/sql"
	"errors"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An Asker follows those whom an account has followed before.
type Asker struct{ s *Server }

var (
	_ portability.Follower = Asker{}
	_ portability.Chooser  = Asker{}
)

// Asker returns what a portability.FollowEngine asks with.
func (s *Server) Asker() Asker { return Asker{s} }

// Follow implements portability.Follower.
func (a Asker) Follow(ctx context.Context, account, target vocab.IRI) (portability.State, error) {
	if err := a.s.Follow(ctx, move.ActivityID("first", account, "follow", target), account, target); err != nil {
		return "", err
	}
	var state string
	err := a.s.db.QueryRowContext(ctx, `SELECT state FROM relations WHERE account = ? AND other = ? AND kind = 'follows'`,
		account, target).Scan(&state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return portability.Rejected, nil
	case state == "accepted":
		return portability.Accepted, err
	}
	return portability.Asked, err
}

// Chooses implements portability.Chooser.
func (a Asker) Chooses(ctx context.Context, account, target vocab.IRI) (bool, error) {
	blocked, err := a.s.blocks(ctx, account, target)
	if err != nil || blocked {
		return false, err
	}
	fenced, err := a.s.isFenced(ctx, target)
	return !fenced, err
}
