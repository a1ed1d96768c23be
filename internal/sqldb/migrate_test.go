package sqldb_test

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/sqldb"
)

var first = &fstest.MapFile{Data: []byte("-- one; of two\nCREATE TABLE a (x TEXT);\nINSERT INTO a VALUES ('kept; whole');\n")}

func file(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

func count(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRow(query).Scan(&n))
	return n
}

func TestMigrateAppliesWhatIsNewOnce(t *testing.T) {
	db := file(t, filepath.Join(t.TempDir(), "x.db"))
	files := fstest.MapFS{"sqlite/0001.sql": first}
	for range 2 {
		require.NoError(t, sqldb.Migrate(t.Context(), db, sqldb.SQLite, files, "version"))
		assert.Equal(t, 1, count(t, db, "SELECT count(*) FROM a WHERE x = 'kept; whole'"))
	}
	files["sqlite/0002.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE b (x TEXT);\n")}
	require.NoError(t, sqldb.Migrate(t.Context(), db, sqldb.SQLite, files, "version"))
	assert.Equal(t, 0, count(t, db, "SELECT count(*) FROM b"))
	assert.Equal(t, 1, count(t, db, "SELECT count(*) FROM a"), "what was there is left alone")

	delete(files, "sqlite/0002.sql")
	assert.ErrorIs(t, sqldb.Migrate(t.Context(), db, sqldb.SQLite, files, "version"), sqldb.ErrNewer, "an older program")
	assert.Equal(t, 2, count(t, db, "SELECT version FROM version"))
}

func TestMigrateDoesAllOrNothing(t *testing.T) {
	db := file(t, filepath.Join(t.TempDir(), "x.db"))
	db.SetMaxOpenConns(1)
	files := fstest.MapFS{"sqlite/0001.sql": first, "sqlite/0002.sql": {Data: []byte("CREATE TABLE b (x TEXT);\nCREATE MISTAKE;\n")}}
	err := sqldb.Migrate(t.Context(), db, sqldb.SQLite, files, "version")
	require.ErrorContains(t, err, "sqlite/0002.sql")
	assert.Equal(t, 0, count(t, db, "SELECT count(*) FROM sqlite_master"), "nor is the connection left in a transaction")
	files["sqlite/0002.sql"] = &fstest.MapFile{Data: []byte("CREATE TABLE b (x TEXT);\n")}
	assert.NoError(t, sqldb.Migrate(t.Context(), db, sqldb.SQLite, files, "version"))
}

func TestMigrateInManyProcessesAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	var wg sync.WaitGroup
	for range 8 {
		db := file(t, path)
		wg.Go(func() {
			assert.NoError(t, sqldb.Migrate(t.Context(), db, sqldb.SQLite, fstest.MapFS{"sqlite/0001.sql": first}, "version"))
		})
	}
	wg.Wait()
	assert.Equal(t, 1, count(t, file(t, path), "SELECT count(*) FROM a"))
}

func TestMigrateWithoutFilesIsAMistake(t *testing.T) {
	db := file(t, filepath.Join(t.TempDir(), "x.db"))
	assert.ErrorContains(t, sqldb.Migrate(t.Context(), db, sqldb.SQLite, fstest.MapFS{}, "version"), "no migrations for sqlite")
}

func TestPrepareNamesTheFileThatIsWrong(t *testing.T) {
	db := file(t, filepath.Join(t.TempDir(), "x.db"))
	files := fstest.MapFS{"sql/good.sql": {Data: []byte("SELECT 1")}, "sql/wrong.sql": {Data: []byte("SELECT FROM")}}
	_, err := sqldb.Prepare(t.Context(), db, sqldb.SQLite, files, "sql")
	assert.ErrorContains(t, err, "sql/wrong.sql")
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
