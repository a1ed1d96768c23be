package portability

import (
	"context"
	"sync"
	"time"
)

// A lease lasts as long as the call that it is for, however slow that is: it is renewed
// beside it, three times before it would be over.

// A renewal makes a lease last longer. The error says that the call is for nothing, and
// ours that nobody else has the lease yet: it is renewed on until the call has ended.
type renewal func(context.Context) (ours bool, err error)

// keep has something renewed beside a call, and spoils the call if it is for nothing.
// Stop ends that, waits for the end, and returns why it was for nothing, if it was. It
// can be called again.
func (e *Engine) keep(ctx context.Context, spoil context.CancelCauseFunc, renew renewal) (stop func() error) {
	ctx, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- e.renewing(ctx, spoil, renew) }()
	return sync.OnceValue(func() error {
		end()
		return <-ended
	})
}

func (e *Engine) renewing(ctx context.Context, spoil context.CancelCauseFunc, renew renewal) (spoilt error) {
	for e.options.Meanwhile(ctx, e.options.Lease/3) == nil {
		ours, err := renew(ctx)
		if err != nil {
			spoilt = err
			spoil(err)
		}
		if !ours {
			break
		}
	}
	return spoilt
}

// meanwhile makes a call while something is renewed.
func (e *Engine) meanwhile(ctx context.Context, renew renewal, call func(context.Context) error) error {
	calling, spoil := context.WithCancelCause(ctx)
	defer spoil(nil)
	stop := e.keep(ctx, spoil, renew)
	defer func() { _ = stop() }()
	err := call(calling)
	if spoilt := stop(); spoilt != nil {
		return spoilt
	}
	return err
}

// slow reports whether a step has taken so long that it should be recorded. A clock
// that jumped says so as well.
func (e *Engine) slow(began time.Time) bool { return e.now().Sub(began).Abs() >= e.options.Lease/3 }

// during calls an end while the job is kept from others. Only the call goes on
// meanwhile: nothing is to be recorded in it. If the job is another's by then, the error
// is [ErrStale].
func (v *visit) during(ctx context.Context, call func(context.Context) error) error {
	if !v.mine {
		return call(ctx)
	}
	lease := v.lease()
	defer lease.leave(v)
	return v.engine.meanwhile(ctx, lease.renew, call)
}

// keepLease is during for a call that records its effect itself. Once stop was called
// the visit knows of the job again.
func (v *visit) keepLease(ctx context.Context, spoil context.CancelCauseFunc) (stop func() error) {
	lease := v.lease()
	end := v.engine.keep(ctx, spoil, lease.renew)
	return sync.OnceValue(func() error {
		defer lease.leave(v)
		return end()
	})
}

func (v *visit) lease() *jobLease {
	return &jobLease{engine: v.engine, found: v.job, held: v.job, asked: v.job.Until}
}

// A jobLease is the lease of a job that is renewed.
type jobLease struct {
	engine  *Engine
	found   Job       // at first
	held    Job       // as it is stored now, as far as is known
	asked   time.Time // until when it was to last, at the last attempt
	steered bool      // somebody has changed the job; it is for the end of the step to see what
}

// renew is the lease's [renewal]. Of a failure of the store nothing is known: it is
// tried again.
func (l *jobLease) renew(ctx context.Context) (ours bool, err error) {
	if !stale(l.commit(ctx)) {
		return true, nil
	}
	now, err := l.engine.store.Job(ctx, l.held.ID)
	if err != nil {
		return true, nil
	}
	if now.Worker != l.held.Worker || !now.Until.Equal(l.held.Until) && !now.Until.Equal(l.asked) {
		return false, jobError("keep the lease", now.ID, ErrStale)
	}
	l.held, l.steered = now, true
	_ = l.commit(ctx)
	if now.Stage != l.found.Stage || now.Run != l.found.Run {
		return true, jobError("go on", now.ID, ErrStale)
	}
	return true, nil
}

func (l *jobLease) commit(ctx context.Context) error {
	j := l.held
	j.Updated = l.engine.now()
	j.Until = j.Updated.Add(l.engine.options.Lease)
	l.asked = j.Until
	stored, err := l.engine.store.Commit(ctx, j, Change{})
	if err == nil {
		l.held = stored
	}
	return err
}

// leave tells the visit of the lease. A job that was steered keeps the version that the
// visit knew, so that it meets what was changed when it records its step.
func (l *jobLease) leave(v *visit) {
	v.asked = l.asked
	v.job.Until = l.held.Until
	if !l.steered {
		v.job.Version, v.job.Updated = l.held.Version, l.held.Updated
	}
}
