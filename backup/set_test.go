package backup_test

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// writtenTo writes an archive, and returns its files.
func writtenTo(t testing.TB, name string, from portability.Source, o *backup.WriteOptions) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	w, err := backup.Create(path, o)
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), from, w, nil)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	files, err := backup.Files(path)
	require.NoError(t, err)
	return files
}

// withFiles is an account of posts with a large file each, in volumes of which the
// files of posts are often in another one.
func withFiles(t testing.TB) *portability.Memory {
	t.Helper()
	m := smallAccount(t)
	for i := range 30 {
		f := tinyFile{fmt.Sprintf("https://old.example/media/%d.gif", i), fmt.Sprintf("GIF89a picture %d", i) + strings.Repeat("x", 50_000), "image/gif"}
		_, err := m.PutMedia(t.Context(), f.medium(), strings.NewReader(f.data))
		require.NoError(t, err)
		note := noteItem(t, 100+i, strings.Repeat("word ", 20_000), aliceID+"/followers")
		note.Object, err = note.Object.With("attachment", []map[string]string{{"type": "Document", "url": f.at}})
		require.NoError(t, err)
		note.Media = []portability.Medium{f.medium()}
		putItems(t, m, note)
	}
	return m
}

func inVolumes(t testing.TB, from portability.Source, created time.Time) []string {
	t.Helper()
	files := writtenTo(t, "alice.tar", from, &backup.WriteOptions{Created: created, VolumeBytes: backup.MinVolume})
	require.Greater(t, len(files), 4, "there are volumes to put together")
	return files
}

func openSet(t testing.TB, paths ...string) *backup.Set {
	t.Helper()
	s, err := backup.OpenSet(t.Context(), paths, nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// idsOf are the names of the items of a kind, in their order.
func idsOf(t testing.TB, from portability.Source, k portability.Kind) []string {
	t.Helper()
	var ids []string
	for item, err := range from.Items(t.Context(), k, "") {
		require.NoError(t, err)
		ids = append(ids, item.ID)
	}
	return ids
}

func TestVolumesTogetherAreTheAccount(t *testing.T) {
	account := withFiles(t)
	files := inVolumes(t, account, aDay)
	whole := openSet(t, writtenTo(t, "whole.tar", account, &backup.WriteOptions{Created: aDay})...)
	mixed := slices.Clone(files)
	slices.Reverse(mixed)
	for situation, paths := range map[string][]string{"in order": files, "from the last": mixed} {
		s := openSet(t, paths...)
		assert.Empty(t, s.Problems(), situation)
		assert.Empty(t, s.Missing(), situation)
		for _, k := range portability.Kinds() {
			assert.Equal(t, idsOf(t, whole, k), idsOf(t, s, k), "%s: %s", situation, k)
		}
	}
}

// Files lie in the order of their digests and posts in that of their dates, so that
// a post's file is often in another volume.
func TestFilesOfPostsInOtherVolumes(t *testing.T) {
	files := inVolumes(t, withFiles(t), aDay)
	s := openSet(t, files...)
	opened := 0
	for item, err := range s.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		assert.Empty(t, item.Problems, item.ID)
		for _, m := range item.Media {
			r, known, err := s.OpenMedia(t.Context(), m)
			require.NoError(t, err, "%s of %s", m.URL, item.ID)
			data, err := io.ReadAll(r)
			require.NoError(t, err)
			require.NoError(t, r.Close())
			assert.Equal(t, known.Digest, sha(string(data)))
			opened++
		}
	}
	assert.Equal(t, 31, opened)

	missing := 0
	for _, file := range files {
		alone := openSet(t, file)
		for item, err := range alone.Items(t.Context(), portability.Content, "") {
			require.NoError(t, err)
			missing += len(item.Problems)
		}
	}
	assert.NotZero(t, missing, "some lie in another volume indeed")
}

func TestConvertingASetGivesTheWhole(t *testing.T) {
	account := withFiles(t)
	whole := openSet(t, writtenTo(t, "a.tar", account, &backup.WriteOptions{Created: aDay})...)
	want := readFile(t, writtenTo(t, "a.tar", whole, &backup.WriteOptions{Created: aDay})[0])
	again := writtenTo(t, "a.tar", openSet(t, inVolumes(t, account, aDay)...), &backup.WriteOptions{Created: aDay})
	require.Len(t, again, 1)
	assert.Equal(t, sha(string(want)), sha(string(readFile(t, again[0]))))
}

func TestSetsThatAreNotWhole(t *testing.T) {
	files := inVolumes(t, withFiles(t), aDay)
	last := len(files) - 1
	for situation, c := range map[string]struct {
		paths []string
		want  string
	}{
		"the first is missing":   {files[1:], "volume 0"},
		"two are missing":        {append([]string{files[0]}, files[3:]...), "volumes 1 to 2"},
		"the last is missing":    {files[:last], "and perhaps more"},
		"there is only a middle": {files[2:3], "volumes 0 to 1"},
	} {
		s := openSet(t, c.paths...)
		require.NotEmpty(t, s.Missing(), situation)
		assert.Equal(t, backup.Reason("volume-missing"), s.Missing()[0].Reason, situation)
		assert.Contains(t, s.Missing()[0].Detail, c.want, situation)
		assert.Subset(t, s.Problems(), s.Missing(), situation)
		assert.NotEmpty(t, idsOf(t, s, portability.Actor), "%s: each volume stands alone", situation)
	}
	alone, err := backup.Open(t.Context(), files[1], nil)
	require.NoError(t, err)
	defer alone.Close()
	assert.Len(t, alone.Missing(), 2, "before it and behind it")
	inventory, err := backup.Inspect(t.Context(), alone, nil)
	require.NoError(t, err)
	assert.Subset(t, inventory.Problems, alone.Missing())
}

func TestArchivesThatDoNotBelongTogether(t *testing.T) {
	account := withFiles(t)
	files, later := inVolumes(t, account, aDay), inVolumes(t, account, aDay.Add(time.Hour))
	other := portability.NewMemory(nil)
	putItems(t, other, alice(t), noteItem(t, 2, "one more, before all others", aliceID))
	_, err := portability.Copy(t.Context(), account, other, nil)
	require.NoError(t, err)
	others := inVolumes(t, other, aDay)
	single := writtenTo(t, "b.tar", smallAccount(t), &backup.WriteOptions{Created: aDay.Add(time.Minute)})
	takeout := filepath.Join(t.TempDir(), "outbox.json")
	require.NoError(t, os.WriteFile(takeout, []byte(`{"type":"OrderedCollection","orderedItems":[]}`), 0o600))
	for situation, c := range map[string]struct {
		paths  []string
		reason backup.Reason
	}{
		"one volume twice":                     {append(slices.Clone(files), files[1]), "volumes-disagree"},
		"a volume behind another than it says": {[]string{files[0], others[1]}, "volumes-disagree"},
		"volumes of two sets":                  {[]string{files[0], later[1]}, "base-differs"},
		"two archives that are whole":          {[]string{single[0], files[0]}, "base-differs"},
		"an archive that has no volumes":       {[]string{files[0], takeout}, "volumes-disagree"},
	} {
		_, err := backup.OpenSet(t.Context(), c.paths, nil)
		var refusal *backup.Refusal
		require.ErrorAs(t, err, &refusal, situation)
		assert.Equal(t, c.reason, refusal.Reason, situation)
		assert.NotEmpty(t, refusal.Hint, situation)
		assert.NotEmpty(t, refusal.Where, "%s: which of them?", situation)
	}
	_, err = backup.OpenSet(t.Context(), nil, nil)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = backup.OpenSet(t.Context(), []string{files[0], "not-there.tar"}, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.Contains(t, err.Error(), "not-there.tar")
}

// changedSince is smallAccount with one note edited, one added with a file, and a
// bookmark and a file that nothing uses gone.
func changedSince(t testing.TB) *portability.Memory {
	t.Helper()
	now := smallAccount(t)
	results, err := now.Remove(t.Context(), []portability.Ref{
		{Kind: portability.Bookmarks, ID: "https://else.example/2"},
		{Kind: portability.Media, ID: "sha256:" + songMP3.medium().Digest},
		{Kind: portability.Content, ID: aliceID + "/notes/3"},
	})
	require.NoError(t, err)
	require.Len(t, results, 3)
	dog := tinyFile{"https://old.example/media/dog.gif", "GIF89a a dog", "image/gif"}
	_, err = now.PutMedia(t.Context(), dog.medium(), strings.NewReader(dog.data))
	require.NoError(t, err)
	added := noteItem(t, 9, "new", aliceID+"/followers")
	added.Media = []portability.Medium{dog.medium()}
	putItems(t, now, noteItem(t, 3, "edited since", aliceID+"/followers"), added)
	return now
}

// increments are a base, and two increments each on the one before.
func increments(t testing.TB) (base, first, second string) {
	t.Helper()
	base = writtenTo(t, "base.tar.gz", smallAccount(t), &backup.WriteOptions{Created: aDay, Compression: backup.Gzip})[0]
	upon := func(name string, days int, from portability.Source, paths ...string) string {
		made, err := openSet(t, paths...).Base()
		require.NoError(t, err)
		return writtenTo(t, name, from, &backup.WriteOptions{Created: aDay.AddDate(0, 0, days), Base: made})[0]
	}
	now := changedSince(t)
	first = upon("first.tar", 1, now, base)
	_, err := now.Remove(t.Context(), []portability.Ref{{Kind: portability.Content, ID: aliceID + "/notes/9"}})
	require.NoError(t, err)
	putItems(t, now, noteItem(t, 10, "newer still", aliceID))
	return base, first, upon("second.tar", 2, now, base, first)
}

func TestIncrementsUponABase(t *testing.T) {
	base, first, second := increments(t)
	notes := func(numbers ...string) []string {
		var ids []string
		for _, n := range numbers {
			ids = append(ids, aliceID+"/notes/"+n)
		}
		return ids
	}
	one := openSet(t, first, base)
	assert.Empty(t, one.Problems())
	assert.ElementsMatch(t, notes("1", "3", "9"), idsOf(t, one, portability.Content))
	assert.Empty(t, idsOf(t, one, portability.Bookmarks), "removed since")
	assert.Equal(t, idsOf(t, openSet(t, base), portability.Liked), idsOf(t, one, portability.Liked), "unchanged")
	assert.NotContains(t, idsOf(t, one, portability.Media), "sha256:"+songMP3.medium().Digest, "the file is gone, too")
	assert.Len(t, idsOf(t, one, portability.Actor), 1)
	for item, err := range one.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		assert.Empty(t, item.Problems, "%s has its file, wherever that lies", item.ID)
		if item.ID == aliceID+"/notes/3" {
			assert.Equal(t, "edited since", item.Object.Text(vocab.Content))
		}
	}

	both := openSet(t, second, base, first)
	assert.Empty(t, both.Problems())
	assert.ElementsMatch(t, notes("1", "3", "10"), idsOf(t, both, portability.Content))

	alone := openSet(t, first)
	require.Len(t, alone.Missing(), 1)
	assert.Equal(t, backup.Reason("base-missing"), alone.Missing()[0].Reason)
	later := openSet(t, first, second)
	require.Len(t, later.Missing(), 1, "increments without their base")
	assert.ElementsMatch(t, notes("3", "10"), idsOf(t, later, portability.Content), "what is new stands there all the same")

	for situation, paths := range map[string][]string{
		"one between is missing": {base, second},
		"another base":           {writtenTo(t, "b.tar", smallAccount(t), &backup.WriteOptions{Created: aDay.AddDate(1, 0, 0)})[0], first},
	} {
		_, err := backup.OpenSet(t.Context(), paths, nil)
		var refusal *backup.Refusal
		require.ErrorAs(t, err, &refusal, situation)
		assert.Equal(t, backup.Reason("base-differs"), refusal.Reason, situation)
	}
}

// A source that cannot tell of a kind does not say that it is gone.
func TestIncrementsFromASourceThatHasNotEveryKind(t *testing.T) {
	base := writtenTo(t, "base.tar", smallAccount(t), &backup.WriteOptions{Created: aDay})[0]
	posts := portability.NewMemory(nil)
	putItems(t, posts, alice(t), noteItem(t, 9, "new", aliceID+"/followers"))
	options := func(kinds ...portability.Kind) *backup.WriteOptions {
		b, err := openSet(t, base).Base()
		require.NoError(t, err)
		b.Kinds = kinds
		return &backup.WriteOptions{Created: aDay.AddDate(0, 1, 0), Base: b}
	}
	some := openSet(t, base, writtenTo(t, "some.tar", posts, options(portability.Actor, portability.Content))[0])
	assert.Equal(t, []string{aliceID + "/notes/9"}, idsOf(t, some, portability.Content), "posts are told of, and the others gone")
	assert.NotEmpty(t, idsOf(t, some, portability.Followers), "followers are not told of")
	all := openSet(t, base, writtenTo(t, "all.tar", posts, options())[0])
	assert.Empty(t, idsOf(t, all, portability.Followers), "there are none any more")
}

// The activity around a post has a say in who may read it.
func TestIncrementsHaveActivitiesThatChanged(t *testing.T) {
	post := func(to string) *portability.Memory {
		m := smallAccount(t)
		item := noteItem(t, 9, "the same", "as:Public")
		item.Activity = doc(t, `{"id":"https://old.example/a/9","type":"Create","actor":%q,"to":%q,"object":%q}`, aliceID, to, item.ID)
		putItems(t, m, item)
		return m
	}
	base := writtenTo(t, "base.tar", post("as:Public"), &backup.WriteOptions{Created: aDay})[0]
	upon, err := openSet(t, base).Base()
	require.NoError(t, err)
	next := writtenTo(t, "next.tar", post(aliceID+"/followers"), &backup.WriteOptions{Created: aDay.AddDate(0, 1, 0), Base: upon})[0]
	set := openSet(t, base, next)
	found := false
	for item, err := range set.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		if item.ID != aliceID+"/notes/9" {
			continue
		}
		found = true
		audience, _ := set.Owner().AudienceOf(item)
		assert.Equal(t, portability.ForFollowers, audience, "as it is now, and not as it was")
	}
	assert.True(t, found)
}

func TestOnlyOurOwnArchivesAreABase(t *testing.T) {
	takeout := filepath.Join(t.TempDir(), "outbox.json")
	require.NoError(t, os.WriteFile(takeout, []byte(`{"type":"OrderedCollection","orderedItems":[]}`), 0o600))
	_, err := openSet(t, takeout).Base()
	assert.ErrorIs(t, err, backup.ErrNoBase)
	r, err := backup.Open(t.Context(), takeout, nil)
	require.NoError(t, err)
	alone := backup.Alone(r)
	defer alone.Close()
	assert.Equal(t, r.Format(), alone.Format())
	_, err = alone.Base()
	assert.ErrorIs(t, err, backup.ErrNoBase)
}

func TestSetIsASource(t *testing.T) {
	large := inVolumes(t, withFiles(t), aDay)
	base, first, second := increments(t)
	single := writtenTo(t, "a.tar.zst", smallAccount(t), &backup.WriteOptions{Created: aDay, Compression: backup.Zstd})
	small := map[portability.Kind]int{}
	for _, k := range portability.Kinds() {
		if n := len(idsOf(t, openSet(t, single...), k)); n > 0 {
			small[k] = n
		}
	}
	volumes := map[portability.Kind]int{}
	for k, n := range small {
		volumes[k] = n
	}
	volumes[portability.Content], volumes[portability.Media] = small[portability.Content]+30, small[portability.Media]+30
	incremented := map[portability.Kind]int{}
	for k, n := range small {
		incremented[k] = n
	}
	incremented[portability.Content]++
	incremented[portability.Media]--
	delete(incremented, portability.Bookmarks)
	for _, c := range []struct {
		name  string
		paths []string
		want  portabilitytest.Want
	}{
		{"a single archive", single, portabilitytest.Want{Items: small, Files: 2}},
		{"volumes", large, portabilitytest.Want{Items: volumes, Files: 32}},
		{"a base and two increments", []string{base, first, second}, portabilitytest.Want{Items: incremented, Files: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			portabilitytest.TestSource(t, func(t *testing.T) portability.Source { return openSet(t, c.paths...) }, c.want)
		})
	}
}

func TestBegun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.tar")
	_, err := backup.Begun(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	w, err := backup.Create(path, &backup.WriteOptions{Created: aDay, From: "one export"})
	require.NoError(t, err)
	putItems(t, w, alice(t))
	require.NoError(t, w.Close())
	created, err := backup.Begun(path)
	require.NoError(t, err)
	assert.True(t, aDay.Equal(created), "%s", created)

	_, err = backup.Create(path, &backup.WriteOptions{Created: created, From: "another"})
	require.ErrorIs(t, err, backup.ErrOtherOptions)
	w, err = backup.Create(path, &backup.WriteOptions{Created: created, From: "one export"})
	require.NoError(t, err)
	require.NoError(t, w.Discard())

	require.NoError(t, os.Mkdir(path+".partial", 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(path+".partial", "state.json"), []byte("{"), 0o600))
	_, err = backup.Begun(path)
	assert.ErrorIs(t, err, backup.ErrDamaged)
}
