package redirect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Verifier tells whether an account says itself that it moved, and the other that it is
// the same: package move's rules, which the host binds. It is safe for concurrent use.
type Verifier interface {
	// Moved reports whether old names new now, and new claims old, each at its own
	// origin. An error means that it cannot be told.
	Moved(ctx context.Context, old, new vocab.IRI) (bool, error)
}

// An Observer is for a server that asks others for things and is redirected. It watches
// where accounts are forwarded to, and decides when their old places need not be asked any
// more.
//
// Pointing at somebody proves nothing: only a redirect that both accounts bear out is a
// possible move, and only one that was seen without a break for 30 days, by the same
// hands, is permanent. Blocks and mutes follow those two alone.
type Observer struct {
	Store    portability.Observations // required
	Verifier Verifier                 // required
	// Continuous reports whether old is still in the hands of those whom we knew it
	// by, as actor.Continuous tells. Nil means that nothing is ever permanent.
	Continuous func(ctx context.Context, old, new vocab.IRI) (bool, error)
	// Days is for how long a move must be seen: 30 days for 0.
	Days time.Duration
	// Break is how long nothing may be seen before the days are counted anew: 7 days
	// for 0.
	Break time.Duration
	// Again is after how long accounts are asked anew whether they bear it out: 24 hours for
	// 0, as LOLA suggests.
	Again time.Duration
	// Holding, if not nil, tells whose things were before they moved; see [Observer.Previously].
	Holding Holding
	// Now is the time; time.Now for nil.
	Now func() time.Time
}

// tries is how often a change is made anew that another process was faster with.
const tries = 8

// Seen is told that something of an old actor was asked for, and that its server led to
// something of a new one. Whose things they are is read from the things, not from
// the redirect. It returns what is known now.
func (o *Observer) Seen(ctx context.Context, oldActor, newActor vocab.IRI) (portability.Observation, error) {
	if oldActor.Origin() == "" || newActor.Origin() == "" || oldActor == newActor {
		return portability.Observation{}, nil
	}
	return o.change(ctx, oldActor, func(was portability.Observation) (portability.Observation, error) {
		return o.sight(ctx, was, oldActor, newActor)
	})
}

// sight returns what becomes of an observation by one more sight.
func (o *Observer) sight(ctx context.Context, was portability.Observation, oldActor, newActor vocab.IRI) (portability.Observation, error) {
	now := o.now()
	is := was
	is.Old, is.New = oldActor, newActor
	if o.broken(was, newActor, now) {
		is.State, is.First, is.Last = portability.Seen, now, now
		if was.State == portability.Permanent && was.New != newActor {
			is.Revoked = now
		}
	} else if now.Sub(was.Last) < o.patience(was) {
		return was, nil // asked not long ago
	}
	moved, err := o.Verifier.Moved(ctx, oldActor, newActor)
	switch {
	case err != nil && is.State == portability.Seen:
		is.Last = now
		return is, nil // it stays unproved
	case err != nil:
		return was, nil // it cannot be told now: neither a sight nor a contradiction
	case !moved:
		return revoke(is, now), nil
	}
	return o.promote(ctx, is, now)
}

// patience is how long accounts are not asked again. Those that did not bear it out are asked
// sooner: they may be in the middle of moving.
func (o *Observer) patience(was portability.Observation) time.Duration {
	again := or(o.Again, 24*time.Hour)
	if was.State == portability.Seen {
		return again / 24
	}
	return again
}

// broken reports whether what is seen now has nothing to do with what was seen before.
// So it is if the clock has jumped. Who is not asked any more is not seen any more, which
// breaks nothing.
func (o *Observer) broken(was portability.Observation, newActor vocab.IRI, now time.Time) bool {
	if was.State == portability.Permanent {
		return was.New != newActor
	}
	since, limit := now.Sub(was.Last), or(o.Break, 7*24*time.Hour)
	return was.New != newActor || since > limit || since < -limit
}

// promote is for a sight that both accounts bear out.
func (o *Observer) promote(ctx context.Context, is portability.Observation, now time.Time) (portability.Observation, error) {
	if is.State == portability.Seen {
		is.State, is.First = portability.Possible, now
	}
	if now.After(is.Last) {
		is.Last = now
	}
	if is.State == portability.Permanent || o.Continuous == nil || is.Last.Sub(is.First) < or(o.Days, 30*24*time.Hour) {
		return is, nil
	}
	same, err := o.Continuous(ctx, is.Old, is.New)
	if err != nil {
		return is, fmt.Errorf("observe %s: %w", is.Old, err)
	}
	if same {
		is.State = portability.Permanent
	}
	return is, nil
}

// revoke makes of an observation one that proves nothing.
func revoke(is portability.Observation, now time.Time) portability.Observation {
	if is.State == portability.Permanent {
		is.Revoked = now
	}
	is.State, is.First, is.Last = portability.Seen, now, now
	return is
}

// Contradicted is told that an old actor speaks for itself again: it answered without
// leading on, signed something, took back movedTo, or moved elsewhere; or that the
// new one no longer claims it. Whatever was concluded is revoked, and its days are counted
// anew.
func (o *Observer) Contradicted(ctx context.Context, oldActor vocab.IRI) error {
	_, err := o.change(ctx, oldActor, func(was portability.Observation) (portability.Observation, error) {
		if was.Version == 0 {
			return was, nil
		}
		return revoke(was, o.now()), nil
	})
	return err
}

// Where returns the actor to ask instead of an old one: the old one itself, unless it was
// permanently forwarded. Further moves are followed, up to [DefaultHops]; what goes round
// leads nowhere.
func (o *Observer) Where(ctx context.Context, oldActor vocab.IRI) (vocab.IRI, error) {
	seen := map[vocab.IRI]bool{oldActor: true}
	at := oldActor
	for range DefaultHops {
		is, known, err := o.Store.Observation(ctx, at)
		switch {
		case err != nil:
			return oldActor, fmt.Errorf("observe %s: %w", oldActor, err)
		case !known || is.State != portability.Permanent:
			return at, nil
		case seen[is.New]:
			return oldActor, nil
		}
		at = is.New
		seen[at] = true
	}
	return oldActor, nil
}

// MovedFrom reports whether people may be shown that one actor was another before, and
// blocks and mutes follow: whether the move was borne out when it was last seen.
func (o *Observer) MovedFrom(ctx context.Context, newActor, oldActor vocab.IRI) (bool, error) {
	is, known, err := o.Store.Observation(ctx, oldActor)
	if err != nil {
		return false, fmt.Errorf("observe %s: %w", oldActor, err)
	}
	return known && is.New == newActor && is.State != portability.Seen, nil
}

// change reads, changes and stores an observation, and begins again if another was faster.
func (o *Observer) change(ctx context.Context, oldActor vocab.IRI, to func(portability.Observation) (portability.Observation, error)) (portability.Observation, error) {
	for range tries {
		was, _, err := o.Store.Observation(ctx, oldActor)
		if err != nil {
			return was, fmt.Errorf("observe %s: %w", oldActor, err)
		}
		is, err := to(was)
		if err != nil || is == was {
			return was, err
		}
		err = o.Store.Observe(ctx, is)
		if err == nil {
			is.Version++
			return is, nil
		}
		if !errors.Is(err, portability.ErrOverwritten) {
			return was, fmt.Errorf("observe %s: %w", oldActor, err)
		}
	}
	return portability.Observation{}, fmt.Errorf("observe %s: %w", oldActor, portability.ErrOverwritten)
}

// now is in UTC, to the microsecond, as stores keep it.
func (o *Observer) now() time.Time {
	if o.Now != nil {
		return o.Now().UTC().Truncate(time.Microsecond)
	}
	return time.Now().UTC().Truncate(time.Microsecond)
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
