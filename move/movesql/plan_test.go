package movesql_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var parameter = regexp.MustCompile(`\?(\d+)`)

// TestNoStatementReadsAWholeTable asks SQLite how it would run each statement.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	_, db := openStore(t, 1, hasty)
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

func highest(t *testing.T, text string) (n int) {
	t.Helper()
	for _, match := range parameter.FindAllStringSubmatch(text, -1) {
		number, err := strconv.Atoi(match[1])
		require.NoError(t, err, fmt.Sprint(match))
		n = max(n, number)
	}
	return n
}
