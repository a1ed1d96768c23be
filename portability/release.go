package portability

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// Release lets the copies of a job be seen by those whom they are for, after somebody
// has looked at them. It is idempotent, and can be called again if it was interrupted.
// What the job puts after that, it puts into no quarantine, until it is run again. A
// [*ReleaseError] says that the sink has left some where they are: all others are released,
// and the job is not.
func (e *Engine) Release(ctx context.Context, id string) (Job, error) {
	v := &visit{engine: e, id: id}
	j, err := v.release(ctx)
	return j, errors.Join(err, v.close())
}

func (v *visit) release(ctx context.Context) (Job, error) {
	var err error
	if v.job, err = v.engine.store.Job(ctx, v.id); err != nil {
		return Job{}, err
	}
	if v.job.State != JobDone {
		return v.job, jobError("release", v.id, errors.New("it is not done"))
	}
	if err := v.open(ctx); err != nil {
		return v.job, err
	}
	if q, ok := v.sink.(Quarantine); ok {
		if err := v.releaseAll(ctx, q); err != nil {
			return v.job, jobError("release", v.id, err)
		}
	}
	run := v.job.Run
	return v.engine.steer(ctx, "release", v.id, func(j *Job) error {
		if j.State != JobDone || j.Run != run {
			return errRunAgain
		}
		o, err := optionsOf(*j)
		if err != nil {
			return err
		}
		o.Released = true
		j.Options, err = o.bytes()
		return err
	})
}

var errRunAgain = errors.New("it was run again meanwhile; what that brings is to be looked at first")

// sameRun fails if the job was run again since it was read.
func (v *visit) sameRun(ctx context.Context) error {
	now, err := v.engine.store.Job(ctx, v.id)
	if err == nil && (now.State != JobDone || now.Run != v.job.Run) {
		err = errRunAgain
	}
	return err
}

// A ReleaseError says that a sink has not released some items, and not that others were
// not.
type ReleaseError struct {
	N      int64  // how many
	Reason Reason // of the first that is not released for good, or else Unavailable
}

func (e *ReleaseError) Error() string {
	return fmt.Sprintf("%d items are not released: %s", e.N, cmp.Or(e.Reason, "for no reason that the sink tells"))
}

// Temporary reports whether all of them may be released another time.
func (e *ReleaseError) Temporary() bool { return e.Reason == Unavailable }

// add takes in what a sink has not released.
func (e *ReleaseError) add(failed map[Ref]Reason) {
	for _, reason := range failed {
		if e.N++; e.N == 1 || e.Reason == Unavailable {
			e.Reason = reason
		}
	}
}

// orNil is the error, if there is one.
func (e *ReleaseError) orNil() error {
	if e.N == 0 {
		return nil
	}
	return e
}

// releaseSome lets items out of quarantine, and returns those of which the sink says that
// it could not, with the reason.
func (v *visit) releaseSome(ctx context.Context, q Quarantine, refs []Ref) (map[Ref]Reason, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	by, items := map[Ref]Result{}, make([]Item, len(refs))
	for i, ref := range refs {
		items[i].Ref = ref
	}
	err := v.during(ctx, func(ctx context.Context) error {
		results, err := q.Release(ctx, refs)
		return ofEnd("let items out of quarantine", collect(by, items, results, releaseEnds, err))
	})
	failed := map[Ref]Reason{}
	for ref, r := range by {
		if r.State == Failed {
			failed[ref] = r.Reason
		}
	}
	return failed, err
}

func (v *visit) releaseAll(ctx context.Context, q Quarantine) error {
	var refs []Ref
	var left ReleaseError
	flush := func() error {
		if err := v.sameRun(ctx); err != nil {
			return err
		}
		failed, err := v.releaseSome(ctx, q, refs)
		left.add(failed)
		refs = refs[:0]
		return err
	}
	for entry, err := range v.engine.store.Entries(ctx, v.id, -1, EntryFilter{States: []State{Copied, Changed, Conflicting, Skipped}}) {
		if err != nil {
			return err
		}
		isNew := entry.Run > v.job.Run || entry.Put > v.job.Run
		if !entry.wasPut() || isNew || entry.State == Conflicting && entry.Put == 0 {
			// What came since, or differs and is not the job's own, nobody has looked at.
			continue
		}
		if refs = append(refs, entry.Ref); len(refs) == v.engine.options.Batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return left.orNil()
}
