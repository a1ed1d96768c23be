package fediverse

import (
	"context"
	"database/sql"
	"slices"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// CopyTo makes an account say that its owner has another one as well (copiedTo), and
// tells its followers by an Update of the account.
func (s *Server) CopyTo(ctx context.Context, name string, other vocab.IRI) error {
	a, err := s.Account(ctx, name)
	if err != nil {
		return err
	}
	if !slices.Contains(a.CopiedTo, other) {
		a.CopiedTo = append(a.CopiedTo, other)
	}
	if err := s.copiedTo(ctx, name, a.CopiedTo); err != nil {
		return err
	}
	document, err := a.Document(s.config.Base)
	if err != nil {
		return err
	}
	key := move.ActivityID("copied", a.ID, "update", other)
	for to, err := range s.Recipients(ctx, a.ID, "") {
		if err != nil {
			return err
		}
		if err := s.update(ctx, key, a.ID, document, to); err != nil {
			return err
		}
	}
	s.rouse()
	return nil
}

// update queues an Update of an account for one of its followers.
func (s *Server) update(ctx context.Context, key string, account vocab.IRI, document *vocab.Object, to move.Recipient) error {
	body, err := build(vocab.IRI(s.config.Base+"/activities/"+key), vocab.TypeUpdate, account, document, to.ID)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := enqueue(ctx, tx, letter{key: key + " " + string(to.ID), account: account, inbox: to.Inbox, body: body})
		return err
	})
}

// heardOfCopy tells those who follow an account here that it has another one as well, if
// its own document says so now. Nobody is moved.
func (s *Server) heardOfCopy(ctx context.Context, by vocab.IRI, activity *vocab.Object) error {
	if said := activity.Child(vocab.ObjectProperty); said == nil || !said.Has(vocab.CopiedTo) {
		return nil
	}
	document, err := s.client.FetchFresh(ctx, by)
	if err != nil {
		return err
	}
	for _, other := range actor.StandingOf(document).CopiedTo {
		for party, err := range s.Parties(ctx, by, "") {
			if err != nil {
				return err
			}
			now, err := s.Relation(ctx, party, by, other)
			if err != nil {
				return err
			}
			if !now.FollowsOld {
				continue
			}
			err = s.Notify(ctx, move.Notice{
				ID: move.ActivityID("copied", party, "notice", other), Party: party, Old: by, New: other, Reason: move.CopiedOnly,
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
