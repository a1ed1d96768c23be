package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// rules returns the policy, and what it looks at of the past.
func (r *Reception) rules(ctx context.Context, a Arrival) (Policy, Past, error) {
	policy, err := r.store.Policy(ctx)
	if err != nil {
		return policy, Past{}, fmt.Errorf("read policy: %w", err)
	}
	var past Past
	for other, err := range r.store.Arrivals(ctx, ArrivalFilter{Old: a.Old}, "") {
		if err != nil {
			return policy, past, fmt.Errorf("read arrivals: %w", err)
		}
		// What a stranger did in somebody's name does not hold up who has a proof.
		counts := isProved(other) || !isProved(a)
		if other.ID != a.ID && counts && other.Admitted.After(past.Last) {
			past.Last = other.Admitted
		}
	}
	past.Accounts, err = r.admitted(ctx, a, policy)
	return policy, past, err
}

// judge asks the rules, and who else says that the account is theirs.
func (r *Reception) judge(ctx context.Context, a Arrival, p Policy, past Past) (Decision, error) {
	d := p.Judge(a, r.now(), past)
	if d.Verdict == Refuse || isProved(a) {
		return d, nil
	}
	rivals, err := r.rivals(ctx, a)
	switch {
	case err != nil:
		return d, err
	case slices.ContainsFunc(rivals, isProved):
		d.Verdict, d.Ground = Refuse, GroundProvedByAnother
	case a.State == "" && len(rivals) >= MostClaims:
		d.Verdict, d.Ground = Refuse, GroundTooManyClaims
	}
	return d, nil
}

// admitted counts who has come lately, as far as the policy looks at it. It is to tell
// people early; of those who come at once, the store lets no more in than may.
func (r *Reception) admitted(ctx context.Context, a Arrival, p Policy) (n int, err error) {
	if p.Accounts <= 0 {
		return 0, nil
	}
	for other, err := range r.store.Arrivals(ctx, ArrivalFilter{Since: r.now().Add(-p.period())}, "") {
		if err != nil {
			return n, fmt.Errorf("read arrivals: %w", err)
		}
		if other.ID != a.ID {
			n++
		}
		if n >= p.Accounts {
			break
		}
	}
	return n, nil
}

// settle moves an arrival on after the rules have spoken.
func (r *Reception) settle(ctx context.Context, a Arrival, p Policy, d Decision) (Reply, error) {
	switch {
	case d.Verdict == Refuse:
		return r.step(ctx, a, ArrivalRefused, d)
	case !a.Size.Known && a.State == "":
		return r.step(ctx, a, ArrivalAsked, d)
	case d.Verdict == Ask:
		return r.step(ctx, a, ArrivalWaiting, d)
	}
	return r.admit(ctx, a, p, d)
}

// admit lets somebody in, if not enough have come.
func (r *Reception) admit(ctx context.Context, a Arrival, p Policy, d Decision) (Reply, error) {
	now := r.now()
	ration := Ration{Accounts: p.Accounts, Since: now.Add(-p.period())}
	if p.Home != "" && vocab.SameOrigin(p.Home, a.Old) {
		ration = Ration{}
	}
	a.Admitted, a.Quarantined = now, p.Quarantines(a)
	reply, err := r.put(ctx, a, ArrivalApproved, d, ration)
	if !errors.Is(err, ErrFull) {
		return reply, err
	}
	d.Verdict, d.Ground = Refuse, GroundTooManyAccounts
	a.Admitted, a.Quarantined = time.Time{}, false
	if d.By != "" { // somebody has decided, and can do so again tomorrow
		return Reply{Arrival: a, Decision: d}, nil
	}
	return r.step(ctx, a, ArrivalRefused, d)
}

func withState(a Arrival, s ArrivalState, d Decision, now time.Time) Arrival {
	a.State, a.Updated = s, now
	d.ID, d.Of = a.ID+" "+string(s), a.ID
	a.Decision = d
	return a
}

func (r *Reception) step(ctx context.Context, a Arrival, s ArrivalState, d Decision) (Reply, error) {
	return r.put(ctx, a, s, d, Ration{})
}

// put stores an arrival in its next state, sees to its name and tells whom it concerns.
func (r *Reception) put(ctx context.Context, a Arrival, s ArrivalState, d Decision, ration Ration) (Reply, error) {
	if !a.State.before(s) {
		return Reply{Arrival: a, Decision: a.Decision}, fmt.Errorf("arrival is %s, not before %s: %w", a.State, s, ErrOutOfTurn)
	}
	if a.State != "" && a.Told != a.State { // what went before is recorded first
		if err := r.store.Record(ctx, a.Decision); err != nil {
			return Reply{Arrival: a, Decision: a.Decision}, fmt.Errorf("record decision: %w", err)
		}
	}
	a, err := r.store.PutArrival(ctx, withState(a, s, d, r.now()), ration)
	if err != nil {
		return Reply{}, fmt.Errorf("keep arrival: %w", err)
	}
	told, err := r.finish(ctx, a)
	return Reply{Arrival: told, Decision: a.Decision}, err
}
