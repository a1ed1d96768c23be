package sqlstore_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/internal/sqldb"
)

var (
	parameter = regexp.MustCompile(`\?(\d+)`)
	wholeRead = regexp.MustCompile(`^SCAN (godwit_|[a-z]\b)`) // by a table's name, or the letter that stands for it
)

// TestNoStatementReadsAWholeTable asks SQLite how it would run each statement.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	_, db := openStore(t, 1, hasty)
	for _, file := range statementFiles(t, "sql") {
		if file == filepath.Join("sql", "lock.sql") {
			continue // it reads a table of one row
		}
		for _, line := range sqlitePlan(t, db, file) {
			assert.NotRegexp(t, wholeRead, line, file)
			if slices.Contains(ordered, filepath.Base(file)) {
				assert.NotContains(t, line, "TEMP B-TREE", "%s: rows come in order", file)
			}
		}
	}
}

// ordered are the statements that must not sort, as they read a page of very many.
var ordered = []string{
	"entries_up.sql", "entries_down.sql", "links.sql", "held.sql", "names.sql",
	"files.sql", "files_claim.sql", "mappings.sql", "mappings_of.sql", "jobs.sql", "jobs_of.sql", "jobs_underway.sql",
}

func statementFiles(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func statement(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

func sqlitePlan(t *testing.T, db *sql.DB, file string) (lines []string) {
	t.Helper()
	text := statement(t, file)
	rows, err := db.Query("EXPLAIN QUERY PLAN "+text, make([]any, highest(t, text))...)
	require.NoError(t, err, file)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		lines = append(lines, detail)
	}
	require.NoError(t, rows.Err())
	return lines
}

// TestNoStatementMustReadAWholeTable asks PostgreSQL for the plan of each statement
// that serves any parameters, where reading a whole table costs more than anything:
// it is in a plan only where no index can serve.
func TestNoStatementMustReadAWholeTable(t *testing.T) {
	db := pgtest.Open(t)
	openOver(t, db)
	db.SetMaxOpenConns(1)
	// Pages are read where nothing is sorted, see sqldb.Page.
	for _, setting := range []string{"enable_seqscan = off", "enable_sort = off", "plan_cache_mode = force_generic_plan"} {
		_, err := db.Exec("SET " + setting)
		require.NoError(t, err)
	}
	own := statementFiles(t, "sql/postgres")
	for _, file := range append(own, statementFiles(t, "sql")...) {
		text := statement(t, file)
		if filepath.Base(file) == "lock.sql" || filepath.Dir(file) == "sql" && slices.Contains(own, filepath.Join("sql/postgres", filepath.Base(file))) {
			continue // it reads a table of one row, or PostgreSQL has another
		}
		for _, line := range postgresPlan(t, db, file, text) {
			assert.NotContains(t, line, "Seq Scan on godwit_", file)
			if slices.Contains(ordered, filepath.Base(file)) {
				assert.NotContains(t, line, "Sort", "%s: rows come in order", file)
			}
		}
	}
}

func postgresPlan(t *testing.T, db *sql.DB, file, text string) (lines []string) {
	t.Helper()
	_, err := db.Exec("PREPARE planned AS " + sqldb.PostgreSQL.Statement(text))
	require.NoError(t, err, file)
	execute := "EXECUTE planned"
	if n := highest(t, text); n > 0 {
		execute += "(" + strings.TrimSuffix(strings.Repeat("NULL,", n), ",") + ")"
	}
	rows, err := db.Query("EXPLAIN " + execute)
	require.NoError(t, err, file)
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		lines = append(lines, line)
	}
	require.NoError(t, rows.Err())
	_, err = db.Exec("DEALLOCATE planned")
	require.NoError(t, err)
	require.NotEmpty(t, lines, file)
	return lines
}

func highest(t *testing.T, text string) (n int) {
	t.Helper()
	for _, match := range parameter.FindAllStringSubmatch(text, -1) {
		number, err := strconv.Atoi(match[1])
		require.NoError(t, err)
		n = max(n, number)
	}
	return n
}
