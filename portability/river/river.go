// Package river carries out copies on a queue in PostgreSQL, for any number of
// processes, of which any may die at any instant. The queue is River
// (https://riverqueue.com).
//
// A server author whose database is PostgreSQL calls [Migrate] once per start, then
// [New] in every process, with a [portability.Engine] over that database's store, and
// [Queue.Start]. After each [portability.Engine.Begin], and after whatever else lets a
// job go on (Resume, Undo, Again), they call [Queue.Insert]. Who has a River client of
// their own adds a [Worker] to it instead. Where one process is enough,
// [portability.Engine.Serve] needs no queue.
//
// A job is given to several hands. Each makes steps for a while, and goes back into
// the queue until the job is due or somebody else has let go of it; so a person's
// account of any size leaves room for the others'. One hand at a time has the job, except
// for its files, which all hands copy at once. If a process dies, another hand of the
// job goes on when its lease in the store is over; River gives the hands that died with it to
// others only when Options.Timeout is over, too.
//
// What a copy is, and that nothing is done twice, is package portability's; what is
// kept of it is package portability/sqlstore's.
//
// # The pool
//
// River's tables are in the schema that is first in the pool's search path. Of the
// pool's connections one listens for as long as the queue runs; two more are in use now and
// then, however many hands work: four are enough. They come on top of those of the
// store's *sql.DB; the sum over all processes must be below what the server has
// (max_connections). One pool for both is pgx's stdlib.OpenDBFromPool; it then
// needs one for each of Options.Workers besides. A proxy that gives a connection to others
// after each transaction cannot pass on what River listens to.
package river

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	base "github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"codeberg.org/godwit/godwit/portability"
)

// A Stepper makes bounded steps of jobs; [*portability.Engine] is the one. If it has
// a method Work as that has, for several steps in a row, that is called.
type Stepper interface {
	Step(ctx context.Context, id string) (portability.Job, error)
}

var _ interface {
	Stepper
	longStepper
} = (*portability.Engine)(nil)

// Options adjusts [New] and [NewWorker]. A nil *Options is the same as a zero one.
type Options struct {
	// Queue is the name of River's queue. Default "godwit_copies".
	Queue string
	// Hands is how many workers take part in one job at most, over all processes. One
	// hand waits up to Timeout if the process dies that has it; more do not. Default 2.
	// It is best to have as many as processes if many files come from far away.
	Hands int
	// Workers is how many hands work at once in this process. Default 4.
	Workers int
	// Slice is about how long a hand works before it lets others have a turn, at most half
	// of Timeout. Default 10 seconds.
	Slice time.Duration
	// Timeout is what one turn may take at most, the longest single step included; it
	// is cut off then, and tried again from its beginning: so it must be longer than the
	// largest file takes. What is cut off counts as an attempt, which the job's Trouble
	// tells. Default 10 minutes.
	Timeout time.Duration
	// Log, if not nil, is told what goes wrong in the queue.
	Log *slog.Logger
}

func (o *Options) orDefault() Options {
	given := Options{}
	if o != nil {
		given = *o
	}
	timeout := cmp.Or(max(given.Timeout, 0), 10*time.Minute)
	return Options{
		Queue:   cmp.Or(given.Queue, "godwit_copies"),
		Hands:   cmp.Or(max(given.Hands, 0), 2),
		Workers: cmp.Or(max(given.Workers, 0), 4),
		Slice:   min(cmp.Or(max(given.Slice, 0), 10*time.Second), timeout/2),
		Timeout: timeout,
		Log:     cmp.Or(given.Log, slog.New(slog.DiscardHandler)),
	}
}

// Migrate makes River's tables, or brings them up to date, which takes two connections; a
// pool that has but one is an error. Several processes may do so at the same time, but
// not two calls over one pool. If it is broken off, what is missing is done by the next call.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	if pool.Config().MaxConns < 2 {
		return queueError("migrate", errors.New("the pool has only one connection"))
	}
	return queueError("migrate", pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		const key = "(hashtextextended(coalesce(current_schema(), '') || '.godwit_river', 0))"
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock"+key); err != nil {
			return err
		}
		return errors.Join(migrate(ctx, pool), unlock(ctx, conn, key))
	}))
}

// migrate is not one transaction, since some of River's migrations need the one before
// to be committed.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func unlock(ctx context.Context, conn *pgxpool.Conn, key string) error {
	_, err := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock"+key)
	return err
}

// A Queue takes jobs in and, once started, works on them. It is safe for concurrent
// use.
type Queue struct {
	client *base.Client[pgx.Tx]
	worker *Worker
}

// New returns a queue that has tables ([Migrate]). It does nothing before Start. A
// process that only takes jobs in never starts it.
func New(pool *pgxpool.Pool, steps Stepper, options *Options) (*Queue, error) {
	o := options.orDefault()
	worker := NewWorker(pool, steps, options)
	workers := base.NewWorkers()
	if err := base.AddWorkerSafely(workers, worker); err != nil {
		return nil, queueError("open", err)
	}
	client, err := base.NewClient(riverpgxv5.New(pool), &base.Config{
		Queues:               map[string]base.QueueConfig{o.Queue: {MaxWorkers: o.Workers}},
		Workers:              workers,
		JobTimeout:           o.Timeout,
		RescueStuckJobsAfter: o.Timeout,
		FetchPollInterval:    poll,
		Logger:               o.Log,
	})
	if err != nil {
		return nil, queueError("open", err)
	}
	return &Queue{client: client, worker: worker}, nil
}

// poll is how often a hand that became due is looked for.
const poll = 500 * time.Millisecond

// Start begins to work, and returns. It goes on until Stop; if ctx ends, what is being done
// is broken off, and continued by another hand.
func (q *Queue) Start(ctx context.Context) error { return queueError("start", q.client.Start(ctx)) }

// Stop lets each hand finish its turn, at most Options.Slice and one step, and
// returns; when ctx ends, it breaks them off. Those that do not hear of it within 5 more
// seconds, as of a source that looks at no context, are left, which is an error.
func (q *Queue) Stop(ctx context.Context) error {
	err := q.client.Stop(ctx)
	if ctx.Err() != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		err = q.client.StopAndCancel(last)
	}
	return queueError("stop", err)
}

// grace is what a hand has to end that is broken off.
const grace = 5 * time.Second

// Insert gives jobs to hands. One that has them already keeps those, and they look at
// it at once. It is to be called whenever a job begins or goes on, and, for all that have
// not ended, when a server starts: if a process is killed in the instant in which it lets
// go of a job that has ended, somebody else's Insert may have come to nothing. It may be
// called for any job at any time.
func (q *Queue) Insert(ctx context.Context, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	inserted, err := q.client.InsertMany(ctx, q.worker.hands(ids))
	for _, id := range sleeping(inserted) {
		_, failed := q.client.JobRetry(ctx, id)
		err = errors.Join(err, failed)
	}
	return queueError("insert", err)
}

// InsertTx is Insert as a part of a transaction.
func (q *Queue) InsertTx(ctx context.Context, tx pgx.Tx, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	inserted, err := q.client.InsertManyTx(ctx, tx, q.worker.hands(ids))
	for _, id := range sleeping(inserted) {
		_, failed := q.client.JobRetryTx(ctx, tx, id)
		err = errors.Join(err, failed)
	}
	return queueError("insert", err)
}

// sleeping returns River's ids of hands that were there, and wait for a time.
func sleeping(inserted []*rivertype.JobInsertResult) (ids []int64) {
	for _, hand := range inserted {
		state := hand.Job.State
		if hand.UniqueSkippedAsDuplicate && (state == rivertype.JobStateScheduled || state == rivertype.JobStateRetryable) {
			ids = append(ids, hand.Job.ID)
		}
	}
	return ids
}
