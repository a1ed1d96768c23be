package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// manyPosts are enough that a conversion is under way for a while.
const manyPosts = 12_000

// A child is the command in a process of its own.
type child struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

func newChild(t testing.TB, args ...string) *child {
	t.Helper()
	program, err := exec.LookPath("godwit-network")
	require.NoError(t, err, "the command is among those of the scripts")
	c := &child{Cmd: exec.Command(program, args...)}
	c.Stdout, c.Stderr = &c.stdout, &c.stderr
	return c
}

// status runs the child to its end.
func (c *child) status(t testing.TB) int {
	t.Helper()
	return statusOf(t, c.Run())
}

func statusOf(t testing.TB, err error) int {
	t.Helper()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	require.NoError(t, err)
	return statusDone
}

// interrupted starts the child, interrupts it as soon as the file is there, and
// returns its status.
func (c *child) interrupted(t testing.TB, file string) int {
	t.Helper()
	require.NoError(t, c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if info, err := os.Stat(file); err == nil && info.Size() > 0 {
			break
		}
		select {
		case err := <-ended:
			require.Fail(t, "it ended before it was interrupted", "%v: %s", err, c.stderr.String())
		case <-ctx.Done():
			require.Fail(t, "nothing was begun")
		case <-tick.C:
		}
	}
	require.NoError(t, c.Process.Signal(os.Interrupt))
	return statusOf(t, <-ended)
}

// Interrupted while it copies, or while it writes the archive, a conversion goes on
// when it is run again, to the same bytes.
func TestInterruptedConversionGoesOn(t *testing.T) {
	folder := t.TempDir()
	in := filepath.Join(folder, "alice")
	require.NoError(t, writeTakeout(in, manyPosts))
	const created = "2026-05-04T03:02:01Z"
	want := filepath.Join(folder, "want.tar.gz")
	require.Equal(t, statusDone, newChild(t, "convert", in, want, "-created", created).status(t))
	for _, c := range []struct{ situation, when string }{
		{"while it copies", "content.spool"},
		{"while it writes the archive", "volume-0"},
	} {
		t.Run(c.situation, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.tar.gz")
			first := newChild(t, "convert", in, out, "-created", created)
			require.Equal(t, statusContinue, first.interrupted(t, filepath.Join(out+".partial", c.when)))
			assert.Contains(t, first.stderr.String(), "godwit: error: interrupted\n")
			assert.Contains(t, first.stderr.String(), "godwit: hint: run the same command again to go on, or remove "+out+".partial to begin anew\n")
			assert.Empty(t, first.stdout.String())
			assert.NoFileExists(t, out, "there is nothing under the name before it is whole")

			other := newChild(t, "convert", in, out, "-created", "2001-01-01T00:00:00Z")
			require.Equal(t, statusFailed, other.status(t), "with another time it is another archive")
			assert.Contains(t, other.stderr.String(), "was begun from another archive or with other flags")

			again := newChild(t, "convert", in, out)
			require.Equal(t, statusDone, again.status(t), "%s", again.stderr.String())
			assert.Contains(t, again.stdout.String(), "this went on from where it was stopped; what was copied before is not counted here\n")
			assert.NoDirExists(t, out+".partial")
			assertSameFile(t, want, out, "without -created it goes on with the time of the first run")
		})
	}
}

// Another account must not be mixed into what was begun.
func TestAnotherArchiveDoesNotGoOn(t *testing.T) {
	folder := t.TempDir()
	in, other, out := filepath.Join(folder, "alice"), filepath.Join(folder, "other"), filepath.Join(folder, "out.tar")
	require.NoError(t, writeTakeout(in, manyPosts))
	require.NoError(t, writeTakeout(other, 10))
	require.Equal(t, statusContinue, newChild(t, "convert", in, out).interrupted(t, filepath.Join(out+".partial", "content.spool")))
	c := newChild(t, "convert", other, out)
	require.Equal(t, statusFailed, c.status(t))
	assert.Contains(t, c.stderr.String(), "was begun from another archive or with other flags")
	assert.NoFileExists(t, out)

	moved := filepath.Join(folder, "moved")
	require.NoError(t, os.Rename(in, moved))
	require.Equal(t, statusDone, newChild(t, "convert", moved, out).status(t), "where it lies does not matter")
}

// An interrupted takeout leaves nothing.
func TestInterruptedTakeoutLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	in, work, out := filepath.Join(folder, "alice"), filepath.Join(folder, "work"), filepath.Join(folder, "out.zip")
	require.NoError(t, writeTakeout(in, manyPosts))
	require.NoError(t, os.Mkdir(work, 0o700))
	c := newChild(t, "convert", in, out, "-scratch", work)
	require.NoError(t, c.Start())
	waitForAny(t, work)
	require.NoError(t, c.Process.Signal(os.Interrupt))
	require.Equal(t, statusFailed, statusOf(t, c.Wait()))
	assert.Equal(t, "godwit: error: interrupted\n", c.stderr.String())
	assert.NoFileExists(t, out)
	assert.Empty(t, namesIn(t, work), "temporary files are gone")
}

// An interrupted site goes on.
func TestInterruptedSiteGoesOn(t *testing.T) {
	folder := t.TempDir()
	in, want, out := filepath.Join(folder, "alice"), filepath.Join(folder, "want"), filepath.Join(folder, "out")
	require.NoError(t, writeTakeout(in, 1500))
	require.Equal(t, statusDone, newChild(t, "site", in, want).status(t))
	first := newChild(t, "site", in, out)
	require.NoError(t, first.Start())
	waitForAny(t, out+".unfinished")
	require.NoError(t, first.Process.Signal(os.Interrupt))
	require.Equal(t, statusContinue, statusOf(t, first.Wait()), "%s", first.stderr.String())
	assert.Contains(t, first.stderr.String(), "godwit: hint: run the same command again to go on, or remove "+out+".unfinished to begin anew\n")
	assert.NoFileExists(t, filepath.Join(out, "index.html"))

	require.Equal(t, statusDone, newChild(t, "site", in, out).status(t))
	assert.NoDirExists(t, out+".unfinished")
	assertSameFile(t, filepath.Join(want, "index.html"), filepath.Join(out, "index.html"), "the site")
	assert.Equal(t, namesIn(t, want), namesIn(t, out))
}

// waitForAny waits until there is anything in a folder.
func waitForAny(t testing.TB, folder string) {
	t.Helper()
	require.Eventually(t, func() bool {
		names, err := os.ReadDir(folder)
		return err == nil && len(names) > 0
	}, time.Minute, time.Millisecond, "nothing was begun in %s", folder)
}

func namesIn(t testing.TB, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func assertSameFile(t testing.TB, want, got, message string) {
	t.Helper()
	a, err := os.ReadFile(want)
	require.NoError(t, err)
	b, err := os.ReadFile(got)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(a, b), "%s: the bytes differ", message)
}
