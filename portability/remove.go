package portability

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A stage that goes over entries first and mappings then has one of these before its
// position.
const (
	overEntries  = "no:"
	overMappings = "map:"
)

// remove takes out what the source does not have any more, where it is to be trusted
// with that.
func (v *visit) remove(ctx context.Context) error {
	j := v.job.clone()
	if old, ok := strings.CutPrefix(j.After, overMappings); ok {
		return v.unmap(ctx, j, vocab.IRI(old), advance(j))
	}
	_, removes := v.sink.(Remover)
	if !v.options.Mirror || j.Standing != Proved || j.Run < 2 || !removes {
		return v.done(ctx, advance(j), Change{})
	}
	kinds, _, err := v.kinds(ctx)
	if err != nil {
		return err
	}
	after := int64(-1)
	if no, ok := strings.CutPrefix(j.After, overEntries); ok {
		after, _ = strconv.ParseInt(no, 10, 64)
	}
	// A source that has nothing of a kind any more may just not show it.
	gone := func(e Entry) bool { return e.isOurs() && slices.Contains(kinds, e.Kind) }
	return v.takeOut(ctx, j, after, EntryFilter{Before: j.Run}, gone, func(next Job) Job {
		if next.counted(StageRemove, "").Done == 0 {
			return advance(next)
		}
		next.After = overMappings
		return next
	})
}

// undo takes out what the job has put, the last first.
func (v *visit) undo(ctx context.Context) error {
	j := v.job.clone()
	if old, ok := strings.CutPrefix(j.After, overMappings); ok {
		next := j
		next.State, next.Kind, next.After, next.Finished = JobUndone, "", "", v.engine.now()
		return v.unmap(ctx, j, vocab.IRI(old), next)
	}
	if _, removes := v.sink.(Remover); !removes {
		j.State, j.Finished, j.Trouble = JobCancelled, v.engine.now(), "the sink takes nothing out again"
		return v.store(ctx, j, Change{})
	}
	after := int64(math.MaxInt64)
	if no, ok := strings.CutPrefix(j.After, overEntries); ok {
		after, _ = strconv.ParseInt(no, 10, 64)
	}
	return v.takeOut(ctx, j, after, EntryFilter{Down: true}, Entry.isOurs, func(next Job) Job {
		next.After = overMappings
		return next
	})
}

// takeOut removes a batch of entries' items. Finished leads the job on behind the last.
func (v *visit) takeOut(ctx context.Context, j Job, after int64, f EntryFilter, gone func(Entry) bool, finished func(Job) Job) error {
	var out []Entry
	last, looked := true, 0
	for e, err := range v.engine.store.Entries(ctx, v.id, after, f) {
		if err != nil {
			return err
		}
		if len(out) == v.most() || looked == 100*v.engine.options.Batch {
			last = false
			break
		}
		looked++
		j.After = overEntries + strconv.FormatInt(e.No, 10)
		if gone(e) {
			out = append(out, e)
		}
	}
	if err := v.removeAll(ctx, out); err != nil {
		return err
	}
	t := j.tally(j.Stage, "")
	for _, e := range out {
		if e.State == Removed {
			t.Done++
		}
	}
	if last {
		j = finished(j)
	}
	return v.done(ctx, j, Change{Entries: out})
}

// removeAll takes items out, and says in their entries what became of them.
func (v *visit) removeAll(ctx context.Context, out []Entry) error {
	if len(out) == 0 {
		return nil
	}
	refs := make([]Ref, len(out))
	items := make([]Item, len(out))
	for i, e := range out {
		refs[i], items[i].Ref = e.Ref, e.Ref
	}
	remover, ok := v.sink.(Remover)
	if !ok {
		return ofEnd("take items out", fmt.Errorf("the sink cannot any more"))
	}
	var results []Result
	err := v.during(ctx, func(ctx context.Context) (err error) {
		results, err = remover.Remove(ctx, refs)
		return err
	})
	if err := collect(map[Ref]Result{}, items, results, err); err != nil {
		return ofEnd("take items out", err)
	}
	for i, r := range results {
		out[i].State, out[i].Reason, out[i].Intended = Removed, "", false
		if r.State == Conflicting || r.State == Failed {
			out[i].State, out[i].Reason = r.State, r.Reason
		}
	}
	return nil
}

// unmap marks the mappings of what was taken out as gone, a batch at a time.
func (v *visit) unmap(ctx context.Context, j Job, after vocab.IRI, finished Job) error {
	var page []Mapping
	last := true
	if j.Old != "" {
		for m, err := range v.engine.store.Mappings(ctx, j.Old, after) {
			if err != nil {
				return err
			}
			if len(page) == v.engine.options.Batch {
				last = false
				break
			}
			page = append(page, m)
		}
	}
	gone, err := v.removed(ctx, j, page)
	switch {
	case err != nil:
		return err
	case last:
		return v.done(ctx, finished, Change{Mappings: gone})
	}
	j.After = overMappings + string(page[len(page)-1].Old)
	return v.done(ctx, j, Change{Mappings: gone})
}

// removed returns those mappings to this account whose items were taken out, as gone.
func (v *visit) removed(ctx context.Context, j Job, page []Mapping) ([]Mapping, error) {
	olds := make([]vocab.IRI, len(page))
	for i, m := range page {
		if olds[i] = m.Old; m.Kind == Media {
			olds[i] = m.ID
		}
	}
	entries, err := v.engine.store.Named(ctx, v.id, olds)
	var gone []Mapping
	for i, m := range page {
		e, known := entries[olds[i]]
		same := e.NewID == m.New
		if m.Kind == Media {
			same = j.State == JobUndoing // else another post may use the file
		}
		if known && e.State == Removed && m.To == j.Account && same && !m.Gone {
			m.Gone = true
			gone = append(gone, m)
		}
	}
	return gone, err
}
