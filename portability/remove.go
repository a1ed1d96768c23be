package portability

import (
	"context"
	"fmt"
	"strconv"

	"codeberg.org/godwit/godwit/vocab"
)

// A stage that goes over entries first and mappings then has one of these before its
// position.
const (
	overEntries  = "no:"
	overMappings = "map:"
)

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
	if err := v.removeGone(ctx, j, &out); err != nil {
		if out, err = v.removeAlone(ctx, j, out, gone, f, err); err != nil {
			return err
		}
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

// removeGone takes items out, and says in their entries what became of them. Where they
// are gone from the source, they are looked for there a last time before.
func (v *visit) removeGone(ctx context.Context, j Job, out *[]Entry) error {
	if j.Stage != StageRemove || len(*out) == 0 {
		return v.removeAll(ctx, *out)
	}
	there, err := v.lookAgain(ctx, *out)
	if err != nil {
		return err
	}
	gone, back := stillThere(*out, there, j.Run)
	if err := v.removeAll(ctx, gone); err != nil {
		return err
	}
	*out = append(gone, back...)
	return nil
}

// stillThere parts what is gone from what was met when it was looked for again, which
// counts as seen in this run.
func stillThere(all []Entry, there map[Ref]bool, run int) (gone, back []Entry) {
	for _, e := range all {
		if !there[e.Ref] {
			gone = append(gone, e)
			continue
		}
		e.Run = run
		back = append(back, e)
	}
	return gone, back
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
	if err := collect(map[Ref]Result{}, items, results, removeEnds, err); err != nil {
		return &endError{what: "take items out", err: err, ofPut: true}
	}
	for i, r := range results {
		if out[i] = out[i].back(); r.State == Conflicting || r.State == Failed {
			out[i].State, out[i].Reason = r.State, r.Reason
			continue
		}
		out[i].State, out[i].Reason, out[i].Intended, out[i].Put = Removed, "", false, 0
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

// removed returns those mappings to this account whose items were taken out, or deleted
// there by somebody, as gone, and those of what is not for everybody any more, with its
// audience: also from addresses that it no longer says it has. A file goes with the post
// that led to it last, although another may use it: nobody is led to one too many.
func (v *visit) removed(ctx context.Context, j Job, page []Mapping) ([]Mapping, error) {
	olds := make([]vocab.IRI, len(page))
	for i, m := range page {
		if olds[i] = m.Old; m.Kind == Media {
			olds[i] = m.ID
		}
	}
	entries, err := named(ctx, v.engine.store, v.id, olds, nil)
	var changed []Mapping
	for i, m := range page {
		e, known := entries[olds[i]]
		isFile := m.Kind == Media
		switch {
		case !known || m.To != j.Account || m.Gone:
			continue
		case (e.State == Removed || e.wasDeleted()) && (isFile || e.NewID == m.New):
			m.Gone = true
		case e.Kind != Actor && m.Seen() && e.wasPut() && !isForStrangers(e.Audience):
			m.Audience = e.Audience
		default:
			continue
		}
		changed = append(changed, m)
	}
	if err != nil {
		return nil, err
	}
	return changed, v.elsewhere(ctx, j, changed)
}
