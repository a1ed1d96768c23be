package portability

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// DryRun tells, rule by rule, what would become of an account, how big it is and how
// long it takes at least. It opens the ends as for a job, reads all of the source but
// its files (at most Most items of a kind), and changes nothing anywhere: no job is stored. Ownership is not judged.
func (e *Engine) DryRun(ctx context.Context, spec JobSpec) (*Forecast, error) {
	if err := spec.check(); err != nil {
		return nil, fmt.Errorf("try copy: %w", err)
	}
	options, err := storedOptions{JobOptions: spec.Options}.bytes()
	if err != nil {
		return nil, fmt.Errorf("try copy: %w", err)
	}
	v := &visit{engine: e, id: spec.ID, job: Job{
		ID: spec.ID, Account: spec.Account, Old: spec.Old, Standing: spec.Standing, State: JobRunning,
		Stage: StageRead, Run: 1, Options: options,
	}}
	f, err := v.forecast(ctx)
	if err := errors.Join(err, v.close()); err != nil {
		return nil, fmt.Errorf("try copy: %w", err)
	}
	return f, nil
}

func (v *visit) forecast(ctx context.Context) (*Forecast, error) {
	if err := v.open(ctx); err != nil {
		return nil, err
	}
	return Preview(ctx, chosen{v.source, v.options.Kinds, v.options.most()}, tighter(v.limits, v.options.Limits))
}

// chosen is a source that shows some kinds only, and only so many items of each.
type chosen struct {
	Source
	only []Kind
	most int64
}

func (c chosen) Items(ctx context.Context, k Kind, after string) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		n := int64(0)
		for item, err := range c.Source.Items(ctx, k, after) {
			if n++; n > c.most {
				item, err = Item{}, errEndless
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

func (c chosen) Kinds(ctx context.Context) ([]Kind, error) {
	kinds, err := c.Source.Kinds(ctx)
	if len(c.only) == 0 {
		return kinds, err
	}
	return intersect(kinds, c.only), err
}

// allow asks whether what was read may be put.
func (v *visit) allow(ctx context.Context, j Job) error {
	ask := v.engine.options.Allow
	if ask == nil {
		return nil
	}
	return v.during(ctx, func(ctx context.Context) error {
		f, err := v.staging(ctx)
		if err != nil {
			return err
		}
		return ofEnd("ask whether the copy is allowed", ask(ctx, j, f))
	})
}

// staging makes a forecast of what was staged.
func (v *visit) staging(ctx context.Context) (*Forecast, error) {
	f := &Forecast{States: map[Kind]map[State]int64{}, Problems: map[Kind]map[Reason]int64{}}
	for e, err := range v.engine.store.Entries(ctx, v.id, -1, EntryFilter{}) {
		if err != nil {
			return nil, err
		}
		state := e.State
		if state == "" {
			state = Copied
			f.Least += max(v.limits.PerItem, v.options.Limits.PerItem)
		}
		count(f.States, e.Kind, state)
		if e.Reason != "" {
			count(f.Problems, e.Kind, e.Reason)
		}
	}
	for file, err := range v.engine.store.Files(ctx, v.id, -1) {
		if err != nil {
			return nil, err
		}
		if file.State != Failed {
			f.Files++
			f.Bytes += max(file.Medium.Size, file.Bytes, 0)
		}
	}
	return f, nil
}
