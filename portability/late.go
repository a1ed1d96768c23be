package portability

import (
	"context"
	"errors"
	"fmt"
)

// A step that a context's deadline cuts off is made again from its beginning by the next
// turn, which has no more time. So it counts as an attempt that failed: the owner is told,
// batches become smaller, and in the end the job, or the one file, is given up. A
// context that was cancelled says nothing: somebody stops the process.

// ranOut reports whether the time for a step is over.
func ranOut(ctx context.Context) bool { return errors.Is(ctx.Err(), context.DeadlineExceeded) }

// inTime is what is told of what took too long.
const inTime = " within the time of one turn"

// afterwards returns a context in which it can be recorded that there was no time.
func (e *Engine) afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), e.options.Lease/3)
}

// tooLate records that there was no time for a step.
func (v *visit) tooLate(ctx context.Context, ended *endError) (Job, error) {
	after, cancel := v.engine.afterwards(ctx)
	defer cancel()
	late := *ended
	late.what += inTime
	j, err := v.trouble(after, &late)
	return j, errors.Join(err, v.overdue(ctx))
}

// fileTooLate records that there was no time for a file, and hands back the others. The
// endError is that of the sink if the file has failed as often as it may.
func (v *visit) fileTooLate(ctx context.Context, f JobFile, failed *endError, rest []JobFile) error {
	after, cancel := v.engine.afterwards(ctx)
	defer cancel()
	if err := v.settleFiles(after, append([]JobFile{f}, rest...)); err != nil {
		return errors.Join(err, v.overdue(ctx))
	}
	switch {
	case f.State == Copied:
		return v.overdue(ctx)
	case failed != nil:
		_, err := v.tooLate(ctx, failed)
		return err
	}
	j := v.job.clone()
	j.Trouble = "copy a file" + inTime + " failed"
	if err := v.store(after, j, Change{}); err != nil && !stale(err) {
		return errors.Join(err, v.overdue(ctx))
	}
	return v.overdue(ctx)
}

func (v *visit) overdue(ctx context.Context) error {
	return fmt.Errorf("step job %q: %w", v.id, ctx.Err())
}
