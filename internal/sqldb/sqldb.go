// Package sqldb is what godwit's stores in SQL databases share: which database it is
// ([Detect]), migrations ([Migrate]), prepared statements from embedded files
// ([Prepare]), writes that are gathered into one transaction ([Batcher]), and
// times as they are stored ([Micros], [Time]).
//
// It imports no driver: whoever opens the database does. What SQLite and
// PostgreSQL must be told when they are opened is described at package
// move/movesql.
package sqldb
