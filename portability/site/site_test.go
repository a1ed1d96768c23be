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
