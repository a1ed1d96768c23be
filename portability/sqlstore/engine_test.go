package sqlstore_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/portability/sqlstore"
)

func TestEngine(t *testing.T) {
	portabilitytest.TestEngine(t, func(t *testing.T) portability.Store {
		store, _ := openStore(t, 4, hasty)
		return store
	})
}

// TestEngineOnPostgreSQL empties one database again and again: the suite asks for
// more than a thousand, one after the other.
func TestEngineOnPostgreSQL(t *testing.T) {
	db := pgtest.Open(t)
	last, err := sqlstore.Open(t.Context(), db, nil) // makes the tables
	require.NoError(t, err)
	portabilitytest.TestEngine(t, func(t *testing.T) portability.Store {
		require.NoError(t, last.Close())
		emptyAll(t, db)
		store, err := sqlstore.Open(t.Context(), db, nil)
		require.NoError(t, err)
		last = store
		return store
	})
	require.NoError(t, last.Close())
}

// emptyAll empties every table of copies but that with their version.
func emptyAll(t *testing.T, db *sql.DB) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT tablename FROM pg_tables
		WHERE schemaname = current_schema() AND tablename LIKE 'godwit_copy_%' AND tablename <> 'godwit_copy_schema'`)
	require.NoError(t, err)
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var table string
		require.NoError(t, rows.Scan(&table))
		tables = append(tables, table)
	}
	require.NoError(t, rows.Err())
	require.NotEmpty(t, tables)
	// Faster than TRUNCATE where there is next to nothing.
	_, err = db.ExecContext(t.Context(), "DELETE FROM "+strings.Join(tables, "; DELETE FROM "))
	require.NoError(t, err)
}
