package sqldb_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/internal/sqldb"
)

// A state is an error as drivers of PostgreSQL have it.
type state string

func (s state) Error() string    { return "ERROR (SQLSTATE " + string(s) + ")" }
func (s state) SQLState() string { return string(s) }

func TestTemporary(t *testing.T) {
	for situation, c := range map[string]struct {
		err  error
		want bool
	}{
		"a deadlock":                       {state("40P01"), true},
		"a serialization failure":          {state("40001"), true},
		"too many connections":             {state("53300"), true},
		"a lock that is not free":          {state("55P03"), true},
		"the server is shut down":          {state("57P01"), true},
		"the server starts":                {state("57P03"), true},
		"the connection is cut":            {state("08006"), true},
		"a statement that took too long":   {state("57014"), true},
		"a transaction that was idle":      {state("25P03"), true},
		"a connection that was idle":       {state("57P05"), true},
		"nobody knows what became of it":   {state("40003"), true},
		"a row that is there":              {state("23505"), false},
		"a full disk":                      {state("53100"), false},
		"a wrong password":                 {state("28P01"), false},
		"a connection that went bad":       {driver.ErrBadConn, true},
		"a connection that was closed":     {sql.ErrConnDone, true},
		"the end of what the server sends": {io.ErrUnexpectedEOF, true},
		"no server":                        {&net.OpError{Op: "dial", Net: "unix", Err: syscall.ENOENT}, true},
		"a context that was cancelled":     {context.Canceled, false},
		"a context whose time is over":     {context.DeadlineExceeded, false},
		"something else":                   {fmt.Errorf("a mistake"), false},
	} {
		failed := &sqldb.Error{Doing: "write", Err: fmt.Errorf("wrapped: %w", c.err)}
		assert.Equal(t, c.want, failed.Temporary(), situation)
	}
}

func TestALostConnectionIsTemporary(t *testing.T) {
	address := pgtest.URL(t)
	b := open(t, place{sqldb.PostgreSQL, "pgx", address})
	defer b.close()
	administrator := pgtest.OpenURL(t, address)
	err := b.batcher.Do(t.Context(), func(tx *sqldb.Tx) error {
		_, err := administrator.Exec("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'notes'::regclass AND pid <> pg_backend_pid()")
		require.NoError(t, err)
		return write(1)(tx)
	})
	var failed *sqldb.Error
	require.ErrorAs(t, err, &failed)
	assert.True(t, failed.Temporary(), "%v", err)
	assert.Empty(t, b.ids())
	require.NoError(t, b.batcher.Do(t.Context(), write(1)), "the next has a connection again")
	assert.Equal(t, []int{1}, b.ids())
}

// As movesql tells who opens a database to do, so that an answer that was lost on its way
// is not waited for.
func TestAWaitThatTheServerEndsIsTemporary(t *testing.T) {
	at := place{sqldb.PostgreSQL, "pgx", pgtest.URL(t)}
	b := open(t, place{at.dialect, at.driver, at.address + "&statement_timeout=50"})
	defer b.close()
	other := at.file(t)
	tx, err := other.Begin()
	require.NoError(t, err)
	_, err = tx.Exec("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	err = b.batcher.Do(t.Context(), write(1))
	var failed *sqldb.Error
	require.ErrorAs(t, err, &failed)
	assert.True(t, failed.Temporary(), "%v", err)
	require.NoError(t, tx.Rollback())
	require.NoError(t, b.batcher.Do(t.Context(), write(1)))
}

func TestADeadlockIsTemporary(t *testing.T) {
	at := place{sqldb.PostgreSQL, "pgx", pgtest.URL(t)}
	b := open(t, place{at.dialect, at.driver, at.address + "&deadlock_timeout=10"}) // it finds it first
	defer b.close()
	other := at.file(t)
	_, err := other.Exec("CREATE TABLE others (id INTEGER)")
	require.NoError(t, err)
	files := fstest.MapFS{"sql/others.sql": {Data: []byte("INSERT INTO others SELECT 1")}, "sql/lock.sql": ownStatements["sql/postgres/lock.sql"]}
	statements, err := sqldb.Prepare(t.Context(), b.db, at.dialect, files, "sql")
	require.NoError(t, err)
	defer statements.Close()
	tx, err := other.Begin()
	require.NoError(t, err)
	_, err = tx.Exec("LOCK TABLE others IN EXCLUSIVE MODE")
	require.NoError(t, err)
	done := make(chan error)
	err = sqldb.NewBatcher(statements, "lock").Do(t.Context(), func(own *sqldb.Tx) error {
		go func() {
			_, err := tx.Exec("INSERT INTO notes (id) VALUES (1)")
			done <- err
		}()
		waitsFor(t, other, "notes")
		_, err := own.Exec("others")
		return err
	})
	var failed *sqldb.Error
	require.ErrorAs(t, err, &failed)
	assert.True(t, failed.Temporary(), "%v", err)
	assert.NoError(t, <-done, "the other goes on")
	require.NoError(t, tx.Commit())
}

// waitsFor returns when somebody waits for a table.
func waitsFor(t *testing.T, db *sql.DB, table string) {
	t.Helper()
	for count(t, db, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '"+table+"'::regclass") == 0 {
		require.NoError(t, t.Context().Err())
	}
}

// A server that does not answer is no context of the caller's that has ended.
func TestAServerThatNeverAnswersIsTemporary(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	db, err := sql.Open("pgx", "postgres://godwit@"+silent.Addr().String()+"/godwit?connect_timeout=1&sslmode=disable")
	require.NoError(t, err)
	defer db.Close()
	_, err = sqldb.Detect(t.Context(), db)
	var failed *sqldb.Error
	require.ErrorAs(t, err, &failed)
	assert.True(t, failed.Temporary(), "%v", err)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = sqldb.Detect(ctx, db)
	require.ErrorAs(t, err, &failed)
	assert.False(t, failed.Temporary(), "somebody wanted it so: %v", err)
}
