package movetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// TestPruner tests a store that is a [move.Pruner]; [TestStore] calls it for
// those that are.
func TestPruner(t *testing.T, open func(t *testing.T) move.Store) {
	for _, s := range forgetSituations {
		t.Run(s.name, func(t *testing.T) { s.test(t, open(t)) })
	}
}

// later is when all that happened at the start is long over.
var later = start.Add(90 * 24 * time.Hour)

func forget(t *testing.T, store move.Store, before time.Time, n int) int {
	t.Helper()
	pruner, ok := store.(move.Pruner)
	require.True(t, ok, "the store is a Pruner")
	forgotten, err := pruner.Forget(t.Context(), before, n)
	require.NoError(t, err, "forget")
	return forgotten
}

// over puts a case that is over, and was never begun, into the store.
func over(t *testing.T, store move.Store, c move.Case, state move.State, steps ...move.Step) move.Case {
	t.Helper()
	kept, _, _, err := store.Open(t.Context(), c, ownStep(state, time.Time{}))
	require.NoError(t, err, "open the case")
	require.NoError(t, store.Add(t.Context(), c.ID, steps, ""), "add the steps")
	return kept
}

func ended(i int, state move.State) move.Step {
	s := party("a.example", i, time.Time{})
	s.State = state
	return s
}

func isThere(t *testing.T, store move.Store, id string) bool {
	t.Helper()
	_, err := store.Case(t.Context(), id)
	if err != nil {
		require.ErrorIs(t, err, move.ErrNoCase)
	}
	return err == nil
}

var forgetSituations = []situation{
	{"a case that came to nothing goes, with all that is known of it", func(t *testing.T, store move.Store) {
		for i, state := range []move.State{move.Refused, move.Held, move.Unconfirmed, move.Cancelled} {
			target := home + vocab.IRI(rune('0'+i))
			c := over(t, store, moving(move.In, alice, target), state, ended(1, move.Told), ended(2, move.Kept))
			assert.Equal(t, 3, forget(t, store, later, many), "%s: the case and two steps", state)
			assert.False(t, isThere(t, store, c.ID), state)
			_, err := store.Find(t.Context(), c.ID, "")
			assert.ErrorIs(t, err, move.ErrNoCase, "%s: its own step", state)
			assert.Empty(t, list(t, store, c.ID, ""), state)
			of, err := store.Of(t.Context(), move.In, ended(1, "").Party)
			require.NoError(t, err)
			assert.Empty(t, of, state)
			for _, actor := range []vocab.IRI{alice, target} {
				found, err := store.About(t.Context(), move.In, actor)
				require.NoError(t, err)
				assert.Empty(t, found, state)
			}
			assert.Zero(t, forget(t, store, later, many), "%s: there is nothing left", state)
		}
	}},
	{"what was forgotten may come again", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		over(t, store, c, move.Refused, ended(1, move.Told))
		require.Equal(t, 2, forget(t, store, later, many))
		own := ownStep(move.Deferred, later)
		kept, step, created, err := store.Open(t.Context(), c, own)
		require.NoError(t, err)
		assert.True(t, created)
		sameCase(t, c, kept, "as if it never had been there")
		own.Case, own.Side, own.Version = c.ID, move.In, step.Version
		assert.Equal(t, own, step)
		require.NoError(t, store.Add(t.Context(), c.ID, []move.Step{party("a.example", 1, later)}, ""))
		assert.Len(t, claim(t, store, later, many, many), 2, "both are done again")
	}},
	{"what is not over since before the time stays", func(t *testing.T, store move.Store) {
		c := over(t, store, moving(move.In, alice, home), move.Refused, ended(1, move.Told))
		assert.Zero(t, forget(t, store, start, many), "it entered its state just then")
		assert.True(t, isThere(t, store, c.ID))
		assert.Len(t, list(t, store, c.ID, ""), 1)
		own := find(t, store, c.ID, "")
		own.Since = later
		require.NoError(t, store.Advance(t.Context(), own))
		assert.Equal(t, 1, forget(t, store, later, many), "the follower's step")
		assert.True(t, isThere(t, store, c.ID), "it was looked at again since")
		assert.Equal(t, 1, forget(t, store, later.Add(time.Microsecond), many))
		assert.False(t, isThere(t, store, c.ID))
	}},
	{"a case of which anything is due or awaited stays", func(t *testing.T, store move.Store) {
		queued := over(t, store, moving(move.In, alice, other), move.Held, party("a.example", 1, start), ended(2, move.Told))
		asked := over(t, store, moving(move.In, bob, home), move.Held, ended(1, move.Requested))
		assert.Len(t, claim(t, store, start, many, many), 1, "one is leased")
		_, _, _, err := store.Open(t.Context(), moving(move.In, alice, home), ownStep(move.Deferred, later.Add(time.Hour)))
		require.NoError(t, err)
		assert.Equal(t, 1, forget(t, store, later, many), "who was told, and nothing else")
		assert.True(t, isThere(t, store, move.CaseID(move.In, alice, home, 1)), "it is to be verified again")
		assert.Equal(t, []vocab.IRI{party("a.example", 1, start).Party}, parties(list(t, store, queued.ID, "")), "they are to be moved")
		assert.Len(t, list(t, store, asked.ID, ""), 1, "an answer may come however late")
		assert.Len(t, claim(t, store, later, many, many), 1, "whose lease is over is given out again")
	}},
	{"a case that was begun stays, and so does who is still under way", func(t *testing.T, store move.Store) {
		c := begun(move.In, alice, home, start)
		require.NoError(t, begin(t, store, c))
		waiting := ended(9, move.Requested)
		waiting.Due = later.Add(time.Hour)
		steps := []move.Step{ended(1, move.Moved), ended(2, move.Kept), ended(3, move.Told), ended(4, move.Rejected), waiting}
		require.NoError(t, store.Add(t.Context(), c.ID, steps, "cursor"))
		require.NoError(t, store.Cancel(t.Context(), c.ID, start.Add(time.Hour)))
		own := find(t, store, c.ID, "")
		assert.Equal(t, 4, forget(t, store, later, many))
		assert.Equal(t, []vocab.IRI{waiting.Party}, parties(list(t, store, c.ID, "")))
		assert.Equal(t, own, find(t, store, c.ID, ""))
		found, err := store.About(t.Context(), move.In, alice)
		require.NoError(t, err)
		require.Len(t, found, 1, "the next Move between the two is another one")
		assert.Equal(t, start.Add(time.Hour), found[0].Cancelled)
		assert.ErrorIs(t, begin(t, store, begun(move.In, alice, other, start.Add(time.Minute))), move.ErrCooldown)
	}},
	{"the ledger of what was sent stays", func(t *testing.T, store move.Store) {
		sent := begun(move.Out, alice, home, start)
		_, _, _, err := store.Begin(t.Context(), sent, ownStep(move.Settled, time.Time{}), start.Add(-window))
		require.NoError(t, err)
		require.NoError(t, store.Add(t.Context(), sent.ID, []move.Step{ended(1, move.Answered), ended(2, move.Observed), ended(3, move.Unknown)}, ""))
		stopped := over(t, store, moving(move.Out, bob, home), move.Cancelled)
		assert.Equal(t, 1, forget(t, store, later, many), "one that its owner stopped in time")
		assert.Len(t, list(t, store, sent.ID, ""), 3)
		assert.False(t, isThere(t, store, stopped.ID))
	}},
	{"no more is forgotten than was asked for", func(t *testing.T, store move.Store) {
		for i := range 3 {
			over(t, store, moving(move.In, alice, home+vocab.IRI(rune('0'+i))), move.Refused, ended(1, move.Told), ended(2, move.Told))
		}
		for _, n := range []int{0, -1} {
			assert.Zero(t, forget(t, store, later, n))
		}
		for range 4 {
			assert.Equal(t, 2, forget(t, store, later, 2))
		}
		found, err := store.About(t.Context(), move.In, alice)
		require.NoError(t, err)
		assert.Len(t, found, 1, "the steps of all, and two cases")
		assert.Equal(t, 1, forget(t, store, later, 2))
		assert.Zero(t, forget(t, store, later, 2))
	}},
	{"forgetting stands in nobody's way", func(t *testing.T, store move.Store) {
		c := over(t, store, moving(move.In, alice, home), move.Refused, ended(1, move.Told), ended(2, move.Told))
		before := find(t, store, c.ID, "")
		require.Equal(t, 3, forget(t, store, later, many))
		assert.ErrorIs(t, store.Advance(t.Context(), before), move.ErrStale, "whoever had read it is told")
		assert.ErrorIs(t, store.Add(t.Context(), c.ID, nil, ""), move.ErrNoCase)
		assert.ErrorIs(t, store.Cancel(t.Context(), c.ID, start), move.ErrNoCase)
	}},
	{"whoever has given up forgets nothing", func(t *testing.T, store move.Store) {
		c := over(t, store, moving(move.In, alice, home), move.Refused)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, n := range []int{0, many} {
			_, err := store.(move.Pruner).Forget(ctx, later, n)
			assert.ErrorIs(t, err, context.Canceled)
		}
		assert.True(t, isThere(t, store, c.ID))
	}},
	{"many workers forget everything once", func(t *testing.T, store move.Store) {
		for i := range racers {
			over(t, store, moving(move.In, alice, home+vocab.IRI(rune('a'+i))), move.Refused, ended(i, move.Told))
		}
		pruner, ok := store.(move.Pruner)
		require.True(t, ok)
		forgotten := make([]int, racers)
		race(t, func(i int) (_ bool, err error) {
			forgotten[i], err = pruner.Forget(t.Context(), later, many)
			return true, err
		})
		total := 0
		for _, n := range forgotten {
			total += n
		}
		assert.Equal(t, 2*racers, total)
	}},
}
