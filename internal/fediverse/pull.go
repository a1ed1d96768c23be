package fediverse

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// Pull tells the followers of an old account, from here, that it has moved to one here
// (FEP-7628, pull mode): for those whose old server does not say so. It is signed with a
// key that the old account had shown to be its owner's (FEP-c390). Nobody hears of it
// whose server has not switched that on.
func (s *Server) Pull(ctx context.Context, name string, old vocab.IRI, key actor.PrivateKey, followers []vocab.IRI) error {
	a, err := s.Account(ctx, name)
	if err != nil {
		return err
	}
	key.ID = key.Public().DIDKey()
	key.Owner = key.ID
	id := move.ActivityID("pull", a.ID, "move", old)
	body, err := vocab.Build(
		vocab.Member{Name: vocab.Context, Value: []string{vocab.ContextAS, "https://w3id.org/security/data-integrity/v1"}},
		vocab.Member{Name: vocab.ID, Value: s.config.Base + "/activities/" + id},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeMove},
		vocab.Member{Name: vocab.Actor, Value: a.ID},
		vocab.Member{Name: vocab.ObjectProperty, Value: old},
		vocab.Member{Name: vocab.Target, Value: a.ID},
		vocab.Member{Name: vocab.To, Value: a.ID + "/followers"},
	)
	if err == nil {
		body, err = actor.SignProof(body, key, time.Now(), nil)
	}
	if err != nil {
		return fmt.Errorf("pull followers: %w", err)
	}
	for _, follower := range followers {
		if err := s.pullOne(ctx, id, a.ID, body, follower); err != nil {
			return fmt.Errorf("pull followers: %w", err)
		}
	}
	s.rouse()
	return nil
}

func (s *Server) pullOne(ctx context.Context, id string, account vocab.IRI, body *vocab.Object, follower vocab.IRI) error {
	to, err := s.lookUp(ctx, follower)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := enqueue(ctx, tx, letter{key: id + " " + string(follower), account: account, inbox: to.inbox, body: body})
		return err
	})
}
