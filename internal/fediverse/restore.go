package fediverse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// Restored is what has come back.
type Restored struct {
	Report *portability.JobReport
	// Later are followers that could not be asked now where they take mail. Restoring again
	// asks again.
	Later []vocab.IRI
}

// Restore brings back, under their old ids, what an adopted account had, whom it followed
// and who followed it. Interrupted, it goes on where it was. Nobody is told anything. The
// caller closes the source.
func (s *Server) Restore(ctx context.Context, operator, name string, from portability.Source) (Restored, error) {
	a, err := s.Account(ctx, name)
	if err == nil && a.before == nil {
		err = ErrNoAccount
	}
	if err == nil {
		err = s.keep(ctx, s.db, s.keeping(operator, a.ID), name, a.ID)
	}
	if err != nil {
		return Restored{}, fmt.Errorf("restore %s: %w", name, err)
	}
	shelf, err := s.Shelf(ctx, name, portability.ReadershipOf(a.before))
	if err != nil {
		return Restored{}, err
	}
	job := "restore " + string(a.ID)
	engine := portability.NewEngine(s.copies, restoring{from, keeper{shelf, operator}}, &portability.EngineOptions{Keep: s.keeps(operator, name)})
	_, err = engine.Begin(ctx, portability.JobSpec{
		ID: job, Account: a.ID, Old: a.ID, Standing: portability.Proved,
		Options: portability.JobOptions{KeepIDs: true, FollowersOnly: true, ByHand: a.Locked},
	})
	if err != nil {
		return Restored{}, err
	}
	if _, err := engine.Run(ctx, job); err != nil {
		return Restored{}, err
	}
	var r Restored
	if r.Report, err = engine.Report(ctx, job); err != nil {
		return r, err
	}
	r.Later, err = s.regain(ctx, a.ID, from)
	return r, err
}

// keeps says which ids an account keeps that comes back. Whoever takes one meanwhile has
// it: what is put is asked about once more, in the transaction that puts it.
func (s *Server) keeps(operator, name string) portability.KeepIDs {
	return func(ctx context.Context, j portability.Job, ids []vocab.IRI) ([]bool, error) {
		kept := make([]bool, len(ids))
		for n, id := range ids {
			asked := s.keeping(operator, j.Account)
			asked.Standing = j.Standing
			err := s.keep(ctx, s.db, asked, name, id)
			if _, refused := errors.AsType[*KeepError](err); err != nil && !refused {
				return nil, err
			}
			kept[n] = err == nil
		}
		return kept, nil
	}
}

// restoring opens both ends of the copy.
type restoring struct {
	from portability.Source
	to   portability.Sink
}

// Open is [portability.Opener.Open].
func (r restoring) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return lent{r.from}, r.to, nil
}

// A keeper is a shelf on which things keep their ids, if nobody else here has them.
type keeper struct {
	*Shelf
	operator string
}

var _ sqlstore.TxSink = keeper{}

// Put implements portability.Sink.
func (k keeper) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	return k.PutTx(ctx, items, func(*sql.Tx, []portability.Result) error { return nil })
}

// PutTx implements sqlstore.TxSink.
func (k keeper) PutTx(ctx context.Context, items []portability.Item, also func(*sql.Tx, []portability.Result) error) ([]portability.Result, error) {
	return k.each(ctx, items, also, k.put)
}

func (k keeper) put(ctx context.Context, tx *sql.Tx, item portability.Item) (portability.Result, error) {
	if item.Placed == nil || item.Placed.ID == "" || item.Kind == portability.Actor {
		return k.Shelf.put(ctx, tx, item)
	}
	asked := k.server.keeping(k.operator, k.account)
	asked.Standing = item.Placed.Standing
	err := k.server.keep(ctx, tx, asked, k.name, item.Placed.ID)
	if refused, ok := errors.AsType[*KeepError](err); ok {
		return portability.Result{State: portability.Failed, Reason: reasonOf(refused.Decision.Ground)}, nil
	}
	if err != nil {
		return portability.Result{}, err
	}
	result, err := k.Shelf.put(ctx, tx, item)
	if err != nil || result.State != portability.Copied {
		return result, err
	}
	if item.Kind == portability.Outbox { // it is shown as well
		_, err = tx.ExecContext(ctx, `UPDATE items SET audience = ? WHERE account = ? AND kind = ? AND ref = ?`,
			item.Placed.Audience, k.account, item.Kind, item.ID)
	}
	if err != nil {
		return result, err
	}
	return result, k.note(ctx, tx, item)
}

func reasonOf(g consent.Ground) portability.Reason {
	switch g {
	case consent.GroundOwned:
		return portability.NotOwn
	case consent.GroundOtherHost:
		return portability.ForeignHost
	}
	return portability.Reason(g)
}

// regain takes up follows where they were. Those at the other ends have them still, so
// nobody is asked and nobody told.
func (s *Server) regain(ctx context.Context, account vocab.IRI, from portability.Source) (later []vocab.IRI, err error) {
	for _, k := range []portability.Kind{portability.Followers, portability.Following} {
		for item, err := range from.Items(ctx, k, "") {
			if err != nil {
				return later, fmt.Errorf("restore %s: %w", k, err)
			}
			other := vocab.IRI(item.ID)
			to, err := s.lookUp(ctx, other)
			if _, silent := errors.AsType[*actor.FetchError](err); silent {
				later = append(later, other)
				continue
			}
			if err == nil {
				err = s.regainOne(ctx, account, other, k, to)
			}
			if err != nil {
				return later, err
			}
		}
	}
	return later, nil
}

func (s *Server) regainOne(ctx context.Context, account, other vocab.IRI, k portability.Kind, to address) error {
	kind := follower
	if k == portability.Following {
		kind = follows
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO relations (account, other, kind, state, inbox, shared, at)
		VALUES (?, ?, ?, 'accepted', ?, ?, ?) ON CONFLICT DO NOTHING`, account, other, kind, to.inbox, to.shared, time.Now().Unix())
	return err
}
