package move_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

const inboxA, inboxB vocab.IRI = "https://a.example/inbox", "https://b.example/inbox"

// away is a departure whose followers are on a.example and b.example.
func away(t *testing.T) (*station, move.Departing) {
	s := newStation(t)
	s.options.Hold, s.options.AliasAge = -1, -1
	s.follow(old, fan("a.example", 1, true), fan("b.example", 1, true))
	return s, s.depart(old, next)
}

func TestLedgerOfFinalAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		err    error
		want   string
		types  []string
	}{
		"the inbox is gone":                            {410, actor.ErrGone, "answered 410", []string{"Update"}},
		"there is no inbox":                            {404, actor.ErrNotFound, "answered 404", []string{"Update"}},
		"the inbox has moved":                          {301, actor.ErrRedirected, "answered 301", []string{"Update"}},
		"the server blocks us":                         {403, actor.ErrForbidden, "answered 403", []string{"Update", "Move"}},
		"the activity is refused":                      {422, actor.ErrForbidden, "answered 422", []string{"Update", "Move"}},
		"the address is private":                       {0, actor.ErrPrivate, "unknown 0", []string{"Update"}},
		"taken, which says nothing of what came of it": {202, nil, "answered 202", []string{"Update", "Move"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, departing := away(t)
			s.answer = func(inbox vocab.IRI, _ *vocab.Object, _ int) (int, error) {
				if inbox == inboxA && c.err != nil {
					return refused(inbox, c.status, 0, c.err)
				}
				return 202, nil
			}
			s.settle(noon.Add(100 * 24 * time.Hour))
			assert.Equal(t, map[vocab.IRI]string{inboxA: c.want, inboxB: "answered 202"}, s.ledger(departing.Case))
			assert.Equal(t, c.types, s.at(inboxA), "what will not be taken is not offered again")
			assert.Zero(t, s.entry(departing.Case, inboxA).Due, "nothing more is planned")
		})
	}
}

// Software that does not know the Update of an actor may know the Move.
func TestRefusedUpdateDoesNotStopTheMove(t *testing.T) {
	s, departing := away(t)
	s.answer = func(inbox vocab.IRI, activity *vocab.Object, _ int) (int, error) {
		if activity.Is(vocab.TypeUpdate) {
			return refused(inbox, 400, 0, actor.ErrForbidden)
		}
		return 200, nil
	}
	s.settle(noon.Add(time.Hour))
	assert.Equal(t, map[vocab.IRI]string{inboxA: "answered 200", inboxB: "answered 200"}, s.ledger(departing.Case))
}

func TestInboxThatIsDownIsTriedAgain(t *testing.T) {
	for name, failure := range map[string]struct {
		status int
		err    error
	}{
		"no connection":                         {0, actor.ErrConnection},
		"no answer in time":                     {0, actor.ErrTimeout},
		"overloaded":                            {503, actor.ErrUnavailable},
		"the key could not be fetched just now": {401, actor.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			s, departing := away(t)
			s.answer = func(inbox vocab.IRI, activity *vocab.Object, nth int) (int, error) {
				if inbox == inboxA && activity.Is(vocab.TypeMove) && nth <= 5 {
					return refused(inbox, failure.status, 0, failure.err)
				}
				return 202, nil
			}
			s.settle(noon.Add(10 * time.Second))
			waiting := s.entry(departing.Case, inboxA)
			assert.Equal(t, move.Update, waiting.State, "the Update was taken; the Move is to be delivered")
			assert.Equal(t, 1, waiting.Attempts)
			assert.True(t, waiting.Due.After(noon))
			s.settle(noon.Add(100 * 24 * time.Hour))
			assert.Equal(t, []string{"Update", "Move", "Move", "Move", "Move", "Move", "Move"}, s.at(inboxA), "the Update is not repeated")
			assert.Equal(t, "answered 202", s.ledger(departing.Case)[inboxA])
			for n, a := range s.moves()[2:] {
				wait := a.At.Sub(s.moves()[max(n+1, 1)].At)
				if n == 0 {
					wait = a.At.Sub(noon)
				}
				assert.GreaterOrEqual(t, wait, move.Backoff(n+1), "wait %d", n+1)
				assert.LessOrEqual(t, wait, move.Backoff(n+1)*11/10, "wait %d", n+1)
			}
		})
	}
}

// "Unknown" is all that can be said of an inbox that never answered.
func TestTriesEndInUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		err    error
		want   string
	}{
		"never reached":     {0, actor.ErrConnection, "unknown 0"},
		"overloaded always": {503, actor.ErrUnavailable, "unknown 503"},
		"401 always":        {401, actor.ErrForbidden, "answered 401"},
	} {
		t.Run(name, func(t *testing.T) {
			s, departing := away(t)
			s.answer = func(inbox vocab.IRI, activity *vocab.Object, _ int) (int, error) {
				if inbox == inboxA && activity.Is(vocab.TypeMove) {
					return refused(inbox, c.status, 0, c.err)
				}
				return 202, nil
			}
			s.settle(noon.Add(365 * 24 * time.Hour))
			assert.Equal(t, map[vocab.IRI]string{inboxA: c.want, inboxB: "answered 202"}, s.ledger(departing.Case))
			assert.Len(t, s.at(inboxA), 1+1+move.MaxTries, "the Update, the Move, and its repetitions")
		})
	}
}

// A server that asks to wait is left alone, in all its inboxes.
func TestRetryAfterClosesTheHost(t *testing.T) {
	for _, status := range []int{429, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s := newStation(t)
			s.options.Hold, s.options.AliasAge, s.options.PerHost = -1, -1, 1
			for n := range 5 {
				s.follow(old, fan("busy.example", n, false))
			}
			s.follow(old, fan("a.example", 1, true))
			departing := s.depart(old, next)
			asked := false
			s.answer = func(inbox vocab.IRI, _ *vocab.Object, _ int) (int, error) {
				if inbox.Host() == "busy.example" && !asked {
					asked = true
					return refused(inbox, status, time.Hour, actor.ErrUnavailable)
				}
				return 202, nil
			}
			s.settle(noon.Add(48 * time.Hour))
			require.Len(t, s.ledger(departing.Case), 6)
			for inbox, line := range s.ledger(departing.Case) {
				assert.Equal(t, "answered 202", line, "%s", inbox)
			}
			early := 0
			for _, a := range s.arrivals {
				if a.Inbox.Host() == "busy.example" && a.At.Before(noon.Add(time.Hour)) {
					early++
				}
			}
			assert.Equal(t, 1, early, "nothing went there before the hour was over")
			assert.Equal(t, noon, s.arrivals[1].At, "others need not wait")
		})
	}
}

func TestRetryAfterIsBounded(t *testing.T) {
	t.Run("an inbox that says one second for a day is not given up", func(t *testing.T) {
		s, departing := away(t)
		s.answer = func(inbox vocab.IRI, _ *vocab.Object, _ int) (int, error) {
			if inbox == inboxA && s.now.Before(noon.Add(24*time.Hour)) {
				return refused(inbox, 429, time.Second, actor.ErrUnavailable)
			}
			return 202, nil
		}
		s.settle(noon.Add(100 * 24 * time.Hour))
		assert.Equal(t, "answered 202", s.ledger(departing.Case)[inboxA])
		assert.Less(t, len(s.at(inboxA)), 2+move.MaxTries)
	})
	t.Run("one that says ten years does not put off the end for so long", func(t *testing.T) {
		s, departing := away(t)
		s.answer = func(inbox vocab.IRI, _ *vocab.Object, _ int) (int, error) {
			if inbox == inboxA {
				return refused(inbox, 429, 10*365*24*time.Hour, actor.ErrUnavailable)
			}
			return 202, nil
		}
		s.settle(noon.Add(60 * 24 * time.Hour))
		assert.Equal(t, "unknown 429", s.ledger(departing.Case)[inboxA])
	})
}

// counting holds each delivery for a while and counts those under way.
type counting struct {
	mu             sync.Mutex
	now, most      map[string]int
	all, mostOfAll int
	taken          int
}

func (c *counting) Deliver(ctx context.Context, _, inbox vocab.IRI, _ *vocab.Object) (int, error) {
	c.add(inbox.Host(), 1)
	defer c.add(inbox.Host(), -1)
	select {
	case <-time.After(300 * time.Millisecond):
		c.mu.Lock()
		defer c.mu.Unlock()
		c.taken++
		return 202, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (c *counting) add(host string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now[host] += n
	c.all += n
	c.most[host], c.mostOfAll = max(c.most[host], c.now[host]), max(c.mostOfAll, c.all)
}

func TestHostsArePaced(t *testing.T) {
	for _, limit := range []int{1, 2, 3} {
		t.Run(fmt.Sprintf("%d at once", limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStation(t)
				for n := range 25 {
					s.follow(old, fan("small.example", n, false))
				}
				for n := range 60 {
					s.follow(old, fan(fmt.Sprintf("h%d.example", n), 1, true))
				}
				post := &counting{now: map[string]int{}, most: map[string]int{}}
				o := move.AnnouncerOptions{Hold: -1, AliasAge: -1, PerHost: limit, Workers: 8}
				a := move.NewAnnouncer(s, post, s.store, s, &o)
				_, err := a.Depart(t.Context(), s.departure(old, next))
				require.NoError(t, err)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				require.ErrorIs(t, a.Serve(ctx, time.Minute), context.DeadlineExceeded)
				assert.Equal(t, 2*85, post.taken, "all were told")
				assert.Equal(t, limit, post.most["small.example"], "at one host at once")
				assert.Equal(t, 8, post.mostOfAll, "all workers work")
			})
		})
	}
}

// What was answered while the server goes down is not sent again.
func TestServeThatEndsKeepsWhatWasAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		for n := range 30 {
			s.follow(old, fan(fmt.Sprintf("h%d.example", n), 1, true))
		}
		post := &counting{now: map[string]int{}, most: map[string]int{}}
		o := move.AnnouncerOptions{Hold: -1, AliasAge: -1, Workers: 4}
		a := move.NewAnnouncer(s, post, s.store, s, &o)
		departing, err := a.Depart(t.Context(), s.departure(old, next))
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, a.Serve(ctx, time.Minute), context.DeadlineExceeded)
		answered := 0
		for e, err := range a.Ledger(t.Context(), departing.Case, "") {
			require.NoError(t, err)
			if e.State == move.Answered {
				answered++
			}
			assert.Zero(t, e.Attempts, "going down is no failure of the inbox")
		}
		require.Equal(t, 4, answered, "one second is three deliveries of four workers")
		ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		require.ErrorIs(t, a.Serve(ctx, time.Minute), context.DeadlineExceeded)
		assert.Equal(t, 2*30, post.taken, "what was taken is not sent again, what was cut off is")
	})
}

func TestRepeat(t *testing.T) {
	s, departing := away(t)
	s.follow(old, fan("c.example", 1, true))
	s.answer = func(inbox vocab.IRI, _ *vocab.Object, _ int) (int, error) {
		switch {
		case inbox == inboxB:
			return refused(inbox, 404, 0, actor.ErrNotFound)
		case inbox.Host() == "c.example" && s.now.Before(noon.Add(50*24*time.Hour)):
			return refused(inbox, 0, 0, actor.ErrConnection)
		}
		return 202, nil
	}
	a := s.announcer()
	n, err := a.Repeat(t.Context(), departing.Case, nil)
	require.Error(t, err, "what was not announced cannot be repeated")
	require.Zero(t, n)
	s.settle(noon.Add(time.Minute))
	repeat := func(at time.Time, only func(move.Entry) bool) int {
		s.set(at)
		n, err := s.announcer().Repeat(t.Context(), departing.Case, only)
		require.NoError(t, err)
		return n
	}
	onlyA := func(e move.Entry) bool { return e.Party == inboxA }
	assert.Zero(t, repeat(noon.Add(move.RepeatGap-time.Second), onlyA), "six minutes after it was taken, not sooner")
	assert.Equal(t, 1, repeat(noon.Add(move.RepeatGap), onlyA))
	assert.Zero(t, repeat(noon.Add(move.RepeatGap), onlyA), "it is queued already")
	s.settle(noon.Add(move.RepeatGap))
	require.Equal(t, []string{"Update", "Move", "Move"}, s.at(inboxA), "the Move alone is repeated")
	assert.Zero(t, repeat(noon.Add(move.RepeatGap+5*time.Minute), onlyA), "the gap is counted anew")
	assert.Equal(t, 1, repeat(noon.Add(move.RepeatGap+time.Second), func(e move.Entry) bool { return e.Status == 404 }), "what was not taken need not wait")
	s.settle(noon.Add(60 * 24 * time.Hour))
	assert.Equal(t, 3, repeat(noon.Add(60*24*time.Hour), nil), "without a choice, all that are done")
	s.settle(noon.Add(61 * 24 * time.Hour))
	assert.Equal(t, map[vocab.IRI]string{inboxA: "answered 202", inboxB: "answered 404", "https://c.example/inbox": "answered 202"}, s.ledger(departing.Case))
	for _, m := range s.moves() {
		assert.Equal(t, s.moves()[0].ID, m.ID, "a repeated Move is the same Move")
	}
}

func TestObserved(t *testing.T) {
	s, departing := away(t)
	a := s.announcer()
	follower := fan("a.example", 1, true).ID
	require.NoError(t, a.Observed(t.Context(), "https://old.example/users/nobody", follower), "who never moved")
	require.NoError(t, a.Observed(t.Context(), old, follower), "before it was announced")
	assert.Empty(t, s.ledger(departing.Case), "an Undo before the Move has nothing to do with it")
	s.settle(noon.Add(time.Hour))
	require.NoError(t, a.Observed(t.Context(), old, follower))
	require.NoError(t, a.Observed(t.Context(), old, follower), "seen twice, as Undo and as Follow")
	assert.Equal(t, map[vocab.IRI]string{inboxA: "answered 202", inboxB: "answered 202", follower: "observed 0"}, s.ledger(departing.Case))

	s.set(noon.Add(time.Hour))
	n, err := s.announcer().Repeat(t.Context(), departing.Case, nil)
	require.NoError(t, err)
	assert.Equal(t, 2, n, "who was seen to arrive is sent nothing")
}

func TestLedgerIsResumed(t *testing.T) {
	s := newStation(t)
	s.options.Hold, s.options.AliasAge = -1, -1
	for n := range 700 {
		s.follow(old, fan("big.example", n, false))
	}
	departing := s.depart(old, next)
	s.settle(noon)
	a := s.announcer()
	seen, cursor := 0, vocab.IRI("")
	for range 8 {
		n := 0
		for e, err := range a.Ledger(t.Context(), departing.Case, cursor) {
			require.NoError(t, err)
			require.Greater(t, e.Party, cursor, "in the order of their ids")
			cursor = e.Party
			seen++
			if n++; n == 100 {
				break
			}
		}
	}
	assert.Equal(t, 700, seen, "each once")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range a.Ledger(ctx, departing.Case, "") {
		require.ErrorIs(t, err, context.Canceled)
	}
}

// Ten times as many followers, each with an inbox of their own, need no more
// memory while the inboxes are gathered.
func TestMemoryDoesNotGrowWithFollowers(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 110,000 rows")
	}
	few, many := heapOf(t, 10_000/slow), heapOf(t, 100_000/slow)
	t.Logf("at most %d KiB of heap with %d followers, %d KiB with %d", few>>10, 10_000/slow, many>>10, 100_000/slow)
	assert.Less(t, many, few+4<<20, "ten times as many followers")
}

// heapOf is the most that the heap grew while a departure was gathered and the
// first inboxes were told.
func heapOf(t *testing.T, followers int) uint64 {
	docs := documents{old: account(old, ""), next: account(next, fmt.Sprintf(`,"alsoKnownAs":[%q]`, old))}
	home := &endless{documents: docs, n: followers}
	a := move.NewAnnouncer(docs, taking{}, openSQL(t), home, &move.AnnouncerOptions{Hold: -1, AliasAge: -1})
	announcement, err := move.New(parse(t, docs[old]), parse(t, docs[next]), nil)
	require.NoError(t, err)
	before := heap()
	_, err = a.Depart(t.Context(), move.Departure{Announcement: *announcement})
	require.NoError(t, err)
	for range 5 {
		n, err := a.Work(t.Context())
		require.NoError(t, err)
		require.Positive(t, n)
		home.most = max(home.most, heap())
	}
	require.Equal(t, followers, home.yielded, "all were read, each once")
	return home.most - min(before, home.most)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
