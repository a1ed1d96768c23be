package sqlstore_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/portability/sqlstore"
)

// What a process that a test starts opens, and writes to until it is killed.
const (
	childDriver = "GODWIT_SQLSTORE_CHILD_DRIVER"
	childSource = "GODWIT_SQLSTORE_CHILD_SOURCE"
	childImport = "GODWIT_SQLSTORE_CHILD_IMPORT" // of a benchmark: what it imports
)

func TestMain(m *testing.M) {
	driver, job := os.Getenv(childDriver), os.Getenv(childImport)
	if driver == "" && job == "" {
		os.Exit(m.Run())
	}
	work := func() error { return commitUntilKilled(context.Background(), driver, os.Getenv(childSource)) }
	if job != "" {
		work = func() error { return importBy(context.Background(), job) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func importBy(ctx context.Context, text string) error {
	var job importJob
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return err
	}
	return job.run(ctx)
}

func commitUntilKilled(ctx context.Context, driver, source string) error {
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	store, err := sqlstore.Open(ctx, db, nil)
	if err != nil {
		return err
	}
	return portabilitytest.CommitUntilKilled(ctx, store, os.Stdout)
}

// killAfter starts a process that commits, kills it when it has told of so many
// pages, and returns the number of the last that it told of.
func killAfter(t *testing.T, driver, source string, pages int) (told int64) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childDriver+"="+driver, childSource+"="+source)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	seen := 0
	tell := func() {
		_, err := fmt.Sscan(lines.Text(), &told)
		require.NoError(t, err)
		seen++
	}
	for seen < pages && lines.Scan() {
		tell()
	}
	require.NoError(t, cmd.Process.Kill())
	for lines.Scan() { // what it told before it died
		tell()
	}
	_ = cmd.Wait() // it says that it was killed
	require.GreaterOrEqual(t, seen, pages, stderr.String())
	return told
}

// killOften has processes take up where another was killed.
func killOften(t *testing.T, driver, source string, open func() *sql.DB) {
	for _, pages := range []int{1, 7, 2, 30, 3, 11} {
		told := killAfter(t, driver, source, pages)
		db := open()
		store, err := sqlstore.Open(t.Context(), db, nil)
		require.NoError(t, err)
		portabilitytest.AssertNothingHalfCommitted(t, store, told)
		require.NoError(t, store.Close())
		require.NoError(t, db.Close())
	}
}

func TestWhatWasCommittedSurvivesKills(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies.db")
	killOften(t, "sqlite", "file:"+path+pragmas, func() *sql.DB { return openDB(t, path, pragmas) })
	db := openDB(t, path, pragmas)
	defer db.Close()
	assertSound(t, db)
}

func TestWhatWasCommittedSurvivesKillsOnPostgreSQL(t *testing.T) {
	address := pgtest.URL(t)
	killOften(t, "pgx", address, func() *sql.DB { return pgtest.OpenURL(t, address) })
}

// assertSound asserts that a SQLite database is whole.
func assertSound(t *testing.T, db *sql.DB) {
	t.Helper()
	var check string
	require.NoError(t, db.QueryRow("PRAGMA integrity_check").Scan(&check))
	assert.Equal(t, "ok", check)
}

// page returns a change with entries, names, and mappings from one number on.
func page(from, n int64) (c portability.Change) {
	for no := from; no < from+n; no++ {
		c.Entries, c.Names = append(c.Entries, post(no)), append(c.Names, portability.Name{Old: oldURL(no), Ref: post(no).Ref})
		c.Mappings = append(c.Mappings, portability.Mapping{Old: oldURL(no), New: post(no).NewID, Kind: portability.Content, From: alice, To: "https://new.example/users/alice"})
	}
	return c
}

func TestAFullDiskFailsACommitAndLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies.db")
	db := openDB(t, path, pragmas+"&_pragma=max_page_count(150)")
	store, err := sqlstore.Open(t.Context(), db, nil)
	require.NoError(t, err)
	job, _, err := store.Create(t.Context(), portability.Job{ID: "a"})
	require.NoError(t, err)
	var full error
	for full == nil {
		require.Less(t, job.Next, int64(100_000), "the disk is full before")
		next := job
		next.Next += 50
		if next, full = store.Commit(t.Context(), next, page(job.Next, 50)); full == nil {
			job = next
		}
	}
	var failed *sqldb.Error
	require.ErrorAs(t, full, &failed)
	assert.ErrorContains(t, full, "full")
	assert.False(t, failed.Temporary(), "trying again does not help")
	assert.NotContains(t, full.Error(), "alice", "an error tells nothing of people")
	assertHas(t, store, job)
	require.NoError(t, store.Close())
	require.NoError(t, db.Close())

	db = openDB(t, path, pragmas)
	defer db.Close()
	store = openOver(t, db)
	assertSound(t, db)
	assertHas(t, store, job)
	job, err = store.Commit(t.Context(), advanced(job, 50), page(job.Next, 50))
	require.NoError(t, err, "with more room it goes on")
	assertHas(t, store, job)
}

func advanced(job portability.Job, n int64) portability.Job {
	job.Next += n
	return job
}

// assertHas asserts that a job is stored with every entry, name and mapping up to its
// next one, and no other.
func assertHas(t *testing.T, store *sqlstore.Store, job portability.Job) {
	t.Helper()
	stored, err := store.Job(t.Context(), job.ID)
	require.NoError(t, err)
	assert.Equal(t, job, stored)
	n := int64(0)
	for e, err := range store.Entries(t.Context(), job.ID, -1, portability.EntryFilter{}) {
		require.NoError(t, err)
		require.Equal(t, post(n), e)
		n++
	}
	assert.Equal(t, job.Next, n, "entries")
	mapped := int64(0)
	for _, err := range store.Mappings(t.Context(), "", "") {
		require.NoError(t, err)
		mapped++
	}
	assert.Equal(t, job.Next, mapped, "mappings")
}

func TestTablesOfALaterVersionAreNotTouched(t *testing.T) {
	_, db := openStore(t, 1, hasty)
	_, err := db.Exec("UPDATE godwit_copy_schema SET version = 1000")
	require.NoError(t, err)
	_, err = sqlstore.Open(t.Context(), db, nil)
	assert.ErrorIs(t, err, sqlstore.ErrNewer)
}

func TestANumberThatNoJobCanHaveIsRefusedAndNothingIsStored(t *testing.T) {
	store, _ := openStore(t, 1, hasty)
	job, _, err := store.Create(t.Context(), portability.Job{ID: "a"})
	require.NoError(t, err)
	for name, c := range map[string]portability.Change{
		"an entry below 0":    {Entries: []portability.Entry{post(0), post(-1)}},
		"an entry beyond all": {Entries: []portability.Entry{post(0), post(1 << 32)}},
		"a held item":         {Entries: []portability.Entry{post(0)}, Hold: []portability.HeldItem{{No: 1 << 33}}},
		"a rank":              {Entries: []portability.Entry{post(0)}, Ranks: []portability.Rank{{No: -7}}},
	} {
		_, err := store.Commit(t.Context(), job, c)
		require.ErrorContains(t, err, "a job has no number", name)
		assertHas(t, store, job)
	}
	twice := []portability.Entry{post(0), post(1)}
	twice[1].No = 0
	_, err = store.Commit(t.Context(), job, portability.Change{Entries: twice})
	assert.Error(t, err, "two entries with one number")
	assertHas(t, store, job)
}

func TestALockedDatabaseIsTemporary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copies.db")
	impatient := "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(20)"
	db, other := openDB(t, path, impatient), openDB(t, path, impatient)
	defer db.Close()
	defer other.Close()
	store := openOver(t, db)
	job, _, err := store.Create(t.Context(), portability.Job{ID: "a"})
	require.NoError(t, err)
	tx, err := other.Begin()
	require.NoError(t, err)
	_, err = tx.Exec("DELETE FROM godwit_copy_schema WHERE 0")
	require.NoError(t, err)
	_, err = store.Commit(t.Context(), job, portability.Change{})
	var temporary interface{ Temporary() bool }
	require.True(t, errors.As(err, &temporary), "%v", err)
	assert.True(t, temporary.Temporary())
	require.NoError(t, tx.Rollback())
	_, err = store.Commit(t.Context(), job, portability.Change{})
	assert.NoError(t, err)
}
