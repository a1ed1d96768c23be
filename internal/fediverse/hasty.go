package fediverse

import (
	"context"
	"errors"
	"time"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// Hasty makes the server honour Moves in the order that some servers have: the
// old follow is undone first, and the new account asked after a pause, whatever
// it will say. A negative pause makes it honour them properly again.
func (s *Server) Hasty(pause time.Duration) {
	if pause < 0 {
		s.manners.hasty.Store(nil)
		return
	}
	s.manners.hasty.Store(&pause)
}

// hurry honours a Move without the receiver.
func (s *Server) hurry(ctx context.Context, d move.Delivery) (move.Verdict, error) {
	rules := s.config.Rules
	rules.Ours, rules.Keys = s.ours, s.store
	m, err := move.Verify(ctx, s.client, d, &rules)
	if refused, ok := errors.AsType[*move.RefusedError](err); ok {
		return move.Verdict{Outcome: move.Refuse, Reason: refused.Reason}, nil
	}
	if deferred, ok := errors.AsType[*move.DeferredError](err); ok {
		return move.Verdict{Outcome: move.Refuse, Reason: deferred.Reason}, nil
	}
	if err != nil {
		return move.Verdict{}, err
	}
	for party, err := range s.Parties(ctx, m.Old, "") {
		if err != nil {
			return move.Verdict{}, err
		}
		if err := s.swap(ctx, party, m.Old, m.New); err != nil {
			return move.Verdict{}, err
		}
	}
	return move.Verdict{Outcome: move.Accept, Old: m.Old, New: m.New}, nil
}

// swap sends the Undo at once, and the Follow later.
func (s *Server) swap(ctx context.Context, party, old, new vocab.IRI) error {
	now, err := s.Relation(ctx, party, old, new)
	if err != nil || !now.FollowsOld || now.BlocksNew {
		return err
	}
	if err := s.Undo(ctx, move.ActivityID("hasty", party, "undo", old), party, old); err != nil {
		return err
	}
	var due time.Time
	if pause := s.manners.hasty.Load(); pause != nil {
		due = time.Now().Add(*pause)
	}
	return s.followAt(ctx, due, move.ActivityID("hasty", party, "follow", new), party, new)
}
