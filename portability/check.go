package portability

import (
	"context"
	"fmt"
	"strconv"
)

// check looks for what was put in the sink itself, and gives an end to what was not
// met again. After the last, the sink has its last word.
func (v *visit) check(ctx context.Context) error {
	j := v.job.clone()
	after := int64(-1)
	if j.After != "" {
		after, _ = strconv.ParseInt(j.After, 10, 64)
	}
	var batch []Entry
	last := true
	for e, err := range v.engine.store.Entries(ctx, v.id, after, EntryFilter{}) {
		if err != nil {
			return err
		}
		if len(batch) == v.engine.options.Batch {
			last = false
			break
		}
		batch = append(batch, e)
		j.After = strconv.FormatInt(e.No, 10)
	}
	changed, err := v.checked(ctx, j, batch)
	if err != nil {
		return err
	}
	j.tally(StageCheck, "").Done += int64(len(batch))
	if last {
		return v.finish(ctx, j, changed)
	}
	return v.done(ctx, j, Change{Entries: changed})
}

// checked returns the entries that must end otherwise than they have.
func (v *visit) checked(ctx context.Context, j Job, batch []Entry) ([]Entry, error) {
	var changed []Entry
	var there []Entry
	for _, e := range batch {
		switch {
		case e.Was != nil:
			// It has changed at the source, and was not met there again.
			e = e.back()
			changed, there = append(changed, e), append(there, e)
		case e.wasPut():
			there = append(there, e)
		case e.State == Failed && e.Reason == NotHere && e.Run < j.Run:
			e.State = Skipped
			changed = append(changed, e)
		case e.State != "":
		case e.Run < j.Run:
			e.State, e.Reason = Skipped, NotHere // the source has it no more
			changed = append(changed, e)
		default:
			e.State, e.Reason = Failed, NotHere // staged, and not met again
			changed = append(changed, e)
		}
	}
	if err := v.letOut(ctx, j, there); err != nil {
		return nil, err
	}
	missing, err := v.missing(ctx, j, there)
	return append(changed, missing...), err
}

// letOut brings what was there before the copy, put by another that was only claimed, out
// of the quarantine in which this copy has nothing.
func (v *visit) letOut(ctx context.Context, j Job, put []Entry) error {
	q, ok := v.sink.(Quarantine)
	var refs []Ref
	for _, e := range put {
		if e.State == Skipped && e.Reason == AlreadyThere {
			refs = append(refs, e.Ref)
		}
	}
	if !ok || len(refs) == 0 || v.options.quarantined(j.Standing) {
		return nil
	}
	return v.during(ctx, func(ctx context.Context) error {
		results, err := q.Release(ctx, refs)
		if err == nil && len(results) != len(refs) {
			err = fmt.Errorf("the sink returned %d results for %d items", len(results), len(refs))
		}
		return ofEnd("let out of quarantine what was there", err)
	})
}

// missing returns the entries of what was put, and is not there: lost, if it was put in
// this run, and else deleted by somebody.
func (v *visit) missing(ctx context.Context, j Job, put []Entry) ([]Entry, error) {
	holder, ok := v.sink.(Holder)
	if !ok || len(put) == 0 {
		return nil, nil
	}
	refs := make([]Ref, len(put))
	for i, e := range put {
		refs[i] = e.Ref
	}
	held, err := v.holds(ctx, holder, refs)
	var missing []Entry
	for i, is := range held {
		if !is {
			e := put[i]
			if e.State, e.Reason = Failed, NotHere; e.Put != j.Run && j.Run > 1 {
				e.State, e.Reason = Skipped, DeletedHere
			}
			e.Put = 0
			missing = append(missing, e)
		}
	}
	return missing, err
}

// finish ends a copy.
func (v *visit) finish(ctx context.Context, j Job, changed []Entry) error {
	if finisher, ok := v.sink.(Finisher); ok {
		if err := v.during(ctx, finisher.Finish); err != nil {
			return ofEnd("finish", err)
		}
	}
	j.State, j.Kind, j.After, j.Finished = JobDone, "", "", v.engine.now()
	return v.done(ctx, j, Change{Entries: changed, Drop: true})
}
