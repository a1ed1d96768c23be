package client_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// asked is a KeyMemory that counts how often it is asked for keys.
type asked struct {
	actor.KeyMemory
	times int
}

func (a *asked) Keys(ctx context.Context, owner vocab.IRI) ([]actor.KeyRecord, error) {
	a.times++
	return a.KeyMemory.Keys(ctx, owner)
}

func TestTheMemoryIsNotAskedTwiceAboutTheSameDocument(t *testing.T) {
	memory := &asked{KeyMemory: actor.NewKeyMemory()}
	c, w, k := setup(client.Options{Memory: memory})
	first, second := newPerson(t, alice, 0), newPerson(t, alice, 1)
	fetch := func() int {
		before := memory.times
		_, err := c.FetchFresh(t.Context(), alice)
		require.NoError(t, err)
		return memory.times - before
	}
	withdrawn := func() (n int) {
		records, err := memory.KeyMemory.Keys(t.Context(), alice)
		require.NoError(t, err)
		for _, r := range records {
			if !r.Withdrawn.IsZero() {
				n++
			}
		}
		return n
	}
	w.document(string(alice), first.document())
	assert.Equal(t, 1, fetch())
	assert.Equal(t, 0, fetch(), "nothing has changed")
	w.document(string(alice), second.document())
	assert.Equal(t, 1, fetch(), "another key stands there")
	assert.Equal(t, 1, withdrawn(), "and the first does not")
	w.document(string(alice), first.document())
	assert.Equal(t, 1, fetch(), "the first is back")
	assert.Equal(t, 1, withdrawn(), "and the other is gone")
	k.Pass(time.Minute)
	assert.Equal(t, 1, fetch(), "after a minute it is compared again")
}
