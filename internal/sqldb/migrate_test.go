package sqldb_test

import (
	"database/sql"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/internal/sqldb"
)

var first = &fstest.MapFile{Data: []byte("-- one; of two\nCREATE TABLE a (x TEXT);\nINSERT INTO a VALUES ('kept; whole');\n")}

// migrations returns the same files for each database.
func migrations(files fstest.MapFS) fstest.MapFS {
	both := fstest.MapFS{}
	for name, file := range files {
		both["sqlite/"+name], both["postgres/"+name] = file, file
	}
	return both
}

func (p place) file(t *testing.T) *sql.DB {
	t.Helper()
	db := p.connect(t)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

func (p place) migrate(t *testing.T, db *sql.DB, files fstest.MapFS) error {
	return sqldb.Migrate(t.Context(), db, p.dialect, migrations(files), "version")
}

func count(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRow(query).Scan(&n))
	return n
}

func TestMigrateAppliesWhatIsNewOnce(t *testing.T) {
	onEach(t, "10000", func(t *testing.T, at place) {
		db := at.file(t)
		files := fstest.MapFS{"0001.sql": first}
		for range 2 {
			require.NoError(t, at.migrate(t, db, files))
			assert.Equal(t, 1, count(t, db, "SELECT count(*) FROM a WHERE x = 'kept; whole'"))
		}
		files["0002.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE b (x TEXT);\n")}
		require.NoError(t, at.migrate(t, db, files))
		assert.Equal(t, 0, count(t, db, "SELECT count(*) FROM b"))
		assert.Equal(t, 1, count(t, db, "SELECT count(*) FROM a"), "what was there is left alone")

		delete(files, "0002.sql")
		assert.ErrorIs(t, at.migrate(t, db, files), sqldb.ErrNewer, "an older program")
		assert.Equal(t, 2, count(t, db, "SELECT version FROM version"))
	})
}

func TestMigrateDoesAllOrNothing(t *testing.T) {
	onEach(t, "10000", func(t *testing.T, at place) {
		db := at.file(t)
		db.SetMaxOpenConns(1)
		files := fstest.MapFS{"0001.sql": first, "0002.sql": {Data: []byte("CREATE TABLE b (x TEXT);\nCREATE MISTAKE;\n")}}
		require.ErrorContains(t, at.migrate(t, db, files), "/0002.sql")
		_, err := db.Exec("SELECT * FROM a")
		assert.Error(t, err, "not even the first; nor is the connection left in a transaction")
		files["0002.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE b (x TEXT);\n")}
		assert.NoError(t, at.migrate(t, db, files))
		assert.Equal(t, 1, count(t, db, "SELECT count(*) FROM a"))
	})
}

func TestMigrateInManyProcessesAtOnce(t *testing.T) {
	onEach(t, "10000", func(t *testing.T, at place) {
		var wg sync.WaitGroup
		for range 8 {
			db := at.file(t)
			wg.Go(func() { assert.NoError(t, at.migrate(t, db, fstest.MapFS{"0001.sql": first})) })
		}
		wg.Wait()
		assert.Equal(t, 1, count(t, at.file(t), "SELECT count(*) FROM a"))
	})
}

// One who writes has the version table, then wants others; a migration wants both.
func TestMigrateWaitsForWhoeverWrites(t *testing.T) {
	at := place{sqldb.PostgreSQL, "pgx", pgtest.URL(t)}
	db := at.file(t)
	files := fstest.MapFS{"0001.sql": first}
	require.NoError(t, at.migrate(t, db, files))
	tx, err := db.Begin()
	require.NoError(t, err)
	_, err = tx.Exec("LOCK TABLE version IN EXCLUSIVE MODE")
	require.NoError(t, err)
	files["0002.sql"] = &fstest.MapFile{Data: []byte("ALTER TABLE a ADD COLUMN y TEXT;\n")}
	migrated := make(chan error)
	go func() { migrated <- at.migrate(t, at.file(t), files) }()
	waitsFor(t, db, "version")
	_, err = tx.Exec("INSERT INTO a (x) VALUES ('written meanwhile')")
	require.NoError(t, err)
	require.NoError(t, tx.Commit())
	require.NoError(t, <-migrated)
	assert.Equal(t, 2, count(t, db, "SELECT count(*) FROM a WHERE y IS NULL"))
}

func TestMigrateWithoutFilesIsAMistake(t *testing.T) {
	onEach(t, "10000", func(t *testing.T, at place) {
		assert.ErrorContains(t, at.migrate(t, at.file(t), nil), "no migrations for "+at.dialect.Name)
	})
}

func TestPrepareNamesTheFileThatIsWrong(t *testing.T) {
	onEach(t, "10000", func(t *testing.T, at place) {
		files := fstest.MapFS{"sql/good.sql": {Data: []byte("SELECT 1")}, "sql/wrong.sql": {Data: []byte("SELECT FROM WHERE")}}
		_, err := sqldb.Prepare(t.Context(), at.file(t), at.dialect, files, "sql")
		assert.ErrorContains(t, err, "sql/wrong.sql")
	})
}

func TestPrepareTakesTheStatementsOfTheDialect(t *testing.T) {
	files := fstest.MapFS{
		"sql/which.sql":          {Data: []byte("SELECT 'any'")},
		"sql/postgres/which.sql": {Data: []byte("SELECT 'postgres'")},
		"sql/sqlite/which.sql":   {Data: []byte("SELECT 'sqlite'")},
		"sql/sqlite/more.sql":    {Data: []byte("SELECT 'sqlite'")},
		"sql/postgres/more.sql":  {Data: []byte("SELECT 'postgres'::text")},
	}
	onEach(t, "10000", func(t *testing.T, at place) {
		statements, err := sqldb.Prepare(t.Context(), at.file(t), at.dialect, files, "sql")
		require.NoError(t, err)
		defer statements.Close()
		for _, name := range []string{"which", "more"} {
			got := ""
			require.NoError(t, statements.Query(t.Context(), name, func(rows *sql.Rows) error { return rows.Scan(&got) }))
			assert.Equal(t, at.dialect.Name, got, name)
		}
	})
}

func TestTimesSortAndAreExact(t *testing.T) {
	for name, at := range map[string]time.Time{
		"none":         {},
		"the epoch":    time.Unix(0, 0).UTC(),
		"before 1970":  time.Date(1969, 7, 20, 20, 17, 40, 999_999_000, time.UTC),
		"now":          time.Date(2026, 11, 22, 12, 0, 0, 123_456_000, time.UTC),
		"the year 1":   time.Time{}.Add(time.Hour),
		"the far time": time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	} {
		got := time.Now()
		require.NoError(t, sqldb.Time(&got).Scan(sqldb.Micros(at)), name)
		assert.Equal(t, at, got, name)
	}
	var got time.Time
	assert.ErrorContains(t, sqldb.Time(&got).Scan("2026-11-22"), "string", "another program wrote it")
}
