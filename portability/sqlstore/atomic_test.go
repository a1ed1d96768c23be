package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// posts is a sink that keeps the ids of what it is given in a table.
type posts struct{ db *sql.DB }

var _ sqlstore.TxSink = posts{}

func (p posts) Database() *sql.DB { return p.db }

func (p posts) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	return p.PutTx(ctx, items, func(*sql.Tx, []portability.Result) error { return nil })
}

func (p posts) PutTx(ctx context.Context, items []portability.Item, also func(*sql.Tx, []portability.Result) error) ([]portability.Result, error) {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	results := make([]portability.Result, len(items))
	for i, item := range items {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO posts VALUES ('%s') ON CONFLICT DO NOTHING", item.ID)); err != nil {
			return nil, err
		}
		results[i] = portability.Result{Ref: item.Ref, NewID: vocab.IRI(item.ID + "/copy"), State: portability.Copied}
	}
	if err := also(tx, results); err != nil {
		return nil, err
	}
	return results, tx.Commit()
}

func (p posts) count(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, p.db.QueryRow("SELECT count(*) FROM posts").Scan(&n))
	return n
}

func openPosts(t *testing.T, db *sql.DB) posts {
	t.Helper()
	_, err := db.Exec("CREATE TABLE posts (id TEXT PRIMARY KEY)")
	require.NoError(t, err)
	return posts{db}
}

func TestWhatIsPutAndItsRecordAreOneCommit(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		store, db := openStore(t, 1, hasty)
		testPutCommit(t, store, openPosts(t, db))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		db := pgtest.Open(t)
		testPutCommit(t, openOver(t, db), openPosts(t, db))
	})
}

func testPutCommit(t *testing.T, store *sqlstore.Store, sink posts) {
	job, _, err := store.Create(t.Context(), portability.Job{ID: "a"})
	require.NoError(t, err)
	items := []portability.Item{{Ref: post(0).Ref}, {Ref: post(1).Ref}}
	settle := func(results []portability.Result) (portability.Job, portability.Change) {
		c := page(0, 2)
		for i, result := range results {
			c.Entries[i].NewID = result.NewID
		}
		return advanced(job, 2), c
	}
	next, done, err := store.PutCommit(t.Context(), sink, items, settle)
	require.NoError(t, err)
	assert.True(t, done)
	assert.Equal(t, int64(2), next.Version)
	assert.Equal(t, 2, sink.count(t))
	known, err := store.Known(t.Context(), "a", []portability.Ref{post(1).Ref})
	require.NoError(t, err)
	assert.Equal(t, vocab.IRI(post(1).ID+"/copy"), known[post(1).Ref].NewID)

	_, done, err = store.PutCommit(t.Context(), sink, []portability.Item{{Ref: post(7).Ref}}, func([]portability.Result) (portability.Job, portability.Change) {
		return job, page(7, 1) // of a version that is over
	})
	assert.ErrorIs(t, err, portability.ErrStale)
	assert.True(t, done, "it was tried")
	assert.Equal(t, 2, sink.count(t), "nothing was put, as it could not be recorded")

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = store.PutCommit(gone, sink, items, settle)
	assert.ErrorIs(t, err, context.Canceled)
	stored, err := store.Job(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, next, stored)
}

func TestASinkElsewhereIsNotPutTo(t *testing.T) {
	store, _ := openStore(t, 1, hasty)
	_, other := openStore(t, 1, hasty)
	elsewhere := openPosts(t, other)
	for name, sink := range map[string]portability.Sink{"in another database": elsewhere, "in none": portability.NewMemory(nil)} {
		assert.False(t, store.Shares(sink), name)
		_, done, err := store.PutCommit(t.Context(), sink, []portability.Item{{Ref: post(0).Ref}}, func([]portability.Result) (portability.Job, portability.Change) {
			t.Errorf("%s: nothing is to be settled", name)
			return portability.Job{}, portability.Change{}
		})
		assert.NoError(t, err, name)
		assert.False(t, done, name)
	}
	assert.Zero(t, elsewhere.count(t))
}

// short is a sink that forgets a result.
type short struct{ posts }

func (s short) PutTx(ctx context.Context, items []portability.Item, also func(*sql.Tx, []portability.Result) error) ([]portability.Result, error) {
	return s.posts.PutTx(ctx, items, func(tx *sql.Tx, results []portability.Result) error { return also(tx, results[1:]) })
}

func TestASinkThatForgetsAResultIsNotBelieved(t *testing.T) {
	store, db := openStore(t, 1, hasty)
	sink := short{openPosts(t, db)}
	_, _, err := store.PutCommit(t.Context(), sink, []portability.Item{{Ref: post(0).Ref}}, nil)
	assert.EqualError(t, err, "the sink returned 0 results for 1 items")
	assert.Zero(t, sink.count(t))
}

func TestADatabaseIsRecognizedOrNamed(t *testing.T) {
	_, db := openStore(t, 1, hasty)
	named, err := sqlstore.Open(t.Context(), db, &sqlstore.Options{Database: "sqlite"})
	require.NoError(t, err)
	assert.NoError(t, named.Close())
	_, err = sqlstore.Open(t.Context(), db, &sqlstore.Options{Database: "oracle"})
	assert.ErrorContains(t, err, `no such database: "oracle"`)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = sqlstore.Open(gone, db, nil)
	assert.True(t, errors.Is(err, context.Canceled), "%v", err)
}
