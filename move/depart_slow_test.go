package move_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// ownerLetters are those to the owner of an account that departs.
type ownerLetters struct {
	sent []move.Departing
	then func(nth int)
}

func (l *ownerLetters) tell(_ context.Context, _, _ vocab.IRI, d move.Departing) error {
	l.sent = append(l.sent, d)
	l.then(len(l.sent))
	return nil
}

// Telling the owner takes so long that another process takes it for dead and tells them
// again. Whichever letter they believe, and whenever they read it, it is one move.
func TestAnOwnerWhoIsToldTwice(t *testing.T) {
	for name, c := range map[string]struct {
		second func(*testing.T, *station, *move.Announcer, *ownerLetters) // happens while they are told again
		after  func(*testing.T, *move.Announcer, *ownerLetters)
		moves  int
	}{
		"does nothing": {moves: 1},
		"does nothing, and the first letter was sent after all": {
			second: func(t *testing.T, s *station, _ *move.Announcer, l *ownerLetters) {
				own, err := s.store.Find(t.Context(), l.sent[0].Case, "")
				require.NoError(t, err)
				own.Reason, own.Due = "", l.sent[0].At
				require.NoError(t, s.store.Advance(t.Context(), own))
			},
			moves: 1,
		},
		"stops it by the first letter": {
			after: func(t *testing.T, a *move.Announcer, l *ownerLetters) {
				for range 2 {
					require.NoError(t, a.Cancel(t.Context(), l.sent[0].Case, l.sent[0].Token))
				}
			},
		},
		"stops it by the second letter": {
			after: func(t *testing.T, a *move.Announcer, l *ownerLetters) {
				require.NoError(t, a.Cancel(t.Context(), l.sent[1].Case, l.sent[1].Token))
			},
		},
		"stops it by the first letter before the second one has come": {
			second: func(t *testing.T, _ *station, a *move.Announcer, l *ownerLetters) {
				require.NoError(t, a.Cancel(t.Context(), l.sent[0].Case, l.sent[0].Token))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStation(t)
			s.follow(old, fan("a.example", 1, true))
			letters := &ownerLetters{}
			a := move.NewAnnouncer(s, s, s.store, s, &move.AnnouncerOptions{Alert: letters.tell, Now: s.clock})
			letters.then = func(nth int) {
				switch {
				case nth == 1:
					s.set(noon.Add(time.Hour)) // longer than any lease
					_, err := a.Work(t.Context())
					require.NoError(t, err)
				case nth == 2 && c.second != nil:
					c.second(t, s, a, letters)
				}
			}
			_, err := a.Depart(t.Context(), s.departure(old, next))
			require.ErrorIs(t, err, move.ErrStopped, "the second letter is of another departure")
			require.Len(t, letters.sent, 2)
			if c.after != nil {
				c.after(t, a, letters)
			}
			for range 100 {
				s.set(s.clock().Add(time.Hour))
				_, err := a.Work(t.Context())
				require.NoError(t, err)
			}
			assert.Len(t, s.moves(), c.moves)
		})
	}
}

// The old letter is no key to what its owner begins later.
func TestALetterStopsNoLaterDeparture(t *testing.T) {
	s := newStation(t)
	s.follow(old, fan("a.example", 1, true))
	letters := &ownerLetters{then: func(int) {}}
	a := move.NewAnnouncer(s, s, s.store, s, &move.AnnouncerOptions{Alert: letters.tell, Now: s.clock})
	for range 2 {
		_, err := a.Depart(t.Context(), s.departure(old, next))
		require.NoError(t, err)
		require.NoError(t, a.Cancel(t.Context(), letters.sent[0].Case, letters.sent[0].Token))
	}
	for range 100 {
		s.set(s.clock().Add(time.Hour))
		_, err := a.Work(t.Context())
		require.NoError(t, err)
	}
	assert.Len(t, s.moves(), 1)
}
