package movesql_test

import (
	"database/sql"
	"fmt"
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

var parameter = regexp.MustCompile(`\?(\d+)`)

// TestNoStatementReadsAWholeTable asks SQLite how it would run each statement.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	_, db := openStore(t, inFolder(t.TempDir(), hasty), 1)
	files, err := filepath.Glob("sql/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		args := make([]any, highest(t, string(text)))
		rows, err := db.Query("EXPLAIN QUERY PLAN "+string(text), args...)
		require.NoError(t, err, file)
		for rows.Next() {
			var id, parent, unused int
			var detail string
			require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
			if file != filepath.Join("sql", "lock.sql") { // it has one row, and reads none
				assert.False(t, strings.HasPrefix(detail, "SCAN godwit_") || strings.HasPrefix(detail, "SCAN s ") ||
					strings.HasPrefix(detail, "SCAN c ") || strings.HasPrefix(detail, "SCAN step"), "%s: %s", file, detail)
			}
			if strings.HasPrefix(filepath.Base(file), "claim_due") {
				assert.NotContains(t, detail, "TEMP B-TREE", "what is due is read in order")
			}
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
	}
}

// TestNoStatementMustReadAWholeTable asks PostgreSQL for the plan of each statement
// that serves any parameters, where reading a whole table costs more than anything:
// it is in a plan only where no index can serve.
func TestNoStatementMustReadAWholeTable(t *testing.T) {
	_, db := openStore(t, pgtest.URL(t), 1)
	for _, setting := range []string{"enable_seqscan = off", "plan_cache_mode = force_generic_plan"} {
		_, err := db.Exec("SET " + setting)
		require.NoError(t, err)
	}
	own, err := filepath.Glob("sql/postgres/*.sql")
	require.NoError(t, err)
	shared, err := filepath.Glob("sql/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, own)
	require.NotEmpty(t, shared)
	for _, file := range append(own, shared...) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if filepath.Base(file) == "lock.sql" || filepath.Dir(file) == "sql" && slices.Contains(own, filepath.Join("sql/postgres", filepath.Base(file))) {
			continue // it reads none, or PostgreSQL has another
		}
		for _, line := range postgresPlan(t, db, file, string(text)) {
			assert.NotContains(t, line, "Seq Scan on godwit_", file)
			if filepath.Base(file) == "claim_due.sql" {
				assert.NotContains(t, line, "Sort", "what is due is read in order")
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
		require.NoError(t, err, fmt.Sprint(match))
		n = max(n, number)
	}
	return n
}
