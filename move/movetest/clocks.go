package movetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
)

// ahead is when a clock was that was put right since.
var ahead = start.AddDate(1, 0, 0)

var clockSituations = []situation{
	{"a lease of a clock that was a year ahead keeps no step from anybody", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home), party("a.example", 1, start))
		require.Len(t, claim(t, store, ahead, 1, 1), 1)
		got := claim(t, store, start, 1, 1)
		require.Len(t, got, 1)
		assert.Empty(t, claim(t, store, start, 1, 1), "it is leased by the right clock now")
		assert.NoError(t, store.Advance(t.Context(), got...))
	}},
	{"a try that a clock a year ahead put off is made now", func(t *testing.T, store move.Store) {
		put := party("a.example", 1, ahead.Add(time.Hour))
		soon := party("a.example", 2, start.Add(30*time.Hour))
		opened(t, store, moving(move.In, alice, home), put, soon)
		got := claim(t, store, start, many, many)
		require.Len(t, got, 1, "a day and a bit is waited")
		assert.Equal(t, put.Party, got[0].Party)
		assert.Equal(t, start, got[0].Due)
		assert.NoError(t, store.Advance(t.Context(), got...))
	}},
	{"a clock that was a year ahead puts off nothing for more than a pause", func(t *testing.T, store move.Store) {
		put := party("a.example", 1, ahead.Add(time.Hour))
		put.Since = ahead
		opened(t, store, moving(move.In, alice, home), put)
		assert.Empty(t, claim(t, store, start, many, many), "the pause begins now")
		assert.Equal(t, start.Add(time.Hour), next(t, store, move.In))
		assert.Len(t, claim(t, store, start.Add(time.Hour), many, many), 1)
	}},
	{"what a clock a year ahead held back is held back as long, and no longer", func(t *testing.T, store move.Store) {
		own := ownStep(move.Waiting, ahead.Add(move.DefaultHold))
		own.Since = ahead
		c := moving(move.Out, alice, home)
		_, _, _, err := store.Open(t.Context(), c, own)
		require.NoError(t, err)
		for _, at := range []time.Duration{0, move.DefaultHold - time.Minute} {
			got, err := store.Claim(t.Context(), move.Out, start.Add(at), lease, many, many)
			require.NoError(t, err)
			assert.Empty(t, got, "its owner can stop it until then")
		}
		got, err := store.Claim(t.Context(), move.Out, start.Add(move.DefaultHold), lease, many, many)
		require.NoError(t, err)
		assert.Len(t, got, 1)
	}},
	{"the longest hold is kept", func(t *testing.T, store move.Store) {
		_, _, _, err := store.Open(t.Context(), moving(move.Out, alice, home), ownStep(move.Waiting, start.Add(move.LongestHold)))
		require.NoError(t, err)
		got, err := store.Claim(t.Context(), move.Out, start.Add(-time.Hour), lease, many, many)
		require.NoError(t, err)
		assert.Empty(t, got)
		assert.Equal(t, start.Add(move.LongestHold), next(t, store, move.Out))
	}},
}
