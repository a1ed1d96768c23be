package portability

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"codeberg.org/godwit/godwit/vocab"
)

// A putting is an item that is to be put, with what is known of it.
type putting struct {
	item   Item
	entry  Entry
	stored Entry       // as the journal has it before the step
	again  bool        // it may have been put before the step
	files  []vocab.IRI // where its files stand at the sink, in their order; "" for one that does not
}

// put puts a batch of a stage: the next of its kinds of which anything waits.
func (v *visit) put(ctx context.Context) error {
	j := v.job.clone()
	if j.Kind == "" || j.pending(j.Stage, j.Kind) <= 0 {
		if j = nextPut(j); j.Stage != v.job.Stage {
			return v.done(ctx, j, Change{})
		}
	}
	items, last, err := v.batch(ctx, j.Kind, j.After, v.most())
	if errors.Is(err, errRereadAll) {
		items, last, err = v.sweep(ctx, j, v.most(), func(page []Item) ([]Item, error) {
			return v.waiting(ctx, j, page)
		})
	}
	if err != nil {
		return err
	}
	todo, err := v.staged(ctx, j, items)
	if err != nil {
		return err
	}
	if len(items) > 0 {
		j.After = items[len(items)-1].Next
	}
	met := j.tally(j.Stage, j.Kind)
	met.Met += int64(len(items))
	next := j
	if last || met.Met > j.plenty(j.Kind) {
		next = nextPut(j)
	}
	return v.putBatch(ctx, next, todo)
}

// most is how many items are read to be put: one, if it failed with many, and at the last
// attempt at the latest.
func (v *visit) most() int {
	if v.job.Tries >= min(3, v.engine.options.Attempts-1) {
		return 1
	}
	return v.engine.options.Batch
}

// pending returns how many items of a kind wait to be put.
func (j Job) pending(s Stage, k Kind) int64 {
	t := j.counted(s, k)
	return t.Total - t.Done
}

// nextPut leads a job to the next kind of its stage of which anything waits, or to the
// next stage.
func nextPut(j Job) Job {
	all := Kinds()
	for _, k := range all[slices.Index(all, j.Kind)+1:] {
		if stageOf(k) == j.Stage && j.pending(j.Stage, k) > 0 {
			j.Kind, j.After = k, ""
			return j
		}
	}
	return advance(j)
}

// putContent puts a batch of posts: in the order of the source, or in that of their
// ranks where they were kept for it.
func (v *visit) putContent(ctx context.Context) error {
	j := v.job.clone()
	if j.Kind != "" {
		return v.put(ctx)
	}
	after := int64(-1)
	if j.After != "" {
		after, _ = strconv.ParseInt(j.After, 10, 64)
	}
	var items []Item
	size, last := 0, true
	for h, err := range v.engine.store.Held(ctx, v.id, after) {
		if err != nil {
			return err
		}
		if len(items) == v.most() || size >= batchBytes {
			last = false
			break
		}
		h.Item.Kind = Content
		items = append(items, h.Item)
		size += h.Item.size()
		j.After = strconv.FormatInt(h.Rank, 10)
	}
	if len(items) == 0 && after < 0 {
		return v.put(ctx)
	}
	todo, err := v.staged(ctx, j, items)
	if err != nil {
		return err
	}
	if last {
		j = advance(j)
	}
	return v.putBatch(ctx, j, todo)
}

// waiting returns those of a kind's items that are to be put still.
func (v *visit) waiting(ctx context.Context, j Job, items []Item) ([]Item, error) {
	todo, err := v.staged(ctx, j, items)
	left := make([]Item, len(todo))
	for i, p := range todo {
		left[i] = p.item
	}
	return left, err
}

// staged returns those items that are to be put still. One that has changed since it
// was staged is judged anew. One that was not there then is for the next run.
func (v *visit) staged(ctx context.Context, j Job, items []Item) ([]putting, error) {
	known, sums, err := v.known(ctx, j, items)
	if err != nil {
		return nil, err
	}
	g := v.judge(j)
	met := map[Ref]bool{}
	var todo []putting
	for n, item := range items {
		ref, sum := refOf(j, item), sums[n]
		e, there := known[ref]
		if !there || met[ref] || e.State != "" || e.Stage != stageOf(item.Kind) {
			continue
		}
		if e.Digest != sum {
			if _, twin := known[twinOf(ref, sum)]; twin {
				continue
			}
			now := g.entry(item, ref, sum)
			if now.Run = e.Run; e.Was != nil {
				e = restage(e, now)
			} else {
				e = afresh(e, now)
			}
		}
		met[ref] = true
		todo = append(todo, putting{item: item, entry: e, stored: known[ref], again: e.Intended || e.Was == nil && e.Put > 0})
	}
	return todo, nil
}

// judge returns who judges the items of a job. A clock that went back since it was
// begun makes no date a future one.
func (v *visit) judge(j Job) judge {
	return judge{old: j.Old, now: lastOf(j.Created, v.engine.now()), limits: v.options.Limits, who: ReadershipOf(v.actor)}
}

// putBatch puts items and records what became of them, with where the job is then.
func (v *visit) putBatch(ctx context.Context, j Job, todo []putting) error {
	names := v.naming(todo)
	ready, err := v.ready(ctx, j, todo, names)
	if err != nil {
		return err
	}
	puts, updates := parted(ready)
	if len(puts) > 0 && len(updates) == 0 && len(ready) == len(puts) {
		if done, err := v.putCommit(ctx, j, puts, names); err != nil {
			return v.putAlone(ctx, j, ready, err)
		} else if done {
			return nil
		}
	}
	if err := v.intendAll(ctx, puts, updates); err != nil {
		return err
	}
	results, err := v.putAll(ctx, puts, updates)
	switch {
	case stale(err):
		return v.takeBack(ctx, newly(puts, results), err)
	case err != nil:
		return v.putAlone(ctx, j, ready, err)
	}
	next, change, err := v.settle(ctx, j, ready, results, names)
	if err != nil {
		return err
	}
	if err = v.done(ctx, next, change); stale(err) {
		return v.takeBack(ctx, newly(puts, results), err)
	}
	return err
}

// parted returns what is to be put and what is to be updated; the rest has ended.
func parted(all []putting) (puts, updates []*putting) {
	for i := range all {
		switch p := &all[i]; {
		case p.entry.State != "":
		case p.entry.Was != nil:
			updates = append(updates, p)
		default:
			puts = append(puts, p)
		}
	}
	return puts, updates
}

// intendAll records what is going to be put, before it is. What is at the sink
// already, and was not put by this job, is known by its reason from then on, and what is
// not by the run in which it is the job's own.
func (v *visit) intendAll(ctx context.Context, puts, updates []*putting) error {
	var fresh []*putting
	for _, p := range puts {
		if !p.again {
			fresh = append(fresh, p)
		}
	}
	if holder, ok := v.sink.(Holder); ok && len(fresh) > 0 {
		there, err := v.holds(ctx, holder, refsOf(fresh))
		if err != nil {
			return err
		}
		for i, p := range fresh {
			if p.entry.Put = v.job.Run; there[i] {
				p.entry.Reason, p.entry.Put = AlreadyThere, 0
			}
		}
	}
	var entries []Entry
	for _, p := range slices.Concat(puts, updates) {
		if !p.entry.Intended {
			p.entry.Intended = true
			entries = append(entries, p.entry)
		}
	}
	return v.intend(ctx, entries)
}

func (v *visit) holds(ctx context.Context, holder Holder, refs []Ref) (there []bool, err error) {
	err = v.during(ctx, func(ctx context.Context) error {
		there, err = holder.Holds(ctx, refs)
		if err == nil && len(there) != len(refs) {
			err = fmt.Errorf("the sink answered for %d of %d items", len(there), len(refs))
		}
		return ofEnd("ask the sink what it holds", err)
	})
	return there, err
}

func refsOf(all []*putting) []Ref {
	refs := make([]Ref, len(all))
	for i, p := range all {
		refs[i] = p.item.Ref
	}
	return refs
}

func itemsOf(all []*putting) []Item {
	items := make([]Item, len(all))
	for i, p := range all {
		items[i] = p.item
	}
	return items
}

// putAll has the effects, and returns the results by Ref.
func (v *visit) putAll(ctx context.Context, puts, updates []*putting) (by map[Ref]Result, err error) {
	err = v.during(ctx, func(ctx context.Context) error {
		by, err = v.effects(ctx, puts, updates)
		return err
	})
	return by, err
}

func (v *visit) effects(ctx context.Context, puts, updates []*putting) (map[Ref]Result, error) {
	by := map[Ref]Result{}
	if len(puts) > 0 {
		results, err := v.sink.Put(ctx, itemsOf(puts))
		if err := collect(by, itemsOf(puts), results, putEnds, err); err != nil {
			return nil, &endError{what: "put items", err: err, ofPut: true}
		}
	}
	if len(updates) == 0 {
		return by, nil
	}
	updater, ok := v.sink.(Updater)
	if !ok {
		return nil, ofEnd("update items", errors.New("the sink cannot update any more"))
	}
	results, err := updater.Update(ctx, itemsOf(updates))
	if err := collect(by, itemsOf(updates), results, putEnds, err); err != nil {
		return nil, &endError{what: "update items", err: err, ofPut: true}
	}
	return by, nil
}

// The states with which a sink may answer.
var (
	putEnds    = []State{Copied, Changed, Skipped, Conflicting, Failed}
	removeEnds = []State{Removed, Skipped, Conflicting, Failed}
	// Nothing is released that is not there.
	releaseEnds = []State{Changed, Skipped, Failed}
)

// collect checks that there is a result for each item, in their order, and that it is
// one of the ends that can be.
func collect(by map[Ref]Result, items []Item, results []Result, ends []State, err error) error {
	switch {
	case err != nil:
		return err
	case len(results) != len(items):
		return fmt.Errorf("the sink returned %d results for %d items", len(results), len(items))
	}
	for i, r := range results {
		switch {
		case r.Ref != items[i].Ref:
			return fmt.Errorf("result %d of the sink is of another item", i)
		case !slices.Contains(ends, r.State):
			return fmt.Errorf("result %d of the sink has no state that is known", i)
		}
		by[r.Ref] = r
	}
	return nil
}
