package sqlstore_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/portability/sqlstore"
)

const pragmas = "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(20000)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-16000)"

// Of tests that kill no process, most need not wait for the disk.
const hasty = "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(20000)&_pragma=synchronous(OFF)"

// openDB opens a file as one process does.
func openDB(tb testing.TB, path, parameters string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+path+parameters)
	require.NoError(tb, err)
	return db
}

// openOver opens a store over a database, and closes it after the test.
func openOver(tb testing.TB, db *sql.DB) *sqlstore.Store {
	tb.Helper()
	store, err := sqlstore.Open(tb.Context(), db, nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { assert.NoError(tb, store.Close()) })
	return store
}

// openStore opens a new store in a file with so many connections.
func openStore(tb testing.TB, connections int, parameters string) (*sqlstore.Store, *sql.DB) {
	tb.Helper()
	db := openDB(tb, filepath.Join(tb.TempDir(), "copies.db"), parameters)
	tb.Cleanup(func() { assert.NoError(tb, db.Close()) })
	db.SetMaxOpenConns(connections)
	return openOver(tb, db), db
}

func TestStore(t *testing.T) {
	for name, connections := range map[string]int{"one connection": 1, "several connections": 8} {
		t.Run(name, func(t *testing.T) {
			portabilitytest.TestStore(t, func(t *testing.T) portability.Store {
				store, _ := openStore(t, connections, hasty)
				return store
			})
		})
	}
}

func TestStoreWithoutWAL(t *testing.T) {
	portabilitytest.TestStore(t, func(t *testing.T) portability.Store {
		store, _ := openStore(t, 4, "?_pragma=busy_timeout(20000)&_pragma=synchronous(OFF)")
		return store
	})
}

func TestDurableStore(t *testing.T) {
	portabilitytest.TestDurableStore(t, func(t *testing.T, dir string) (portability.Store, func() error) {
		db := openDB(t, filepath.Join(dir, "copies.db"), pragmas)
		store, err := sqlstore.Open(t.Context(), db, nil)
		require.NoError(t, err)
		return store, func() error {
			assert.NoError(t, store.Close())
			return db.Close()
		}
	})
}
