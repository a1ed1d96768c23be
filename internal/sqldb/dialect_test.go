package sqldb_test

import (
	"database/sql"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/sqldb"
)

func TestDetectAsksTheDatabase(t *testing.T) {
	onEach(t, "1000", func(t *testing.T, at place) {
		got, err := sqldb.Detect(t.Context(), at.file(t))
		require.NoError(t, err)
		assert.Equal(t, at.dialect, got)
	})
}

func TestDetectSaysWhenThereIsNone(t *testing.T) {
	db, err := sql.Open("pgx", "postgres://nobody@/none?host="+t.TempDir())
	require.NoError(t, err)
	defer db.Close()
	_, err = sqldb.Detect(t.Context(), db)
	var failed *sqldb.Error
	require.ErrorAs(t, err, &failed)
	assert.True(t, failed.Temporary(), "the server may be started yet: %v", err)
}

func TestStatementsParameters(t *testing.T) {
	for situation, c := range map[string]struct{ text, want string }{
		"numbers":                    {"SELECT ?1, ?12, ?1;\n", "SELECT $1, $12, $1"},
		"in a string":                {"SELECT '?1', ?1", "SELECT '?1', $1"},
		"in a string with a quote":   {"SELECT 'it''s ?1', ?2", "SELECT 'it''s ?1', $2"},
		"in a name":                  {`SELECT "what?1" FROM t WHERE x = ?1`, `SELECT "what?1" FROM t WHERE x = $1`},
		"in a line's comment":        {"SELECT -- isn't ?1\n?1", "SELECT -- isn't ?1\n$1"},
		"in a comment":               {"SELECT /* isn't ?1 */ ?1", "SELECT /* isn't ?1 */ $1"},
		"in a body":                  {"DO $$ isn't ?1 $$", "DO $$ isn't ?1 $$"},
		"operators":                  {"SELECT a ? 'b', a ?| ?1, a ?& ?2, a @? '$.x ?1'", "SELECT a ? 'b', a ?| $1, a ?& $2, a @? '$.x ?1'"},
		"a string without its end":   {"SELECT '?1", "SELECT '?1"},
		"a question mark at the end": {"SELECT a ?", "SELECT a ?"},
	} {
		assert.Equal(t, c.want, sqldb.PostgreSQL.Statement(c.text), situation)
		assert.Equal(t, strings.TrimRight(c.text, ";\n"), sqldb.SQLite.Statement(c.text), situation)
	}
}

func TestPostgreSQLReadsAStatementAsItWasMeant(t *testing.T) {
	onEach(t, "1000", func(t *testing.T, at place) {
		files := fstest.MapFS{"sql/all.sql": {Data: []byte("SELECT 'it''s ?2', -- ?3\n 10 - -CAST(?1 AS INTEGER) /* ?4 */")}}
		statements, err := sqldb.Prepare(t.Context(), at.file(t), at.dialect, files, "sql")
		require.NoError(t, err)
		defer statements.Close()
		text, number := "", 0
		require.NoError(t, statements.Query(t.Context(), "all", func(rows *sql.Rows) error { return rows.Scan(&text, &number) }, int64(5)))
		assert.Equal(t, "it's ?2", text)
		assert.Equal(t, 15, number)
	})
}

// What is rewritten has its question marks where it had them, but for those of
// parameters, and changes nothing else.
func FuzzStatement(f *testing.F) {
	for _, seed := range []string{"SELECT ?1", "SELECT '?1' ?2", "-- ?1\n?2", `"?1`, "a ? b ?10", "/*?1*/?9", "$$?1$$?0", "'" + "''?1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := sqldb.PostgreSQL.Statement(text)
		want := strings.TrimRight(text, "; \n")
		require.Len(t, got, len(want))
		inside := strings.ContainsAny(want, `'"`) || strings.Contains(want, "--") || strings.Contains(want, "/*") || strings.Contains(want, "$$")
		for i := range len(want) {
			numbered := want[i] == '?' && i+1 < len(want) && '1' <= want[i+1] && want[i+1] <= '9'
			switch {
			case !numbered:
				assert.Equal(t, want[i], got[i], "at %d of %q", i, text)
			case !inside:
				assert.Equal(t, byte('$'), got[i], "at %d of %q", i, text)
			default:
				assert.Contains(t, "?$", string(got[i]), "at %d of %q", i, text)
			}
		}
	})
}
