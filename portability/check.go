package portability

import (
	"cmp"
	"context"
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
	stuck, err := v.letOut(ctx, j, there)
	if err != nil {
		return nil, err
	}
	changed = append(changed, stuck...)
	missing, err := v.missing(ctx, j, there)
	return lastEach(append(changed, missing...)), err
}

// lastEach returns of each entry what was said last.
func lastEach(entries []Entry) []Entry {
	at, last := map[int64]int{}, entries[:0]
	for _, e := range entries {
		if n, said := at[e.No]; said {
			last[n] = e
			continue
		}
		at[e.No] = len(last)
		last = append(last, e)
	}
	return last
}

// letOut brings what was there before the copy, put by another that was only claimed, out
// of the quarantine in which this copy has nothing. It returns the entries of what the sink
// does not let out, however often it is asked.
func (v *visit) letOut(ctx context.Context, j Job, put []Entry) ([]Entry, error) {
	q, ok := v.sink.(Quarantine)
	var refs []Ref
	for _, e := range put {
		if e.State == Skipped && e.Reason == AlreadyThere {
			refs = append(refs, e.Ref)
		}
	}
	if !ok || v.options.quarantined(j.Standing) {
		return nil, nil
	}
	failed, err := v.releaseSome(ctx, q, refs)
	var left ReleaseError
	if left.add(failed); err == nil && left.Temporary() && v.job.Tries+1 < v.engine.options.Attempts {
		err = ofEnd("let items out of quarantine", &left)
	}
	var stuck []Entry
	for _, e := range put {
		if reason, is := failed[e.Ref]; is {
			e.State, e.Reason = Failed, cmp.Or(reason, Unavailable)
			stuck = append(stuck, e)
		}
	}
	return stuck, err
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
