package site_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/portability/site"
	"codeberg.org/godwit/godwit/vocab"
)

func TestSink(t *testing.T) {
	for name, options := range map[string]*site.Options{
		"pages by date":      nil,
		"pages at old paths": {KeepPaths: true, BaseURL: "https://old.example/"},
	} {
		t.Run(name, func(t *testing.T) {
			portabilitytest.TestSink(t, func(t *testing.T) portability.Sink {
				s, err := site.Create(filepath.Join(t.TempDir(), "site"), options)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, s.Close()) })
				return s
			})
		})
	}
}

// object is a document in the making.
type object map[string]any

const (
	alice  = "https://old.example/users/alice"
	public = "https://www.w3.org/ns/activitystreams#Public"
)

func document(t testing.TB, o object) *vocab.Object {
	t.Helper()
	data, err := json.Marshal(o)
	require.NoError(t, err)
	parsed, err := vocab.ParseWith(data, &vocab.Limits{Bytes: 16 << 20})
	require.NoError(t, err)
	return parsed
}

func item(t testing.TB, k portability.Kind, o object) portability.Item {
	t.Helper()
	return portability.Item{Ref: portability.Ref{Kind: k, ID: fmt.Sprint(o["id"])}, Object: document(t, o)}
}

// note returns a public post of alice's, with what is given instead or besides.
func note(n int, with object) object {
	o := object{"id": fmt.Sprintf("%s/statuses/%d", alice, n), "type": "Note", "attributedTo": alice,
		"url": fmt.Sprintf("https://old.example/@alice/%d", n), "to": []string{public}, "cc": []string{alice + "/followers"},
		"published": fmt.Sprintf("2023-04-%02dT10:%02d:00Z", 1+n/60%28, n%60), "content": fmt.Sprintf("<p>Post %d</p>", n)}
	for name, value := range with {
		o[name] = value
	}
	return o
}

func theActor(with object) object {
	o := object{"id": alice, "type": "Person", "preferredUsername": "alice", "name": "Alice", "followers": alice + "/followers",
		"url": "https://old.example/@alice", "summary": "<p>Birds, mostly.</p>"}
	for name, value := range with {
		o[name] = value
	}
	return o
}

// An account is what a test puts into a site.
type account struct {
	items []portability.Item
	files map[string]string // by URL
}

func (a *account) add(t testing.TB, k portability.Kind, objects ...object) {
	t.Helper()
	for _, o := range objects {
		one := item(t, k, o)
		for _, child := range one.Object.Children(vocab.Attachment) {
			for _, u := range child.IRIs(vocab.URL) {
				if _, there := a.files[string(u)]; there {
					one.Media = append(one.Media, portability.Medium{URL: u, Path: string(u), Size: -1})
				}
			}
		}
		a.items = append(a.items, one)
	}
}

// made writes the site of an account, and returns where it stands.
func (a *account) made(t testing.TB, options *site.Options) (string, site.Report) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	s, err := site.Create(dir, options)
	require.NoError(t, err)
	a.fill(t, s)
	require.NoError(t, s.Finish(t.Context()))
	return dir, s.Report()
}

func (a *account) fill(t testing.TB, s *site.Site) {
	t.Helper()
	for _, one := range a.items {
		for _, m := range one.Media {
			_, err := s.PutMedia(t.Context(), m, strings.NewReader(a.files[string(m.URL)]))
			require.NoError(t, err)
		}
	}
	for from := 0; from < len(a.items); from += 100 {
		_, err := s.Put(t.Context(), a.items[from:min(from+100, len(a.items))])
		require.NoError(t, err)
	}
}

// tree returns the files of a site, by their paths.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, one fs.DirEntry, err error) error {
		if err != nil || one.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		files[path] = string(data)
		return err
	}))
	require.NotEmpty(t, files, "the site has files")
	return files
}

func digestOf(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

// TestMoreThanOnePage has more of everything than stands on one page, and in
// one batch.
func TestMoreThanOnePage(t *testing.T) {
	a := &account{}
	a.add(t, portability.Actor, theActor(nil))
	const posts = 700
	for n := range posts {
		o := note(n, object{"tag": []object{{"type": "Hashtag", "name": "#all"}, {"type": "Hashtag", "name": fmt.Sprint("#t", n, "x")}}})
		if n > 0 {
			o["inReplyTo"] = fmt.Sprintf("%s/statuses/%d", alice, n-1)
		}
		o["published"] = fmt.Sprintf("2023-%02d-01T%02d:%02d:%02dZ", 1+n/360, n/60%6, n%60, 0)
		a.add(t, portability.Content, o)
		a.add(t, portability.Received, object{"id": fmt.Sprintf("https://friends.example/likes/%d", n), "type": "Like",
			"actor": fmt.Sprintf("https://friends.example/users/u%d", n), "object": alice + "/statuses/0"})
		a.add(t, portability.Outbox, object{"id": fmt.Sprintf("%s/shares/%d", alice, n), "type": "Announce", "actor": alice, "to": public,
			"object": fmt.Sprintf("https://friends.example/notes/%d", n)})
	}
	dir, report := a.made(t, nil)
	files := tree(t, dir)
	checkPages(t, files)
	assert.EqualValues(t, posts, report.Posts)
	pages := map[string]int{}
	articles := map[string]int{}
	for name, text := range files {
		kind, _, _ := strings.Cut(name, "/")
		pages[kind]++
		if strings.HasPrefix(name, "tags/all") {
			kind = "tags/all"
		}
		articles[kind] += strings.Count(text, "<article")
	}
	assert.Equal(t, 18, pages["years"])
	assert.Equal(t, posts, articles["years"], "every post stands on a page of its year, once")
	assert.Equal(t, posts, articles["threads"], "and of its thread")
	assert.Equal(t, posts, articles["tags/all"], "and of its tag")
	assert.Contains(t, files, "tags.html")
	assert.Contains(t, files, "boosts-4.html")
	assert.Contains(t, files["years/2023-2.html"], "Page 2")
	assert.Contains(t, files["archive.html"], `<a href="years/2023-10.html">February</a>`)
	first := ""
	for _, text := range files {
		if strings.Contains(text, "<p>Post 0</p>") && strings.Contains(text, "Likes <span") {
			first = text
		}
	}
	assert.Contains(t, first, `Likes <span class="count">700</span>`, "all are counted")
	assert.Contains(t, first, "and 200 more", "and the first are shown")
}

// TestCircles has posts that answer each other, themselves, and what comes later.
func TestCircles(t *testing.T) {
	a := &account{}
	a.add(t, portability.Actor, theActor(nil))
	for n, answers := range map[int]int{1: 2, 2: 3, 3: 1, 4: 4, 5: 6, 6: 0} {
		with := object{"inReplyTo": fmt.Sprintf("%s/statuses/%d", alice, answers)}
		if answers == 0 {
			with = nil
		}
		a.add(t, portability.Content, note(n, with))
	}
	dir, report := a.made(t, nil)
	files := tree(t, dir)
	checkPages(t, files)
	assert.EqualValues(t, 6, report.Posts)
}
