package movesql_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/move/movetest"
)

const pragmas = "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=synchronous(NORMAL)"

// Of tests that kill no process, most need not wait for the disk.
const hasty = "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)"

// onEach runs a test on each database, with the address of one that is empty. The
// parameters are for SQLite.
func onEach(t *testing.T, parameters string, test func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, inFolder(t.TempDir(), parameters)) })
	t.Run("postgres", func(t *testing.T) { test(t, pgtest.URL(t)) })
}

// stores runs a test on a new store on each database.
func stores(t *testing.T, test func(t *testing.T, store *movesql.Store)) {
	onEach(t, hasty, func(t *testing.T, address string) {
		store, _ := openStore(t, address, 4)
		test(t, store)
	})
}

func inFolder(dir, parameters string) (address string) {
	return "file:" + filepath.Join(dir, "moves.db") + parameters
}

// connect opens a database as one process does.
func connect(address string) (*sql.DB, error) {
	if strings.HasPrefix(address, "file:") {
		return sql.Open("sqlite", address)
	}
	db, err := sql.Open("pgx", address)
	if err == nil {
		db.SetMaxOpenConns(8)
		db.SetMaxIdleConns(8)
	}
	return db, err
}

func openDB(tb testing.TB, address string) *sql.DB {
	tb.Helper()
	db, err := connect(address)
	require.NoError(tb, err)
	return db
}

// openStore opens a store with so many connections.
func openStore(tb testing.TB, address string, connections int) (*movesql.Store, *sql.DB) {
	tb.Helper()
	db := openDB(tb, address)
	db.SetMaxOpenConns(connections)
	store, err := movesql.Open(tb.Context(), db)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		assert.NoError(tb, store.Close())
		assert.NoError(tb, db.Close())
	})
	return store, db
}

func TestStore(t *testing.T) {
	for name, connections := range map[string]int{"one connection": 1, "several connections": 8} {
		t.Run("sqlite, "+name, func(t *testing.T) {
			movetest.TestStore(t, func(t *testing.T) move.Store {
				store, _ := openStore(t, inFolder(t.TempDir(), hasty), connections)
				return store
			})
		})
	}
	t.Run("postgres", func(t *testing.T) {
		movetest.TestStore(t, func(t *testing.T) move.Store {
			store, _ := openStore(t, pgtest.URL(t), 8)
			return store
		})
	})
}

// Nothing holds a connection while it asks for another.
func TestOneConnectionToPostgreSQLIsEnough(t *testing.T) {
	store, _ := openStore(t, pgtest.URL(t), 1)
	require.NoError(t, writeOne(t.Context(), store, 1))
	c, _ := received(1)
	for s, err := range store.List(t.Context(), c.ID, "") {
		require.NoError(t, err)
		_, err = store.Find(t.Context(), c.ID, s.Party)
		require.NoError(t, err)
	}
	require.NoError(t, takeIn(t.Context(), store, 2))
}

func TestStoreWithoutWAL(t *testing.T) {
	movetest.TestStore(t, func(t *testing.T) move.Store {
		store, _ := openStore(t, inFolder(t.TempDir(), "?_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)"), 0)
		return store
	})
}

func TestDurable(t *testing.T) {
	reopen := func(t *testing.T, address string) (move.Store, func() error) {
		db := openDB(t, address)
		store, err := movesql.Open(t.Context(), db)
		require.NoError(t, err)
		return store, func() error {
			assert.NoError(t, store.Close())
			return db.Close()
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		movetest.TestDurable(t, func(t *testing.T, dir string) (move.Store, func() error) {
			return reopen(t, inFolder(dir, pragmas))
		})
	})
	t.Run("postgres", func(t *testing.T) {
		of := map[string]string{} // the schemas that stand for folders
		movetest.TestDurable(t, func(t *testing.T, dir string) (move.Store, func() error) {
			if of[dir] == "" {
				of[dir] = pgtest.URL(t)
			}
			return reopen(t, of[dir])
		})
	})
}
