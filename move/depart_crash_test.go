package move_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// departs is a whole departure that is killed at one call, and the last state
// of its ledger.
func departs(t *testing.T, left int) (*station, map[vocab.IRI]string) {
	s := newStation(t)
	s.options.Hold = time.Hour
	s.follow(old, fan("a.example", 1, true), fan("a.example", 2, true), fan("gone.example", 1, true))
	s.follow(old, fan("own.example", 1, false), fan("own.example", 2, false), fan("busy.example", 1, true))
	busy := noon.Add(3 * time.Hour)
	s.answer = func(inbox vocab.IRI, _ *vocab.Object, _ int) (int, error) {
		switch {
		case inbox.Host() == "gone.example":
			return refused(inbox, 410, 0, actor.ErrGone)
		case inbox.Host() == "busy.example" && s.now.Before(busy):
			return refused(inbox, 429, 10*time.Minute, actor.ErrUnavailable)
		}
		return 202, nil
	}
	departure := s.departure(old, next)
	s.fuse.left = left
	departing, err := s.announcer().Depart(t.Context(), departure)
	if errors.Is(err, errCrash) {
		s.reboot() // the person tries again
		departing, err = s.announcer().Depart(t.Context(), departure)
	}
	require.NoError(t, err, "killed at call %d", left)
	s.settle(noon.Add(30 * 24 * time.Hour))
	cases, err := s.store.About(t.Context(), move.Out, old)
	require.NoError(t, err)
	begun := 0
	for _, c := range cases {
		if !c.Begun.IsZero() {
			begun++
			departing.Case = c.ID
		}
	}
	require.Equal(t, 1, begun, "killed at call %d: one departure", left)
	return s, s.ledger(departing.Case)
}

// The process is killed before and after every call to its store, its network
// and its own tables. Each inbox gets the Update and then the Move, at least
// once, under the ids that they had before.
func TestAnnounceCrashAtEveryStep(t *testing.T) {
	undisturbed, want := departs(t, -1)
	calls := undisturbed.fuse.calls
	require.Greater(t, calls, 60, "the scenario must have many places to die")
	require.Equal(t, map[vocab.IRI]string{
		inboxA: "answered 202", "https://gone.example/inbox": "answered 410", "https://busy.example/inbox": "answered 202",
		"https://own.example/users/f001/inbox": "answered 202", "https://own.example/users/f002/inbox": "answered 202",
	}, want, "undisturbed")
	ids := idsOf(undisturbed)
	for left := range calls {
		s, ledger := departs(t, left)
		require.Equal(t, want, ledger, "killed at call %d", left)
		require.Equal(t, next, s.points(old), "killed at call %d", left)
		require.Equal(t, ids, idsOf(s), "killed at call %d: the ids", left)
		require.NotEmpty(t, s.tokens, "killed at call %d: the owner was told", left)
		for inbox := range want {
			if inbox.Host() == "gone.example" {
				continue
			}
			types := s.at(inbox)
			require.Contains(t, types, "Move", "killed at call %d: %s", left, inbox)
			require.Equal(t, "Update", types[0], "killed at call %d: %s", left, inbox)
			if inbox.Host() != "busy.example" {
				require.LessOrEqual(t, len(types), 4, "killed at call %d: %s: once more at most", left, inbox)
			}
		}
	}
}

func idsOf(s *station) map[vocab.IRI]bool {
	ids := map[vocab.IRI]bool{}
	for _, a := range s.arrivals {
		ids[a.ID] = true
	}
	return ids
}
