package afterlife_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
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

// Who runs the server forgets every URL that a person names, private ones too.
func TestForgettingWhatWasNeverShown(t *testing.T) {
	path := doorPath(t)
	door, _ := built(t, path, nil, account(aShelf(t)))
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	require.ErrorIs(t, forgotten.Forget(door, vocab.IRI(status(4))), afterlife.ErrUnknown)
	h := afterlife.Handler(door, forgotten, nil)
	assert.Equal(t, 404, ask(t, h, status(4), forActivity).status, "a post for followers: a stranger learns that it was there")
	dir := filepath.Join(t.TempDir(), "s")
	_, err := afterlife.WriteStatic(t.Context(), door, dir, &afterlife.StaticOptions{Tombstones: forgotten})
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(dir, "server", "nginx-rules.map"))
	require.NoError(t, err)
	inStatic := strings.Contains(string(data), "/users/alice/statuses/4")
	assert.False(t, inStatic, "nor does nginx tell it")
}

// A forgotten account gets no new secret.
func TestNoSecretForForgotten(t *testing.T) {
	path := doorPath(t)
	door, _ := built(t, path, nil, account(aShelf(t)))
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	require.NoError(t, forgotten.Forget(door, alice))
	var handed []vocab.IRI
	built(t, path, &afterlife.Options{Tombstones: forgotten, Claims: claims(t, path), Hand: func(a vocab.IRI, _ string) error {
		handed = append(handed, a)
		return nil
	}}, account(aShelf(t)))
	assert.Empty(t, handed)
}

func TestStaticFilesAfterAKill(t *testing.T) {
	door, _ := built(t, doorPath(t), nil, account(aShelf(t)))
	dir := filepath.Join(t.TempDir(), "s")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "_redirects-12345"), []byte("half a video"), 0o600)) // as kept.Write leaves when killed
	_, err := afterlife.WriteStatic(t.Context(), door, dir, nil)
	require.NoError(t, err)
	assert.NoFileExists(t, filepath.Join(dir, "_redirects-12345"))
}
