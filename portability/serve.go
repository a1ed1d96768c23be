package portability

import (
	"context"
	"errors"
	"time"
)

// slice is how long Serve works on one job before it looks at the next.
const slice = 5 * time.Second

// Serve works on every job of the store that is to be worked on, by turns, until ctx
// is over, and returns its error. It looks for new ones when all rest, at least as
// often as poll says; 0 means every second. Any number of processes may serve one store; within one, each
// call is one worker. An error of the store is logged, and waited out.
func (e *Engine) Serve(ctx context.Context, poll time.Duration) error {
	if poll <= 0 {
		poll = time.Second
	}
	for {
		next, err := e.round(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && e.options.Log != nil {
			e.options.Log.ErrorContext(ctx, "copies are waiting for their store", "error", err)
		}
		rest := poll
		if left := next.Sub(e.now()); !next.IsZero() && left < rest {
			rest = left
		}
		if rest > 0 {
			if err := e.options.Wait(ctx, rest); err != nil {
				return err
			}
		}
	}
}

// round gives every job that is due a turn, and returns when the first of them is due
// again; zero if none is.
func (e *Engine) round(ctx context.Context) (next time.Time, failed error) {
	var ids []string
	for j, err := range e.store.Underway(ctx) {
		if err != nil {
			failed = err
			break
		}
		switch until := e.rests(j); {
		case j.Stage == StageFollows:
		case until.After(e.now()):
			next = sooner(next, until)
		default:
			ids = append(ids, j.ID)
		}
	}
	for _, id := range ids {
		j, err := e.Work(ctx, id, slice)
		switch {
		case ctx.Err() != nil:
			return next, ctx.Err()
		case err != nil:
			failed = errors.Join(failed, err)
		case !j.State.Ended():
			next = sooner(next, lastOf(j.Due, e.now()))
		}
	}
	return next, failed
}

// sooner returns the earlier of two times, of which the first may be none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
