package portability

import (
	"context"
	"errors"
)

// Something that the sink does not take, or does not give back, however often it is
// asked, must not stop all the rest; and a sink that does nothing any more must not have
// all the rest fail. So of one item that has failed as often as it may, it is asked
// whether another fails too.

// others is how many items are tried to see whether one is at fault, or the sink, and
// nearby is among how many they are looked for.
const (
	others = 3
	nearby = 100
)

// isLast reports whether a failure was one item's last attempt.
func (v *visit) isLast(ctx context.Context, items int) bool {
	return items == 1 && v.job.Tries+1 >= v.engine.options.Attempts && ctx.Err() == nil
}

// putAlone is called when putting failed. If it has failed as often as it may, with one
// item alone, and does not with another, or there is no other and the sink answers when it
// is asked what it holds, it is the item that fails.
func (v *visit) putAlone(ctx context.Context, j Job, all []putting, failed error) error {
	ended, ok := errors.AsType[*endError](failed)
	if !ok || !ended.ofPut || !v.isLast(ctx, len(all)) {
		return failed
	}
	another, err := v.putAnother(ctx, all[0])
	switch {
	case err != nil:
		return err
	case !another.well:
		return failed
	}
	e := all[0].entry
	if e.Was != nil {
		e = e.back()
		e.State, e.Reason = Conflicting, Unavailable // what was there before is there still
	} else {
		e.State, e.Reason = Failed, Unavailable
	}
	j = j.clone()
	j.tally(e.Stage, e.Kind).Done++
	if err = v.done(ctx, j, Change{Entries: []Entry{e}}); stale(err) {
		// The sink may have taken it all the same.
		return v.takeBack(ctx, append(newly([]*putting{&all[0]}, nil), another.put...), err)
	}
	return err
}

// A trial is what came of putting another item than the one that fails.
type trial struct {
	well bool  // the sink takes things
	put  []Ref // what was put, and is to be taken out if the copy was undone meanwhile
}

// putAnother tries whether another item of the kind can be put: one
// that comes behind it, or else one of the first. One that waits is put again at its turn;
// one that is there already is not changed. If there is none, the sink need only answer.
func (v *visit) putAnother(ctx context.Context, but putting) (trial, error) {
	tried := 0
	for _, after := range []string{but.item.Next, ""} {
		items, err := v.around(ctx, but.item.Kind, after)
		if err != nil {
			return trial{}, err
		}
		for _, item := range items {
			p, ok, err := v.tryable(ctx, item)
			switch {
			case err != nil:
				return trial{}, err
			case !ok || item.Ref == but.item.Ref:
				continue
			}
			if t, err := v.try(ctx, p); t.well || err != nil {
				return t, err
			}
			if tried++; tried == others {
				return trial{}, ctx.Err()
			}
		}
	}
	if tried > 0 {
		return trial{}, ctx.Err()
	}
	return trial{well: v.answers(ctx, but.item.Ref)}, ctx.Err()
}

// answers reports whether the sink says anything at all.
func (v *visit) answers(ctx context.Context, ref Ref) bool {
	holder, ok := v.sink.(Holder)
	if !ok {
		return false
	}
	_, err := v.holds(ctx, holder, []Ref{ref})
	return err == nil
}

// around returns some items behind a position.
func (v *visit) around(ctx context.Context, k Kind, after string) ([]Item, error) {
	r := v.reading(ctx, k, after)
	defer r.end()
	items, _, err := r.page(ctx, nearby)
	if errors.Is(err, ErrChanged) && after != "" {
		return nil, nil
	}
	return items, err
}

// tryable returns what is to be put of an item to see whether the sink takes anything:
// if it waits to be put, or is there already, so that nothing changes.
func (v *visit) tryable(ctx context.Context, item Item) (putting, bool, error) {
	todo, err := v.staged(ctx, v.job, []Item{item})
	if err != nil || len(todo) == 1 {
		return first(todo), err == nil && todo[0].entry.State == "", err
	}
	known, _, err := v.known(ctx, v.job, []Item{item})
	e, there := known[refOf(v.job, item)]
	holder, asks := v.sink.(Holder)
	if err != nil || !there || !e.isThere() || !asks {
		return putting{}, false, err
	}
	held, err := v.holds(ctx, holder, []Ref{item.Ref})
	p := putting{item: item, entry: e, stored: e, again: true}
	p.entry.State, p.entry.Reason = "", ""
	return p, err == nil && held[0], err
}

func first(all []putting) putting {
	if len(all) == 0 {
		return putting{}
	}
	return all[0]
}

// try tries whether an item can be put.
func (v *visit) try(ctx context.Context, p putting) (trial, error) {
	ready, err := v.ready(ctx, v.job, []putting{p}, v.naming([]putting{p}))
	if err != nil {
		return trial{}, err
	}
	puts, updates := parted(ready)
	if !p.again {
		if err := v.intendAll(ctx, puts, updates); err != nil {
			return trial{}, err
		}
	}
	results, err := v.putAll(ctx, puts, updates)
	put := newly(puts, results)
	if stale(err) {
		return trial{}, v.takeBack(ctx, put, err)
	}
	return trial{well: err == nil && len(puts)+len(updates) > 0, put: put}, nil
}

// removeAlone is called when taking out failed. If that has failed as often as it may,
// with one item alone, and does not with another, or there is no other, the item stays
// behind. It returns what has become of both.
func (v *visit) removeAlone(ctx context.Context, j Job, out []Entry, rest func(Entry) bool, f EntryFilter, failed error) ([]Entry, error) {
	if ended, ok := errors.AsType[*endError](failed); !ok || !ended.ofPut || !v.isLast(ctx, len(out)) {
		return out, failed
	}
	stuck, tried := out[0], 0
	for e, err := range v.engine.store.Entries(ctx, v.id, stuck.No, f) {
		if err != nil {
			return out, err
		}
		if !rest(e) {
			continue
		}
		another := []Entry{e}
		if v.removeGone(ctx, j, &another) == nil && len(another) > 0 {
			return append(another, leftBehind(stuck, j)), nil
		}
		if tried++; tried == others || ctx.Err() != nil {
			return out, failed
		}
	}
	if tried > 0 {
		return out, failed
	}
	return []Entry{leftBehind(stuck, j)}, nil
}

// leftBehind is the entry of an item that the sink does not give back. A mirror tries it again
// in its next run.
func leftBehind(e Entry, j Job) Entry {
	if j.Stage == StageUndo {
		e.State, e.Reason = Failed, Unavailable
	}
	return e
}
