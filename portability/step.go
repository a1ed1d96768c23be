package portability

import (
	"context"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/actor"
)

// Step does one bounded piece of a job's work, and records it in one commit with what
// it has changed. It returns the job as it is then.
//
// If the job has ended, or rests, or somebody else has it, Step does nothing, and Due of what
// it returns says when to ask again. What goes wrong with the source or the sink is no
// error: it is in Trouble, and is tried again when the job is due, or the job is
// paused. The error is about the store or ctx, or says that the sink could not be closed,
// without its words. If it is ctx's deadline that cuts off a call of the source or the
// sink, that is an attempt that failed, too; that ctx is cancelled is none.
func (e *Engine) Step(ctx context.Context, id string) (Job, error) {
	v := &visit{engine: e, id: id}
	j, err := v.step(ctx)
	return j, errors.Join(err, v.close())
}

// Run makes steps until the job has ended, rests, or was refused, and waits where the
// job says so: after a process was killed, until its lease is over. The ends stay open, and
// the job is kept from others, meanwhile. That the error is nil does not mean that all is
// copied: the State of the job tells, and its Trouble what it rests for, until [Engine.Resume].
func (e *Engine) Run(ctx context.Context, id string) (Job, error) {
	v := &visit{engine: e, id: id, keep: true}
	j, err := v.run(ctx, func() bool { return true })
	return v.leave(ctx, j), errors.Join(err, v.close())
}

// Work makes steps as Run does, but only for about some time, and does not wait: it is a
// larger step, for queues whose steps cost something, and for ends that are slow to open.
func (e *Engine) Work(ctx context.Context, id string, most time.Duration) (Job, error) {
	v := &visit{engine: e, id: id, keep: true, hurry: true}
	began := e.now()
	j, err := v.run(ctx, func() bool { return e.now().Sub(began).Abs() < most })
	return v.leave(ctx, j), errors.Join(err, v.close())
}

func (v *visit) run(ctx context.Context, more func() bool) (Job, error) {
	for {
		j, err := v.step(ctx)
		if err != nil || j.State.Ended() {
			return j, err
		}
		left := j.Due.Sub(v.engine.now())
		switch {
		case left > 0 && v.hurry, !more():
			return j, nil
		case left > 0:
			if err := v.engine.options.Wait(ctx, left); err != nil {
				return j, err
			}
		}
	}
}

// step is one step.
func (v *visit) step(ctx context.Context) (Job, error) {
	e := v.engine
	v.began = e.now()
	free, alone := e.occupy(v.id)
	if alone {
		defer free()
	}
	j, err := e.store.Job(ctx, v.id)
	switch {
	case err != nil || j.State.Ended():
		return j, err
	case j.Stage == StageFollows:
		return j, ErrFollows
	}
	until := e.rests(j)
	switch {
	case until.After(e.now()):
		j.Due = until
		return j, nil
	case j.Stage == StageFiles && j.State == JobRunning:
		return v.stepFiles(ctx, j) // many can copy files
	case !alone:
		j.Due = e.now().Add(time.Second)
		return j, nil
	}
	if j, err = v.take(ctx, j); err == nil {
		v.job, v.mine = j, true
		err = v.work(ctx)
		v.mine = false
	}
	return v.after(ctx, err)
}

// rests returns until when nothing is to be done. If the clock went back since the
// job was changed, what it says of times means nothing. Files have leases of their own.
func (e *Engine) rests(j Job) time.Time {
	now := e.now()
	switch {
	case j.Updated.After(now.Add(e.options.Lease)), j.Due.After(now.Add(longest)):
		return time.Time{}
	case j.Stage == StageFiles && j.State == JobRunning:
		return j.Due
	}
	if j.Worker != "" && j.Worker != e.options.Worker && j.Until.After(j.Due) {
		return j.Until
	}
	return j.Due
}

// take makes sure that this engine has the job for long enough.
func (v *visit) take(ctx context.Context, j Job) (Job, error) {
	e := v.engine
	now, lease := e.now(), e.options.Lease
	if left := j.Until.Sub(now); j.Worker == e.options.Worker && left > lease/2 && left <= lease {
		return j, nil
	}
	j.Worker, j.Until, j.Updated = e.options.Worker, now.Add(lease), now
	return e.store.Commit(ctx, j, Change{})
}

// work does the piece that the job's stage asks for.
func (v *visit) work(ctx context.Context) error {
	if err := v.open(ctx); err != nil {
		return err
	}
	switch v.job.Stage {
	case StageRead:
		return v.read(ctx)
	case StageOrder:
		return v.order(ctx)
	case StageProtect, StageProfile, StageReceived, StageRest:
		return v.put(ctx)
	case StageContent:
		return v.putContent(ctx)
	case StageRemove:
		return v.remove(ctx)
	case StageCheck:
		return v.check(ctx)
	case StageUndo:
		return v.undo(ctx)
	}
	return fmt.Errorf("work on job %q: there is no stage %q", v.id, v.job.Stage)
}

// after tells what became of a step.
func (v *visit) after(ctx context.Context, err error) (Job, error) {
	e := v.engine
	ended, ofAnEnd := errors.AsType[*endError](err)
	switch {
	case err == nil:
		return v.job, nil
	case stale(err):
		return e.store.Job(ctx, v.id)
	case ranOut(ctx) && ofAnEnd:
		return v.tooLate(ctx, ended)
	case ctx.Err() != nil:
		return v.job, fmt.Errorf("step job %q: %w", v.id, ctx.Err())
	case !ofAnEnd:
		return v.job, err
	}
	return v.trouble(ctx, ended)
}

// trouble records what went wrong with an end, and when to try again.
func (v *visit) trouble(ctx context.Context, failed *endError) (Job, error) {
	e := v.engine
	if e.options.Log != nil {
		e.options.Log.WarnContext(ctx, "a step of a copy failed", "job", v.id, "error", failed)
	}
	j := v.job
	j.Tries++
	j.Trouble = failed.what + " failed"
	j.Due = e.now().Add(backoff(j.Tries, failed))
	refused, isRefused := errors.AsType[*RefusedJobError](failed.err)
	temporary, said := isTemporary(failed.err)
	switch {
	case isRefused:
		j.State, j.Trouble, j.Finished = JobRefused, refused.Error(), e.now()
	case errors.Is(failed.err, ErrAwaiting):
		j.State, j.Trouble = JobPaused, ErrAwaiting.Error()
	case said && !temporary && !failed.ofPut, failed.final, j.Tries >= e.options.Attempts:
		j.State = JobPaused
	}
	err := v.store(ctx, j, Change{})
	if stale(err) {
		return e.store.Job(ctx, v.id)
	}
	return v.job, errors.Join(err, v.close())
}

// backoff returns how long to wait before another attempt. Who asks for more than a day
// is asked again after one.
func backoff(tries int, err error) time.Duration {
	d := time.Hour
	if tries < 10 {
		d = min(d, 5*time.Second<<(tries-1))
	}
	if asked, ok := errors.AsType[*actor.FetchError](err); ok {
		d = max(d, min(asked.RetryAfter, longest))
	}
	return d
}
