package site_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// samples are real takeouts that lie beside the project where it is developed,
// with the posts and boosts that a site shows of each.
var samples = []struct {
	name, path    string
	posts, boosts int64
}{
	{"2022", "mastodon-takeouts/2022-v3.5", 1392, 51},
	{"2023", "mastodon-takeouts/2023-v4.0/archive", 727, 103},
}

func samplePath(t *testing.T, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", "samples", filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			require.NoError(t, err)
		}
		t.Skipf("the sample is not here: %v", err)
	}
	return full
}

// sampleSite writes the site of a real takeout.
func sampleSite(t *testing.T, path string, options *site.Options) (string, site.Report) {
	t.Helper()
	archive, err := container.Open(t.Context(), samplePath(t, path), nil)
	require.NoError(t, err)
	defer archive.Close()
	from, err := dialect.Open(t.Context(), archive, nil)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "site")
	if out := os.Getenv("GODWIT_SITES"); out != "" { // for who wants to look at them
		dir = filepath.Join(out, strings.ReplaceAll(path, "/", "-"))
		require.NoError(t, os.RemoveAll(dir))
	}
	to, err := site.Create(dir, options)
	require.NoError(t, err)
	copied, err := portability.Copy(t.Context(), from, to, nil)
	require.NoError(t, err)
	assert.Zero(t, copied.Count(portability.Content, portability.Failed, portability.Conflicting))
	return dir, to.Report()
}

func TestSamples(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample.name, func(t *testing.T) {
			dir, report := sampleSite(t, sample.path, &site.Options{KeepPaths: true, BaseURL: "https://alice.example/"})
			assert.Equal(t, sample.posts, report.Posts)
			assert.Equal(t, sample.boosts, report.Boosts)
			assert.Zero(t, report.Refused, "%v", report.Examples)
			files := tree(t, dir)
			checkNames(t, files)
			checkPages(t, files)
			checkFeeds(t, files)
			checkIndex(t, files)
		})
	}
}

func TestBrowserShowsSamples(t *testing.T) {
	b := newBrowser(t)
	for _, sample := range samples {
		t.Run(sample.name, func(t *testing.T) {
			dir, _ := sampleSite(t, sample.path, nil)
			for _, page := range []string{"index.html", "years/2022.html"} {
				for _, width := range []int{390, 1280} {
					b.size(width, 1600)
					b.looksWell(t, dir, page, width)
				}
			}
		})
	}
}
