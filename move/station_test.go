package move_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// watched is a store of which every call is told of, before and after.
type watched struct {
	move.Store
	touch func() error
}

func (w watched) around(call func() error) error {
	if err := w.touch(); err != nil {
		return err
	}
	if err := call(); err != nil {
		return err
	}
	return w.touch()
}

func (w watched) Open(ctx context.Context, c move.Case, own move.Step) (kept move.Case, s move.Step, created bool, err error) {
	err = w.around(func() (err error) { kept, s, created, err = w.Store.Open(ctx, c, own); return err })
	return kept, s, created, err
}

func (w watched) Begin(ctx context.Context, c move.Case, own move.Step, notBefore time.Time) (kept move.Case, s move.Step, created bool, err error) {
	err = w.around(func() (err error) { kept, s, created, err = w.Store.Begin(ctx, c, own, notBefore); return err })
	return kept, s, created, err
}

func (w watched) Cancel(ctx context.Context, id string, at time.Time) error {
	return w.around(func() error { return w.Store.Cancel(ctx, id, at) })
}

func (w watched) About(ctx context.Context, side move.Side, actors ...vocab.IRI) (found []move.Case, err error) {
	err = w.around(func() (err error) { found, err = w.Store.About(ctx, side, actors...); return err })
	return found, err
}

func (w watched) Case(ctx context.Context, id string) (c move.Case, err error) {
	err = w.around(func() (err error) { c, err = w.Store.Case(ctx, id); return err })
	return c, err
}

func (w watched) Add(ctx context.Context, id string, steps []move.Step, cursor string) error {
	return w.around(func() error { return w.Store.Add(ctx, id, steps, cursor) })
}

func (w watched) Claim(ctx context.Context, side move.Side, now time.Time, lease time.Duration, n, perHost int) (steps []move.Step, err error) {
	err = w.around(func() (err error) { steps, err = w.Store.Claim(ctx, side, now, lease, n, perHost); return err })
	return steps, err
}

func (w watched) Advance(ctx context.Context, steps ...move.Step) error {
	return w.around(func() error { return w.Store.Advance(ctx, steps...) })
}

func (w watched) Find(ctx context.Context, id string, party vocab.IRI) (s move.Step, err error) {
	err = w.around(func() (err error) { s, err = w.Store.Find(ctx, id, party); return err })
	return s, err
}

// An arrival is one activity that an inbox was offered.
type arrival struct {
	Inbox  vocab.IRI
	Type   string
	ID     vocab.IRI
	From   vocab.IRI
	Status int
	At     time.Time
}

// A station is a server that accounts leave: its network, its documents as
// strangers see them, its followers, and the owner's letter box.
type station struct {
	t     *testing.T
	store move.Store
	fuse  *fuse
	touch func() error
	// options are those of each process, apart from the clock and the alert.
	options   move.AnnouncerOptions
	followers map[vocab.IRI][]move.Recipient
	// answer decides what an inbox answers the nth time, from 1; nil: 202.
	answer func(inbox vocab.IRI, activity *vocab.Object, nth int) (int, error)
	// down is until when strangers get no document.
	down time.Time
	// told fails instead of telling the owner.
	told   error
	tokens []string
	failed []error

	mu       sync.Mutex
	now      time.Time
	docs     documents
	fetches  []vocab.IRI
	log      []string // in which order what became visible
	arrivals []arrival
}

func newStation(t *testing.T) *station {
	s := &station{
		t: t, store: move.NewMemory(), fuse: &fuse{left: -1}, now: noon, followers: map[vocab.IRI][]move.Recipient{},
		docs: documents{old: account(old, ""), next: account(next, fmt.Sprintf(`,"alsoKnownAs":[%q]`, old))},
	}
	s.touch = s.fuse.burn
	return s
}

func (s *station) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *station) set(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// announcer is a new process.
func (s *station) announcer() *move.Announcer {
	o := s.options
	o.Now, o.Alert = s.clock, s.alert
	o.Failed = func(err error) { s.failed = append(s.failed, err) }
	return move.NewAnnouncer(s, s, watched{s.store, s.touch}, s, &o)
}

func (s *station) alert(_ context.Context, _, _ vocab.IRI, d move.Departing) error {
	if err := s.touch(); err != nil {
		return err
	}
	if s.told != nil {
		return s.told
	}
	s.tokens = append(s.tokens, d.Token)
	return s.touch()
}

// FetchFresh is what strangers see. It is noted which they looked at.
func (s *station) FetchFresh(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	if err := s.touch(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches = append(s.fetches, id)
	s.log = append(s.log, "look at "+id.Host())
	if s.now.Before(s.down) {
		return nil, &actor.FetchError{ID: id, StatusCode: 503, Err: actor.ErrUnavailable}
	}
	return s.docs.Fetch(ctx, id)
}

func (s *station) Fetch(context.Context, vocab.IRI) (*vocab.Object, error) {
	return nil, errors.New("what a cache says must not be believed")
}

func (s *station) Point(_ context.Context, from, to vocab.IRI) error {
	if err := s.touch(); err != nil {
		return err
	}
	s.mu.Lock()
	s.docs[from] = account(from, fmt.Sprintf(`,"movedTo":%q`, to))
	s.log = append(s.log, "point")
	s.mu.Unlock()
	return s.touch()
}

func (s *station) points(from vocab.IRI) vocab.IRI {
	s.mu.Lock()
	defer s.mu.Unlock()
	return actor.StandingOf(parse(s.t, s.docs[from])).MovedTo
}

func (s *station) Recipients(_ context.Context, account, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		for _, to := range s.followers[account] {
			if to.ID <= after {
				continue
			}
			if err := s.touch(); err != nil {
				yield(move.Recipient{}, err)
				return
			}
			if !yield(to, nil) {
				return
			}
		}
	}
}

// Deliver may be killed before the inbox has it, or before the answer is read.
func (s *station) Deliver(_ context.Context, from, inbox vocab.IRI, activity *vocab.Object) (int, error) {
	if err := s.touch(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	nth := 1
	for _, a := range s.arrivals {
		if a.Inbox == inbox && a.Type == activity.Type() {
			nth++
		}
	}
	status, err := 202, error(nil)
	if s.answer != nil {
		status, err = s.answer(inbox, activity, nth)
	}
	s.arrivals = append(s.arrivals, arrival{inbox, activity.Type(), activity.ID(), from, status, s.now})
	s.log = append(s.log, "deliver "+activity.Type())
	s.mu.Unlock()
	if touched := s.touch(); touched != nil {
		return 0, touched
	}
	return status, err
}

// at is what came to one inbox, in order.
func (s *station) at(inbox vocab.IRI) (types []string) {
	for _, a := range s.arrivals {
		if a.Inbox == inbox {
			types = append(types, a.Type)
		}
	}
	return types
}

func (s *station) moves() (arrived []arrival) {
	for _, a := range s.arrivals {
		if a.Type == vocab.TypeMove {
			arrived = append(arrived, a)
		}
	}
	return arrived
}

// follow adds followers of an account, in the order of their ids.
func (s *station) follow(account vocab.IRI, recipients ...move.Recipient) {
	all := append(s.followers[account], recipients...)
	slices.SortFunc(all, func(a, b move.Recipient) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	s.followers[account] = all
}

// fan is a follower, of a server with a shared inbox or without.
func fan(host string, n int, shared bool) move.Recipient {
	id := vocab.IRI(fmt.Sprintf("https://%s/users/f%03d", host, n))
	to := move.Recipient{ID: id, Inbox: id + "/inbox"}
	if shared {
		to.SharedInbox = vocab.IRI("https://" + host + "/inbox")
	}
	return to
}

// departure is the move of an account as New writes it.
func (s *station) departure(from, to vocab.IRI) move.Departure {
	s.t.Helper()
	announcement, err := move.New(parse(s.t, s.docs[from]), parse(s.t, s.docs[to]), &move.BuildOptions{At: noon})
	require.NoError(s.t, err, "the move can be built")
	return move.Departure{Announcement: *announcement}
}

func (s *station) depart(from, to vocab.IRI) move.Departing {
	s.t.Helper()
	departing, err := s.announcer().Depart(context.Background(), s.departure(from, to))
	require.NoError(s.t, err, "the departure is taken on")
	return departing
}

// reboot is what follows a crash: time passes, and the fuse is out.
func (s *station) reboot() {
	s.fuse.blown, s.fuse.left = false, -1
	s.set(s.clock().Add(10 * time.Minute))
}

// settle works until nothing is due before the given time, as one process
// after the other.
func (s *station) settle(until time.Time) {
	s.t.Helper()
	a := s.announcer()
	for round := 0; ; round++ {
		require.Less(s.t, round, 100_000, "the work never ends")
		n, err := a.Work(context.Background())
		if s.fuse.blown {
			s.reboot()
			a = s.announcer()
			continue
		}
		require.NoError(s.t, err, "work")
		if n > 0 {
			continue
		}
		due, err := a.Next(context.Background())
		require.NoError(s.t, err, "next")
		if due.IsZero() || due.After(until) {
			return
		}
		if due.After(s.clock()) {
			s.set(due)
		}
	}
}

// ledger is what is known of each party in the end, without times.
func (s *station) ledger(caseID string) map[vocab.IRI]string {
	s.t.Helper()
	lines := map[vocab.IRI]string{}
	for e, err := range s.announcer().Ledger(context.Background(), caseID, "") {
		require.NoError(s.t, err)
		lines[e.Party] = fmt.Sprintf("%s %d", e.State, e.Status)
	}
	return lines
}

func (s *station) entry(caseID string, party vocab.IRI) move.Entry {
	s.t.Helper()
	for e, err := range s.announcer().Ledger(context.Background(), caseID, "") {
		require.NoError(s.t, err)
		if e.Party == party {
			return e
		}
	}
	s.t.Fatalf("%s is not in the ledger", party)
	return move.Entry{}
}

func refused(inbox vocab.IRI, status int, retryAfter time.Duration, err error) (int, error) {
	return status, &actor.DeliveryError{Inbox: inbox, StatusCode: status, RetryAfter: retryAfter, Err: err}
}
