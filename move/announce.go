package move

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// Waits of an announcement.
const (
	// DefaultHold is how long a confirmed move waits before it is announced, so
	// that the owner of a stolen account can stop it.
	DefaultHold = 24 * time.Hour
	// AliasAge is how long the new account's alias must have been visible:
	// some servers believe a copy of the account that is younger than five
	// seconds.
	AliasAge = 6 * time.Second
	// RepeatGap is how far apart two deliveries of a Move to one inbox are,
	// once it was taken: some servers ignore the second one for five minutes,
	// whatever became of the first.
	RepeatGap = 6 * time.Minute
)

// A Deliverer posts one document to one inbox, signed as the account from.
// actor/client has the one that goes to the network.
//
// The status is that of the last answer, 0 if there was none. Any answer but 2xx
// is an error; one with a method Temporary that returns true, or with none, is
// tried again. Implementations must be safe for concurrent use.
type Deliverer interface {
	Deliver(ctx context.Context, from, inbox vocab.IRI, activity *vocab.Object) (status int, err error)
}

// A Home is what a server tells of, and does for, an account that leaves it.
// Implementations are safe for concurrent use.
type Home interface {
	// Point makes old's actor document say that it moved to new, before
	// anybody is told. It may be called again.
	Point(ctx context.Context, old, new vocab.IRI) error
	// Recipients yields whom a Move of old concerns on other servers: its
	// followers, and those who block it where that is known, in the order of
	// their ids, beginning behind after.
	Recipients(ctx context.Context, old, after vocab.IRI) iter.Seq2[Recipient, error]
}

// A Recipient is one account on another server.
type Recipient struct {
	ID    vocab.IRI
	Inbox vocab.IRI
	// SharedInbox is what its server publishes as such, or "": it is never
	// guessed from the host.
	SharedInbox vocab.IRI
}

// AnnouncerOptions adjusts an [Announcer]. A nil *AnnouncerOptions is the same
// as a zero one.
type AnnouncerOptions struct {
	// Hold replaces [DefaultHold]. Negative: none.
	Hold time.Duration
	// AliasAge replaces [AliasAge]. Negative: none.
	AliasAge time.Duration
	// Window replaces [Window], which departures that share an account are
	// apart unless the person insists.
	Window time.Duration
	// Alert tells every known address of the account's owner that it is about
	// to move, with the token that stops it. If it fails, nothing is started.
	Alert func(ctx context.Context, old, new vocab.IRI, at time.Time, token string) error
	// Workers is how many deliveries run at once. Default 16.
	Workers int
	// PerHost is how many of them may go to one host. Default 2.
	PerHost int
	// Lease is how long one worker may take for one batch, and so how soon a
	// delivery that a crash interrupted is repeated. Default [RepeatGap].
	Lease time.Duration
	// Backoff replaces [Backoff].
	Backoff func(failures int) time.Duration
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Failed, if not nil, is told of errors that Serve goes on after.
	Failed func(error)
}

// An Announcer sends the Moves of accounts that leave a server, to each inbox
// once, and keeps the ledger of what is known of each. Any number of
// Announcers, in any number of processes, may share a store.
type Announcer struct {
	fetcher   actor.Fetcher
	deliverer Deliverer
	store     Store
	home      Home
	options   AnnouncerOptions
	gates     gates
	wake      chan struct{}
}

// NewAnnouncer returns an Announcer. It performs no I/O and starts nothing.
func NewAnnouncer(f actor.Fetcher, d Deliverer, s Store, h Home, options *AnnouncerOptions) *Announcer {
	var o AnnouncerOptions
	if options != nil {
		o = *options
	}
	o.Hold = orDefault(o.Hold, DefaultHold)
	o.AliasAge = orDefault(o.AliasAge, AliasAge)
	o.Window = orDefault(o.Window, Window)
	o.Lease = orDefault(o.Lease, RepeatGap)
	o.Workers = int(orDefault(time.Duration(o.Workers), 16))
	o.PerHost = int(orDefault(time.Duration(o.PerHost), 2))
	if o.Backoff == nil {
		o.Backoff = Backoff
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Announcer{fetcher: f, deliverer: d, store: s, home: h, options: o, wake: make(chan struct{}, 1)}
}

// orDefault reads an option whose zero means a default, and below zero none.
func orDefault(d, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return max(d, 0)
}

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
func (a *Announcer) Depart(ctx context.Context, d Departure) (Departing, error) {
	old, new := d.Move.IRI(vocab.ObjectProperty), d.Move.IRI(vocab.Target)
	if err := a.fit(ctx, old, new); err != nil {
		return Departing{}, err
	}
	generation, running, err := a.turn(ctx, old, new, d.Insist)
	if err != nil || running != nil {
		return Departing{Case: idOf(running), At: dueOf(running)}, err
	}
	now, token := a.options.Now(), rand.Text()
	c := Case{
		ID: CaseID(Out, old, new, generation), Side: Out, Old: old, New: new, Claimed: new, Generation: generation,
		Activity: d.Move.Bytes(), Opened: now, Secret: secret(token),
	}
	if d.Update != nil {
		c.Update = d.Update.Bytes()
	}
	own := Step{Case: c.ID, Side: Out, Host: old.Host(), State: Waiting, Due: now.Add(a.options.Hold), Since: now}
	if _, _, _, err := a.store.Open(ctx, c, own); err != nil {
		return Departing{}, err
	}
	if a.options.Alert != nil {
		if err := a.options.Alert(ctx, old, new, own.Due, token); err != nil {
			return Departing{}, errors.Join(fmt.Errorf("alert the owner: %w", err), a.Cancel(ctx, c.ID, token))
		}
	}
	a.Wake()
	return Departing{Case: c.ID, At: own.Due, Token: token}, nil
}

func idOf(s *Step) string {
	if s == nil {
		return ""
	}
	return s.Case
}

func dueOf(s *Step) time.Time {
	if s == nil {
		return time.Time{}
	}
	return s.Due
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

// turn returns the generation of a new departure, or the own step of the one
// that is under way.
func (a *Announcer) turn(ctx context.Context, old, new vocab.IRI, insist bool) (int, *Step, error) {
	cases, err := a.store.About(ctx, Out, old, new)
	if err != nil {
		return 0, nil, err
	}
	generation := 1
	for _, c := range cases {
		same := c.Old == old && c.New == new
		if same {
			generation = max(generation, c.Generation+1)
		}
		own, err := a.store.Find(ctx, c.ID, "")
		if err != nil {
			return 0, nil, err
		}
		if same && (own.State == Waiting || own.State == Announcing) {
			return 0, &own, nil
		}
		if !insist && !c.Begun.IsZero() && a.options.Now().Sub(c.Begun) < a.options.Window {
			return 0, nil, &RefusedError{Reason: Cooldown, Old: old, New: new}
		}
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

// Wake makes [Announcer.Serve] look for work now.
func (a *Announcer) Wake() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// gates holds back deliveries to hosts that asked for it. It is bounded by the
// hosts that asked within the longest wait.
type gates struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (g *gates) close(host string, until, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.until == nil {
		g.until = map[string]time.Time{}
	}
	for h, t := range g.until {
		if t.Before(now) {
			delete(g.until, h)
		}
	}
	if until.After(g.until[host]) {
		g.until[host] = until
	}
}

func (g *gates) closed(host string, now time.Time) (time.Time, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	until := g.until[host]
	return until, until.After(now)
}
