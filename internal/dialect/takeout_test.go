package dialect_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

const samples = "../../../shared/samples"

// sampleEntries reads the parts of a real export, outbox last.
func sampleEntries(t *testing.T, dir string) []entry {
	t.Helper()
	if _, err := os.Stat(samples); err != nil {
		require.Empty(t, os.Getenv("GODWIT_CI"), "CI has the samples")
		t.Skip("the samples of real exports are not on this machine")
	}
	var entries []entry
	root := os.DirFS(filepath.Join(samples, dir))
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(root, name)
		entries = append(entries, entry{name, string(body)})
		return err
	}), "the sample is read")
	require.NotEmpty(t, entries, "the sample has files")
	return entries
}

func bodyOf(t *testing.T, entries []entry, name string) string {
	t.Helper()
	for _, e := range entries {
		if e.name == name {
			return e.body
		}
	}
	require.Fail(t, "no such entry", name)
	return ""
}

func tarGzOfEntries(entries ...entry) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		if err := w.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.body)), Mode: 0o444}); err != nil {
			panic(err)
		}
		if _, err := w.Write([]byte(e.body)); err != nil {
			panic(err)
		}
	}
	if w.Close() != nil || z.Close() != nil {
		panic("no archive was written")
	}
	return b.Bytes()
}

func folderOfEntries(t *testing.T, entries ...entry) string {
	t.Helper()
	dir := t.TempDir()
	for _, e := range entries {
		name := filepath.Join(dir, filepath.FromSlash(e.name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(e.body), 0o600))
	}
	return dir
}

func openTakeoutAt(t *testing.T, o *dialect.Options, name string) *dialect.Account {
	t.Helper()
	c, err := container.Open(t.Context(), name, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	a, err := dialect.Open(t.Context(), c, o)
	require.NoError(t, err)
	return a
}

// A plainOutbox is an outbox as encoding/json has it, to count by.
type plainOutbox struct {
	Items []struct {
		Type   string          `json:"type"`
		To     []string        `json:"to"`
		CC     []string        `json:"cc"`
		Object json.RawMessage `json:"object"`
	} `json:"orderedItems"`
}

// counts is what counted should find, counted by other means.
func (o plainOutbox) counts(t *testing.T, followers string) (counts map[string]int, attachments []string) {
	t.Helper()
	counts = map[string]int{}
	for _, item := range o.Items {
		kind := "outbox"
		if item.Type == "Create" {
			kind = "content"
			var object struct {
				Attachment []struct {
					URL string `json:"url"`
				} `json:"attachment"`
			}
			require.NoError(t, json.Unmarshal(item.Object, &object))
			for _, a := range object.Attachment {
				attachments = append(attachments, a.URL)
			}
		}
		counts[kind]++
		counts[kind+" for "+audienceBy(item.To, item.CC, followers)]++
	}
	return counts, attachments
}

func audienceBy(to, cc []string, followers string) string {
	const public = "https://www.w3.org/ns/activitystreams#Public"
	among := map[string]string{}
	for _, id := range cc {
		among[id] = "cc"
	}
	for _, id := range to {
		among[id] = "to"
	}
	switch {
	case among[public] == "to":
		return string(portability.ForPublic)
	case among[public] == "cc":
		return string(portability.ForUnlisted)
	case among[followers] != "":
		return string(portability.ForFollowers)
	case len(among) > 0:
		return string(portability.ForMentioned)
	}
	return string(portability.ForAuthor)
}

func TestRealMastodonTakeouts(t *testing.T) {
	for _, c := range []struct {
		dir       string
		followers string
		total     string
		pictures  int // of the actor, all absent
	}{
		{"mastodon-takeouts/2022-v3.5", "https://o3o.ca/users/purplerain/followers", "says 1467, has 1476", 2},
		{"mastodon-takeouts/2023-v4.0/archive", "https://ricard.social/users/ricard/followers", "says 852, has 855", 2},
	} {
		t.Run(path.Base(path.Dir(c.dir+"/x")), func(t *testing.T) {
			entries := sampleEntries(t, c.dir)
			var plain plainOutbox
			require.NoError(t, json.Unmarshal([]byte(bodyOf(t, entries, "outbox.json")), &plain))
			want, attachments := plain.counts(t, c.followers)
			require.NotEmpty(t, want, "the sample has posts")
			want["actor"] = 1
			var list struct {
				Items []string `json:"orderedItems"`
			}
			require.NoError(t, json.Unmarshal([]byte(bodyOf(t, entries, "likes.json")), &list))
			want["liked"] = len(list.Items)
			require.NoError(t, json.Unmarshal([]byte(bodyOf(t, entries, "bookmarks.json")), &list))
			want["bookmarks"] = len(list.Items)

			for name, a := range map[string]*dialect.Account{
				"zip":    openAs(t, "mastodon", nil, zipOfEntries(entries...)),
				"tar.gz": openAs(t, "mastodon", nil, tarGzOfEntries(entries...)),
				"folder": openTakeoutAt(t, nil, filepath.Join(samples, c.dir)),
			} {
				got := counted(t, a)
				delete(got, "media")
				assert.Equal(t, want, got, name)
				odd := oddOf(a, dialect.TotalDiffers)
				if assert.Len(t, odd, 1, "wrong totals of a %s", name) {
					assert.Equal(t, c.total, odd[0].Detail)
				}
				assertMedia(t, a, entries, attachments, c.pictures)
			}
		})
	}
}

// assertMedia compares the files of an account with the attachments of the outbox.
func assertMedia(t *testing.T, a *dialect.Account, entries []entry, attachments []string, pictures int) {
	t.Helper()
	there := map[string]bool{}
	for _, e := range entries {
		there["/"+e.name] = true
	}
	present, missing := 0, pictures
	for _, said := range attachments {
		if there[said] {
			present++
		} else {
			missing++
		}
	}
	gotPresent, gotMissing, problems := 0, 0, 0
	for _, k := range []portability.Kind{portability.Actor, portability.Content, portability.Outbox} {
		for _, item := range itemsOf(t, a, k) {
			for _, m := range item.Media {
				if m.Path == "" {
					gotMissing++
					continue
				}
				gotPresent++
				assert.Equal(t, "/"+m.Path, string(m.URL), "the entry of a file")
			}
			for _, p := range item.Problems {
				if p.Reason == portability.MissingMedia {
					problems++
					assert.False(t, p.Fatal, "a missing file does not cost the post")
				}
			}
		}
	}
	assert.Equal(t, present, gotPresent, "files that are there")
	assert.Equal(t, missing, gotMissing, "files that are missing")
	assert.Equal(t, missing, problems, "problems of missing files")
}

func TestTheOutboxThatIsNoJSON(t *testing.T) {
	const dir = "mastodon-takeouts/not-json-as-published/testdata"
	entries := sampleEntries(t, dir)
	for name, a := range map[string]*dialect.Account{
		"zip":    openAs(t, "outbox", nil, zipOfEntries(entries...)),
		"folder": openTakeoutAt(t, nil, filepath.Join(samples, dir)),
	} {
		posts := itemsOf(t, a, portability.Content)
		require.Len(t, posts, 2, name)
		assert.Equal(t, map[string]int{"content": 2, "content for followers": 2}, counted(t, a), name)
		require.Len(t, posts[0].Media, 1, "the first has a file")
		assert.NotEmpty(t, posts[0].Media[0].Path, "which is found behind the folder of another server")
		assert.Len(t, oddOf(a, dialect.TextFault), 1, "the comma is reported")
		assert.Equal(t, "https://botsin.space/users/vivdev", string(a.Owner.Actor), "the owner is told by the activities")
	}
}

func TestALoneOutbox(t *testing.T) {
	entries := sampleEntries(t, "mastodon-takeouts/2023-v4.0/archive")
	var plain plainOutbox
	body := bodyOf(t, entries, "outbox.json")
	require.NoError(t, json.Unmarshal([]byte(body), &plain))
	want, _ := plain.counts(t, "https://ricard.social/users/ricard/followers")
	a := openAs(t, "outbox", nil, []byte(body))
	assert.Equal(t, want, counted(t, a))
	likes := openAs(t, "outbox", nil, []byte(bodyOf(t, entries, "likes.json")))
	assert.Equal(t, map[string]int{"liked": 331}, counted(t, likes), "a lone list of likes")
}

func sumOfText(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func TestOddThingsOfATakeoutAreBounded(t *testing.T) {
	entries := []entry{outboxOf(alicePosts(1, "")), aliceWith("")}
	for i := range 3000 {
		entries = append(entries, entry{fmt.Sprintf("%d.pem", i), "-----BEGIN PRIVATE KEY-----"})
	}
	a, err := openExport(t, nil, tarGzOfEntries(entries...))
	require.NoError(t, err)
	assert.Len(t, oddOf(a, dialect.SecretInside), 1000)
	assert.Len(t, itemsOf(t, a, portability.Content), 1)
}
