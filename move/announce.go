package move

import (
	"context"
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
	// their ids, beginning behind after. Followers on this server are
	// [AnnouncerOptions].Local's: mail from an account to its own server is
	// refused there as another server's attempt to move it.
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

// inbox is where a Move for this account goes.
func (r Recipient) inbox() vocab.IRI {
	if r.SharedInbox != "" {
		return r.SharedInbox
	}
	return r.Inbox
}

// AnnouncerOptions adjusts an [Announcer]. A nil *AnnouncerOptions is the same
// as a zero one.
type AnnouncerOptions struct {
	// Hold replaces [DefaultHold], up to [LongestHold]. Negative: none.
	Hold time.Duration
	// AliasAge replaces [AliasAge], up to a day. Negative: none.
	AliasAge time.Duration
	// Window replaces [Window], which departures that share an account are
	// apart unless the person insists.
	Window time.Duration
	// Alert tells every known address of the account's owner that it is about
	// to move, when, and how to stop it: [Announcer.Cancel] takes the Case and
	// Token of d, for which one link is enough. If it fails, nothing is started.
	// A process that died before the owner was surely told tells again, with
	// another token: the latest is the one that counts.
	Alert func(ctx context.Context, old, new vocab.IRI, d Departing) error
	// Local moves the followers that the account has on its own server. Nil:
	// there are none, or the host hands the Move to ReceiveLocal itself.
	Local *Receiver
	// Workers is how many deliveries run at once. Default 16.
	Workers int
	// PerHost is how many of them may go to one host. Default 2. Each process,
	// and each call of Work that runs beside another, counts its own.
	PerHost int
	// Lease is how long one worker may take for one batch, and so how soon a
	// delivery that a crash interrupted is repeated. Default [RepeatGap].
	Lease time.Duration
	// Backoff replaces [Backoff]. More than a day is a day.
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
	o.Hold = min(orDefault(o.Hold, DefaultHold), LongestHold)
	o.AliasAge = min(orDefault(o.AliasAge, AliasAge), day)
	o.Window = orDefault(o.Window, Window)
	o.Lease = orDefault(o.Lease, RepeatGap)
	if o.Workers <= 0 {
		o.Workers = 16
	}
	if o.PerHost <= 0 {
		o.PerHost = 2
	}
	if o.Backoff == nil {
		o.Backoff = Backoff
	}
	o.Backoff = atMostADay(o.Backoff)
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
