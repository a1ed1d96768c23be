package river_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	base "github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/river"
)

// A script is a stepper that does as it is told, and notes when it was called.
type script struct {
	mu    sync.Mutex
	calls []time.Time
	step  func(call int) (portability.Job, error)
}

func (s *script) Step(_ context.Context, id string) (portability.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, time.Now())
	j, err := s.step(len(s.calls))
	j.ID = id
	return j, err
}

func (s *script) made() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.calls...)
}

var (
	running = portability.Job{State: portability.JobRunning}
	done    = portability.Job{State: portability.JobDone}
)

// A shop is a queue with a script.
type shop struct {
	*river.Queue
	pool *pgxpool.Pool
}

func openShop(t *testing.T, address string, steps river.Stepper, options *river.Options) shop {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.NoError(t, river.Migrate(t.Context(), pool))
	q, err := river.New(pool, steps, options)
	require.NoError(t, err)
	return shop{q, pool}
}

// begins starts the queue, which is stopped after the test.
func (s shop) begins(t *testing.T) {
	t.Helper()
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		assert.NoError(t, s.Stop(ctx))
	})
}

// hands returns how many hands there are in a state.
func (s shop) hands(t *testing.T, state string) (n int) {
	t.Helper()
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT count(*) FROM river_job WHERE state::text = $1", state).Scan(&n))
	return n
}

// until waits until something holds that others bring about.
func (s shop) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for !holds() {
		_, err := s.pool.Exec(ctx, "SELECT pg_sleep(0.01)")
		require.NoError(t, err, what)
	}
}

var single = &river.Options{Hands: 1, Slice: time.Hour}

func TestAHandMakesStepsUntilTheJobHasEnded(t *testing.T) {
	steps := &script{step: func(call int) (portability.Job, error) {
		if call < 5 {
			return running, nil
		}
		return done, nil
	}}
	s := openShop(t, pgtest.URL(t), steps, single)
	require.NoError(t, s.Insert(t.Context(), "a"))
	assert.Empty(t, steps.made(), "nothing happens before it is started")
	s.begins(t)
	s.until(t, "the end", func() bool { return s.hands(t, "completed") == 1 })
	assert.Len(t, steps.made(), 6, "the last one looks whether it goes on")
}

func TestAHandGivesOthersATurn(t *testing.T) {
	steps := &script{step: func(call int) (portability.Job, error) {
		if call < 4 {
			return running, nil
		}
		return done, nil
	}}
	s := openShop(t, pgtest.URL(t), steps, &river.Options{Hands: 1, Slice: 1})
	require.NoError(t, s.Insert(t.Context(), "a"))
	s.begins(t)
	s.until(t, "the end", func() bool { return s.hands(t, "completed") == 1 })
	var turns int
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT (metadata->>'snoozes')::int FROM river_job").Scan(&turns))
	assert.Equal(t, 3, turns)
}

func TestAJobRestsUntilItIsDue(t *testing.T) {
	var due time.Time
	steps := &script{step: func(call int) (portability.Job, error) {
		if call == 1 {
			due = time.Now().Add(1500 * time.Millisecond)
			return portability.Job{State: portability.JobRunning, Due: due}, nil
		}
		return done, nil
	}}
	s := openShop(t, pgtest.URL(t), steps, single)
	require.NoError(t, s.Insert(t.Context(), "a"))
	s.begins(t)
	s.until(t, "the end", func() bool { return s.hands(t, "completed") == 1 })
	assert.False(t, steps.made()[1].Before(due.Add(-time.Millisecond)), "not before")
}

func TestInsertWakesAHandThatSleeps(t *testing.T) {
	steps := &script{step: func(call int) (portability.Job, error) {
		if call == 1 {
			return portability.Job{State: portability.JobRunning, Due: time.Now().Add(time.Hour)}, nil
		}
		return done, nil
	}}
	s := openShop(t, pgtest.URL(t), steps, single)
	require.NoError(t, s.Insert(t.Context(), "a", "a"))
	require.NoError(t, s.Insert(t.Context()), "none")
	s.begins(t)
	s.until(t, "sleep", func() bool { return s.hands(t, "scheduled") == 1 })
	require.NoError(t, s.Insert(t.Context(), "a"))
	s.until(t, "the end", func() bool { return s.hands(t, "completed") == 1 })
	assert.Zero(t, s.hands(t, "scheduled")+s.hands(t, "available"), "there was one hand all the time")
}

func TestAJobThatGoesOnWhileItsHandEndsIsNotForgotten(t *testing.T) {
	s := shop{}
	steps := &script{}
	steps.step = func(call int) (portability.Job, error) {
		switch call {
		case 1: // It has ended; now somebody lets it go on, and inserts it, in vain:
			return done, s.Insert(context.Background(), "a") // the hand is there yet.
		case 2: // Looked at again, it goes on.
			return running, nil
		}
		return done, nil
	}
	s = openShop(t, pgtest.URL(t), steps, single)
	require.NoError(t, s.Insert(t.Context(), "a"))
	s.begins(t)
	s.until(t, "another end", func() bool { return s.hands(t, "completed") == 2 })
	assert.Len(t, steps.made(), 4)
}

func TestAStoreThatFailsIsTriedAgainAndAnUnknownJobIsNot(t *testing.T) {
	steps := &script{step: func(call int) (portability.Job, error) {
		if call < 3 {
			return portability.Job{}, errors.New("the store is away")
		}
		return portability.Job{}, fmt.Errorf("job: %w", portability.ErrNoJob)
	}}
	s := openShop(t, pgtest.URL(t), steps, single)
	require.NoError(t, s.Insert(t.Context(), "a"))
	s.begins(t)
	s.until(t, "the end", func() bool { return s.hands(t, "cancelled") == 1 })
	assert.Len(t, steps.made(), 3)
}

func TestAJobIsInsertedWithWhatItIsAbout(t *testing.T) {
	s := openShop(t, pgtest.URL(t), &script{}, nil)
	rolledBack := errors.New("no")
	insert := func(err error) error {
		return pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
			return errors.Join(s.InsertTx(t.Context(), tx, "a"), err)
		})
	}
	require.ErrorIs(t, insert(rolledBack), rolledBack)
	assert.Zero(t, s.hands(t, "available"))
	require.NoError(t, insert(nil))
	require.NoError(t, insert(nil), "again")
	assert.Equal(t, 2, s.hands(t, "available"), "the hands of one job")
}

func TestManyProcessesMigrateAtOnce(t *testing.T) {
	address := pgtest.URL(t)
	var all sync.WaitGroup
	for range 6 {
		pool, err := pgxpool.New(t.Context(), address)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		all.Go(func() { assert.NoError(t, river.Migrate(t.Context(), pool)) })
	}
	all.Wait()
}

// Of a job with one hand, River gives that to another process.
func TestWhoDiedWithAJobIsRelieved(t *testing.T) {
	address := pgtest.URL(t)
	never := &script{step: func(int) (portability.Job, error) { return running, nil }}
	options := &river.Options{Hands: 1, Timeout: time.Second}
	s := openShop(t, address, never, options)
	require.NoError(t, s.Insert(t.Context(), "a"))
	// As it stands in the table when a process was killed some time ago.
	_, err := s.pool.Exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1,
		attempted_at = now() - interval '10 seconds', attempted_by = ARRAY['the one who died']`)
	require.NoError(t, err)
	steps := &script{step: func(int) (portability.Job, error) { return done, nil }}
	heir := openShop(t, address, steps, options)
	heir.begins(t)
	heir.until(t, "the end", func() bool { return heir.hands(t, "completed") == 1 })
	assert.Len(t, steps.made(), 2)
}

// A job that follows accounts is another engine's: who inserts all that have not ended
// inserts it too.
func TestAJobThatFollowsIsLeftToItsOwnEngine(t *testing.T) {
	steps := &script{step: func(int) (portability.Job, error) {
		return portability.Job{State: portability.JobRunning, Stage: portability.StageFollows}, portability.ErrFollows
	}}
	s := openShop(t, pgtest.URL(t), steps, single)
	require.NoError(t, s.Insert(t.Context(), "a"))
	s.begins(t)
	s.until(t, "the end", func() bool { return len(steps.made()) > 0 && s.hands(t, "running")+s.hands(t, "available") == 0 })
	assert.Equal(t, 1, s.hands(t, "cancelled"), "it is not asked for ever")
}

func TestATurnIsOverBeforeItIsCutOff(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	pool, err := pgxpool.New(ctx, pgtest.URL(t))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	began := time.Now()
	steps := &script{step: func(int) (portability.Job, error) {
		_, err := pool.Exec(ctx, "SELECT pg_sleep(0.01)")
		if time.Since(began) > 2*time.Second {
			return done, err
		}
		return running, err
	}}
	s := openShop(t, pgtest.URL(t), steps, &river.Options{Hands: 1, Timeout: time.Second}) // Slice is longer
	require.NoError(t, s.Insert(ctx, "a"))
	s.begins(t)
	s.until(t, "the end", func() bool { return s.hands(t, "completed") == 1 })
	var failures int
	require.NoError(t, s.pool.QueryRow(ctx, "SELECT coalesce(array_length(errors, 1), 0) FROM river_job").Scan(&failures))
	assert.Zero(t, failures)
}

func TestMigrateWithOneConnectionFailsAndDoesNotHang(t *testing.T) {
	config, err := pgxpool.ParseConfig(pgtest.URL(t))
	require.NoError(t, err)
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err = river.Migrate(ctx, pool)
	require.Error(t, err)
	assert.NoError(t, ctx.Err(), "at once")
}

// A source may not hear that it is to stop.
func TestStopDoesNotWaitForADeafStep(t *testing.T) {
	held := make(chan struct{})
	steps := &script{step: func(int) (portability.Job, error) {
		<-held
		return done, nil
	}}
	s := openShop(t, pgtest.URL(t), steps, single)
	require.NoError(t, s.Insert(t.Context(), "a"))
	require.NoError(t, s.Start(t.Context()))
	s.until(t, "a turn", func() bool { return s.hands(t, "running") == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(ctx) }()
	select {
	case err := <-stopped:
		assert.Error(t, err, "a turn goes on")
	case <-time.After(20 * time.Second):
		t.Error("it never returns")
	}
	close(held)
}

// Who has a client of their own for other work has it take part in this.
func TestAWorkerOfAnotherClientDoesTheSame(t *testing.T) {
	steps := &script{step: func(call int) (portability.Job, error) {
		if call < 3 {
			return running, nil
		}
		return done, nil
	}}
	options := &river.Options{Queue: "theirs", Hands: 1, Slice: 1}
	s := openShop(t, pgtest.URL(t), steps, options) // takes jobs in, and is not started
	workers := base.NewWorkers()
	base.AddWorker(workers, river.NewWorker(s.pool, steps, options))
	client, err := base.NewClient(riverpgxv5.New(s.pool), &base.Config{
		Queues: map[string]base.QueueConfig{"theirs": {MaxWorkers: 1}}, Workers: workers, FetchPollInterval: 100 * time.Millisecond,
	})
	require.NoError(t, err)
	require.NoError(t, s.Insert(t.Context(), "a"))
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		assert.NoError(t, client.Stop(ctx))
	})
	s.until(t, "the end, and a last look", func() bool { return s.hands(t, "completed") == 1 && len(steps.made()) == 4 })
}
