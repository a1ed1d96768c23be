package move

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// A Departure is a move that its owner has confirmed for the second time.
type Departure struct {
	Announcement
	// Insist announces it although another move of one of the two accounts
	// is younger than the window. Many servers will ignore it silently.
	Insist bool
}

// A Departing is a departure that was taken on.
type Departing struct {
	Case  string
	At    time.Time // when it will be announced
	Token string    // stops it until then, see [Announcer.Cancel]
}

// Depart takes on a departure: it checks once more that receivers would honour
// it, alerts the owner and waits for the hold to pass. A departure between the
// same two that is under way already is returned as it is, with its
// token unknown.
//
// A move that must not be sent is a [RefusedError]: [Cooldown] means that
// another departure of one of the two is under way, or too recent.
func (a *Announcer) Depart(ctx context.Context, d Departure) (Departing, error) {
	claim, err := Read(d.Move)
	switch {
	case err != nil:
		return Departing{}, err
	case claim.Actor != claim.Old:
		return Departing{}, &RefusedError{Reason: WrongActor, Old: claim.Old, New: claim.Target}
	}
	if err := a.fit(ctx, claim.Old, claim.Target); err != nil {
		return Departing{}, err
	}
	generation, running, err := a.turn(ctx, claim.Old, claim.Target, d.Insist)
	if err != nil {
		return Departing{}, err
	}
	if running != nil {
		return *running, nil
	}
	c := Case{Side: Out, Old: claim.Old, New: claim.Target, Claimed: claim.Target, Generation: generation, Activity: d.Move.Bytes()}
	if d.Update != nil {
		c.Update = d.Update.Bytes()
	}
	return a.open(ctx, c)
}

// unalerted marks a waiting departure of which its owner has not surely been
// told: it does not go on as it is.
const unalerted Reason = "unalerted"

// ErrStopped says that the owner stopped a departure while Depart was still
// telling them of it.
var ErrStopped = errors.New("the owner has stopped the move")

// open stores a departure under a new token, tells the owner, and only then
// lets the hold run.
func (a *Announcer) open(ctx context.Context, c Case) (Departing, error) {
	now, token := a.options.Now(), rand.Text()
	c.ID, c.Opened, c.Secret = CaseID(Out, c.Old, c.New, c.Generation), now, secret(token)
	end := now.Add(a.options.Hold)
	own := Step{Case: c.ID, Side: Out, Host: c.Old.Host(), State: Waiting, Due: end, Since: now}
	if a.options.Alert != nil {
		own.Reason, own.Due = unalerted, now.Add(a.options.Lease)
	}
	kept, own, created, err := a.store.Open(ctx, c, own)
	switch {
	case err != nil:
		return Departing{}, err
	case !created:
		return a.departing(kept, own), nil
	}
	departing := Departing{Case: c.ID, At: end, Token: token}
	if own.Reason == unalerted {
		if err := a.alert(ctx, c, own, departing); err != nil {
			return Departing{}, err
		}
	}
	a.Wake()
	return departing, nil
}

// alert tells the owner, and starts the hold or takes the departure back.
func (a *Announcer) alert(ctx context.Context, c Case, own Step, d Departing) error {
	if err := a.options.Alert(ctx, c.Old, c.New, d); err != nil {
		return errors.Join(fmt.Errorf("alert the owner: %w", err), a.Cancel(context.WithoutCancel(ctx), c.ID, d.Token))
	}
	own.Reason, own.Due = "", d.At
	err := a.store.Advance(ctx, own)
	if errors.Is(err, ErrStale) {
		return ErrStopped
	}
	return err
}

// alertAgain takes up a departure whose process died before the owner was surely
// told. Its token is lost, so another generation, with a new one, replaces it.
func (a *Announcer) alertAgain(ctx context.Context, c Case, s Step) error {
	cases, err := a.store.About(ctx, Out, c.Old)
	if err != nil {
		return err
	}
	next, follows := c, false
	for _, other := range cases {
		if other.Old == c.Old && other.New == c.New && other.Generation > c.Generation {
			next.Generation = max(next.Generation, other.Generation)
			follows = follows || other.Cancelled.IsZero()
		}
	}
	if !follows {
		next.Generation++
		if _, err := a.open(ctx, next); err != nil {
			return a.wait(ctx, s, err)
		}
	}
	return a.replace(ctx, c, s)
}

// replaced marks a departure in whose place the next generation stands, which its
// token stops, too.
const replaced Reason = "replaced"

// replace takes back a departure in whose place another one stands, also if its owner
// was told of it meanwhile. If the owner has stopped it, that is for both.
func (a *Announcer) replace(ctx context.Context, c Case, s Step) error {
	for {
		s.State, s.Reason, s.Due, s.Since = Cancelled, replaced, time.Time{}, a.options.Now()
		err := a.store.Advance(ctx, s)
		switch {
		case err == nil:
			return a.store.Cancel(ctx, c.ID, s.Since)
		case !errors.Is(err, ErrStale):
			return err
		}
		s, err = a.store.Find(ctx, c.ID, "")
		switch {
		case err != nil:
			return err
		case s.State == Cancelled && s.Reason != replaced:
			return a.stopNext(ctx, c)
		case s.State != Waiting:
			return nil
		}
	}
}

// departing is what is known of a departure that is under way.
func (a *Announcer) departing(c Case, own Step) Departing {
	d := Departing{Case: c.ID, At: own.Due}
	if own.Reason == unalerted {
		d.At = c.Opened.Add(a.options.Hold)
	}
	return d
}

// fit checks the new account as a receiver would.
func (a *Announcer) fit(ctx context.Context, old, new vocab.IRI) error {
	v := newVerification(a.fetcher, Delivery{}, Rules{Now: a.options.Now})
	v.move.Claim, v.move.New = Claim{Actor: old, Old: old, Target: new}, new
	if err := v.examineNew(ctx); err != nil {
		return v.explain(err)
	}
	switch {
	case v.move.New != new:
		return &RefusedError{Reason: Redirected, Old: old, New: new}
	case actor.StandingOf(v.move.NewActor).MovedTo != "":
		return &RefusedError{Reason: MovedFurther, Old: old, New: new}
	}
	return nil
}

// turn returns the generation of a new departure, or the one between the same
// two that is under way.
func (a *Announcer) turn(ctx context.Context, old, new vocab.IRI, insist bool) (int, *Departing, error) {
	cases, err := a.store.About(ctx, Out, old, new)
	if err != nil {
		return 0, nil, err
	}
	generation, recent := 1, false
	for _, c := range cases {
		own, err := a.store.Find(ctx, c.ID, "")
		if err != nil {
			return 0, nil, err
		}
		running := own.State == Waiting || own.State == Announcing
		if c.Old == old && c.New == new {
			generation = max(generation, c.Generation+1)
			if running {
				d := a.departing(c, own)
				return 0, &d, nil
			}
		}
		recent = recent || running || !c.Begun.IsZero() && a.options.Now().Sub(c.Begun) < a.options.Window
	}
	if recent && !insist {
		return 0, nil, &RefusedError{Reason: Cooldown, Old: old, New: new}
	}
	return generation, nil, nil
}

// ErrTooLate says that a departure cannot be stopped any more.
var ErrTooLate = errors.New("the move has been announced already")

// ErrWrongToken says that a token does not belong to the departure.
var ErrWrongToken = errors.New("this is not the token of the move")

// Cancel stops a departure that is still waiting. Of a Cancel and the end of the
// wait that meet, one wins: after a nil error nobody was told of the move, and
// the old account does not point at the new one. The token of a departure of which the
// owner had to be told again stops it, too.
func (a *Announcer) Cancel(ctx context.Context, caseID, token string) error {
	c, err := a.store.Case(ctx, caseID)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret(token))) != 1 {
		return ErrWrongToken
	}
	return a.stop(ctx, c)
}

// stop cancels a departure, and what stands in its place. While it waits, whatever
// comes after it does.
func (a *Announcer) stop(ctx context.Context, c Case) error {
	for {
		own, err := a.store.Find(ctx, c.ID, "")
		switch {
		case err != nil:
			return err
		case own.State == Cancelled && own.Reason != replaced:
			return a.store.Cancel(ctx, c.ID, a.options.Now())
		case own.State == Cancelled:
			return a.stopNext(ctx, c)
		case own.State == Waiting:
			err = a.stopNext(ctx, c)
		case own.State != Refused:
			err = ErrTooLate
		}
		if err != nil {
			return err
		}
		own.State, own.Reason, own.Due, own.Since = Cancelled, "", time.Time{}, a.options.Now()
		if err := a.store.Advance(ctx, own); err != nil && !errors.Is(err, ErrStale) {
			return err
		}
	}
}

// stopNext stops the next generation of a departure, if there is one.
func (a *Announcer) stopNext(ctx context.Context, c Case) error {
	cases, err := a.store.About(ctx, Out, c.Old)
	if err != nil {
		return err
	}
	for _, next := range cases {
		if next.Old == c.Old && next.New == c.New && next.Generation == c.Generation+1 {
			return a.stop(ctx, next)
		}
	}
	return nil
}

func secret(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
