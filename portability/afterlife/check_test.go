package afterlife_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

type goneAt struct{ host string }

func (g goneAt) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	if id.Host() == g.host {
		return nil, fmt.Errorf("x: %w", actor.ErrGone)
	}
	return nil, fmt.Errorf("x: %w", actor.ErrNotFound)
}

// The person claimed that they went on to another place; the first deletes what it had.
func TestCheckOfAPlaceThatNobodyIsLedTo(t *testing.T) {
	path := doorPath(t)
	x := index(t, mapping(vocab.IRI(status(1)), "https://new.example/notes/1", portability.ForPublic))
	third := vocab.IRI("https://third.example/users/alice")
	door, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{x}}, afterlife.Account{Source: aShelf(t), MovedTo: third})
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	h := afterlife.Handler(door, forgotten, nil)
	require.Equal(t, 200, ask(t, h, status(1), forActivity).status, "nobody is led to new.example")
	c, err := afterlife.Check(t.Context(), door, forgotten, goneAt{"new.example"}, nil)
	require.NoError(t, err)
	assert.Zero(t, c.Asked)
	assert.Equal(t, 200, ask(t, h, status(1), forActivity).status)
}
