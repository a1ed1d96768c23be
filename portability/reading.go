package portability

import (
	"context"
	"errors"
	"iter"
)

// A reading reads items of a kind page by page, while nobody else has the job.
type reading struct {
	v      *visit
	kind   Kind
	next   func() (Item, error, bool)
	stop   func()
	cancel func()
	n      int64 // items that were read
}

// reading begins to read behind a position, until end is called.
func (v *visit) reading(ctx context.Context, k Kind, after string) *reading {
	ctx, cancel := context.WithCancel(ctx)
	r := &reading{v: v, kind: k, cancel: cancel}
	r.next, r.stop = iter.Pull2(v.source.Items(ctx, k, after))
	return r
}

func (r *reading) end() {
	r.cancel()
	r.stop()
}

// page returns the next items, and whether there are no more. Their documents are
// together not much larger than batchBytes, and they are fewer where they take long to
// come. With an error come those before it.
func (r *reading) page(ctx context.Context, most int) (items []Item, last bool, err error) {
	err = r.v.during(ctx, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, r.cancel)()
		items, last, err = r.pull(most)
		return err
	})
	r.n += int64(len(items))
	return items, last, err
}

func (r *reading) pull(most int) (items []Item, last bool, err error) {
	began, held := r.v.engine.now(), 0
	for len(items) < most && held < batchBytes {
		item, err, ok := r.next()
		switch {
		case !ok:
			return items, true, nil
		case err != nil:
			return items, false, ofEnd("read "+string(r.kind), err)
		}
		item.Kind = r.kind
		items = append(items, item)
		if held += item.size(); r.v.engine.slow(began) {
			break
		}
	}
	return items, false, nil
}

// errRereadAll says that a position no longer holds.
var errRereadAll = errors.New("the position no longer holds")

// batch returns the next items of a kind behind a position, and whether there are no
// more.
func (v *visit) batch(ctx context.Context, k Kind, after string, most int) (items []Item, last bool, err error) {
	r := v.reading(ctx, k, after)
	defer r.end()
	items, last, err = r.page(ctx, most)
	switch {
	case err == nil, stale(err):
		return items, last, err
	case errors.Is(err, ErrChanged) && after != "":
		return nil, false, errRereadAll
	case len(items) > 0:
		return items, false, nil // it fails again at the next step, if it does
	}
	return nil, false, err
}

// sweep reads a kind from its beginning until it has a page of which some items are
// wanted, for a source whose positions do not hold. It holds one page at a time. Where it
// has read much more than there was of the kind, and nothing was wanted, it ends as well.
func (v *visit) sweep(ctx context.Context, j Job, most int, wanted func([]Item) ([]Item, error)) (items []Item, last bool, err error) {
	r := v.reading(ctx, j.Kind, "")
	defer r.end()
	for len(items) == 0 && !last {
		page, ended, err := r.page(ctx, most)
		if err != nil {
			return nil, false, err
		}
		if items, err = wanted(page); err != nil {
			return nil, false, err
		}
		endless := len(items) == 0 && r.n > j.plenty(j.Kind)
		if endless && j.Stage == StageRead {
			return nil, false, errEndless
		}
		last = ended || endless
	}
	return items, last, nil
}

// plenty is more items than a source shows of a kind while it is read once again,
// unless it never ends.
func (j Job) plenty(k Kind) int64 { return 2*j.counted(StageRead, k).Met + 10_000 }

// errEndless refuses a source that shows more than can be, or the same ones for ever.
var errEndless = ofEnd("read the source", &RefusedJobError{Ground: GroundEndless, Text: "it shows no end"})

// endless fails if the source has shown more of all kinds than the job may have, or
// more of one a second time than there could be.
func (v *visit) endless(j Job) error {
	t, all := j.counted(StageRead, j.Kind), int64(0)
	for _, t := range j.Progress {
		if t.Stage == StageRead {
			all += t.Met
		}
	}
	if all > v.options.most() || t.Met-t.Done > t.Done+10_000 {
		return errEndless
	}
	return nil
}
