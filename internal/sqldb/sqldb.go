// Package sqldb is what godwit's stores in SQL databases share: migrations
// ([Migrate]), prepared statements from embedded files ([Prepare]), writes that
// are gathered into one transaction ([Batcher]), and times as they are stored
// ([Micros], [Time]).
//
// It imports no driver: whoever opens the database does. What SQLite must be
// told when it is opened is described at package move/movesql.
package sqldb

import (
	"strings"
)

// A Dialect is what one database does differently from another.
type Dialect struct {
	// Name is also that of the folder with its migrations.
	Name string
	// begin starts a transaction that is alone in writing from its start on.
	begin string
	// parameter is what numbered parameters start with.
	parameter string
}

// SQLite is the dialect of SQLite 3.35 and later.
var SQLite = Dialect{Name: "sqlite", begin: "BEGIN IMMEDIATE", parameter: "?"}

// statement returns text, whose parameters are written ?1, ?2, …, as the
// database wants it: without a semicolon or space behind it, for which drivers
// would look for another statement.
func (d Dialect) statement(text string) string {
	text = strings.TrimRight(text, "; \n")
	if d.parameter == "?" {
		return text
	}
	return strings.ReplaceAll(text, "?", d.parameter)
}
