package movesql_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/vocab"
)

// childAddress names, to a process that a test starts, the database to write to
// until it is killed.
const childAddress = "GODWIT_MOVESQL_CHILD"

func TestMain(m *testing.M) {
	address := os.Getenv(childAddress)
	if address == "" {
		os.Exit(m.Run())
	}
	work := writeOne
	if os.Getenv(childTakes) != "" {
		work = takeOne
	}
	if err := writeUntilKilled(context.Background(), address, work); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// writeUntilKilled does one piece of work after the other, and prints the number
// of each after the last of it was stored.
func writeUntilKilled(ctx context.Context, address string, work func(context.Context, *movesql.Store, int) error) error {
	db, err := connect(address)
	if err != nil {
		return err
	}
	store, err := movesql.Open(ctx, db)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; ; i += 8 {
				if err := work(ctx, store, i); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				mu.Lock()
				fmt.Println(i)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return fmt.Errorf("stopped before it was killed")
}

// writeOne begins a case, adds followers and moves them.
func writeOne(ctx context.Context, store *movesql.Store, i int) error {
	c, own := received(i)
	if _, _, _, err := store.Begin(ctx, c, own, now.Add(-window)); err != nil {
		return err
	}
	if err := store.Add(ctx, c.ID, followers(3), "end"); err != nil {
		return err
	}
	var steps []move.Step
	for s, err := range store.List(ctx, c.ID, "") {
		if err != nil {
			return err
		}
		s.State = move.Moved
		steps = append(steps, s)
	}
	return store.Advance(ctx, steps...)
}

func followers(n int) []move.Step {
	steps := make([]move.Step, n)
	for i := range steps {
		steps[i] = move.Step{Party: vocab.IRI(fmt.Sprintf("https://here.example/users/%04d", i)), Host: "new.example", State: move.Queued, Since: now}
	}
	return steps
}

func TestWhatWasStoredSurvivesAKill(t *testing.T) {
	onEach(t, pragmas, func(t *testing.T, address string) {
		stored := killAfter(t, address, 300)
		store, db := openStore(t, address, 4)
		for _, i := range stored {
			c, _ := received(i)
			kept, err := store.Case(t.Context(), c.ID)
			require.NoError(t, err, "case %d was stored", i)
			assert.Equal(t, c, kept)
			states := []move.State{}
			for s, err := range store.List(t.Context(), c.ID, "") {
				require.NoError(t, err)
				states = append(states, s.State)
			}
			assert.Equal(t, []move.State{move.Moved, move.Moved, move.Moved}, states, "and all of it")
		}
		assertWhole(t, db)
	})
}

// killAfter starts a process that writes, kills it when it has stored n cases,
// and returns which those are.
func killAfter(t *testing.T, address string, n int, env ...string) (stored []int) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(append(os.Environ(), childAddress+"="+address), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for len(stored) < n && lines.Scan() {
		var i int
		_, err := fmt.Sscan(lines.Text(), &i)
		require.NoError(t, err)
		stored = append(stored, i)
	}
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // it says that it was killed
	require.Len(t, stored, n, stderr.String())
	return stored
}

// assertWhole asserts that nothing in the database is half done.
func assertWhole(t *testing.T, db *sql.DB) {
	t.Helper()
	for situation, query := range map[string]string{
		"cases without an own step":             `SELECT count(*) FROM godwit_move_cases WHERE no NOT IN (SELECT case_no FROM godwit_move_steps WHERE party = '')`,
		"steps without a case":                  `SELECT count(*) FROM godwit_move_steps WHERE case_no NOT IN (SELECT no FROM godwit_move_cases)`,
		"cases with a part of their first page": `SELECT count(*) FROM (SELECT 1 FROM godwit_move_steps GROUP BY case_no HAVING count(*) NOT IN (1, 4)) AS odd`,
		"pages without their cursor":            `SELECT count(*) FROM (SELECT 1 FROM godwit_move_steps GROUP BY case_no HAVING (count(*) = 4) <> (max(cursor) = 'end')) AS odd`,
		"cases with a part of an advance":       `SELECT count(*) FROM (SELECT 1 FROM godwit_move_steps WHERE party <> '' GROUP BY case_no HAVING count(DISTINCT state) <> 1) AS odd`,
	} {
		var n int
		require.NoError(t, db.QueryRow(query).Scan(&n))
		assert.Zero(t, n, situation)
	}
	var check string
	if db.QueryRow("SELECT sqlite_version()").Scan(&check) == nil {
		require.NoError(t, db.QueryRow("PRAGMA integrity_check").Scan(&check))
		assert.Equal(t, "ok", check)
	}
}

func TestAFullDiskIsAnErrorAndLosesNothing(t *testing.T) {
	dir := t.TempDir()
	db := openDB(t, inFolder(dir, pragmas+"&_pragma=max_page_count(120)"))
	store, err := movesql.Open(t.Context(), db)
	require.NoError(t, err)
	full, i := error(nil), 0
	for ; full == nil; i++ {
		require.Less(t, i, 10_000, "the disk is full before")
		full = writeOne(t.Context(), store, i)
	}
	var failed *sqldb.Error
	require.ErrorAs(t, full, &failed)
	assert.ErrorContains(t, full, "full")
	assert.False(t, failed.Temporary(), "trying again does not help")
	assert.NotContains(t, full.Error(), "alice", "an error tells nothing of people")
	_, err = store.Claim(t.Context(), move.In, now, time.Minute, 1, 1)
	assert.NoError(t, err, "what needs no room is still done")
	require.NoError(t, store.Close())
	require.NoError(t, db.Close())

	db = openDB(t, inFolder(dir, pragmas))
	store, err = movesql.Open(t.Context(), db)
	require.NoError(t, err)
	defer db.Close()
	defer store.Close()
	assertWhole(t, db)
	for again := range i {
		require.NoError(t, writeOne(t.Context(), store, again), "with more room all is done, again or at last")
	}
	assertWhole(t, db)
}

func TestWhenOneWriteFindsTheDiskFullTheOthersAreStored(t *testing.T) {
	db := openDB(t, inFolder(t.TempDir(), pragmas+"&_pragma=max_page_count(200)"))
	store, err := movesql.Open(t.Context(), db)
	require.NoError(t, err)
	defer db.Close()
	defer store.Close()
	var wg sync.WaitGroup
	errs := make([]error, 32)
	for i := range errs {
		c, own := received(i)
		if i%4 == 0 {
			c.Activity = make([]byte, 1<<20) // more than there is room for
		}
		wg.Go(func() { _, _, _, errs[i] = store.Begin(t.Context(), c, own, now.Add(-window)) })
	}
	wg.Wait()
	for i, err := range errs {
		c, _ := received(i)
		_, kept := store.Case(t.Context(), c.ID)
		if i%4 == 0 {
			assert.ErrorContains(t, err, "full", "case %d", i)
			assert.ErrorIs(t, kept, move.ErrNoCase)
			continue
		}
		assert.NoError(t, err, "case %d", i)
		assert.NoError(t, kept)
	}
	assertWhole(t, db)
}

func TestTablesOfALaterVersionAreNotTouched(t *testing.T) {
	onEach(t, hasty, func(t *testing.T, address string) {
		_, db := openStore(t, address, 1)
		_, err := db.Exec("UPDATE godwit_move_schema SET version = 1000")
		require.NoError(t, err)
		_, err = movesql.Open(t.Context(), db)
		assert.ErrorIs(t, err, movesql.ErrNewer)
	})
}
