// Package movesql keeps the state of moves in a SQL database, so that moves go
// on after a crash, and several processes can share the work.
//
// A server author opens a database with a driver of their choice and hands it
// to [Open]; the [Store] is both the [move.Store] and the [actor.KeyMemory] that
// moving needs. Its tables have names that begin with "godwit_move_", so it can
// live beside other tables.
//
// The database is SQLite, 3.35 or later, in a file, or PostgreSQL, 13 or later;
// which one it is, Open asks it.
//
// # SQLite
//
// What matters is said when it is opened; for modernc.org/sqlite:
//
//	sql.Open("sqlite", "file:moves.db?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_pragma=synchronous(NORMAL)")
//
// With WAL, reads go on while somebody writes. The busy timeout is how long one
// process waits for another; without one, two processes get errors at once.
// With synchronous(NORMAL) a crash of the process loses nothing, but a crash of
// the machine may lose the last moments, after which work that was done is done
// again, under the same activity ids; with synchronous(FULL), the default, it
// does not, and each commit waits for the disk. A server that takes in thousands
// of Moves a second adds wal_autocheckpoint(10000), at the price of a log of
// 40 MB. Any number of connections will do, one too. A database in memory will
// do only with SetMaxOpenConns(1) and SetConnMaxIdleTime(0).
//
// # PostgreSQL
//
// With the driver of github.com/jackc/pgx/v5/stdlib:
//
//	db, err := sql.Open("pgx", "postgres://godwit@db.example/godwit")
//	db.SetMaxOpenConns(10)
//	db.SetMaxIdleConns(10)
//
// All processes together must have fewer connections than the server has
// (max_connections, 100 unless it was told otherwise). One connection per process
// writes, the others read; as many may be idle as may be open, since statements
// are prepared anew on each new one. The tables are in the schema that is first in
// the search path, in which the user must be able to make tables. The encoding is
// UTF8. A name that is not, or has a zero byte, is kept in hexadecimal, in either
// database, and comes last in lists.
//
// Transactions are READ COMMITTED, whatever the default is. One that writes first
// locks the row of godwit_move_schema, so there is one at a time over all
// processes, as with SQLite; reads go on. With synchronous_commit off, a crash of
// the server loses the last moments, after which work that was done is done again,
// under the same activity ids. A proxy that gives a connection to others after
// each transaction must know prepared statements (PgBouncer 1.21 and later does).
//
// A call that is under way is not cut off when its context ends, so that it is
// known what was stored: set statement_timeout and TCP keepalives where the
// network between may swallow an answer.
//
// What the state means, and who changes it, is in package move.
package movesql

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/move"
)

//go:embed migrations
var migrations embed.FS

//go:embed sql
var statements embed.FS

// A Store is a [move.Store] and an [actor.KeyMemory] in a database. It is safe
// for concurrent use, also by several processes with a Store each.
//
// An error that wraps neither [move.ErrNoCase], [move.ErrStale] nor
// [move.ErrCooldown] is the context's or the database's; one that has a method
// Temporary which returns true says that another process kept the database
// locked for longer than the busy timeout, or that the connection to it was
// lost or cannot be had now.
type Store struct {
	statements *sqldb.Statements
	batcher    *sqldb.Batcher
	reader     *sqldb.Batcher
	reached    reached
	whole      bool // a page of steps is added by one statement
}

var (
	_ move.Store      = (*Store)(nil)
	_ actor.KeyMemory = (*Store)(nil)
)

// ErrNewer says that the tables were made by a later version of this package.
var ErrNewer = sqldb.ErrNewer

// Open makes the tables, or brings them up to date, and returns a Store over
// them. It changes nothing, and fails with [ErrNewer], if they are ahead of it.
// The caller closes the Store, and after it the database.
func Open(ctx context.Context, db *sql.DB) (*Store, error) {
	dialect, err := sqldb.Detect(ctx, db)
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := sqldb.Migrate(ctx, db, dialect, files, "godwit_move_schema"); err != nil {
		return nil, err
	}
	prepared, err := sqldb.Prepare(ctx, db, dialect, statements, "sql")
	if err != nil {
		return nil, err
	}
	return &Store{
		statements: prepared, batcher: sqldb.NewBatcher(prepared, "lock"), reader: sqldb.NewReader(prepared),
		whole: dialect.Name == sqldb.PostgreSQL.Name, // where each statement asks a server
	}, nil
}

// Close frees what the Store holds of the database, which stays open. Calls
// that are running must have returned.
func (s *Store) Close() error { return s.statements.Close() }
