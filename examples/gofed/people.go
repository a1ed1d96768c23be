package main

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"slices"
	"sync"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

// people is what package move asks about the account here and does for it:
// move.Relations when others move, move.Home when it moves itself.
type people struct {
	*server
	mu      sync.Mutex
	pending map[vocab.IRI]bool      // asked, not answered
	follows map[vocab.IRI]vocab.IRI // whom: the id of the Follow
}

var (
	_ move.Relations = (*people)(nil)
	_ move.Home      = (*people)(nil)
)

func (p *people) Parties(ctx context.Context, old, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		r, err := p.Relation(ctx, p.person, old, old)
		if err != nil {
			yield("", err)
		} else if (r.FollowsOld || r.PendingOld) && p.person > after {
			yield(p.person, nil)
		}
	}
}

func (p *people) Relation(ctx context.Context, _, old, new vocab.IRI) (move.Relation, error) {
	following, err := p.db.members(ctx, p.person+"/following")
	if err != nil {
		return move.Relation{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return move.Relation{
		FollowsOld: slices.Contains(following, old), PendingOld: p.pending[old],
		FollowsNew: slices.Contains(following, new), PendingNew: p.pending[new],
	}, nil
}

// Follow sends a Follow through pub. The id is the same for every try.
func (p *people) Follow(ctx context.Context, id string, party, target vocab.IRI) error {
	activity := p.db.activityID(id)
	p.mu.Lock()
	p.pending[target], p.follows[target] = true, activity
	p.mu.Unlock()
	return p.send(ctx, activity, "Follow", party, target, target)
}

// Undo takes back the Follow of target, here at once and there as far as it can.
func (p *people) Undo(ctx context.Context, id string, party, target vocab.IRI) error {
	if err := p.db.remove(ctx, party+"/following", target); err != nil {
		return err
	}
	p.answered(target)
	p.mu.Lock()
	follow := p.db.public(p.follows[target])
	p.mu.Unlock()
	if follow == nil {
		return nil
	}
	return p.send(ctx, p.db.activityID(id), "Undo", party, follow, target)
}

// send hands an activity to pub, which stores and delivers it.
func (p *people) send(ctx context.Context, id vocab.IRI, kind string, party vocab.IRI, object any, to vocab.IRI) error {
	activity, err := vocab.Build(
		vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
		vocab.Member{Name: vocab.ID, Value: id},
		vocab.Member{Name: vocab.Type, Value: kind},
		vocab.Member{Name: vocab.Actor, Value: party},
		vocab.Member{Name: vocab.ObjectProperty, Value: object},
		vocab.Member{Name: vocab.To, Value: []vocab.IRI{to}},
	)
	if err != nil {
		return err
	}
	value, err := gofed.ToType(ctx, activity)
	if err != nil {
		return err
	}
	outbox, err := url.Parse(string(party + "/outbox"))
	if err != nil {
		return err
	}
	_, err = p.actor.Send(gofed.WithDocument(ctx, activity), outbox, value)
	return err
}

// answered forgets that target has yet to answer.
func (p *people) answered(target vocab.IRI) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pending, target)
}

func (p *people) Point(_ context.Context, old, new vocab.IRI) error {
	return p.db.change(old, func(profile *vocab.Object) (*vocab.Object, error) { return move.Pointing(profile, new) })
}

func (p *people) Recipients(ctx context.Context, old, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		followers, err := p.db.members(ctx, old+"/followers")
		if err != nil {
			yield(move.Recipient{}, err)
			return
		}
		for _, id := range slices.Sorted(slices.Values(followers)) {
			if id <= after {
				continue
			}
			profile, err := p.profile(ctx, id)
			if failed, ok := errors.AsType[*actor.FetchError](err); ok && !failed.Temporary() {
				continue // an account that is gone has no inbox
			}
			if err != nil {
				yield(move.Recipient{}, err)
				return
			}
			if !yield(move.Recipient{ID: id, Inbox: profile.IRI(vocab.Inbox)}, nil) {
				return
			}
		}
	}
}

// profile returns what is kept of another account, or else asks its server.
func (p *people) profile(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if kept := p.db.find(id); kept != nil {
		return kept, nil
	}
	return p.client.Fetch(ctx, id)
}
