package uriindex_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/uriindex"
	"codeberg.org/godwit/godwit/vocab"
)

// names lists what lies in a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestSameMappingsSameBytes(t *testing.T) {
	all := posts(5000)
	first, err := os.ReadFile(build(t, all...))
	require.NoError(t, err)
	again, err := os.ReadFile(build(t, all...))
	require.NoError(t, err)
	assert.Equal(t, first, again, "built again")
	slices.Reverse(all)
	reversed, err := os.ReadFile(build(t, all...))
	require.NoError(t, err)
	assert.Equal(t, first, reversed, "in another order")
	other, err := os.ReadFile(build(t, all[1:]...))
	require.NoError(t, err)
	assert.NotEqual(t, first[56:72], other[56:72], "the key of other mappings is another")
}

func TestOldTwice(t *testing.T) {
	second, foreign, back := post(1), post(1), post(1)
	second.New = "https://new.example/o/second"
	foreign.From, foreign.New = "https://old.example/users/mallory", "https://new.example/o/mallory"
	back.Gone = true
	path := filepath.Join(t.TempDir(), "x")
	_, err := uriindex.Build(t.Context(), path, sequence(post(2), post(1), second), nil)
	twice, ok := errors.AsType[*uriindex.TwiceError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, post(1).Old, twice.Old)
	assert.ErrorContains(t, err, string(post(1).Old))
	assert.NoFileExists(t, path)

	stats, err := uriindex.Build(t.Context(), path, sequence(post(2), post(1), foreign, second, foreign, back),
		&uriindex.Options{Merge: true})
	require.NoError(t, err)
	assert.EqualValues(t, 2, stats.Entries)
	assert.EqualValues(t, 2, stats.Replaced)
	assert.EqualValues(t, 2, stats.Foreign)
	found, known := open(t, path).Find(post(1).Old)
	assert.True(t, known)
	assert.Equal(t, back, found, "the last of the first account")
}

func TestMappingsThatCannotBeHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	long := vocab.IRI(strings.Repeat("x", 64<<10))
	for name, m := range map[string]portability.Mapping{
		"no old IRI":       {New: "https://new.example/1"},
		"an endless IRI":   {Old: long + "x"},
		"an endless place": {Old: "https://old.example/1", URL: long + "x"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := uriindex.Build(t.Context(), path, sequence(post(1), m), nil)
			require.ErrorIs(t, err, uriindex.ErrMapping)
			assert.Less(t, len(err.Error()), 1000, "the error stays readable")
		})
	}
	longest := portability.Mapping{Old: long, ID: long, New: long, URL: long, From: long, To: long,
		Kind: portability.Kind(long), Audience: portability.Audience(long)}
	x := open(t, build(t, longest, post(1)))
	found, known := x.Find(long)
	assert.True(t, known)
	assert.Equal(t, longest, found, "the longest that can be")
}

func TestErrorsTellNoQuery(t *testing.T) {
	m := portability.Mapping{Old: "https://old.example/?token=secret"}
	_, err := uriindex.Build(t.Context(), filepath.Join(t.TempDir(), "x"), sequence(m, m), nil)
	require.ErrorContains(t, err, "https://old.example/")
	assert.NotContains(t, err.Error(), "secret")
}

// Whatever ends a build, the file before it stays, and nothing is left beside it.
func TestBuildThatEnds(t *testing.T) {
	path := build(t, post(1))
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	broken := errors.New("the database is away")
	ctx, cancel := context.WithCancel(t.Context())
	for name, try := range map[string]func() error{
		"the mappings fail": func() error {
			_, err := uriindex.Build(t.Context(), path, func(yield func(portability.Mapping, error) bool) {
				_ = yield(post(2), nil) && yield(portability.Mapping{}, broken)
			}, nil)
			require.ErrorIs(t, err, broken)
			return err
		},
		"cancelled among the mappings": func() error {
			_, err := uriindex.Build(ctx, path, func(yield func(portability.Mapping, error) bool) {
				for i := 0; yield(post(i), nil); i++ {
					if i == 5000 {
						cancel()
					}
					require.Less(t, i, 10_000, "ctx ended long ago")
				}
			}, nil)
			require.ErrorIs(t, err, context.Canceled)
			return err
		},
		"cancelled before it began": func() error {
			ended, end := context.WithCancel(t.Context())
			end()
			_, err := uriindex.Build(ended, path, sequence(post(2)), nil)
			require.ErrorIs(t, err, context.Canceled)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, try(), filepath.Base(path))
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, before, after)
			assert.Equal(t, []string{filepath.Base(path)}, names(t, filepath.Dir(path)))
		})
	}
}

func TestBuildInPlaceOfAnOpenOne(t *testing.T) {
	path := build(t, post(1))
	x := open(t, path)
	_, err := uriindex.Build(t.Context(), path, sequence(post(2)), nil)
	require.NoError(t, err)
	_, known := x.Find(post(1).Old)
	assert.True(t, known, "what is open stays")
	_, known = open(t, path).Find(post(2).Old)
	assert.True(t, known, "what is opened now is new")
	assert.Equal(t, []string{filepath.Base(path)}, names(t, filepath.Dir(path)))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Zero(t, info.Mode().Perm()&0o077, "nobody else may read it")
}

func TestBuildInAFolderThatIsNotThere(t *testing.T) {
	_, err := uriindex.Build(t.Context(), filepath.Join(t.TempDir(), "none", "x"), sequence(post(1)), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A folder where a file is to be is no reason to lose the folder.
func TestBuildOverAFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.MkdirAll(filepath.Join(path, "kept"), 0o700))
	_, err := uriindex.Build(t.Context(), path, sequence(post(1)), nil)
	require.Error(t, err)
	assert.DirExists(t, filepath.Join(path, "kept"))
	assert.Equal(t, []string{"x"}, names(t, filepath.Dir(path)))
}
