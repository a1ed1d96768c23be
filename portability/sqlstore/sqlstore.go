// Package sqlstore keeps the state of copies in a SQL database, so that they go on
// after a crash, and several processes can share the work.
//
// A server author opens a database with a driver of their choice and hands it to
// [Open]; the [Store] is what a [portability.Engine] works from: its journal, its
// list of files, and the URI map, which redirects are served from. A sink in the same
// database that is a [TxSink] stores what is copied and the record of that in
// one transaction. The tables have names that begin with "godwit_copy_", so they can
// live beside others.
//
// The database is SQLite, 3.35 or later, in a file, or PostgreSQL, 14 or later. For
// SQLite, what matters is said when it is opened; for modernc.org/sqlite:
//
//	sql.Open("sqlite", "file:copies.db?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-16000)")
//
// With WAL, reads go on while somebody writes; the busy timeout is how long one
// process waits for another. With synchronous(NORMAL) a crash of the process loses
// nothing, but one of the machine may lose the last moments: the engine then finds at
// the sink what it has no record of. The cache, 16 MB for each connection, bounds memory.
// Any number of connections will do, one too.
//
// A database of PostgreSQL has the encoding UTF8. Transactions are READ COMMITTED,
// whatever the default is; commits of two processes wait for each other only where they are of one
// job, or map the same IRIs. With synchronous_commit off, a crash of the server may
// lose the last moments, as above.
// A commit that is under way is not cut off when its context ends, so that it is known
// what was stored: set statement_timeout and TCP keepalives where the network between may
// swallow an answer. A proxy that gives a connection to others after each transaction
// must know prepared statements (PgBouncer 1.21 and later does).
//
// What is stored, and who changes it, is in package portability.
package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"codeberg.org/godwit/godwit/internal/sqldb"
	"codeberg.org/godwit/godwit/portability"
)

// Tables of further parts of consent live here too. Each part has its files: grants.go
// with its methods of [Store]; sql/grants_….sql with one statement each, which is written
// ?1, ?2, … and replaced by the file of the same name in sql/postgres/ where PostgreSQL
// wants another; and the next number in both migrations/sqlite/ and migrations/postgres/.
// A migration that was released is never changed.
//
//go:embed migrations
var migrations embed.FS

//go:embed sql
var statements embed.FS

// A Store is a [portability.Store] in a database. It is safe for concurrent use, also
// by several processes with a Store each.
//
// An error that wraps none of package portability's is the context's or the
// database's; one that has a method Temporary which returns true says that the same
// may succeed a little later, as another process kept the database locked, or the
// server was lost. A full disk is none: what was to be committed was not, and what was
// committed before is whole.
type Store struct {
	db         *sql.DB
	statements *sqldb.Statements
	batcher    *sqldb.Batcher
	numbers    sync.Map // of jobs, by id; they never change
}

var (
	_ portability.Store  = (*Store)(nil)
	_ portability.Atomic = (*Store)(nil)
)

// ErrNewer says that the tables were made by a later version of this package.
var ErrNewer = sqldb.ErrNewer

// Options adjusts [Open]. A nil *Options is the same as a zero one.
type Options struct {
	// Database is "sqlite" or "postgres". "" asks the database what it is.
	Database string
}

// Open makes the tables, or brings them up to date, and returns a Store over them. It
// changes nothing, and fails with [ErrNewer], if they are ahead of it. The caller
// closes the Store, and after it the database.
func Open(ctx context.Context, db *sql.DB, options *Options) (*Store, error) {
	dialect, err := dialectOf(ctx, db, options)
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := sqldb.Migrate(ctx, db, dialect, files, "godwit_copy_schema"); err != nil {
		return nil, err
	}
	prepared, err := sqldb.Prepare(ctx, db, dialect, statements, "sql")
	if err != nil {
		return nil, err
	}
	if err := prepareBulk(ctx, dialect, prepared); err != nil {
		return nil, errors.Join(err, prepared.Close())
	}
	return &Store{db: db, statements: prepared, batcher: sqldb.NewBatcher(prepared, "lock")}, nil
}

func dialectOf(ctx context.Context, db *sql.DB, options *Options) (sqldb.Dialect, error) {
	name := ""
	if options != nil {
		name = options.Database
	}
	switch name {
	case "":
		return sqldb.Detect(ctx, db)
	case sqldb.SQLite.Name:
		return sqldb.SQLite, nil
	case sqldb.PostgreSQL.Name:
		return sqldb.PostgreSQL, nil
	}
	return sqldb.Dialect{}, fmt.Errorf("open store: no such database: %q", name)
}

// Close frees what the Store holds of the database, which stays open. Calls that are
// running must have returned.
func (s *Store) Close() error { return s.statements.Close() }
