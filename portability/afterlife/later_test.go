package afterlife_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/afterlife"
)

// An account that was forgotten before its archive came.
func TestForgettingAnAccountThatComesLater(t *testing.T) {
	path := doorPath(t)
	door, _ := built(t, path, nil, account(newShelf(t, old+"/users/bob", "bob")))
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	require.ErrorIs(t, forgotten.Forget(door, alice), afterlife.ErrUnknown)
	more, _ := built(t, path, &afterlife.Options{Tombstones: forgotten}, account(aShelf(t)))
	h := afterlife.Handler(more, forgotten, nil)
	for _, u := range []string{string(alice), "/@alice", status(1), "/system/one.png"} {
		assert.Equal(t, 410, ask(t, h, whole(u), forActivity).status, u)
	}
}

func TestForgettingByPageOfAPostThatComesLater(t *testing.T) {
	path := doorPath(t)
	door, _ := built(t, path, nil, account(newShelf(t, alice, "alice")))
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	require.ErrorIs(t, forgotten.Forget(door, old+"/@alice/1"), afterlife.ErrUnknown)
	more, _ := built(t, path, &afterlife.Options{Tombstones: forgotten}, account(aShelf(t)))
	h := afterlife.Handler(more, forgotten, nil)
	assert.Equal(t, 410, ask(t, h, whole("/@alice/1"), forPage).status)
	assert.Equal(t, 410, ask(t, h, status(1), forActivity).status)
}
