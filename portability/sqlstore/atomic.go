package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"codeberg.org/godwit/godwit/portability"
)

// A TxSink is a [portability.Sink] in a database, which may be that of a [Store].
type TxSink interface {
	// Database is where it stores items: the one that PutTx begins transactions on.
	Database() *sql.DB
	// PutTx is Put with a last word in its transaction: before it commits, also is
	// called with the results, and if that fails, nothing is stored, and its error is
	// returned. On SQLite, the first statement of the transaction writes.
	PutTx(ctx context.Context, items []portability.Item, also func(*sql.Tx, []portability.Result) error) ([]portability.Result, error)
}

// Shares reports whether a sink stores in the database of the Store, so that
// [Store.PutCommit] can be used for it.
func (s *Store) Shares(sink portability.Sink) bool {
	to, ok := sink.(TxSink)
	return ok && to.Database() == s.db
}

// PutCommit implements [portability.Atomic], for sinks that are a [TxSink] over the
// same *sql.DB. Settle must not call the Store: there may be no other connection.
func (s *Store) PutCommit(ctx context.Context, to portability.Sink, items []portability.Item, settle func([]portability.Result) (portability.Job, portability.Change)) (portability.Job, bool, error) {
	if !s.Shares(to) {
		return portability.Job{}, false, nil
	}
	var next portability.Job
	_, err := to.(TxSink).PutTx(ctx, items, func(tx *sql.Tx, results []portability.Result) (err error) {
		if len(results) != len(items) {
			return fmt.Errorf("the sink returned %d results for %d items", len(results), len(items))
		}
		job, c := settle(results)
		next, err = commit(s.statements.Within(ctx, tx), job, c)
		return err
	})
	if err != nil {
		return portability.Job{}, true, err
	}
	return next, true, nil
}
