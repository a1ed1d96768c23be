package site_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// small is an account with a little of everything.
func small(t testing.TB) *account {
	a := &account{files: map[string]string{
		"https://old.example/f/heron.png": "\x89PNG\r\n\x1a\nheron", "https://old.example/f/song.ogg": "OggS\x00vorbis",
		"https://old.example/f/paper.pdf": "%PDF-1.7", "https://old.example/f/alice.jpg": "\xff\xd8\xffalice",
	}}
	a.add(t, portability.Actor, theActor(object{"icon": object{"type": "Image", "url": "https://old.example/f/alice.jpg"},
		"attachment": []object{{"type": "PropertyValue", "name": "Home", "value": `<a href="https://alice.example">alice.example</a>`}}}))
	last := &a.items[0]
	last.Media = []portability.Medium{{URL: "https://old.example/f/alice.jpg", Path: "avatar.jpg", Size: -1}}
	a.add(t, portability.Content,
		note(1, object{"content": "<p>A heron</p>", "contentMap": object{"en": "<p>A heron</p>", "de": "<p>Ein Reiher</p>"},
			"attachment": []object{{"type": "Document", "url": "https://old.example/f/heron.png", "name": "A heron stands in the reeds.", "width": 640, "height": 480}},
			"tag":        []object{{"type": "Hashtag", "name": "#Birds"}, {"type": "Hashtag", "name": "#喵呜"}}}),
		note(2, object{"content": "<p>It went on.</p>", "inReplyTo": alice + "/statuses/1", "updated": "2023-04-02T00:00:00Z"}),
		note(3, object{"content": "<p>Hidden at first</p>", "summary": "politics", "to": []string{alice + "/followers"}, "cc": []string{public}}),
		note(4, object{"type": "Question", "content": "<p>Tea?</p>", "endTime": "2023-04-03T00:00:00Z", "votersCount": 3,
			"oneOf": []object{{"type": "Note", "name": "Yes", "replies": object{"totalItems": 2}}, {"type": "Note", "name": "No", "replies": object{"totalItems": 1}}}}),
		note(5, object{"content": "<p>Files</p>", "sensitive": true, "attachment": []object{
			{"type": "Document", "url": "https://old.example/f/song.ogg", "name": "A song"}, {"type": "Document", "url": "https://old.example/f/paper.pdf", "mediaType": "application/pdf"},
			{"type": "Document", "url": "https://old.example/f/lost.mp4", "name": "A lost film", "mediaType": "video/mp4"}}}),
		note(6, object{"type": "Article", "name": "On herons", "content": "<h1>One</h1><p>Long.</p>", "published": "2021-12-31T23:59:59Z",
			"tag": []object{{"type": "Hashtag", "name": "#birds"}}}),
		note(7, object{"content": "<p>To Bob</p>", "inReplyTo": "https://friends.example/notes/9"}),
	)
	a.add(t, portability.Outbox, object{"id": alice + "/shares/1", "type": "Announce", "actor": alice, "to": public,
		"object": "https://friends.example/notes/1", "published": "2023-01-01T00:00:00Z"})
	a.add(t, portability.Received,
		object{"id": "https://friends.example/likes/1", "type": "Like", "actor": "https://friends.example/users/bob", "object": alice + "/statuses/1"},
		object{"id": "https://friends.example/shares/1", "type": "Announce", "actor": "https://friends.example/users/bob", "object": alice + "/statuses/1", "to": public},
		object{"id": "https://friends.example/notes/2", "type": "Note", "attributedTo": "https://friends.example/users/bob", "to": public,
			"inReplyTo": alice + "/statuses/1", "content": "<p>Lovely <script>x</script>bird!</p>", "published": "2023-04-01T12:00:00Z"})
	a.add(t, portability.Featured, object{"id": alice + "/statuses/6"})
	a.add(t, portability.FeaturedTags, object{"id": "birds", "name": "Birds"})
	return a
}

func TestTheSameAccountGivesTheSameSite(t *testing.T) {
	options := &site.Options{KeepPaths: true, BaseURL: "https://alice.example/", ShowReceived: true}
	first, _ := small(t).made(t, options)
	second, _ := small(t).made(t, options)
	assert.Equal(t, tree(t, first), tree(t, second))
}

// TestContinued stops the writing behind every item, in the middle of what is
// written of it, and goes on.
func TestContinued(t *testing.T) {
	a := small(t)
	whole, report := a.made(t, nil)
	want := tree(t, whole)
	for n := range len(a.items) + 1 {
		for _, torn := range []int64{0, 1, 70} {
			dir := filepath.Join(t.TempDir(), "site")
			s, err := site.Create(dir, nil)
			require.NoError(t, err)
			(&account{items: a.items[:n], files: a.files}).fill(t, s)
			require.NoError(t, s.Close())
			assert.NoDirExists(t, dir, "the site is not there before it is finished")
			tear(t, filepath.Join(dir+".unfinished", "items"), torn)
			s, err = site.Create(dir, nil)
			require.NoError(t, err)
			a.fill(t, s)
			require.NoError(t, s.Finish(t.Context()))
			assert.Equal(t, want, tree(t, dir), "stopped behind item %d, %d bytes torn off", n, torn)
			assert.Equal(t, report, s.Report())
			assert.NoDirExists(t, dir+".unfinished", "nothing is left")
		}
	}
}

func tear(t *testing.T, path string, n int64) {
	t.Helper()
	about, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, max(about.Size()-n, 0)))
}

func TestFinishingAgainAfterItFailed(t *testing.T) {
	a := small(t)
	whole, _ := a.made(t, nil)
	dir := filepath.Join(t.TempDir(), "site")
	s, err := site.Create(dir, nil)
	require.NoError(t, err)
	a.fill(t, s)
	// A folder stands where a page belongs.
	require.NoError(t, os.MkdirAll(filepath.Join(dir+".unfinished", "site", "media"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "in-the-way"), 0o755))
	require.Error(t, s.Finish(t.Context()), "the place is taken")
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, s.Finish(t.Context()))
	assert.Equal(t, tree(t, whole), tree(t, dir))
	require.NoError(t, s.Finish(t.Context()), "finishing what is finished does nothing")
	_, err = s.Put(t.Context(), a.items)
	require.ErrorIs(t, err, site.ErrFinished)
	_, err = s.PutMedia(t.Context(), portability.Medium{Size: -1}, strings.NewReader("x"))
	require.ErrorIs(t, err, site.ErrFinished)
}

func TestCreateRefuses(t *testing.T) {
	t.Run("a directory with something in it", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "mine"), []byte("x"), 0o600))
		_, err := site.Create(dir, nil)
		require.ErrorIs(t, err, site.ErrExists)
	})
	t.Run("an unfinished site of other options", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "site")
		s, err := site.Create(dir, nil)
		require.NoError(t, err)
		require.NoError(t, s.Close())
		_, err = site.Create(dir, &site.Options{KeepPaths: true})
		require.ErrorIs(t, err, site.ErrUnfinished)
		_, err = os.Stat(dir + ".unfinished")
		require.NoError(t, err, "it is left as it was")
	})
	t.Run("a site that is being made", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("there are no such locks on Windows")
		}
		dir := filepath.Join(t.TempDir(), "site")
		s, err := site.Create(dir, nil)
		require.NoError(t, err)
		_, err = site.Create(dir, nil)
		require.ErrorIs(t, err, site.ErrInUse)
		require.NoError(t, s.Close())
		s, err = site.Create(dir, nil)
		require.NoError(t, err, "it was let go")
		require.NoError(t, s.Finish(t.Context()))
	})
	for _, base := range []string{"alice.example", "ftp://alice.example/", "https://alice.example/?q", "https://alice.example/#x",
		"https://u:p@alice.example/", "https://", "https://alice.example/a b/", "https://alice.example/{x}/", "https://alice.example/../x/", "https://alice.example/$uri/"} {
		_, err := site.Create(filepath.Join(t.TempDir(), "site"), &site.Options{BaseURL: base})
		require.ErrorIs(t, err, site.ErrBaseURL, base)
	}
	t.Run("nothing of an empty directory", func(t *testing.T) {
		dir := t.TempDir()
		s, err := site.Create(dir, nil)
		require.NoError(t, err)
		require.NoError(t, s.Finish(t.Context()))
		assert.Contains(t, tree(t, dir), "index.html", "a site without posts is a site")
	})
}

func TestFilesAreReadableByAServer(t *testing.T) {
	dir, _ := small(t).made(t, nil)
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, one fs.DirEntry, err error) error {
		require.NoError(t, err)
		about, err := one.Info()
		require.NoError(t, err)
		want := fs.FileMode(0o644)
		if one.IsDir() {
			want = 0o755
		}
		assert.Equal(t, want, about.Mode().Perm()&0o755, path)
		return nil
	}))
}
