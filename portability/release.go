package portability

import (
	"context"
	"errors"
	"fmt"
)

// Release lets the copies of a job be seen by those whom they are for, after somebody
// has looked at them. It is idempotent, and can be called again if it was interrupted.
// What the job puts after that, it puts into no quarantine, until it is run again.
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
			return errors.New("it was run again meanwhile; what that brings is to be looked at first")
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

func (v *visit) releaseAll(ctx context.Context, q Quarantine) error {
	var refs []Ref
	flush := func() error {
		if len(refs) == 0 {
			return nil
		}
		results, err := q.Release(ctx, refs)
		if err == nil && len(results) != len(refs) {
			err = fmt.Errorf("the sink returned %d results for %d items", len(results), len(refs))
		}
		refs = refs[:0]
		return err
	}
	for entry, err := range v.engine.store.Entries(ctx, v.id, -1, EntryFilter{States: []State{Copied, Changed, Conflicting, Skipped}}) {
		if err != nil {
			return err
		}
		if !entry.wasPut() || entry.State == Conflicting && entry.Put == 0 {
			// What differs, and is not the job's own, nobody has looked at.
			continue
		}
		if refs = append(refs, entry.Ref); len(refs) == v.engine.options.Batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
