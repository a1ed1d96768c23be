package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/closing"
	"codeberg.org/godwit/godwit/vocab"
)

// A leavingTown is a server of many who all go, with what the world answers to their
// Moves, on a clock of its own.
type leavingTown struct {
	people int

	mu        sync.Mutex
	now       time.Time
	after     map[string]time.Time // when a host may be sent to again, as it asked
	early     int                  // deliveries before that
	running   map[string]int
	most      int // deliveries that ran at once to one host
	delivered map[string]int
	elsewhere time.Time // the last delivery to a host that never asked to wait
	last      time.Time
}

func (s *leavingTown) id(n int) vocab.IRI {
	return vocab.IRI(fmt.Sprintf("https://old.example/users/p%05d", n))
}

func (s *leavingTown) Accounts(ctx context.Context, after string) iter.Seq2[closing.Account, error] {
	return func(yield func(closing.Account, error) bool) {
		for n := range s.people {
			a := closing.Account{Name: fmt.Sprintf("p%05d", n), ID: s.id(n), New: vocab.IRI(fmt.Sprintf("https://new.example/users/p%05d", n))}
			if a.Name > after && !yield(a, ctx.Err()) {
				return
			}
		}
	}
}

func (s *leavingTown) Open(context.Context, string) (portability.Source, error) {
	return nil, errors.New("nothing is exported here")
}

func (s *leavingTown) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	more := fmt.Sprintf(`,"alsoKnownAs":["https://old.example%s"]`, string(id)[len("https://new.example"):])
	if id.Host() == "old.example" {
		more = fmt.Sprintf(`,"movedTo":"https://new.example%s"`, string(id)[len("https://old.example"):])
	}
	return vocab.Parse([]byte(account(string(id), more)))
}

func (s *leavingTown) Point(context.Context, vocab.IRI, vocab.IRI) error { return nil }

// Recipients are one follower on the host that everybody is followed from, and one on
// one of forty others.
func (s *leavingTown) Recipients(_ context.Context, old, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		var n int
		_, _ = fmt.Sscanf(string(old), "https://old.example/users/p%d", &n)
		for _, host := range []string{"busy.example", fmt.Sprintf("host%02d.example", n%40)} {
			id := vocab.IRI("https://" + host + "/users/f")
			if id > after && !yield(move.Recipient{ID: id, Inbox: id + "/inbox", SharedInbox: vocab.IRI("https://" + host + "/inbox")}, nil) {
				return
			}
		}
	}
}

const askedPace = 30 * time.Second

// Deliver is every host; the busy one asks after every hundredth to be left alone.
func (s *leavingTown) Deliver(_ context.Context, _, inbox vocab.IRI, activity *vocab.Object) (int, error) {
	host := inbox.Host()
	s.mu.Lock()
	if s.now.Before(s.after[host]) && s.running[host] == 0 { // what ran beside could not know
		s.early++
	}
	s.running[host]++
	s.most = max(s.most, s.running[host])
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.running[host]--
		s.mu.Unlock()
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = s.now
	if host != "busy.example" {
		s.elsewhere = s.now
	}
	if !activity.Is(vocab.TypeMove) {
		return 202, nil
	}
	if s.delivered["tries at "+host]++; host == "busy.example" && s.delivered["tries at "+host]%100 == 0 {
		s.delivered["asked"]++
		s.after[host] = s.now.Add(askedPace)
		return 429, &actor.DeliveryError{Inbox: inbox, StatusCode: 429, RetryAfter: askedPace, Err: actor.ErrUnavailable}
	}
	s.delivered[host]++
	return 202, nil
}

// Twelve thousand Moves go out by one announcer: a host that everybody is followed from
// is left alone for as long as it asks, while the others go on.
func TestCloseMovesOfTwelveThousandArePacedTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("twelve thousand Moves take a while")
	}
	s := &leavingTown{people: 12_000, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		after: map[string]time.Time{}, running: map[string]int{}, delivered: map[string]int{}}
	clock := func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now }
	began := s.now
	a := move.NewAnnouncer(s, s, move.NewMemory(), s, &move.AnnouncerOptions{Hold: -1, AliasAge: -1, Now: clock})
	job, err := closing.Open(filepath.Join(t.TempDir(), "job.jsonl"), s, closing.Steps{Move: func(ctx context.Context, one closing.Account) error {
		old, err := s.Fetch(ctx, one.ID)
		require.NoError(t, err)
		to, err := s.Fetch(ctx, one.New)
		require.NoError(t, err)
		announcement, err := move.New(old, to, nil)
		if err != nil {
			return err
		}
		_, err = a.Depart(ctx, move.Departure{Announcement: *announcement})
		return err
	}}, nil)
	require.NoError(t, err)
	report, err := job.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, 12_000, report.Whole, "%v", report.Failed)
	require.NoError(t, job.Close())
	for {
		n, err := a.Work(t.Context())
		require.NoError(t, err)
		next, err := a.Next(t.Context())
		require.NoError(t, err)
		if next.IsZero() {
			break
		}
		s.mu.Lock()
		if n == 0 || next.After(s.now) {
			s.now = next
		}
		s.mu.Unlock()
	}
	assert.Zero(t, s.early, "nothing is sent to a host before the time that it asked for")
	assert.LessOrEqual(t, s.most, 2, "of all accounts together, no more than two run to one host")
	assert.Equal(t, 12_000, s.delivered["busy.example"])
	for n := range 40 {
		assert.Equal(t, 300, s.delivered[fmt.Sprintf("host%02d.example", n)])
	}
	assert.Greater(t, s.delivered["asked"], 100)
	assert.GreaterOrEqual(t, s.last.Sub(began), 50*askedPace, "the busy host had the time that it asked for")
	assert.Less(t, s.elsewhere.Sub(began), 10*askedPace, "the others did not wait for it")
}
