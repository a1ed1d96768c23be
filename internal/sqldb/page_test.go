package sqldb_test

import (
	"database/sql"
	"errors"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/sqldb"
)

func TestAPageIsNotSorted(t *testing.T) {
	errRow := errors.New("of a row")
	onEach(t, "5000", func(t *testing.T, at place) {
		db := at.connect(t)
		db.SetMaxOpenConns(1) // the next one has what the last one has left
		setting := "SELECT 'off'"
		if at.dialect.Name == sqldb.PostgreSQL.Name {
			setting = "SELECT current_setting('enable_sort')"
		}
		statements, err := sqldb.Prepare(t.Context(), db, at.dialect, fstest.MapFS{
			"sql/lock.sql": {Data: []byte("SELECT 1")},
			"sql/page.sql": {Data: []byte(setting)},
			"sql/fail.sql": {Data: []byte("SELECT 1 / CAST(?1 AS INTEGER) WHERE 1 / CAST(?1 AS INTEGER) > 0")},
		}, "sql")
		require.NoError(t, err)
		is := func(rows *sql.Rows) error {
			var found string
			require.NoError(t, rows.Scan(&found))
			assert.Equal(t, "off", found)
			return nil
		}
		require.NoError(t, statements.Page(t.Context(), "page", is))
		assert.ErrorIs(t, statements.Page(t.Context(), "page", func(*sql.Rows) error { return errRow }), errRow)
		assert.NoError(t, statements.Page(t.Context(), "page", func(*sql.Rows) error { return sqldb.ErrEnough }))
		assert.Error(t, statements.Page(t.Context(), "missing", is))
		if at.dialect.Name == sqldb.PostgreSQL.Name {
			assert.Error(t, statements.Page(t.Context(), "fail", is, int64(0)))
		}
		require.NoError(t, sqldb.NewBatcher(statements, "lock").Do(t.Context(), func(tx *sqldb.Tx) error { return tx.Page("page", is) }))
		if at.dialect.Name == sqldb.PostgreSQL.Name {
			var after string
			require.NoError(t, db.QueryRow(setting).Scan(&after))
			assert.Equal(t, "on", after, "nobody else is told")
		}
		require.NoError(t, statements.Close())
		require.NoError(t, db.Close())
	})
}
