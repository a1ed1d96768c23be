package movetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
)

var advanceSituations = []situation{
	{"all that a step says is stored, under its own case", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		s := claim(t, store, start, 1, 1)[0]
		before := s.Version
		s.Side, s.Host, s.State, s.Due = move.Out, "b.example", move.Rejected, start.Add(time.Hour)
		s.Attempts, s.Status, s.Reason, s.From = 5, 410, move.RejectedNew, bob
		s.Cursor, s.Since = "here", start.Add(time.Minute)
		require.NoError(t, store.Advance(t.Context(), s))
		got := find(t, store, c.ID, s.Party)
		assert.Greater(t, got.Version, before)
		s.Version, s.Side = got.Version, move.In
		assert.Equal(t, s, got, "all but the side, which is the case's")
	}},
	{"a step that was only read can be advanced", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		held := claim(t, store, start, 1, 1)[0]
		seen := find(t, store, c.ID, held.Party)
		seen.State, seen.Due = move.Accepted, start
		require.NoError(t, store.Advance(t.Context(), seen), "an Accept arrives while a worker is at it")
		assert.ErrorIs(t, store.Advance(t.Context(), held), move.ErrStale, "the worker must look again")
		assert.Len(t, claim(t, store, start, 1, 1), 1, "the lease is ended")
	}},
	{"what is stale is left out, the rest is stored", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), crowd("a.example", 3, start)...)
		steps := claim(t, store, start, 3, 3)
		require.Len(t, steps, 3)
		require.NoError(t, store.Advance(t.Context(), steps[1]))
		for i := range steps {
			steps[i].State = move.Moved
		}
		assert.ErrorIs(t, store.Advance(t.Context(), steps...), move.ErrStale)
		assert.Equal(t, move.Moved, find(t, store, c.ID, steps[0].Party).State)
		assert.Equal(t, move.Queued, find(t, store, c.ID, steps[1].Party).State, "the stale one")
		assert.Equal(t, move.Moved, find(t, store, c.ID, steps[2].Party).State)
	}},
	{"the same step twice is stale the second time", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		s := find(t, store, c.ID, party("a.example", 1, start).Party)
		first, second := s, s
		first.State, second.State = move.Requested, move.Kept
		assert.ErrorIs(t, store.Advance(t.Context(), first, second), move.ErrStale)
		assert.Equal(t, move.Requested, find(t, store, c.ID, s.Party).State)
	}},
	{"a step that is not there is stale and not added", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home))
		s := party("a.example", 1, start)
		s.Case = c.ID
		assert.ErrorIs(t, store.Advance(t.Context(), s), move.ErrStale)
		assert.Empty(t, list(t, store, c.ID, ""))
	}},
	{"nothing to advance is no error", func(t *testing.T, store move.Store) {
		assert.NoError(t, store.Advance(t.Context()))
	}},
	{"hundreds of steps are advanced at once", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home), crowd("a.example", 700, start)...)
		steps := claim(t, store, start, many, many)
		require.Len(t, steps, 700)
		for i := range steps {
			steps[i].State, steps[i].Attempts = move.Moved, i
		}
		require.NoError(t, store.Advance(t.Context(), steps...))
		for i := range steps {
			steps[i].Version++
		}
		assert.ElementsMatch(t, steps, list(t, store, c.ID, ""))
	}},
}

var nextSituations = []situation{
	{"an empty store has nothing next", func(t *testing.T, store move.Store) {
		assert.Zero(t, next(t, store, move.In))
	}},
	{"the first to fall due is next, of its own side", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), party("a.example", 1, start.Add(time.Hour)), party("b.example", 2, start), party("c.example", 3, time.Time{}))
		opened(t, store, moving(move.Out, alice, home), party("a.example", 1, start.Add(-time.Hour)))
		assert.Equal(t, start, next(t, store, move.In))
		assert.Equal(t, start.Add(-time.Hour), next(t, store, move.Out))
	}},
	{"what is leased is next when the lease ends", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), party("a.example", 1, start), party("b.example", 2, start.Add(2*lease)))
		s := claim(t, store, start, 1, 1)[0]
		assert.Equal(t, start.Add(lease), next(t, store, move.In), "a dead worker's steps are not forgotten")
		require.Len(t, claim(t, store, start.Add(lease), many, many), 1, "and are given out then")
		s = find(t, store, s.Case, s.Party)
		s.Due = time.Time{}
		require.NoError(t, store.Advance(t.Context(), s))
		assert.Equal(t, start.Add(2*lease), next(t, store, move.In))
	}},
	{"when all is done nothing is next", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), crowd("a.example", 3, start)...)
		steps := claim(t, store, start, 3, 3)
		require.Len(t, steps, 3)
		for i := range steps {
			steps[i].Due = time.Time{}
		}
		require.NoError(t, store.Advance(t.Context(), steps...))
		assert.Zero(t, next(t, store, move.In))
	}},
}

func next(t *testing.T, store move.Store, side move.Side) time.Time {
	t.Helper()
	at, err := store.Next(t.Context(), side)
	require.NoError(t, err)
	return at
}
