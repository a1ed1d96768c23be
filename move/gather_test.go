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

// counted counts how often a follower's step is looked for.
type counted struct {
	move.Store
	finds *int
}

func (c counted) Find(ctx context.Context, id string, party vocab.IRI) (move.Step, error) {
	if party != "" {
		*c.finds++
	}
	return c.Store.Find(ctx, id, party)
}

func TestFollowersOfACaseThatWasNeverGatheredAreNotLookedFor(t *testing.T) {
	w, finds := newWorld(t), 0
	w.store = counted{w.store, &finds}
	w.people.follow(fay, old)
	w.people.follow("https://here.example/users/gus", old)
	require.Equal(t, move.Accept, w.deliver(moveOf(t, old, next, w.now)).Outcome)
	w.settle(noon.Add(time.Hour))
	assert.Zero(t, finds)
	assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay])
}

func TestWhoWasToldIsMovedHoweverOftenTheCaseWasPutOffSince(t *testing.T) {
	for _, putOff := range []int{0, 1, 2} {
		w, pointing := newWorld(t), ""
		w.people.follow(fay, old)
		pointing, w.peers[old] = w.peers[old], account(old, "")
		c := w.deliver(moveOf(t, old, next, w.now)).Case
		w.settle(noon.Add(60 * 24 * time.Hour))
		step, err := w.store.Find(t.Context(), c, fay)
		require.NoError(t, err)
		require.Equal(t, move.Told, step.State, "the old account never pointed to the new one")

		w.now = noon.Add(61 * 24 * time.Hour)
		for range putOff {
			w.now = w.now.Add(time.Hour)
			require.Equal(t, move.Defer, w.deliver(moveOf(t, old, next, w.now)).Outcome)
		}
		w.now = w.now.Add(time.Hour)
		w.peers[old] = pointing
		require.Equal(t, move.Accept, w.deliver(moveOf(t, old, next, w.now)).Outcome)
		w.settle(w.now.Add(time.Hour))
		assert.Equal(t, []vocab.IRI{next}, w.people.state()[fay], "put off %d times", putOff)
	}
}
