package movetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// begin begins a case whose window reaches back from its own time.
func begin(t *testing.T, store move.Store, c move.Case) error {
	t.Helper()
	_, _, _, err := store.Begin(t.Context(), c, ownStep(move.Verified, c.Begun), c.Begun.Add(-window))
	return err
}

var windowSituations = []situation{
	{"a second move within the window is refused and not kept", func(t *testing.T, store move.Store) {
		require.NoError(t, begin(t, store, begun(move.In, alice, home, start)))
		second := begun(move.In, alice, other, start.Add(time.Hour))
		assert.ErrorIs(t, begin(t, store, second), move.ErrCooldown)
		_, err := store.Case(t.Context(), second.ID)
		assert.ErrorIs(t, err, move.ErrNoCase)
		_, err = store.Find(t.Context(), second.ID, "")
		assert.ErrorIs(t, err, move.ErrNoCase)
	}},
	{"an opened case that is refused stays as it was", func(t *testing.T, store move.Store) {
		want := opened(t, store, moving(move.In, alice, other))
		require.NoError(t, begin(t, store, begun(move.In, alice, home, start)))
		step := find(t, store, want.ID, "")
		assert.ErrorIs(t, begin(t, store, begun(move.In, alice, other, start)), move.ErrCooldown)
		kept, err := store.Case(t.Context(), want.ID)
		require.NoError(t, err)
		sameCase(t, want, kept, "it is not begun")
		assert.Equal(t, step, find(t, store, want.ID, ""))
	}},
	{"the window ends to the microsecond", func(t *testing.T, store move.Store) {
		require.NoError(t, begin(t, store, begun(move.In, alice, home, start)))
		next := begun(move.In, alice, other, start.Add(window))
		assert.ErrorIs(t, begin(t, store, next), move.ErrCooldown, "at notBefore is within")
		next.Begun = next.Begun.Add(time.Microsecond)
		assert.NoError(t, begin(t, store, next), "just before it is not")
	}},
	{"a move begun later than this one counts too", func(t *testing.T, store move.Store) {
		require.NoError(t, begin(t, store, begun(move.In, alice, home, start.Add(time.Hour))))
		assert.ErrorIs(t, begin(t, store, begun(move.In, alice, other, start)), move.ErrCooldown, "clocks differ")
	}},
	{"a move cancelled since still counts", func(t *testing.T, store move.Store) {
		c := begun(move.In, alice, home, start)
		require.NoError(t, begin(t, store, c))
		require.NoError(t, store.Cancel(t.Context(), c.ID, start))
		assert.ErrorIs(t, begin(t, store, begun(move.In, alice, other, start)), move.ErrCooldown)
	}},
	{"moves that were never begun do not count", func(t *testing.T, store move.Store) {
		opened(t, store, moving(move.In, alice, home))
		assert.NoError(t, begin(t, store, begun(move.In, alice, other, start)), "unverified moves cost nothing")
	}},
	{"other accounts and the other side do not count", func(t *testing.T, store move.Store) {
		require.NoError(t, begin(t, store, begun(move.In, alice, home, start)))
		assert.NoError(t, begin(t, store, begun(move.In, bob, home, start)), "two old accounts into one")
		assert.NoError(t, begin(t, store, begun(move.In, home, other, start)), "the new account moves on")
		assert.NoError(t, begin(t, store, begun(move.Out, alice, other, start)), "sending is not receiving")
	}},
	{"of many moves of one account begun at once one wins", func(t *testing.T, store move.Store) {
		won := race(t, func(i int) (bool, error) {
			target := vocab.IRI(fmt.Sprintf("https://new%d.example/alice", i))
			_, _, created, err := store.Begin(t.Context(), begun(move.In, alice, target, start), ownStep(move.Verified, start), start.Add(-window))
			if errors.Is(err, move.ErrCooldown) {
				return false, nil
			}
			assert.True(t, created || err != nil, "each is another case")
			return created, err
		})
		assert.Equal(t, 1, won)
		found, err := store.About(t.Context(), move.In, alice)
		require.NoError(t, err)
		assert.Len(t, found, 1, "the others are not kept")
	}},
	{"of many opened moves of one account begun at once one wins", func(t *testing.T, store move.Store) {
		target := func(i int) vocab.IRI { return vocab.IRI(fmt.Sprintf("https://new%d.example/alice", i)) }
		for i := range racers {
			opened(t, store, moving(move.In, alice, target(i)))
		}
		won := race(t, func(i int) (bool, error) {
			_, _, created, err := store.Begin(t.Context(), begun(move.In, alice, target(i), start), ownStep(move.Verified, start), start.Add(-window))
			if errors.Is(err, move.ErrCooldown) {
				return false, nil
			}
			return created, err
		})
		assert.Equal(t, 1, won)
	}},
}

const racers = 16

// race runs one try per racer at the same time, none of which may fail, and
// returns how many of them won.
func race(t *testing.T, try func(i int) (bool, error)) int {
	t.Helper()
	var wg sync.WaitGroup
	won, errs, ready := make([]bool, racers), make([]error, racers), make(chan struct{})
	for i := range racers {
		wg.Go(func() {
			<-ready
			won[i], errs[i] = try(i)
		})
	}
	close(ready)
	wg.Wait()
	count := 0
	for i := range racers {
		assert.NoError(t, errs[i], "worker %d", i)
		if won[i] {
			count++
		}
	}
	return count
}
