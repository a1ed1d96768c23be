package movesql_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/move/movesql"
	"codeberg.org/godwit/godwit/move/movetest"
)

const pragmas = "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=synchronous(NORMAL)"

// Of tests that kill no process, most need not wait for the disk.
const hasty = "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)"

// openDB opens a file as one process does.
func openDB(tb testing.TB, path, parameters string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+parameters)
	require.NoError(tb, err)
	return db
}

// openStore opens a new store in a file with so many connections.
func openStore(tb testing.TB, connections int, parameters string) (*movesql.Store, *sql.DB) {
	tb.Helper()
	db := openDB(tb, filepath.Join(tb.TempDir(), "moves.db"), parameters)
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
		t.Run(name, func(t *testing.T) {
			movetest.TestStore(t, func(t *testing.T) move.Store {
				store, _ := openStore(t, connections, hasty)
				return store
			})
		})
	}
}

func TestStoreWithoutWAL(t *testing.T) {
	movetest.TestStore(t, func(t *testing.T) move.Store {
		db := openDB(t, filepath.Join(t.TempDir(), "moves.db"), "?_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)")
		store, err := movesql.Open(t.Context(), db)
		require.NoError(t, err)
		t.Cleanup(func() {
			assert.NoError(t, store.Close())
			assert.NoError(t, db.Close())
		})
		return store
	})
}

func TestDurable(t *testing.T) {
	movetest.TestDurable(t, func(t *testing.T, dir string) (move.Store, func() error) {
		db := openDB(t, filepath.Join(dir, "moves.db"), pragmas)
		store, err := movesql.Open(t.Context(), db)
		require.NoError(t, err)
		return store, func() error {
			assert.NoError(t, store.Close())
			return db.Close()
		}
	})
}
