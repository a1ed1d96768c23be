package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cramped runs the command where no file may grow beyond some 500 KB, which is how a full
// disk can be had everywhere.
func cramped(t testing.TB, args ...string) *child {
	t.Helper()
	c := newChild(t, args...)
	program := c.Path
	c.Path = "/bin/sh"
	c.Args = append([]string{"sh", "-c", `ulimit -f 500; exec "$0" "$@"`, program}, args...)
	return c
}

// That there is no room for temporary files says nothing against an archive, and salvage
// must not take it for the end of one.
func TestNoRoomForTemporaryFiles(t *testing.T) {
	folder := t.TempDir()
	in, archive := filepath.Join(folder, "alice"), filepath.Join(folder, "alice.tar.gz")
	require.NoError(t, writeTakeout(in, manyPosts))
	require.Equal(t, statusDone, newChild(t, "convert", in, archive).status(t))
	for _, args := range [][]string{
		{"inspect", archive},
		{"inspect", archive, "-salvage"},
		{"verify", archive},
		{"csv", archive, filepath.Join(folder, "lists"), "-salvage"},
		{"convert", archive, filepath.Join(folder, "out.tar"), "-salvage"},
		{"site", archive, filepath.Join(folder, "site"), "-salvage"},
	} {
		c := cramped(t, args...)
		assert.Equal(t, statusFailed, c.status(t), "%q: %s", args, c.stderr.String())
		assert.Contains(t, c.stderr.String(), "godwit: error: ", "%q", args)
		assert.Contains(t, c.stderr.String(), "write scratch file", "%q", args)
		assert.Contains(t, c.stderr.String(), "\ngodwit: hint: make room there, or give -scratch another folder for temporary files\n", "%q", args)
		assert.NotContains(t, c.stderr.String(), "damaged", "%q", args)
		assert.Empty(t, c.stdout.String(), "%q", args)
	}
	assert.ElementsMatch(t, []string{"alice", "alice.tar.gz"}, namesIn(t, folder), "nothing is left behind")
}

// What has no room to be written goes on where there is.
func TestNoRoomGoesOn(t *testing.T) {
	folder := t.TempDir()
	in := filepath.Join(folder, "alice")
	require.NoError(t, writeTakeout(in, manyPosts))
	const created = "2026-05-04T03:02:01Z"
	for _, c := range []struct {
		args []string // OUT is put in
		want string   // the file in it that is compared, as a pattern
	}{
		{[]string{"convert", in, "OUT", "-created", created}, ""},
		{[]string{"afterlife", "build", in, "-o", "OUT"}, "index-*"},
		{[]string{"site", in, "OUT", "-per-page", "20000"}, "index.html"},
	} {
		t.Run(c.args[0], func(t *testing.T) {
			undisturbed, out := filepath.Join(t.TempDir(), "out.tar.gz"), filepath.Join(t.TempDir(), "out.tar.gz")
			with := func(out string) []string {
				var args []string
				for _, a := range c.args {
					if a == "OUT" {
						a = out
					}
					args = append(args, a)
				}
				return args
			}
			require.Equal(t, statusDone, newChild(t, with(undisturbed)...).status(t))
			first := cramped(t, with(out)...)
			require.Equal(t, statusContinue, first.status(t), "%s", first.stderr.String())
			assert.Contains(t, first.stderr.String(), "\ngodwit: hint: make room, and run the same command again to go on, or remove ")
			_, err := os.Lstat(out)
			require.ErrorIs(t, err, os.ErrNotExist, "there is nothing under the name before it is whole")
			again := newChild(t, with(out)...)
			require.Equal(t, statusDone, again.status(t), "%s", again.stderr.String())
			assertSameFile(t, theOnly(t, undisturbed, c.want), theOnly(t, out, c.want), c.args[0])
		})
	}
}

// theOnly finds the only file of a pattern in a folder.
func theOnly(t testing.TB, folder, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}
