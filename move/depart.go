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
	next, replaced := c, false
	for _, other := range cases {
		if other.Old == c.Old && other.New == c.New && other.Generation > c.Generation {
			next.Generation = max(next.Generation, other.Generation)
			replaced = replaced || other.Cancelled.IsZero()
		}
	}
	if !replaced {
		next.Generation++
		if _, err := a.open(ctx, next); err != nil {
			return a.wait(ctx, s, err)
		}
	}
	s.State, s.Due, s.Since = Cancelled, time.Time{}, a.options.Now()
	if err := a.store.Advance(ctx, s); err != nil {
		return unlessStale(err)
	}
	return a.store.Cancel(ctx, c.ID, s.Since)
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
// the old account does not point at the new one.
func (a *Announcer) Cancel(ctx context.Context, caseID, token string) error {
	c, err := a.store.Case(ctx, caseID)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret(token))) != 1 {
		return ErrWrongToken
	}
	for {
		own, err := a.store.Find(ctx, caseID, "")
		switch {
		case err != nil:
			return err
		case own.State == Cancelled:
			return a.store.Cancel(ctx, caseID, a.options.Now())
		case own.State != Waiting && own.State != Refused:
			return ErrTooLate
		}
		own.State, own.Due, own.Since = Cancelled, time.Time{}, a.options.Now()
		if err := a.store.Advance(ctx, own); err != nil && !errors.Is(err, ErrStale) {
			return err
		}
	}
}

func secret(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
