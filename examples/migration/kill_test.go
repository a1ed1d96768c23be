package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The test binary is also the program that is killed.
const asProgram = "GODWIT_TEST_RUN_MIGRATION"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// Five runs are killed ten times each in CI, two runs three times elsewhere; each
// ends as an undisturbed run does, ids and times apart. One begins with nothing. The
// others begin once everybody has an account, of which the keys take longest, and are
// killed in what comes after that.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel() // most of it is waiting
	runs, kills := 2, 3
	if os.Getenv("GODWIT_CI") != "" {
		runs, kills = 5, 10
	}
	p := program{path: built(t), archive: takeout(t, 200)}
	want := p.finish(t, t.TempDir())
	settled := p.settled(t)
	for n := range runs {
		dir := t.TempDir()
		if n > 0 {
			require.NoError(t, os.CopyFS(dir, os.DirFS(settled)))
		}
		for range kills {
			p.kill(t, dir, time.Duration(rand.Int64N(int64(3*time.Second))))
		}
		assert.Equal(t, want, p.finish(t, dir), "run %d: the end after %d kills", n, kills)
	}
}

// A program is the main job as a process of its own.
type program struct{ path, archive string }

// built returns the program: this one, or, where that has the race detector in it, one
// without. The detector sees the same code in the tests that run it here; here it would
// only make every start slow.
func built(t *testing.T) string {
	t.Helper()
	if !raced {
		return os.Args[0]
	}
	path := filepath.Join(t.TempDir(), "migration")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

func (p program) command(ctx context.Context, dir string) (*exec.Cmd, *bytes.Buffer) {
	var said bytes.Buffer
	c := exec.CommandContext(ctx, p.path, append(hurried(dir), "-archive", p.archive)...)
	c.Env = append(os.Environ(), asProgram+"=1")
	c.Stderr = &said
	return c, &said
}

// kill starts the job and sends it SIGKILL after a while.
func (p program) kill(t *testing.T, dir string, after time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	c, said := p.command(ctx, dir)
	if err := c.Run(); err != nil {
		require.ErrorContains(t, err, "killed", "the job must die of the kill alone; it said:\n%s", said)
	}
}

// settled returns the folder of a job that was killed when everybody had an account.
func (p program) settled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c, said := p.command(ctx, dir)
	require.NoError(t, c.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(dir, "settled.json"))
		return err == nil
	}, 5*time.Minute, 2*time.Millisecond, "nobody has an account")
	cancel()
	require.ErrorContains(t, c.Wait(), "killed", "the job must die of the kill alone; it said:\n%s", said)
	return dir
}

var ids = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// finish runs the job to its end and returns its results, without ids.
func (p program) finish(t *testing.T, dir string) string {
	t.Helper()
	c, said := p.command(t.Context(), dir)
	out, err := c.Output()
	require.NoError(t, err, "the job; it said:\n%s\n%s", said, out)
	return ids.ReplaceAllString(string(out), "host")
}
