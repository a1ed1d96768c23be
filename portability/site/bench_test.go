package site_test

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// BenchmarkSite writes a site of b.N posts: -benchtime=100000x for one of a
// hundred thousand. A tenth of the posts have a tag, a fifth go on from the one before, a
// third got a like. Time is per post, all of its pages included.
//
// What it is measured beside is the making of the very same files, by as many at once
// and with nothing in them but zeros: of-limit is what it takes by the part of the
// time that the site took.
func BenchmarkSite(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "site")
	s, err := site.Create(dir, nil)
	require.NoError(b, err)
	_, err = s.Put(b.Context(), []portability.Item{item(b, portability.Actor, theActor(nil))})
	require.NoError(b, err)
	random := rand.New(rand.NewSource(1))
	b.ReportAllocs()
	b.ResetTimer()
	for from := 0; from < b.N; from += 100 {
		b.StopTimer()
		var items []portability.Item
		for n := from; n < min(from+100, b.N); n++ {
			items = append(items, usual(b, random, n)...)
		}
		b.StartTimer()
		_, err := s.Put(b.Context(), items)
		require.NoError(b, err)
	}
	require.NoError(b, s.Finish(b.Context()))
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
	files, limit := bare(b, dir)
	b.ReportMetric(float64(files)/limit.Seconds(), "limit-files/s")
	b.ReportMetric(limit.Seconds()/b.Elapsed().Seconds(), "of-limit")
}

// bare makes files of the same paths and sizes as those in dir, and returns how many
// there are and how long it took.
func bare(b *testing.B, dir string) (int, time.Duration) {
	b.Helper()
	sizes, folders := map[string]int64{}, map[string]bool{}
	var paths []string
	require.NoError(b, fs.WalkDir(os.DirFS(dir), ".", func(path string, one fs.DirEntry, err error) error {
		if err != nil || one.IsDir() {
			return err
		}
		about, err := one.Info()
		if err == nil {
			paths, sizes[path], folders[filepath.Dir(path)] = append(paths, path), about.Size(), true
		}
		return err
	}))
	require.NotEmpty(b, paths)
	to, zeros := b.TempDir(), make([]byte, slices.Max(slices.Collect(maps.Values(sizes))))
	start := time.Now()
	for folder := range folders {
		require.NoError(b, os.MkdirAll(filepath.Join(to, folder), 0o755))
	}
	group := errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	for some := range slices.Chunk(paths, 64) {
		group.Go(func() error {
			for _, path := range some {
				if err := os.WriteFile(filepath.Join(to, path), zeros[:sizes[path]], 0o644); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(b, group.Wait())
	return len(paths), time.Since(start)
}

const words = "the of bird water and then light some morning we saw heron stood still reeds wind from north cold hands " +
	"coffee train late again nobody knows why question answer server moved account archive years friends wrote long letter"

// usual is a post as people write them, and what came of it.
func usual(b *testing.B, random *rand.Rand, n int) []portability.Item {
	vocabulary := strings.Fields(words)
	text := make([]string, 10+random.Intn(50))
	for i := range text {
		text[i] = vocabulary[random.Intn(len(vocabulary))]
	}
	content := "<p>" + strings.Join(text, " ") + "</p>"
	o := note(n, object{"content": content, "contentMap": object{"en": content},
		"published": time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * 37 * time.Minute).Format(time.RFC3339)})
	if n%10 == 0 {
		o["tag"] = []object{{"type": "Hashtag", "name": "#" + vocabulary[n/10%len(vocabulary)]}}
	}
	if n%5 == 1 {
		o["inReplyTo"] = fmt.Sprintf("%s/statuses/%d", alice, n-1)
	}
	items := []portability.Item{item(b, portability.Content, o)}
	if n%3 == 0 {
		items = append(items, item(b, portability.Received, object{"id": fmt.Sprintf("https://friends.example/likes/%d", n),
			"type": "Like", "actor": "https://friends.example/users/bob", "object": o["id"]}))
	}
	return items
}
