package river_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/river"
)

// What a process that a test starts works on until it is killed or its input ends: the
// jobs of a database, as which part.
const (
	childAddress = "GODWIT_RIVER_CHILD"
	childPart    = "GODWIT_RIVER_PART"
)

func TestMain(m *testing.M) {
	address := os.Getenv(childAddress)
	if address == "" {
		os.Exit(m.Run())
	}
	if err := parts[os.Getenv(childPart)].work(context.Background(), address); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A part is how a process works.
type part struct {
	size    size
	lease   time.Duration
	options river.Options
}

var parts = map[string]part{
	"test":      {small, time.Second, river.Options{Hands: 4, Workers: 3, Slice: 200 * time.Millisecond, Timeout: 3 * time.Second}},
	"benchmark": {large, 5 * time.Second, river.Options{Hands: 4, Workers: 1, Timeout: 10 * time.Second}},
}

func (p part) work(ctx context.Context, address string) error {
	w, err := openWorld(ctx, address, p.size, p.lease, 20*time.Millisecond)
	if err != nil {
		return err
	}
	q, err := river.New(w.pool, w.engine, &p.options)
	if err != nil {
		return err
	}
	if err := q.Start(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil { // until the test is over
		return err
	}
	return q.Stop(ctx)
}

// startChild starts a process that works, and returns it when it does.
func startChild(t testing.TB, address, part string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childAddress+"="+address, childPart+"="+part)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	_, err = cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have been killed
		_ = cmd.Wait()
	})
	line, _ := bufio.NewReader(out).ReadString('\n')
	require.Equal(t, "ready\n", line, stderr.String())
	return cmd
}

func open(t testing.TB, address string, of size) *world {
	t.Helper()
	w, err := openWorld(t.Context(), address, of, time.Second, 0)
	require.NoError(t, err)
	_, err = w.db.Exec(serverTables)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, w.close()) })
	return w
}

func (w *world) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, w.db.QueryRow(query, args...).Scan(&n))
	return n
}

// until waits until others have made a number in the database large enough.
func (w *world) until(t testing.TB, enough int, query string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for w.count(t, query) < enough {
		_, err := w.db.ExecContext(ctx, "SELECT pg_sleep(0.02)")
		require.NoError(t, err, query)
	}
}

// allCompleted is how many hands have ended, if all have.
const allCompleted = "SELECT CASE WHEN bool_and(state = 'completed') THEN count(*) ELSE 0 END FROM river_job"

func TestJobsEndOnceThoughProcessesAreKilled(t *testing.T) {
	address := pgtest.URL(t)
	w := open(t, address, small)
	hands := parts["test"].options
	ids := []string{"ann", "ben", "cleo", "dan", "eve", "fay"}
	require.NoError(t, w.begin(t.Context(), ids...))
	q, err := river.New(w.pool, w.engine, &hands)
	require.NoError(t, err)
	require.NoError(t, q.Insert(t.Context(), ids...))

	children := []*exec.Cmd{}
	for range 4 {
		children = append(children, startChild(t, address, "test"))
	}
	w.until(t, 10, "SELECT count(*) FROM server_files")
	require.NoError(t, children[0].Process.Kill())
	w.until(t, 100, "SELECT count(*) FROM server_items")
	require.NoError(t, children[1].Process.Kill())
	w.until(t, 4*len(ids), allCompleted)

	for _, id := range ids {
		j, err := w.store.Job(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, portability.JobDone, j.State, id)
		assert.Equal(t, small.posts+1, w.count(t, "SELECT count(*) FROM server_items WHERE owner = $1", id), "items of %s", id)
		assert.Equal(t, small.files, w.count(t, "SELECT count(*) FROM server_files WHERE owner = $1", id), "files of %s", id)
		for e, err := range w.store.Entries(t.Context(), id, -1, portability.EntryFilter{}) {
			require.NoError(t, err)
			assert.Contains(t, []portability.State{portability.Copied, portability.Skipped}, e.State, "%+v", e)
		}
	}
	assert.Greater(t, w.count(t, "SELECT count(DISTINCT pid) FROM server_files"), 2, "processes that took part")
	assert.Greater(t, w.count(t, "SELECT max(n) FROM (SELECT count(DISTINCT pid) AS n FROM server_files GROUP BY owner) AS shared"), 1,
		"processes that shared the files of one job")
}
