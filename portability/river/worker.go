package river

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	base "github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"codeberg.org/godwit/godwit/portability"
)

// A Hand is one of those who work on a job, as it is in the queue.
type Hand struct {
	Job string `json:"job" river:"unique"`
	No  int    `json:"no" river:"unique"` // from 0
}

// Kind implements River's JobArgs. The word is stored.
func (Hand) Kind() string { return "godwit_copy" }

// A Worker makes steps of the jobs whose hands it is given. It is for a River client
// that has other work too; [New] has one for itself.
type Worker struct {
	base.WorkerDefaults[Hand]
	pool    *pgxpool.Pool
	steps   Stepper
	options Options
}

var _ base.Worker[Hand] = (*Worker)(nil)

// NewWorker returns a worker of a client over pool. Of its options, Workers and Log
// are the client's.
func NewWorker(pool *pgxpool.Pool, steps Stepper, options *Options) *Worker {
	return &Worker{pool: pool, steps: steps, options: options.orDefault()}
}

// hands returns what is to be inserted for jobs, each once: River does not take the
// same twice in one call.
func (w *Worker) hands(ids []string) (all []base.InsertManyParams) {
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		for no := range w.options.Hands {
			all = append(all, w.hand(Hand{Job: id, No: no}))
		}
	}
	return all
}

func (w *Worker) hand(h Hand) base.InsertManyParams {
	return base.InsertManyParams{Args: h, InsertOpts: &base.InsertOpts{
		Queue:       w.options.Queue,
		MaxAttempts: math.MaxInt16, // it is never given up: that is for the engine to say
		UniqueOpts: base.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}},
	}}
}

// Timeout implements River's Worker.
func (w *Worker) Timeout(*base.Job[Hand]) time.Duration { return w.options.Timeout }

// NextRetry implements River's Worker: what failed is the store, or the process.
func (w *Worker) NextRetry(job *base.Job[Hand]) time.Time {
	wait := 5 * time.Minute
	if job.Attempt < 10 {
		wait = min(wait, time.Second<<max(job.Attempt-1, 0))
	}
	return time.Now().Add(wait)
}

// Work implements River's Worker.
func (w *Worker) Work(ctx context.Context, job *base.Job[Hand]) error {
	j, err := w.turn(ctx, job.Args.Job)
	switch {
	case errors.Is(err, portability.ErrNoJob), errors.Is(err, portability.ErrFollows):
		return base.JobCancel(err)
	case err != nil:
		return err
	case j.State.Ended():
		return w.end(ctx, job)
	}
	return base.JobSnooze(rest(j, time.Now()))
}

// A longStepper makes steps for about some time.
type longStepper interface {
	Work(ctx context.Context, id string, most time.Duration) (portability.Job, error)
}

// turn makes steps until the job rests or has ended, or others are to have a turn.
func (w *Worker) turn(ctx context.Context, id string) (portability.Job, error) {
	if long, ok := w.steps.(longStepper); ok {
		return long.Work(ctx, id, w.options.Slice)
	}
	for began := time.Now(); ; {
		j, err := w.steps.Step(ctx, id)
		now := time.Now()
		if err != nil || j.State.Ended() || j.Due.After(now) || now.Sub(began) >= w.options.Slice {
			return j, err
		}
	}
}

// look is how often a hand asks for a job that another has: its holder may let go of
// it at any time, and all are wanted when it comes to the files.
const look = time.Second

// longest is for how long a hand leaves a job alone at most, whatever it says.
const longest = 10 * time.Minute

// rest returns for how long a hand has nothing to do.
func rest(j portability.Job, now time.Time) time.Duration {
	left := min(max(j.Due.Sub(now), 0), longest)
	if j.Worker != "" && !j.Until.Before(j.Due) {
		return min(left, look)
	}
	return left
}

// end takes a hand of a job that has ended out of the queue. If somebody lets the job
// go on in this moment, either their Insert finds the hand gone, or it is seen
// here that the job goes on.
func (w *Worker) end(ctx context.Context, job *base.Job[Hand]) error {
	err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		_, err := base.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
	if err != nil {
		return queueError("end", err)
	}
	j, err := w.steps.Step(ctx, job.Args.Job)
	if err == nil && j.State.Ended() || errors.Is(err, portability.ErrNoJob) {
		return nil
	}
	again := w.hand(job.Args)
	_, err = base.ClientFromContext[pgx.Tx](ctx).Insert(context.WithoutCancel(ctx), again.Args, again.InsertOpts)
	return queueError("insert", err)
}

func queueError(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("queue of copies: %s: %w", doing, err)
}
