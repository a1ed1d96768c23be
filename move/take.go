package move

import (
	"context"

	"codeberg.org/godwit/godwit/vocab"
)

// Take takes in an activity as [Receiver.Receive] does, for inboxes that answer
// before any other server is asked. Of a Move that its own actor signed, what
// needs no fetching is judged: its shape, the signature's owner, blocks, earlier
// Moves, and whether the key was known before. If it may still hold, it is
// stored, and the Verdict is Defer with its Case and no Reason; Work then
// examines both accounts, many side by side, and comes to what Receive would
// have concluded, of which Concluded is told. What was stored outlives the
// process. The same Move taken in twice is one case.
//
// All else is as with Receive, and other servers are asked before Take returns:
// where they must say who vouches for a Move (it was sent on, or is signed by a
// proof), where it comes a second time on other evidence, where nobody here has
// to do with the old account, and for an actor's Update.
func (r *Receiver) Take(ctx context.Context, d Delivery) (Verdict, error) {
	if d.Activity.Is(vocab.TypeMove) {
		return r.receive(ctx, d, r.options.Rules, r.put)
	}
	return r.Receive(ctx, d)
}

// put stores a Move that is to be examined by Work.
func (r *Receiver) put(ctx context.Context, v *verification, p *past) (Verdict, error) {
	if v.searches() || p.pending != nil && !p.same(v) {
		return r.decide(ctx, v, p)
	}
	if concerned, err := r.concerned(ctx, v, p); err != nil {
		return Verdict{}, err
	} else if !concerned {
		return r.decide(ctx, v, p)
	}
	defer r.Wake()
	if p.pending != nil {
		return r.hasten(ctx, v, p)
	}
	c, _, created, err := r.store.Open(ctx, v.newCase(p), taken(v, p))
	if err != nil {
		return Verdict{}, err
	}
	if !created && !c.Evidence.sameHands(v.move.Evidence) {
		return r.decideNow(ctx, v)
	}
	return Verdict{Outcome: Defer, Case: c.ID, Old: v.move.Old, New: v.move.Target, Due: v.now}, nil
}

// decideNow decides a Move that came in by two ways at once.
func (r *Receiver) decideNow(ctx context.Context, v *verification) (Verdict, error) {
	p, err := r.past(ctx, v)
	if err != nil {
		return Verdict{}, err
	}
	return r.decide(ctx, v, p)
}

// taken is the own step of a case that nobody has examined.
func taken(v *verification, p *past) Step {
	return Step{Case: p.caseID(v), Side: In, Host: v.move.Old.Host(), State: Deferred, Due: v.now, Since: v.now}
}

// hasten has a case that is pending examined now. One that waits keeps its
// count of tries; one that was concluded otherwise begins anew. What a worker that is
// examining it comes to is stale by that: it may have looked too early.
func (r *Receiver) hasten(ctx context.Context, v *verification, p *past) (Verdict, error) {
	own := *p.pending
	err := r.change(ctx, own, func(kept Step) (Step, bool, error) {
		switch own = kept; kept.State {
		case Verified, Cancelled:
			return kept, false, nil
		case Deferred:
		default:
			own = taken(v, p)
			own.Version, own.Cursor = kept.Version, kept.Cursor
		}
		if own.Due.IsZero() || own.Due.After(v.now) {
			own.Due = v.now
		}
		return own, true, nil
	})
	if err != nil {
		return Verdict{}, err
	}
	return Verdict{Outcome: Defer, Reason: own.Reason.public(), Case: own.Case, Old: v.move.Old, New: v.move.Target, Due: own.Due}, nil
}
