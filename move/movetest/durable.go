package movetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// TestDurable tests that a store outlives the process, and serves several of
// them. Open opens the store in a folder, as another process would, and returns
// what closes it; it is called again with the same folder, both after closing
// the first and while that is open.
func TestDurable(t *testing.T, open func(t *testing.T, dir string) (store move.Store, close func() error)) {
	t.Run("what was stored is there after reopening", func(t *testing.T) {
		dir := t.TempDir()
		store, closeFirst := open(t, dir)
		c := begun(move.In, alice, home, start)
		require.NoError(t, begin(t, store, c))
		require.NoError(t, store.Add(t.Context(), c.ID, crowd("a.example", 3, start), "page 2"))
		require.Len(t, claim(t, store, start, 1, 1), 1, "one is leased")
		kept, err := store.Case(t.Context(), c.ID)
		require.NoError(t, err)
		own, steps := find(t, store, c.ID, ""), list(t, store, c.ID, "")
		require.NoError(t, closeFirst())

		store, closeSecond := open(t, dir)
		again, err := store.Case(t.Context(), c.ID)
		require.NoError(t, err)
		sameCase(t, kept, again, "the case")
		assert.Equal(t, own, find(t, store, c.ID, ""), "its own step, with the cursor")
		assert.Equal(t, steps, list(t, store, c.ID, ""))
		assert.ErrorIs(t, begin(t, store, begun(move.In, alice, other, start.Add(time.Hour))), move.ErrCooldown, "the window")
		assert.Len(t, claim(t, store, start, many, many), 3, "the lease of the dead holds")
		assert.Len(t, claim(t, store, start.Add(lease), many, many), 4, "until it ends")
		require.NoError(t, closeSecond())
	})
	t.Run("two processes are never given the same step", func(t *testing.T) {
		first, second := openTwice(t, open)
		c := opened(t, first, moving(move.In, alice, home), crowd("a.example", 400, start)...)
		given := claimAll(t, first, second)
		assert.Len(t, given, 400)
		for name, times := range given {
			assert.Equal(t, 1, times, "times that %s was given out", name)
		}
		for _, s := range list(t, second, c.ID, "") {
			assert.Equal(t, 1, s.Attempts, "advanced by the worker that had it")
		}
	})
	t.Run("of the moves of one account that two processes begin at once one wins", func(t *testing.T) {
		first, second := openTwice(t, open)
		won := race(t, func(i int) (bool, error) {
			target := vocab.IRI(fmt.Sprintf("https://new%d.example/alice", i))
			store := []move.Store{first, second}[i%2]
			_, _, created, err := store.Begin(t.Context(), begun(move.In, alice, target, start), ownStep(move.Verified, start), start.Add(-window))
			if errors.Is(err, move.ErrCooldown) {
				return false, nil
			}
			return created, err
		})
		assert.Equal(t, 1, won)
	})
}

func openTwice(t *testing.T, open func(t *testing.T, dir string) (move.Store, func() error)) (first, second move.Store) {
	t.Helper()
	dir := t.TempDir()
	stores := make([]move.Store, 2)
	for i := range stores {
		store, closeStore := open(t, dir)
		stores[i] = store
		t.Cleanup(func() { assert.NoError(t, closeStore(), "close") })
	}
	return stores[0], stores[1]
}
