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
// often as poll says. Any number of processes may serve one store; within one, each
// call is one worker. An error of the store is logged, and waited out.
func (e *Engine) Serve(ctx context.Context, poll time.Duration) error {
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
	for j, err := range e.store.Jobs(ctx, "", "") {
		if err != nil {
			failed = err
			break
		}
		if !j.State.Ended() && j.Stage != StageFollows {
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
		case !j.State.Ended() && (next.IsZero() || j.Due.Before(next)):
			next = j.Due
			if next.IsZero() {
				next = e.now()
			}
		}
	}
	return next, failed
}
