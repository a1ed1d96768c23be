package move_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// What must be visible is visible before anybody is told: the alias, looked
// at twice with six seconds between, the old account's pointer, the Update, the
// Move.
func TestAnnounceInOrder(t *testing.T) {
	s := newStation(t)
	s.follow(old, fan("a.example", 1, true))
	departing := s.depart(old, next)
	s.log, s.fetches = nil, nil
	s.settle(noon.Add(48 * time.Hour))
	assert.Equal(t, []string{
		"look at new.example", // after the hold
		"look at new.example", // six seconds later
		"point", "look at old.example",
		"deliver Update", "deliver Move",
	}, s.log)
	assert.Equal(t, departing.At.Add(move.AliasAge), s.moves()[0].At, "the alias is six seconds old, by our own clock")
	assert.Equal(t, old, s.moves()[0].From, "signed as the old account")
}

func TestAliasThatGoesAwayStopsTheMove(t *testing.T) {
	for name, when := range map[string]time.Duration{"within the hold": time.Hour, "within the six seconds": move.DefaultHold} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.follow(old, fan("a.example", 1, true))
			departing := s.depart(old, next)
			s.settle(noon.Add(when))
			s.docs[next] = account(next, "")
			s.settle(noon.Add(48 * time.Hour))
			assert.Empty(t, s.arrivals, "nobody may hear of a move that receivers would refuse")
			assert.Empty(t, s.points(old))
			own, err := s.store.Find(t.Context(), departing.Case, "")
			require.NoError(t, err)
			assert.Equal(t, move.Refused, own.State)
			assert.Equal(t, move.NotLinked, own.Reason, "the owner can be told why")
		})
	}
}

func TestNewAccountThatCannotBeReachedIsLookedForAgain(t *testing.T) {
	s := newStation(t)
	s.follow(old, fan("a.example", 1, true))
	s.depart(old, next)
	s.down = noon.Add(move.DefaultHold + time.Hour)
	s.settle(noon.Add(48 * time.Hour))
	require.NotEmpty(t, s.failed, "the host hears of it")
	require.Len(t, s.moves(), 1, "a failure to fetch is no refusal")
	assert.True(t, s.moves()[0].At.After(s.down))
}

// Point may not have taken effect yet, or not at all: nobody is told before a
// stranger sees it.
func TestNobodyIsToldBeforeTheOldAccountPoints(t *testing.T) {
	s := newStation(t)
	s.follow(old, fan("a.example", 1, true))
	s.depart(old, next)
	lazy := &lazyHome{station: s, left: 3}
	o := move.AnnouncerOptions{Now: s.clock, Failed: func(err error) { s.failed = append(s.failed, err) }}
	a := move.NewAnnouncer(s, s, s.store, lazy, &o)
	for range 40 {
		due, err := a.Next(t.Context())
		require.NoError(t, err)
		if due.IsZero() {
			break
		}
		s.set(due)
		_, err = a.Work(t.Context())
		require.NoError(t, err)
		if lazy.left > 0 {
			require.Empty(t, s.arrivals, "told although the old account does not point")
		}
	}
	assert.Len(t, s.moves(), 1, "told once it does")
	require.NotEmpty(t, s.failed)
	deferred, ok := errors.AsType[*move.DeferredError](s.failed[0])
	require.True(t, ok, "the host hears why it waits")
	assert.Equal(t, move.NotMoved, deferred.Reason)
}

// A lazyHome says that it has done what it does the fourth time.
type lazyHome struct {
	*station
	left int
}

func (l *lazyHome) Point(ctx context.Context, from, to vocab.IRI) error {
	if l.left > 0 {
		l.left--
		return nil
	}
	return l.station.Point(ctx, from, to)
}

func TestEachInboxIsToldOnce(t *testing.T) {
	s := newStation(t)
	for n := range 40 {
		s.follow(old, fan("shared.example", n, true))
	}
	for n := range 3 {
		s.follow(old, fan("own.example", n, false))
	}
	s.follow(old, move.Recipient{ID: "https://nowhere.example/users/x"}) // its inbox is not known
	departing := s.depart(old, next)
	s.settle(noon.Add(48 * time.Hour))

	want := map[vocab.IRI]string{"https://shared.example/inbox": "answered 202"}
	for n := range 3 {
		want[fan("own.example", n, false).Inbox] = "answered 202"
	}
	assert.Equal(t, want, s.ledger(departing.Case), "the shared inbox where there is one, each their own where none is published")
	assert.Len(t, s.moves(), 4, "one Move for each inbox")
	for inbox := range want {
		assert.Equal(t, []string{"Update", "Move"}, s.at(inbox), "%s", inbox)
	}
}

// Pages of recipients overlap in inboxes.
func TestInboxesAreDistinctOverPages(t *testing.T) {
	s := newStation(t)
	for n := range 700 {
		s.follow(old, fan("a.example", n, true), fan("b.example", n, true))
	}
	s.depart(old, next)
	s.settle(noon.Add(48 * time.Hour))
	assert.Len(t, s.moves(), 2)
}

func TestDeparturesSideBySide(t *testing.T) {
	s := newStation(t)
	const people = 5
	var cases []string
	for n := range people {
		from, to := vocab.IRI(fmt.Sprintf("https://old.example/users/p%d", n)), vocab.IRI(fmt.Sprintf("https://new.example/users/p%d", n))
		s.docs[from], s.docs[to] = account(from, ""), account(to, fmt.Sprintf(`,"alsoKnownAs":[%q]`, from))
		s.follow(from, fan("a.example", n, true), fan("b.example", n, true))
		cases = append(cases, s.depart(from, to).Case)
	}
	s.settle(noon.Add(48 * time.Hour))
	for n, id := range cases {
		assert.Equal(t, map[vocab.IRI]string{"https://a.example/inbox": "answered 202", "https://b.example/inbox": "answered 202"}, s.ledger(id), "person %d", n)
	}
	from := map[vocab.IRI]int{}
	for _, a := range s.moves() {
		from[a.From]++
		assert.Contains(t, string(a.ID), string(a.From), "each Move is its own mover's")
	}
	assert.Len(t, from, people)
}
