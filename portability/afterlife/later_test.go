package afterlife_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
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

// A takeout names its files by paths, which answer at two addresses each; another
// account shows the same file.
func TestForgettingAFileThatComesLater(t *testing.T) {
	for _, named := range []string{"/system/media_attachments/1.png", "/media_attachments/1.png"} {
		t.Run(named, func(t *testing.T) {
			path := doorPath(t)
			s, bob := newShelf(t, alice, "alice"), newShelf(t, old+"/users/bob", "bob")
			s.files["1.png"], bob.files["1.png"] = png, png
			s.add(portability.Content, note(status(1), public), portability.Medium{URL: "/media_attachments/1.png", Path: "1.png", Size: -1})
			other := note(old+"/users/bob/statuses/1", public)
			other["attributedTo"] = old + "/users/bob"
			bob.add(portability.Content, other, portability.Medium{URL: old + "/system/bobs.png", Path: "1.png", Size: -1})
			door, _ := built(t, path, nil, account(newShelf(t, alice, "alice")))
			forgotten := tombstones(t, afterlife.TombstonesPath(path))
			require.ErrorIs(t, forgotten.Forget(door, vocab.IRI(old+named)), afterlife.ErrUnknown)

			more, _ := built(t, path, &afterlife.Options{Tombstones: forgotten}, account(bob), account(s))
			assertForgottenFile(t, path, more, forgotten)
			again, _ := built(t, path, &afterlife.Options{Tombstones: forgotten}, account(bob), account(s))
			assertForgottenFile(t, path, again, forgotten)
		})
	}
}

func assertForgottenFile(t *testing.T, path string, door *afterlife.Door, forgotten *afterlife.Tombstones) {
	t.Helper()
	static := filepath.Join(t.TempDir(), "static")
	_, err := afterlife.WriteStatic(t.Context(), door, static, &afterlife.StaticOptions{Tombstones: forgotten})
	require.NoError(t, err)
	rules, err := os.ReadFile(filepath.Join(static, "server", "nginx-rules.map"))
	require.NoError(t, err)
	h := afterlife.Handler(door, forgotten, nil)
	for _, u := range []string{"/system/media_attachments/1.png", "/media_attachments/1.png", "/system/bobs.png"} {
		assert.Equal(t, 410, ask(t, h, whole(u), "").status, u)
		assert.Contains(t, string(rules), u+`\t410\t410\t410`, "what nginx is told of %s", u)
	}
	assert.Equal(t, 200, ask(t, h, status(1), forActivity).status, "the post that shows it stays")
	for _, dir := range []string{path, static} {
		assert.False(t, bytes.Contains(everything(t, dir), png), "no copy of the file is left")
	}
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

// Until all is written, nobody finds half of it under its name.
func TestStaticFilesThatAreInterrupted(t *testing.T) {
	door, _ := built(t, doorPath(t), nil, account(aShelf(t)))
	dir := filepath.Join(t.TempDir(), "s")
	ctx, cancel := context.WithCancel(t.Context())
	var told int64
	interrupt := &afterlife.StaticOptions{Progress: func(n int64) {
		if told = n; n == 2 {
			cancel()
		}
	}}
	_, err := afterlife.WriteStatic(ctx, door, dir, interrupt)
	require.ErrorIs(t, err, context.Canceled)
	assert.NoDirExists(t, dir)
	assert.DirExists(t, dir+".unfinished")
	_, err = afterlife.WriteStatic(t.Context(), door, dir, nil)
	require.NoError(t, err, "it is begun anew")
	assert.NoDirExists(t, dir+".unfinished")
	before := everything(t, dir)
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	_, err = afterlife.WriteStatic(ctx, door, dir, interrupt)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, before, everything(t, dir), "what was there is as it was")
	assert.Positive(t, told)
	_, err = afterlife.WriteStatic(t.Context(), door, dir, nil)
	require.NoError(t, err, "it replaces what it wrote before")
	assert.NoDirExists(t, dir+".replaced")
}

// Somebody's own files are not mixed with those of a door file.
func TestBuildAmongOtherFiles(t *testing.T) {
	path := doorPath(t)
	require.NoError(t, os.MkdirAll(path, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(path, "diary"), []byte("mine"), 0o600))
	_, err := afterlife.Build(t.Context(), path, each(account(aShelf(t))), nil)
	require.ErrorIs(t, err, afterlife.ErrExists)
	assert.NoDirExists(t, path+".unfinished")
	file := filepath.Join(path, "diary")
	_, err = afterlife.Build(t.Context(), file, each(account(aShelf(t))), nil)
	require.ErrorIs(t, err, afterlife.ErrExists)
}
