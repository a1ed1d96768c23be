package portability

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"
)

// order finds out whether content can be put in the order of its source: the oldest
// first, and parents before children. If not it ranks the entries, and then keeps the
// documents until it is their turn.
func (v *visit) order(ctx context.Context) error {
	j := v.job.clone()
	if j.Kind != "" {
		return v.hold(ctx, j)
	}
	if err := v.allow(ctx, j); err != nil {
		return err
	}
	if j.pending(StageContent, Content) == 0 {
		return v.done(ctx, advance(j), Change{})
	}
	c, err := v.ordered(ctx)
	switch {
	case err != nil:
		return err
	case c.Ranks == nil:
		return v.done(ctx, advance(j), c)
	}
	j.Kind, j.After = Content, ""
	return v.done(ctx, j, c)
}

// ordered returns the ranks of content, which has none if its source has the order, and
// the entries whose circles were cut.
func (v *visit) ordered(ctx context.Context) (c Change, err error) {
	err = v.during(ctx, func(ctx context.Context) error {
		o, err := v.threads(ctx)
		if err != nil {
			return err
		}
		o.date()
		if !o.isOrdered() {
			c.Ranks = o.ranks()
		}
		c.Entries, err = v.cut(ctx, o)
		return err
	})
	return c, err
}

// threads reads what ordering needs, of every entry of content.
func (v *visit) threads(ctx context.Context) (*ordering, error) {
	o := &ordering{}
	var parents []int64
	for link, err := range v.engine.store.Links(ctx, v.id) {
		if err != nil {
			return nil, err
		}
		o.no = append(o.no, link.No)
		o.at = append(o.at, micros(link.Published))
		parents = append(parents, link.Parent)
	}
	o.parent = make([]int32, len(o.no))
	for i, no := range parents {
		o.parent[i] = -1
		if at, ok := slices.BinarySearch(o.no, no); ok {
			o.parent[i] = int32(at)
		}
	}
	return o, nil
}

// undated stands for the date of what has none.
const undated = math.MinInt64

func micros(t time.Time) int64 {
	if t.IsZero() {
		return undated
	}
	return t.UnixMicro()
}

// cut returns the entries whose circles were cut, with that for their warning.
func (v *visit) cut(ctx context.Context, o *ordering) ([]Entry, error) {
	if len(o.cuts) == 0 {
		return nil, nil
	}
	isCut := map[int64]bool{}
	for _, i := range o.cuts {
		isCut[o.no[i]] = true
	}
	var entries []Entry
	for e, err := range v.engine.store.Entries(ctx, v.id, -1, EntryFilter{Stage: StageContent, Staged: true}) {
		if err != nil {
			return nil, err
		}
		if isCut[e.No] && e.Reason != Differs && e.Reason != AlreadyThere {
			e.Reason = CutCycle
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// hold keeps a batch of documents until it is their turn.
func (v *visit) hold(ctx context.Context, j Job) error {
	items, last, err := v.batch(ctx, Content, j.After, v.engine.options.Batch)
	if errors.Is(err, errRereadAll) {
		return v.holdAll(ctx, j)
	}
	if err != nil {
		return err
	}
	c, err := v.holding(ctx, j, items)
	met := j.tally(StageContent, Content)
	met.Met += int64(len(items))
	switch {
	case err != nil:
		return err
	case last || met.Met > j.plenty(Content):
		return v.done(ctx, advance(j), c)
	}
	j.After = items[len(items)-1].Next
	return v.done(ctx, j, c)
}

// holding returns the change that keeps documents.
func (v *visit) holding(ctx context.Context, j Job, items []Item) (Change, error) {
	todo, err := v.staged(ctx, j, items)
	var c Change
	for _, p := range todo {
		c.Hold = append(c.Hold, HeldItem{No: p.entry.No, Item: p.item})
	}
	return c, err
}

// holdAll keeps all documents in one go, for a source whose positions do not hold.
func (v *visit) holdAll(ctx context.Context, j Job) error {
	r := v.reading(ctx, Content, "")
	defer r.end()
	for {
		page, last, err := r.page(ctx, v.engine.options.Batch)
		if err != nil {
			return err
		}
		c, err := v.holding(ctx, j, page)
		switch {
		case err != nil:
			return err
		case last || r.n > j.plenty(Content):
			return v.done(ctx, advance(j), c)
		}
		if err := v.record(ctx, c); err != nil {
			return err
		}
	}
}

// An ordering finds the order of content by date, parents before children. It takes
// 28 bytes for each entry, and never recurses: a thread may be as deep as it likes.
type ordering struct {
	no     []int64
	at     []int64 // when it was published; later when its parent was
	parent []int32 // -1: none
	depth  []int32
	cuts   []int32 // those that were parted from their parents, to end a circle
}

// The depths of what has not been looked at, and of what is on the path being looked at.
const (
	unvisited int32 = -1
	onPath    int32 = -2
)

// date moves dates on so that nothing is older than its parent, and cuts circles.
func (o *ordering) date() {
	o.depth = make([]int32, len(o.no))
	for i := range o.depth {
		o.depth[i] = unvisited
	}
	o.dateUndated()
	var path []int32
	for i := range o.no {
		path = o.climb(int32(i), path[:0])
		for _, n := range slices.Backward(path) {
			o.below(n)
		}
	}
}

// climb returns the path upwards to what is known, or to a root.
func (o *ordering) climb(start int32, path []int32) []int32 {
	i := start
	for i >= 0 && o.depth[i] < 0 {
		if o.depth[i] == onPath {
			o.cutCircle(i)
			for _, n := range path {
				o.depth[n] = unvisited
			}
			i, path = start, path[:0] // once more, which now has an end
			continue
		}
		o.depth[i] = onPath
		path = append(path, i)
		i = o.parent[i]
	}
	return path
}

// cutCircle parts the oldest of a circle from its parent.
func (o *ordering) cutCircle(start int32) {
	oldest := start
	for i := o.parent[start]; i != start; i = o.parent[i] {
		if o.at[i] < o.at[oldest] || o.at[i] == o.at[oldest] && i < oldest {
			oldest = i
		}
	}
	o.parent[oldest] = -1
	o.cuts = append(o.cuts, oldest)
}

// below sets what follows from the parent, which is known.
func (o *ordering) below(i int32) {
	p := o.parent[i]
	if p < 0 {
		o.depth[i] = 0
		return
	}
	o.depth[i] = o.depth[p] + 1
	o.at[i] = max(o.at[i], o.at[p])
}

// dateUndated lets what has no date stand behind what the source has before it.
func (o *ordering) dateUndated() {
	for i := range o.at {
		if i > 0 && o.at[i] == undated {
			o.at[i] = o.at[i-1]
		}
	}
}

// isOrdered reports whether the source has the order already.
func (o *ordering) isOrdered() bool {
	for i := range o.no {
		if i > 0 && o.at[i] < o.at[i-1] || o.parent[i] >= int32(i) {
			return false
		}
	}
	return true
}

// ranks returns the place of each entry.
func (o *ordering) ranks() []Rank {
	sorted := make([]int32, len(o.no))
	for i := range sorted {
		sorted[i] = int32(i)
	}
	slices.SortFunc(sorted, o.compare)
	ranks := make([]Rank, len(sorted))
	for place, i := range sorted {
		ranks[place] = Rank{No: o.no[i], Rank: int64(place)}
	}
	return ranks
}

func (o *ordering) compare(a, b int32) int {
	switch {
	case o.at[a] != o.at[b]:
		return cmp.Compare(o.at[a], o.at[b])
	case o.depth[a] != o.depth[b]:
		return cmp.Compare(int64(o.depth[a]), int64(o.depth[b]))
	}
	return cmp.Compare(int64(a), int64(b))
}
