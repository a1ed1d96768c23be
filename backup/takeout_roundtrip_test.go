package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// takeoutSample packs a published takeout as its server did.
func takeoutSample(t *testing.T, name string) []byte {
	t.Helper()
	root := filepath.Join("..", "..", "shared", "samples", "mastodon-takeouts", filepath.FromSlash(name))
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			t.Fatalf("the samples of takeouts are not there: %v", err)
		}
		t.Skipf("the samples of takeouts are not there: %v", err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	require.NoError(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Name: filepath.ToSlash(inside), Mode: 0o444, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}))
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return out.Bytes()
}

func openTakeout(t *testing.T, data []byte) *dialect.Account {
	t.Helper()
	c, err := container.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	a, err := dialect.Open(t.Context(), c, nil)
	require.NoError(t, err)
	require.Equal(t, "mastodon", a.Name)
	return a
}

func takeoutAll(t *testing.T, source portability.Source, k portability.Kind) []portability.Item {
	t.Helper()
	var items []portability.Item
	for item, err := range source.Items(t.Context(), k, "") {
		require.NoError(t, err, "%s", k)
		items = append(items, item)
	}
	return items
}

func copyToTakeout(t *testing.T, from portability.Source, format backup.TakeoutFormat) ([]byte, *portability.Report) {
	t.Helper()
	var out bytes.Buffer
	takeout, err := backup.NewTakeout(&out, &backup.TakeoutOptions{Format: format, Scratch: t.TempDir()})
	require.NoError(t, err)
	report, err := portability.Copy(t.Context(), from, takeout, nil)
	require.NoError(t, err)
	require.NoError(t, takeout.Close())
	return out.Bytes(), report
}

// TestTakeoutRoundTrip reads published takeouts, writes them again, reads that, and
// compares every item, member by member.
func TestTakeoutRoundTrip(t *testing.T) {
	for _, sample := range []struct {
		name  string
		files int
	}{{"2022-v3.5", 2}, {"2023-v4.0/archive", 0}} {
		for _, format := range []backup.TakeoutFormat{backup.TakeoutZip, backup.TakeoutTarGz} {
			t.Run(sample.name+" "+string(format), func(t *testing.T) {
				before := openTakeout(t, takeoutSample(t, sample.name))
				data, report := copyToTakeout(t, before, format)
				assert.True(t, report.Whole(), "%v", report.Counts)
				assert.EqualValues(t, sample.files, report.Files)
				after := openTakeout(t, data)
				for _, k := range []portability.Kind{portability.Content, portability.Outbox, portability.Liked, portability.Bookmarks} {
					compareTakeoutItems(t, k, takeoutAll(t, before, k), takeoutAll(t, after, k))
				}
				compareTakeoutActors(t, before.Doc, after.Doc)
				assert.Equal(t, takeoutFiles(t, before), takeoutFiles(t, after), "every file, by its digest")
			})
		}
	}
}

func compareTakeoutItems(t *testing.T, k portability.Kind, before, after []portability.Item) {
	t.Helper()
	before = slices.DeleteFunc(before, func(i portability.Item) bool { _, fatal := i.Fatal(); return fatal })
	require.Len(t, after, len(before), "%s", k)
	for i, was := range before {
		is := after[i]
		require.Equal(t, was.Ref, is.Ref, "%s", k)
		if was.Activity != nil {
			require.NotNil(t, is.Activity, "%s", was.ID)
			compareTakeoutMembers(t, was.ID, was.Activity, is.Activity, "object")
		}
		compareTakeoutMembers(t, was.ID, was.Object, is.Object, "attachment")
		compareTakeoutAttachments(t, was.ID, was.Object, is.Object)
	}
}

// compareTakeoutMembers compares the members of two documents byte by byte, but for one.
func compareTakeoutMembers(t *testing.T, id string, was, is *vocab.Object, but string) {
	t.Helper()
	var names []string
	for name, value := range was.Members() {
		names = append(names, name)
		if name != but {
			require.Equal(t, value.String(), is.Get(vocab.Property(name)).String(), "%s: %s", id, name)
		}
	}
	for name := range is.Members() {
		require.Contains(t, names, name, "%s: nothing was added", id)
	}
}

// compareTakeoutAttachments allows another url, if the former one is kept.
func compareTakeoutAttachments(t *testing.T, id string, was, is *vocab.Object) {
	t.Helper()
	before, after := was.Children(vocab.Attachment), is.Children(vocab.Attachment)
	require.Len(t, after, len(before), "%s", id)
	for i, b := range before {
		a := after[i]
		if kept := a.Get(backup.TakeoutURL); !kept.IsZero() {
			var err error
			a, err = a.With(vocab.URL, kept)
			require.NoError(t, err)
			a, err = a.Without(backup.TakeoutURL)
			require.NoError(t, err)
		}
		require.JSONEq(t, b.Value().String(), a.Value().String(), "%s: attachment %d", id, i)
	}
}

// compareTakeoutActors allows what Mastodon itself rewrites.
func compareTakeoutActors(t *testing.T, was, is *vocab.Object) {
	t.Helper()
	for name, value := range was.Members() {
		switch name {
		case "icon", "image":
			assert.Equal(t, was.Child(vocab.Property(name)).Text(vocab.MediaType), is.Child(vocab.Property(name)).Text(vocab.MediaType))
		default:
			assert.Equal(t, value.String(), is.Get(vocab.Property(name)).String(), "actor: %s", name)
		}
	}
}

// takeoutFiles lists the digests of the files that posts and the actor show.
func takeoutFiles(t *testing.T, a *dialect.Account) []string {
	t.Helper()
	held := portability.NewMemory(nil)
	_, err := portability.Copy(t.Context(), a, held, &portability.CopyOptions{Kinds: []portability.Kind{portability.Actor, portability.Content}})
	require.NoError(t, err)
	var digests []string
	for _, k := range []portability.Kind{portability.Actor, portability.Content} {
		for _, item := range takeoutAll(t, held, k) {
			for _, m := range item.Media {
				if m.Digest != "" {
					digests = append(digests, m.Digest)
				}
			}
		}
	}
	return digests
}

// TestTakeoutTwice writes a takeout, and one of what was read from it: they are the
// same but for the kept urls.
func TestTakeoutTwice(t *testing.T) {
	first := writeTakeout(t, backup.TakeoutZip, takeoutEverything)
	account := openTakeout(t, first.raw)
	data, report := copyToTakeout(t, account, backup.TakeoutZip)
	assert.True(t, report.Whole())
	second := unzipTakeout(t, data)
	assert.Equal(t, first.names, second.names, "the same files under the same names")
	for _, name := range first.names {
		if filepath.Ext(name) != ".json" || name == "likes.json" || name == "bookmarks.json" {
			assert.Equal(t, string(first.files[name]), string(second.files[name]), "%s", name)
		}
	}
	attachment := second.items(t)[0]["object"].(map[string]any)["attachment"].([]any)[0].(map[string]any)
	assert.Equal(t, "https://files.old.example/cat.jpg", attachment[backup.TakeoutURL], "where the file first was is not lost")
}
