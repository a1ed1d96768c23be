package portability

import (
	"context"
	"iter"

	"codeberg.org/godwit/godwit/vocab"
)

// unmapped counts, by reason, the old addresses of what a proved copy has put that lead
// to no copy of this account.
func (e *Engine) unmapped(ctx context.Context, j Job) (map[Reason]int64, error) {
	if j.Standing != Proved || j.Old == "" {
		return nil, nil
	}
	counts := map[Reason]int64{}
	err := inBatches(e.store.Names(ctx, j.ID, ""), e.options.Batch, func(olds []vocab.IRI) error {
		return e.countUnmapped(ctx, j, olds, counts)
	})
	if err != nil {
		return nil, err
	}
	err = inBatches(e.fileAddresses(ctx, j), e.options.Batch, func(olds []vocab.IRI) error {
		return e.countTaken(ctx, j, olds, counts)
	})
	if err != nil || len(counts) == 0 {
		return nil, err
	}
	return counts, nil
}

// countUnmapped counts those of some names that no mapping leads on.
func (e *Engine) countUnmapped(ctx context.Context, j Job, olds []vocab.IRI, counts map[Reason]int64) error {
	found, err := e.store.Find(ctx, olds)
	if err != nil {
		return err
	}
	var left []vocab.IRI
	for _, old := range olds {
		if found[old].From != j.Old {
			left = append(left, old)
		}
	}
	if len(left) == 0 {
		return nil
	}
	named, err := named(ctx, e.store, j.ID, left, nil)
	for _, old := range left {
		entry := named[old]
		_, taken := found[old]
		switch {
		case !entry.wasPut() || entry.NewID == "" || entry.NewID == old:
		case taken:
			counts[AddressTaken]++
		default:
			counts[AddressNotOwn]++
		}
	}
	return err
}

// countTaken counts those of some addresses of files that are another account's.
func (e *Engine) countTaken(ctx context.Context, j Job, olds []vocab.IRI, counts map[Reason]int64) error {
	found, err := e.store.Find(ctx, olds)
	for _, m := range found {
		if m.From != j.Old {
			counts[AddressTaken]++
		}
	}
	return err
}

// fileAddresses yields where the files that were copied stood on the old host.
func (e *Engine) fileAddresses(ctx context.Context, j Job) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		for f, err := range e.store.Files(ctx, j.ID, -1) {
			old := f.Medium.URL
			if err == nil && (f.State != Copied || !vocab.SameOrigin(old, j.Old)) {
				continue
			}
			if !yield(old, err) || err != nil {
				return
			}
		}
	}
}

// inBatches hands on what a sequence yields, some at a time.
func inBatches[T any](seq iter.Seq2[T, error], most int, each func([]T) error) error {
	var batch []T
	for one, err := range seq {
		if err != nil {
			return err
		}
		if batch = append(batch, one); len(batch) < most {
			continue
		}
		if err := each(batch); err != nil {
			return err
		}
		batch = batch[:0]
	}
	if len(batch) == 0 {
		return nil
	}
	return each(batch)
}
