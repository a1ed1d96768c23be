package move

import (
	"context"
	"errors"
	"slices"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// Accepted tells that target has accepted party's follow; also that party was
// found among target's followers, which counts the same. It may be told of any
// follow and any number of times: what is no part of a move is ignored. The
// host's own list must show the follow by then.
func (r *Receiver) Accepted(ctx context.Context, party, target vocab.IRI) error {
	return r.answered(ctx, party, target, func(c Case, s Step) (Step, bool, error) {
		switch {
		case s.State == Requested:
			s.State, s.Reason, s.Due, s.Since = Accepted, "", r.now(), r.now()
			return s, true, nil
		case s.State == Queued:
			// The answer overtook the worker that sent the follow: what it is
			// about to store is stale now, and the step is done again.
			s.Due = r.now()
			return s, true, nil
		case s.State == Rejected && s.Reason != LateAccept:
			c.New = target
			return r.ended(s, Rejected, LateAccept), true, r.notify(ctx, c, s, LateAccept)
		}
		return s, false, nil
	})
}

// Rejected tells that target has rejected party's follow, or that the follow
// cannot be delivered for good. The old follow is kept, and party told, unless
// target has itself moved on: then party is led there.
func (r *Receiver) Rejected(ctx context.Context, party, target vocab.IRI) error {
	return r.answered(ctx, party, target, func(c Case, s Step) (Step, bool, error) {
		if s.State != Requested && s.State != Queued {
			return s, false, nil
		}
		if c.New != target {
			s.State, s.Reason, s.Due, s.Since, s.Attempts = Queued, "", r.now(), r.now(), 0
			return s, true, nil
		}
		return r.ended(s, Rejected, RejectedNew), true, r.notify(ctx, c, s, RejectedNew)
	})
}

// answered changes the steps of party that lead to target, or through it: New
// of the case is then the account further on.
func (r *Receiver) answered(ctx context.Context, party, target vocab.IRI, event func(Case, Step) (Step, bool, error)) error {
	steps, err := r.store.Of(ctx, In, party)
	if err != nil {
		return err
	}
	for _, s := range steps {
		c, err := r.store.Case(ctx, s.Case)
		if err != nil {
			return err
		}
		to, err := r.furthest(ctx, c.New)
		if err != nil {
			return err
		}
		if c.New != target && to != target {
			continue
		}
		c.New = to
		if err := r.change(ctx, s, func(s Step) (Step, bool, error) { return event(c, s) }); err != nil {
			return err
		}
	}
	r.Wake()
	return nil
}

// change stores what an event makes of a step, if it makes anything of it. Where a
// worker stores the step at the same moment, the event is asked again: work is done
// again by itself, and an event comes once.
func (r *Receiver) change(ctx context.Context, s Step, event func(Step) (Step, bool, error)) error {
	for {
		next, changed, err := event(s)
		if err != nil || !changed {
			return err
		}
		if err = r.store.Advance(ctx, next); !errors.Is(err, ErrStale) {
			return err
		}
		if s, err = r.store.Find(ctx, s.Case, s.Party); err != nil {
			return err
		}
	}
}

// ErrNothingToConfirm says that no move of the account waits for this follower.
var ErrNothingToConfirm = errors.New("no move of this account waits for your word")

// Confirm moves party by hand after a Move of old that was never confirmed, or
// was held back. The new account must still claim the old one; if it does not,
// has itself moved on, or is blocked here by now, or if the old one names
// another by now, a [RefusedError] says so.
func (r *Receiver) Confirm(ctx context.Context, party, old vocab.IRI) error {
	steps, err := r.store.Of(ctx, In, party)
	if err != nil {
		return err
	}
	for i := len(steps) - 1; i >= 0; i-- {
		c, err := r.store.Case(ctx, steps[i].Case)
		if err != nil {
			return err
		}
		if c.Old != old || steps[i].State != Told || steps[i].Reason != NotMoved && steps[i].Reason != KeyChanged && steps[i].Reason != OptedOut {
			continue
		}
		return r.confirm(ctx, c, steps[i])
	}
	return ErrNothingToConfirm
}

func (r *Receiver) confirm(ctx context.Context, c Case, s Step) error {
	v := newVerification(r.fetcher, Delivery{}, r.options.Rules)
	v.move.Claim, v.move.New, v.move.Evidence = Claim{Actor: c.Old, Old: c.Old, Target: c.New}, c.New, c.Evidence
	if err := v.permitted(ctx, c.Old, c.New); err != nil {
		return v.explain(err)
	}
	for _, check := range []func(context.Context) error{v.examineNew, v.walk} {
		if err := check(ctx); err != nil {
			return v.explain(err)
		}
	}
	if v.move.New != c.New {
		return &RefusedError{Reason: MovedFurther, Old: c.Old, New: c.New}
	}
	// Who cannot be read says nothing; that is why people are asked.
	if document, err := v.fetch(ctx, c.Old); err == nil && document.ID() == c.Old {
		if to := actor.StandingOf(document).MovedTo; to != "" && to != c.New && to != c.Claimed {
			return &RefusedError{Reason: MovedElsewhere, Old: c.Old, New: c.New}
		}
	}
	s.State, s.Reason, s.Due, s.Since, s.Attempts = Queued, confirmed, r.now(), r.now(), 0
	defer r.Wake()
	return r.store.Advance(ctx, s)
}

// Cancelled tells that the old account was seen without its pointer after it had
// moved. Followers already moved stay where they are, and those for whom nothing
// was sent yet stay with the old account; the same Move is believed
// again only after [Window], and never leniently.
func (r *Receiver) Cancelled(ctx context.Context, old vocab.IRI) error {
	cases, err := r.store.About(ctx, In, old)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.Old != old || c.Begun.IsZero() || !c.Cancelled.IsZero() {
			continue
		}
		if err := r.store.Cancel(ctx, c.ID, r.now()); err != nil {
			return err
		}
	}
	return nil
}

// updated takes in an Update that an account signed itself: the moment at which
// a Move that nobody confirmed may be, or one may be seen to be taken back.
func (r *Receiver) updated(ctx context.Context, d Delivery) error {
	old := d.Activity.IRI(vocab.ObjectProperty)
	if d.Signature == nil || d.Signature.Owner != old || d.Activity.IRI(vocab.Actor) != old {
		return nil
	}
	return r.saw(ctx, old, d.Signature)
}

// Saw tells that an account's document has changed, as the host found when it
// read it again. Nothing of what it said is believed; it is read afresh.
func (r *Receiver) Saw(ctx context.Context, old vocab.IRI) error {
	return r.saw(ctx, old, nil)
}

func (r *Receiver) saw(ctx context.Context, old vocab.IRI, s *actor.Signature) error {
	cases, err := r.store.About(ctx, In, old)
	if err != nil {
		return err
	}
	begun := latest(cases, old)
	if !outstanding(cases, old) && !r.options.Discover || !r.seen.allow(string(old), r.now()) {
		return nil
	}
	document, err := newVerification(r.fetcher, Delivery{}, r.options.Rules).fetch(ctx, old)
	if err != nil || document.ID() != old {
		return ctx.Err()
	}
	standing := actor.StandingOf(document)
	if begun != nil {
		if err := r.compare(ctx, *begun, standing); err != nil {
			return err
		}
	}
	switch open := opened(cases, old, standing.MovedTo); {
	case open != nil:
		whole, err := r.store.Case(ctx, open.ID)
		if err == nil {
			_, err = r.reverify(ctx, whole, nil, r.options.Rules)
		}
		return err
	case standing.MovedTo != "" && r.options.Discover && begun == nil:
		return r.discover(ctx, old, standing.MovedTo, s)
	}
	return nil
}

// compare sees whether an account has taken back a move that was begun. One that
// was accepted without a pointer has none to take back until it shows one; one
// that was deleted since, or says nothing that makes sense, takes nothing back.
func (r *Receiver) compare(ctx context.Context, c Case, now actor.Standing) error {
	own, err := r.store.Find(ctx, c.ID, "")
	alive := now.State == actor.Active || now.State == actor.Copied
	switch {
	case err != nil:
		return err
	case alive && own.Reason != NotMoved:
		return r.Cancelled(ctx, c.Old)
	case now.MovedTo == c.New:
		return r.change(ctx, own, func(s Step) (Step, bool, error) {
			pointed := s.Reason == NotMoved
			s.Reason = ""
			return s, pointed, nil
		})
	}
	return nil
}

// latest returns the newest case of an account that was begun and not cancelled.
func latest(cases []Case, old vocab.IRI) *Case {
	for i, c := range cases {
		if c.Old == old && c.Cancelled.IsZero() && !c.Begun.IsZero() {
			return &cases[i]
		}
	}
	return nil
}

// opened returns the newest case of an account, towards one target, that is not
// begun.
func opened(cases []Case, old, target vocab.IRI) *Case {
	for i, c := range cases {
		if c.Old == old && c.Claimed == target && c.Cancelled.IsZero() && c.Begun.IsZero() {
			return &cases[i]
		}
	}
	return nil
}

// outstanding reports whether a case of an account is open, or begun and not
// taken back.
func outstanding(cases []Case, old vocab.IRI) bool {
	return slices.ContainsFunc(cases, func(c Case) bool { return c.Old == old && c.Cancelled.IsZero() })
}

// discover treats an account's pointer as the Move that never came.
func (r *Receiver) discover(ctx context.Context, old, to vocab.IRI, s *actor.Signature) error {
	now := r.now()
	e := Evidence{By: BySight, Signer: old, At: now, Delivered: now}
	if s != nil {
		e.KeyID, e.Fingerprint = s.KeyID, s.Fingerprint
		if !s.Received.IsZero() {
			e.Delivered = s.Received
		}
	}
	v := newVerification(r.fetcher, Delivery{Activity: sighting}, r.options.Rules)
	v.move.Claim, v.move.New, v.move.Evidence = Claim{Actor: old, Old: old, Target: to}, to, e
	p, err := r.past(ctx, v)
	if err != nil || p.done {
		return err
	}
	for _, check := range []func(context.Context) error{v.admit, v.continuous, v.examine} {
		if err := check(ctx); err != nil {
			_, err := r.conclude(ctx, v, p, err)
			return err
		}
	}
	_, err = r.conclude(ctx, v, p, nil)
	return err
}

// sighting stands for the Move that was never sent.
var sighting = mustParse(`{}`)

func mustParse(text string) *vocab.Object {
	o, err := vocab.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return o
}
