package move

import (
	"context"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// past is what the store knows of the accounts of a Move that just came.
type past struct {
	old   vocab.IRI
	cases []Case
	// done: this Move was honoured, and nothing undid it.
	done bool
	// generation is the one of the case that this Move is or would be.
	generation int
	// pending is the own step of that case, if it is stored and not begun, and
	// evidence who vouched for it.
	pending  *Step
	evidence Evidence
	// claimed: a worker has the pending step, which is done again if its result
	// is stale. An activity that came is not done again.
	claimed bool
}

// past reads what is known, and tells the verification what it needs of it.
func (r *Receiver) past(ctx context.Context, v *verification) (*past, error) {
	return r.pastWith(ctx, v, nil)
}

// pastWith does the same where the own step of a case was just read.
func (r *Receiver) pastWith(ctx context.Context, v *verification, own *Step) (*past, error) {
	old, target := v.move.Old, v.move.Target
	cases, err := r.store.About(ctx, In, old, target)
	if err != nil {
		return nil, err
	}
	p := &past{old: old, cases: cases, generation: 1}
	for _, c := range cases {
		if c.Begun.After(v.since) {
			v.since = c.Begun
		}
		if c.Old == old && (c.Claimed == target || c.New == target) {
			v.cancelled = v.cancelled || !c.Cancelled.IsZero()
			p.generation = max(p.generation, c.Generation)
		}
	}
	last := p.last(old, target)
	switch {
	case last == nil:
		return p, nil
	case last.Begun.IsZero() && last.Cancelled.IsZero():
		p.evidence = last.Evidence
		if own != nil && own.Case == last.ID {
			p.pending, p.claimed = own, true
			return p, nil
		}
		found, err := r.store.Find(ctx, last.ID, "")
		p.pending = &found
		return p, err
	case !last.Cancelled.IsZero(), p.movedBack(*last):
		p.generation++
		return p, nil
	}
	p.done = true
	return p, nil
}

// last returns the latest case of a pair.
func (p *past) last(old, target vocab.IRI) *Case {
	for i, c := range p.cases {
		if c.Old == old && (c.Claimed == target || c.New == target) && c.Generation == p.generation {
			return &p.cases[i]
		}
	}
	return nil
}

// movedBack reports whether the new account of a case later moved to the old.
func (p *past) movedBack(c Case) bool {
	for _, other := range p.cases {
		if other.Old == c.New && other.New == c.Old && other.Begun.After(c.Begun) {
			return true
		}
	}
	return false
}

// recent reports whether a Move of the old account was begun at or after a time.
func (p *past) recent(from time.Time) bool {
	for _, c := range p.cases {
		if c.Old == p.old && !c.Begun.IsZero() && !c.Begun.Before(from) {
			return true
		}
	}
	return false
}

// same reports whether the Move that is pending came in the same way, from the
// same hands.
func (p *past) same(v *verification) bool {
	return p.pending != nil && p.evidence.sameHands(v.move.Evidence)
}

func (e Evidence) sameHands(other Evidence) bool {
	return e.By == other.By && e.Signer == other.Signer && e.Fingerprint == other.Fingerprint
}

// guarded reports whether the same Move is being tried again already on other
// evidence, so that only success counts: what somebody sends on, or signs with a
// new key, must not end what the account itself has begun.
func (p *past) guarded(v *verification) bool {
	return p.pending != nil && p.pending.State == Deferred && !p.same(v)
}

// caseID is the id of the case that a verification is about.
func (p *past) caseID(v *verification) string {
	return CaseID(In, v.move.Old, v.move.Target, p.generation)
}

// verdict repeats what was concluded last, for a Move that comes again at once.
func (p *past) verdict(v *verification) Verdict {
	verdict := Verdict{Case: p.pending.Case, Reason: p.pending.Reason.public(), Old: v.move.Old, New: v.move.Target}
	switch p.pending.State {
	case Deferred:
		verdict.Outcome, verdict.Due = Defer, p.pending.Due
	case Unconfirmed:
		verdict.Outcome = Unconfirm
	case Held:
		verdict.Outcome = Hold
	default:
		verdict.Outcome = Refuse
	}
	return verdict
}
