package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/internal/sqldb"
)

var ownStatements = fstest.MapFS{
	"sql/lock.sql":          {Data: []byte("DELETE FROM notes WHERE 0;\n")},
	"sql/postgres/lock.sql": {Data: []byte("LOCK TABLE notes IN EXCLUSIVE MODE;\n")},
	"sql/write.sql":         {Data: []byte("INSERT INTO notes (id, text) VALUES (?1, ?2)\n")},
	"sql/read.sql":          {Data: []byte("-- in order\nSELECT id FROM notes ORDER BY id\n")},
}

// A place is a database that is empty at first.
type place struct {
	dialect         sqldb.Dialect
	driver, address string
}

// onEach runs a test on each database, where a lock is waited for so many
// milliseconds.
func onEach(t *testing.T, busy string, test func(t *testing.T, at place)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "notes.db")
		test(t, place{sqldb.SQLite, "sqlite", "file:" + path + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(" + busy + ")"})
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, place{sqldb.PostgreSQL, "pgx", pgtest.URL(t) + "&lock_timeout=" + busy})
	})
}

func (p place) connect(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open(p.driver, p.address)
	require.NoError(t, err)
	return db
}

type base struct {
	t          *testing.T
	db         *sql.DB
	statements *sqldb.Statements
	batcher    *sqldb.Batcher
}

// open opens a database in which ids are unique.
func open(t *testing.T, at place) *base {
	t.Helper()
	db := at.connect(t)
	db.SetMaxOpenConns(16)
	_, err := db.Exec("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT)")
	require.NoError(t, err)
	statements, err := sqldb.Prepare(t.Context(), db, at.dialect, ownStatements, "sql")
	require.NoError(t, err)
	return &base{t, db, statements, sqldb.NewBatcher(statements, "lock")}
}

func (b *base) close() {
	assert.NoError(b.t, b.statements.Close())
	assert.NoError(b.t, b.db.Close())
}

func (b *base) ids() []int {
	ids := []int{}
	err := b.statements.Query(b.t.Context(), "read", func(rows *sql.Rows) error {
		var id int
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	require.NoError(b.t, err)
	return ids
}

func write(id int) func(*sqldb.Tx) error {
	return func(tx *sqldb.Tx) error {
		_, err := tx.Exec("write", int64(id), "note")
		return err
	}
}

// together has the works done in one batch, each with its own context, and
// returns their errors. Before they are begun, meanwhile is called.
func together(b *base, contexts []context.Context, works []func(*sqldb.Tx) error, meanwhile func()) []error {
	var wg sync.WaitGroup
	errs := make([]error, len(works))
	err := b.batcher.Do(b.t.Context(), func(*sqldb.Tx) error {
		for i := range works {
			wg.Go(func() { errs[i] = b.batcher.Do(contexts[i], works[i]) })
			synctest.Wait() // it waits for us
		}
		meanwhile()
		synctest.Wait()
		return nil
	})
	require.NoError(b.t, err)
	wg.Wait()
	return errs
}

func inBubble(t *testing.T, test func(t *testing.T, b *base)) {
	onEach(t, "1000", func(t *testing.T, at place) {
		synctest.Test(t, func(t *testing.T) {
			b := open(t, at)
			test(t, b)
			b.close()
		})
	})
}

// opened runs a test on each database after it was opened.
func opened(t *testing.T, test func(t *testing.T, b *base)) {
	onEach(t, "10000", func(t *testing.T, at place) {
		b := open(t, at)
		defer b.close()
		test(t, b)
	})
}

func TestBatcherSharesATransactionAmongThoseWhoWait(t *testing.T) {
	inBubble(t, func(t *testing.T, b *base) {
		seen := map[*sqldb.Tx]int{}
		works, contexts := []func(*sqldb.Tx) error{}, []context.Context{}
		for i := range 20 {
			contexts = append(contexts, t.Context())
			works = append(works, func(tx *sqldb.Tx) error {
				seen[tx]++
				return write(i)(tx)
			})
		}
		for i, err := range together(b, contexts, works, func() {}) {
			assert.NoError(t, err, "write %d", i)
		}
		assert.Len(t, seen, 1, "one transaction for all")
		assert.Len(t, b.ids(), 20)
	})
}

func TestBatcherKeepsTheFailureOfOneFromTheOthers(t *testing.T) {
	inBubble(t, func(t *testing.T, b *base) {
		refused := errors.New("refused")
		works := []func(*sqldb.Tx) error{
			write(1),
			func(tx *sqldb.Tx) error {
				if err := write(2)(tx); err != nil {
					return err
				}
				return write(1)(tx) // is there
			},
			write(3),
			func(tx *sqldb.Tx) error { return errors.Join(write(4)(tx), refused) },
			func(tx *sqldb.Tx) error { _, err := tx.Exec("nothing of that name"); return err },
		}
		all := make([]context.Context, len(works))
		for i := range all {
			all[i] = t.Context()
		}
		errs := together(b, all, works, func() {})
		assert.NoError(t, errs[0])
		assert.ErrorContains(t, errs[1], "database: write: ")
		assert.NoError(t, errs[2])
		assert.ErrorIs(t, errs[3], refused, "its own error")
		assert.ErrorContains(t, errs[4], "no such statement")
		assert.Equal(t, []int{1, 3, 4}, b.ids(), "2 is undone with the statement that failed; 4 was refused for another reason")
	})
}

func TestBatcherLeavesOutWhoeverGaveUpWaiting(t *testing.T) {
	inBubble(t, func(t *testing.T, b *base) {
		gone, cancel := context.WithCancel(t.Context())
		called := false
		works := []func(*sqldb.Tx) error{
			write(1),
			func(*sqldb.Tx) error { called = true; return nil },
			write(3),
		}
		errs := together(b, []context.Context{t.Context(), gone, t.Context()}, works, cancel)
		assert.NoError(t, errs[0])
		assert.ErrorIs(t, errs[1], context.Canceled)
		assert.NoError(t, errs[2])
		assert.False(t, called)
		assert.Equal(t, []int{1, 3}, b.ids())
	})
}

func TestBatcherFinishesWhatItBegan(t *testing.T) {
	inBubble(t, func(t *testing.T, b *base) {
		ctx, cancel := context.WithCancel(t.Context())
		err := b.batcher.Do(ctx, func(tx *sqldb.Tx) error {
			cancel()
			return write(1)(tx)
		})
		assert.NoError(t, err)
		assert.Equal(t, []int{1}, b.ids())
		assert.ErrorIs(t, b.batcher.Do(ctx, write(2)), context.Canceled, "but begins nothing for one who has gone")
		assert.Equal(t, []int{1}, b.ids())
	})
}

func TestBatcherGoesOnWhenTheOneWritingGivesUpWaitingForAConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, b *base) {
		b.db.SetMaxOpenConns(1)
		conn, err := b.db.Conn(t.Context())
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		var first, second error
		wg.Go(func() { first = b.batcher.Do(ctx, write(1)) })
		synctest.Wait()
		wg.Go(func() { second = b.batcher.Do(t.Context(), write(2)) })
		synctest.Wait()
		cancel()
		synctest.Wait()
		require.NoError(t, conn.Close())
		wg.Wait()
		assert.ErrorIs(t, first, context.Canceled)
		assert.NoError(t, second)
		assert.Equal(t, []int{2}, b.ids())
	})
}

func TestBatcherSurvivesAPanic(t *testing.T) {
	inBubble(t, func(t *testing.T, b *base) {
		works := []func(*sqldb.Tx) error{write(1), func(*sqldb.Tx) error { panic("a bug") }, write(3)}
		works[0] = func(tx *sqldb.Tx) error { return write(1)(tx) }
		var wg sync.WaitGroup
		errs := make([]error, len(works))
		require.NoError(t, b.batcher.Do(t.Context(), func(*sqldb.Tx) error {
			for i := range works {
				wg.Go(func() {
					defer func() {
						if r := recover(); r != nil {
							errs[i] = fmt.Errorf("panic: %v", r)
						}
					}()
					errs[i] = b.batcher.Do(t.Context(), works[i])
				})
				synctest.Wait()
			}
			return nil
		}))
		wg.Wait()
		assert.EqualError(t, errs[0], "panic: a bug", "in the one who wrote for all")
		assert.ErrorContains(t, errs[1], "panicked")
		assert.ErrorContains(t, errs[2], "panicked")
		assert.Empty(t, b.ids(), "nobody was told that it is kept")
		assert.NoError(t, b.batcher.Do(t.Context(), write(5)), "the next is done")
	})
}

func TestBatcherKeepsWhatItSaysAndNothingElse(t *testing.T) {
	opened(t, func(t *testing.T, b *base) {
		b.db.SetMaxOpenConns(3)
		var wg sync.WaitGroup
		var mu sync.Mutex
		kept, want := 0, []int{}
		for worker := range 16 {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(worker)))
				for i := range 50 {
					ctx, cancel := context.WithCancel(t.Context())
					if random.IntN(3) == 0 {
						go cancel()
					}
					id := worker*50 + i + 1
					if random.IntN(10) == 0 {
						id = 1 // it will be there
					}
					err := b.batcher.Do(ctx, write(id))
					cancel()
					if err == nil {
						mu.Lock()
						kept++
						want = append(want, id)
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		assert.Positive(t, kept)
		assert.ElementsMatch(t, want, b.ids())
	})
}

func TestBatcherSaysThatALockIsTemporary(t *testing.T) {
	onEach(t, "20", func(t *testing.T, at place) {
		b, other := open(t, at), open(t, at)
		defer b.close()
		defer other.close()
		var inner error
		require.NoError(t, other.batcher.Do(t.Context(), func(*sqldb.Tx) error {
			inner = b.batcher.Do(t.Context(), write(1))
			return nil
		}))
		var failed *sqldb.Error
		require.ErrorAs(t, inner, &failed, "the lock is taken from the start, before anything was read")
		assert.True(t, failed.Temporary())
		assert.Equal(t, "lock", failed.Doing)
		require.NoError(t, b.batcher.Do(t.Context(), write(1)), "and is free again")
		err := b.batcher.Do(t.Context(), write(1))
		require.ErrorAs(t, err, &failed)
		assert.False(t, failed.Temporary(), "a row that is there will be there again")
	})
}

func TestReadersSeeWhatWasCommittedBefore(t *testing.T) {
	opened(t, func(t *testing.T, b *base) {
		reader := sqldb.NewReader(b.statements)
		var busy sync.WaitGroup
		for id := range 200 {
			busy.Go(func() {
				assert.NoError(t, b.batcher.Do(t.Context(), write(id)))
				seen := map[int]int{}
				err := reader.Do(t.Context(), func(tx *sqldb.Tx) error {
					clear(seen)
					return tx.Query("read", func(rows *sql.Rows) error {
						var found int
						err := rows.Scan(&found)
						seen[found]++
						return err
					})
				})
				assert.NoError(t, err)
				assert.Equal(t, 1, seen[id], "what was just written is read, once")
			})
		}
		busy.Wait()
	})
}

func TestAFailureOfOneReaderIsItsOwn(t *testing.T) {
	opened(t, func(t *testing.T, b *base) {
		reader := sqldb.NewReader(b.statements)
		require.NoError(t, b.batcher.Do(t.Context(), write(1)))
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		var busy sync.WaitGroup
		for n := range 100 {
			busy.Go(func() {
				switch n % 3 {
				case 0:
					err := reader.Do(t.Context(), func(tx *sqldb.Tx) error { return tx.Query("no such", nil) })
					assert.Error(t, err)
				case 1:
					assert.ErrorIs(t, reader.Do(gone, func(*sqldb.Tx) error { return nil }), context.Canceled)
				default:
					found := 0
					err := reader.Do(t.Context(), func(tx *sqldb.Tx) error {
						found = 0
						return tx.Query("read", func(*sql.Rows) error { found++; return nil })
					})
					assert.NoError(t, err)
					assert.Equal(t, 1, found)
				}
			})
		}
		busy.Wait()
	})
}
