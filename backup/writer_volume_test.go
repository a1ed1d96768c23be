package backup_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// largeAccount is about four MiB.
func largeAccount(t testing.TB) *portability.Memory {
	t.Helper()
	m := smallAccount(t)
	for i := range 30 {
		f := tinyFile{fmt.Sprintf("https://old.example/media/%d.gif", i), fmt.Sprintf("GIF89a picture %d", i) + strings.Repeat("x", 50_000), "image/gif"}
		_, err := m.PutMedia(t.Context(), f.medium(), strings.NewReader(f.data))
		require.NoError(t, err)
		note := noteItem(t, 100+i, strings.Repeat("word ", 20_000), aliceID+"/followers")
		note.Media = []portability.Medium{f.medium()}
		putItems(t, m, note)
	}
	return m
}

func TestVolumesStandAlone(t *testing.T) {
	from := largeAccount(t)
	volumes := volumesOf(t, from, &backup.WriteOptions{Created: aDay, Key: aliceKey(), VolumeBytes: backup.MinVolume})
	require.Greater(t, len(volumes), 4)
	var elements, files, bookmarks int
	prev := ""
	for n, data := range volumes {
		assert.LessOrEqual(t, len(data), backup.MinVolume, "volume %d keeps to its size", n)
		u := unpack(t, data)
		assertWhole(t, u)
		assert.Equal(t, string(alice(t).Object.Bytes()), u.body["activitypub/actor.json"], "the account stands in each")
		var place struct {
			Set, Prev string
			N         int
			Last      bool
		}
		require.NoError(t, json.Unmarshal([]byte(u.body["godwit/volume.json"]), &place))
		assert.Equal(t, n, place.N)
		assert.Equal(t, n == len(volumes)-1, place.Last)
		assert.Equal(t, prev, place.Prev, "each names the one before")
		prev = sha(u.body["godwit/integrity.jsonl"])
		elements += countOf(t, u, "activitypub/outbox.json")
		bookmarks += countOf(t, u, "activitypub/bookmarks.json")
		lines := len(strings.Split(u.body["godwit/media.jsonl"], "\n")) - 1
		assert.Equal(t, strings.Count(strings.Join(u.names, " "), "/attachments/"), lines, "the list is of the volume's own files")
		files += lines
		assert.Equal(t, place.Last, strings.Contains(u.body["godwit/report.json"], `"account"`), "the whole is counted in the last")
		if n > 0 {
			assert.Zero(t, countOf(t, u, "activitypub/following.json"), "relations stand in the first")
		}
	}
	assert.Equal(t, 33, elements)
	assert.Equal(t, 32, files)
	assert.Equal(t, 1, bookmarks)
	assert.Equal(t, 32, reportIn(t, unpack(t, volumes[len(volumes)-1])).Account.Files)
}

func countOf(t testing.TB, u unpacked, name string) int {
	t.Helper()
	var c struct {
		OrderedItems, Items []json.RawMessage
		TotalItems          int
	}
	require.NoError(t, json.Unmarshal([]byte(u.body[name]), &c), name)
	require.Len(t, append(c.OrderedItems, c.Items...), c.TotalItems, name)
	return c.TotalItems
}

func TestItemsTooLargeForAVolume(t *testing.T) {
	from := portability.NewMemory(nil)
	large := noteItem(t, 2, "", aliceID)
	var err error
	large.Object, err = large.Object.With("content", strings.Repeat("x", 3<<20))
	require.NoError(t, err)
	putItems(t, from, alice(t), noteItem(t, 1, "small", aliceID), large, noteItem(t, 3, "small", aliceID))
	volumes := volumesOf(t, from, &backup.WriteOptions{Created: aDay, VolumeBytes: backup.MinVolume})
	var sizes []int
	total := 0
	for _, data := range volumes {
		sizes = append(sizes, countOf(t, unpack(t, data), "activitypub/outbox.json"))
		total += sizes[len(sizes)-1]
	}
	assert.Equal(t, 3, total, "%v", sizes)
	assert.Contains(t, sizes, 1, "one has the large item alone")
}

func TestNamesOfVolumes(t *testing.T) {
	for path, want := range map[string]string{
		"a.tar.gz": "a.000.tar.gz", "a.tar": "a.000.tar", "a.tar.zst": "a.000.tar.zst", "a.tgz": "a.000.tgz", "a": "a.000",
		"a.b.tar": "a.b.000.tar", ".tar": ".tar.000",
	} {
		whole := filepath.Join(t.TempDir(), path)
		w, err := backup.Create(whole, &backup.WriteOptions{Created: aDay, VolumeBytes: backup.MinVolume})
		require.NoError(t, err)
		require.NoError(t, w.Finish(t.Context()))
		require.NoError(t, w.Close())
		files, err := backup.Files(whole)
		require.NoError(t, err)
		assert.Equal(t, []string{filepath.Join(filepath.Dir(whole), want)}, files)
	}
}

// asSource is what a reader makes of an archive, for tests of increments: the items
// as they were, and the files as items of kind Media.
func asSource(t testing.TB, from *portability.Memory, data []byte) *backup.Base {
	t.Helper()
	base := portability.NewMemory(nil)
	kinds, err := from.Kinds(t.Context())
	require.NoError(t, err)
	for _, k := range kinds {
		for item, err := range from.Items(t.Context(), k, "") {
			require.NoError(t, err)
			if k != portability.Media {
				item.Media = nil
				putItems(t, base, item)
			}
		}
	}
	u := unpack(t, data)
	for line := range strings.Lines(u.body["godwit/media.jsonl"]) {
		o := doc(t, "%s", line)
		digest := o.Text("digest")
		path := o.Text("path")
		_, err := base.PutMedia(t.Context(), portability.Medium{Path: path, Digest: digest, Size: -1}, strings.NewReader(u.body[path]))
		require.NoError(t, err)
		putItems(t, base, portability.Item{Ref: portability.Ref{Kind: portability.Media, ID: "sha256:" + digest}, Object: o,
			Media: []portability.Medium{{Path: path, Digest: digest, Size: -1}}})
	}
	return &backup.Base{Integrity: sha(u.body["godwit/integrity.jsonl"]), Items: base}
}

func TestIncrementHasOnlyWhatIsNew(t *testing.T) {
	before := smallAccount(t)
	base := asSource(t, before, copied(t, before, &backup.WriteOptions{Created: aDay}))

	now := smallAccount(t)
	results, err := now.Remove(t.Context(), []portability.Ref{
		{Kind: portability.Bookmarks, ID: "https://else.example/2"},
		{Kind: portability.Media, ID: "sha256:" + songMP3.medium().Digest},
		{Kind: portability.Content, ID: aliceID + "/notes/3"},
	})
	require.NoError(t, err)
	require.Len(t, results, 3)
	edited := noteItem(t, 3, "edited since", aliceID+"/followers")
	dog := tinyFile{"https://old.example/media/dog.gif", "GIF89a a dog", "image/gif"}
	_, err = now.PutMedia(t.Context(), dog.medium(), strings.NewReader(dog.data))
	require.NoError(t, err)
	added := noteItem(t, 9, "new", aliceID+"/followers")
	added.Media = []portability.Medium{dog.medium()}
	putItems(t, now, edited, added)

	u := unpack(t, copied(t, now, &backup.WriteOptions{Created: aDay.AddDate(0, 1, 0), Key: aliceKey(), Base: base}))
	assertWhole(t, u)
	assert.Equal(t, 2, countOf(t, u, "activitypub/outbox.json"), "what is new and what is changed")
	assert.Contains(t, u.body["activitypub/outbox.json"], "edited since")
	for _, c := range []string{"likes", "following", "blocked", "lists", "keys", "history"} {
		assert.Zero(t, countOf(t, u, "activitypub/"+c+".json"), c)
	}
	assert.Contains(t, u.body["godwit/volume.json"], base.Integrity)
	removed := lines[struct{ Kind, ID string }](t, u.body["godwit/removed.jsonl"])
	assert.Equal(t, []struct{ Kind, ID string }{
		{"media", "sha256:" + songMP3.medium().Digest}, {"bookmarks", "https://else.example/2"},
	}, removed, "gone since; the edited note is not")
	attachments := slices.DeleteFunc(slices.Clone(u.names), func(name string) bool { return !strings.Contains(name, "/attachments/") })
	assert.Equal(t, []string{"activitypub/attachments/" + dog.medium().Digest + ".gif"}, attachments)
	report := reportIn(t, u)
	assert.Equal(t, 2, report.Account.Removed)
	assert.Equal(t, 1, report.Account.InBase["liked"])
}

func TestIncrementOnNothingNew(t *testing.T) {
	before := smallAccount(t)
	base := asSource(t, before, copied(t, before, &backup.WriteOptions{Created: aDay}))
	u := unpack(t, copied(t, before, &backup.WriteOptions{Created: aDay, Base: base}))
	assert.Zero(t, countOf(t, u, "activitypub/outbox.json"))
	assert.Empty(t, u.body["godwit/removed.jsonl"])
	assert.Empty(t, u.body["activitypub/objects/unknown.jsonl"])
	assert.NotContains(t, strings.Join(u.names, " "), "/attachments/")
}

func TestAnOldFileUnderANewPlace(t *testing.T) {
	before := smallAccount(t)
	base := asSource(t, before, copied(t, before, &backup.WriteOptions{Created: aDay}))
	var out bytes.Buffer
	w, err := backup.NewWriter(&out, &backup.WriteOptions{Created: aDay, Base: base})
	require.NoError(t, err)
	moved := catPNG.medium()
	moved.URL = "https://cdn.example/cat.png"
	for _, m := range []portability.Medium{catPNG.medium(), moved} {
		_, err = w.PutMedia(t.Context(), m, strings.NewReader(catPNG.data))
		require.NoError(t, err)
	}
	require.NoError(t, w.Finish(t.Context()))
	require.NoError(t, w.Close())
	u := unpack(t, out.Bytes())
	assert.Contains(t, u.body["godwit/media.jsonl"], "https://cdn.example/cat.png")
	assert.Contains(t, strings.Join(u.names, " "), catPNG.medium().Digest, "whoever has only this archive finds the file")
}

func TestMemoryDoesNotGrowWithTheAccount(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 100,000 items")
	}
	path := filepath.Join(t.TempDir(), "alice.tar")
	w, err := backup.Create(path, &backup.WriteOptions{Created: aDay})
	require.NoError(t, err)
	putItems(t, w, alice(t))
	before := heap()
	most := uint64(0)
	batch := make([]portability.Item, 0, 100)
	for i := range 100_000 {
		batch = append(batch, noteItem(t, i, strings.Repeat("some text ", 50), aliceID+"/followers"))
		if len(batch) < cap(batch) {
			continue
		}
		putItems(t, w, batch...)
		batch = batch[:0]
		if i%20_000 == 19_999 {
			most = max(most, heap())
		}
	}
	require.NoError(t, w.Finish(t.Context()))
	most = max(most, heap())
	require.NoError(t, w.Close())
	require.NotZero(t, most)
	assert.Less(t, int64(most)-int64(before), int64(24<<20), "80 MB were written")
	assert.Greater(t, len(readFile(t, path)), 60<<20)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
