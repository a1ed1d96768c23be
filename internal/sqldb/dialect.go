package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// A Dialect is what one database does differently from another.
type Dialect struct {
	// Name is also that of the folder with its migrations, and of the one with the
	// statements that it has in another form.
	Name string
	// begin starts the transaction of a migration.
	begin string
	// alone makes that transaction the only one that migrates the tables whose version
	// is in the table $1, and shut keeps writers out of it, which is a table by then.
	// Both are "" where begin does so.
	alone, shut string
	// parameter is what numbered parameters start with.
	parameter string
	// isolation is what a transaction that locks first needs: to see what was
	// committed while it waited.
	isolation sql.IsolationLevel
	// parallel says that reading costs no less when many share a transaction.
	parallel bool
	// unsorted makes a transaction read in the order of an index where there is one; ""
	// where that is done anyway.
	unsorted string
}

// SQLite is the dialect of SQLite 3.35 and later.
var SQLite = Dialect{Name: "sqlite", begin: "BEGIN IMMEDIATE", parameter: "?"}

// PostgreSQL is the dialect of PostgreSQL 13 and later.
var PostgreSQL = Dialect{
	Name:      "postgres",
	begin:     "BEGIN ISOLATION LEVEL READ COMMITTED",
	alone:     "SELECT pg_advisory_xact_lock(hashtextextended(coalesce(current_schema(), '') || '.' || $1, 0))",
	shut:      "LOCK TABLE %s IN ACCESS EXCLUSIVE MODE",
	parameter: "$",
	isolation: sql.LevelReadCommitted,
	parallel:  true,
	unsorted:  "SET LOCAL enable_sort = off",
}

// oldestPostgreSQL is the first version that is still maintained by its makers and
// has all that is asked of it.
const oldestPostgreSQL = 130000

// Detect asks a database which one it is. It fails for any but SQLite and
// PostgreSQL, also for those that speak their language.
func Detect(ctx context.Context, db *sql.DB) (Dialect, error) {
	var version string
	var number int
	err := db.QueryRowContext(ctx, "SELECT version(), current_setting('server_version_num')").Scan(&version, &number)
	switch {
	case err == nil && !strings.HasPrefix(version, "PostgreSQL "):
		return Dialect{}, fmt.Errorf("database: neither SQLite nor PostgreSQL: %.40q", version)
	case err == nil && number < oldestPostgreSQL:
		return Dialect{}, fmt.Errorf("database: %.40q is too old: version 13 is needed", version)
	case err == nil:
		return PostgreSQL, nil
	}
	other := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version)
	if other != nil {
		return Dialect{}, errorOf(ctx, "detect", errors.Join(err, other))
	}
	return SQLite, nil
}

// Statement returns text, whose parameters are written ?1, ?2, …, as the
// database wants it: without a semicolon or space behind it, for which drivers
// would look for another statement. What stands in quotes or in a comment is
// left as it is, and so is a question mark without a number, an operator. Strings
// that escape a quote with a backslash, and tags between dollars, are not known.
func (d Dialect) Statement(text string) string {
	text = strings.TrimRight(text, "; \n")
	if d.parameter == "?" {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		n := quoted(text)
		switch {
		case n > 0:
		case text[0] == '?' && len(text) > 1 && '1' <= text[1] && text[1] <= '9':
			b.WriteString(d.parameter)
			text = text[1:]
			continue
		default:
			n = 1
		}
		b.WriteString(text[:n])
		text = text[n:]
	}
	return b.String()
}

// quoted returns the length of the string, quoted name or comment that text begins
// with; 0 if it begins with none. One without an end goes on to that of the text.
// Two quotes in a row, for one, are read as two strings, which comes to the same.
func quoted(text string) int {
	for _, marks := range [...][2]string{{"'", "'"}, {`"`, `"`}, {"--", "\n"}, {"/*", "*/"}, {"$$", "$$"}} {
		inside, ok := strings.CutPrefix(text, marks[0])
		if !ok {
			continue
		}
		if end := strings.Index(inside, marks[1]); end >= 0 {
			return len(marks[0]) + end + len(marks[1])
		}
		return len(text)
	}
	return 0
}
