package uriindex_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/uriindex"
	"codeberg.org/godwit/godwit/vocab"
)

// post is the mapping of the n-th post of an account.
func post(n int) portability.Mapping {
	return portability.Mapping{
		Old:      vocab.IRI(fmt.Sprintf("https://old.example/users/alice/statuses/%d", n)),
		ID:       vocab.IRI(fmt.Sprintf("https://old.example/users/alice/statuses/%d", n)),
		New:      vocab.IRI(fmt.Sprintf("https://new.example/o/%d", n)),
		URL:      vocab.IRI(fmt.Sprintf("https://new.example/@alice/%d", n)),
		Kind:     portability.Content,
		From:     "https://old.example/users/alice",
		To:       "https://new.example/u/alice",
		Audience: portability.ForPublic,
		At:       time.Date(2026, 5, 1, 12, 0, n%60, 1000*n%1e9, time.UTC),
	}
}

func posts(n int) []portability.Mapping {
	all := make([]portability.Mapping, n)
	for i := range all {
		all[i] = post(i)
	}
	return all
}

func sequence(all ...portability.Mapping) iter.Seq2[portability.Mapping, error] {
	return func(yield func(portability.Mapping, error) bool) {
		for _, m := range all {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func build(t testing.TB, all ...portability.Mapping) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "uris.idx")
	stats, err := uriindex.Build(t.Context(), path, sequence(all...), nil)
	require.NoError(t, err)
	require.EqualValues(t, len(all), stats.Entries)
	return path
}

func open(t testing.TB, path string) *uriindex.Index {
	t.Helper()
	x, err := uriindex.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	return x
}

func list(t testing.TB, x *uriindex.Index) []portability.Mapping {
	t.Helper()
	var all []portability.Mapping
	for m, err := range x.All() {
		require.NoError(t, err)
		all = append(all, m)
	}
	return all
}

// ways are the ways of looking into a file.
var ways = map[string]func(string) (*uriindex.Index, error){"mapped": uriindex.Open, "read": uriindex.OpenRead}

func TestFind(t *testing.T) {
	profile := portability.Mapping{Old: "https://old.example/@alice", ID: "https://old.example/users/alice",
		New: "https://new.example/u/alice", Kind: portability.Actor, From: "https://old.example/users/alice"}
	gone := post(9)
	gone.Gone = true
	odd := portability.Mapping{Old: "a\x00b?c=\xff", New: "", Kind: "of later", Audience: "of later"}
	all := []portability.Mapping{post(3), profile, gone, odd, {Old: "x"}, {Old: "x\x00"}, {Old: "x\x00\x01"}}
	path := build(t, all...)
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			x, err := way(path)
			require.NoError(t, err)
			defer x.Close()
			require.NoError(t, x.Verify(t.Context()))
			assert.EqualValues(t, len(all), x.Len())
			for _, m := range all {
				found, known := x.Find(m.Old)
				assert.True(t, known, "%q is known", m.Old)
				assert.Equal(t, m, found)
			}
			for _, other := range []vocab.IRI{"", "https://old.example/users/alice/statuses/4", profile.Old + "/",
				"x\x00\x02", "https://OLD.example/@alice", vocab.IRI(strings.Repeat("x", 1<<20))} {
				found, known := x.Find(other)
				assert.False(t, known, "%.80q is not known", other)
				assert.Zero(t, found)
			}
			assert.ElementsMatch(t, all, list(t, x))
			assert.Zero(t, x.Damage())
		})
	}
}

func TestEmptyIndex(t *testing.T) {
	x := open(t, build(t))
	_, known := x.Find("https://old.example/users/alice")
	assert.False(t, known)
	_, known = x.Find("")
	assert.False(t, known)
	assert.Zero(t, x.Len())
	assert.Empty(t, list(t, x))
	assert.NoError(t, x.Verify(t.Context()))
}

// Enough of them for runs on the disk, and for several buckets.
func TestManyMappings(t *testing.T) {
	all := posts(100_000)
	x := open(t, build(t, all...))
	for _, m := range all {
		found, known := x.Find(m.Old)
		if !known || found != m {
			require.Equal(t, m, found, "of %s", m.Old)
		}
	}
	listed := list(t, x)
	require.Len(t, listed, len(all))
	for i := 1; i < len(listed); i++ {
		require.Less(t, listed[i-1].Old, listed[i].Old, "by Old")
	}
	assert.NoError(t, x.Verify(t.Context()))
}

// What groups are remembered is bounded; many accounts exceed it.
func TestManyAccounts(t *testing.T) {
	all := posts(30_000)
	for i := range all {
		all[i].From = vocab.IRI(fmt.Sprintf("https://old.example/users/%d", i%15_000))
	}
	x := open(t, build(t, all...))
	for _, m := range all {
		found, known := x.Find(m.Old)
		if !known || found != m {
			require.Equal(t, m, found, "of %s", m.Old)
		}
	}
	slices.SortFunc(all, func(a, b portability.Mapping) int { return strings.Compare(string(a.Old), string(b.Old)) })
	assert.Equal(t, all, list(t, x))
}

func TestAnIndexIsAMap(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("ab/:?é\x00\x01\u00ff")), 0, 6, -1)
	iri := rapid.Map(word, func(s string) vocab.IRI { return vocab.IRI(s) })
	mapping := rapid.Custom(func(t *rapid.T) portability.Mapping {
		return portability.Mapping{
			Old: "o" + iri.Draw(t, "old"), ID: iri.Draw(t, "id"), New: iri.Draw(t, "new"), URL: iri.Draw(t, "url"),
			Kind: rapid.SampledFrom(portability.Kinds()).Draw(t, "kind"),
			From: iri.Draw(t, "from"), To: iri.Draw(t, "to"),
			Audience: portability.Audience(word.Draw(t, "audience")),
			At:       time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nano")).UTC(),
			Gone:     rapid.Bool().Draw(t, "gone"),
		}
	})
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(mapping, 0, 60, func(m portability.Mapping) vocab.IRI { return m.Old }).Draw(t, "mappings")
		asked := rapid.SliceOfN(iri, 1, 20).Draw(t, "asked")
		path := filepath.Join(dir, "x")
		_, err := uriindex.Build(t.Context(), path, sequence(all...), nil)
		require.NoError(t, err)
		x, err := uriindex.Open(path)
		require.NoError(t, err)
		defer x.Close()
		want := map[vocab.IRI]portability.Mapping{}
		for _, m := range all {
			want[m.Old] = m
			asked = append(asked, m.Old)
		}
		for _, old := range asked {
			found, known := x.Find(old)
			m, wanted := want[old]
			require.Equal(t, wanted, known, "%q", old)
			require.Equal(t, m, found)
		}
		listed := map[vocab.IRI]portability.Mapping{}
		for m, err := range x.All() {
			require.NoError(t, err)
			listed[m.Old] = m
		}
		require.Equal(t, want, listed)
		require.Zero(t, x.Damage())
	})
}

func TestLookUpsAtOnceAndClose(t *testing.T) {
	all := posts(2000)
	x, err := uriindex.Open(build(t, all...))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, m := range all {
				if found, known := x.Find(m.Old); known {
					assert.Equal(t, m, found)
				}
			}
		})
	}
	require.NoError(t, x.Close())
	wg.Wait()
	_, known := x.Find(all[0].Old)
	assert.False(t, known, "after it was closed")
	var last error
	for _, err := range x.All() {
		last = err
	}
	assert.ErrorIs(t, last, os.ErrClosed)
	assert.NoError(t, x.Close(), "again")
}

func TestBreakingOut(t *testing.T) {
	x := open(t, build(t, posts(10)...))
	n := 0
	for _, err := range x.All() {
		require.NoError(t, err)
		if n++; n == 3 {
			break
		}
	}
	assert.Equal(t, 3, n)
}

func TestOpenWhatIsNoIndex(t *testing.T) {
	dir := t.TempDir()
	_, err := uriindex.Open(filepath.Join(dir, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = uriindex.Open(dir)
	require.ErrorIs(t, err, uriindex.ErrDamaged, "a folder")
	path := filepath.Join(dir, "text")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("godwit uri index", 10)), 0o600))
	_, err = uriindex.Open(path)
	require.ErrorIs(t, err, uriindex.ErrVersion, "text")
	require.NotContains(t, err.Error(), dir)
	var nothing *uriindex.Index
	nothing, err = uriindex.Open(os.DevNull)
	require.Error(t, err)
	require.Nil(t, nothing)
	assert.False(t, errors.Is(err, os.ErrNotExist))
}

// someMap is a URI map of three posts.
type someMap struct{ portability.URIMap }

func (someMap) Mappings(context.Context, vocab.IRI, vocab.IRI) iter.Seq2[portability.Mapping, error] {
	return sequence(posts(3)...)
}
