package portability

import (
	"context"

	"codeberg.org/godwit/godwit/vocab"
)

// A naming looks up what old IRIs stand for, and asks the store for each once. It is
// for one batch that is put, in which no name changes its owner: entries are as they
// were when they were asked for.
type naming struct {
	visit *visit
	batch map[Ref]Entry
	asked map[vocab.IRI]bool
	named map[vocab.IRI]Entry
}

func (v *visit) naming(batch []putting) *naming {
	n := &naming{visit: v, batch: make(map[Ref]Entry, len(batch)), asked: map[vocab.IRI]bool{}, named: map[vocab.IRI]Entry{}}
	for _, p := range batch {
		n.batch[p.stored.Ref] = p.stored
	}
	return n
}

// find returns what is known of some IRIs, and maybe of more. Nobody writes to it. An
// item that says of a neighbour's address that it is its own is not believed, but for its
// own id, by which others of the account call it.
func (n *naming) find(ctx context.Context, olds []vocab.IRI) (map[vocab.IRI]Entry, error) {
	var left []vocab.IRI
	for _, old := range olds {
		if !n.asked[old] {
			left = append(left, old)
		}
	}
	if len(left) == 0 {
		return n.named, nil
	}
	found, err := named(ctx, n.visit.engine.store, n.visit.id, left, n.batch)
	if err != nil {
		return nil, err
	}
	for _, old := range left {
		n.asked[old] = true
	}
	claims := n.visit.claimant()
	for old, e := range found {
		if e.ID == string(old) || !claims.isAnothers(old) {
			n.named[old] = e
		}
	}
	return n.named, nil
}

// named returns the entries of the items that old IRIs stand for. Those that are known
// already, as they are stored, are not asked for again.
func named(ctx context.Context, entries Entries, job string, olds []vocab.IRI, known map[Ref]Entry) (map[vocab.IRI]Entry, error) {
	owners, err := entries.Owners(ctx, job, olds)
	if err != nil {
		return nil, err
	}
	var unknown []Ref
	for _, ref := range owners {
		if _, is := known[ref]; !is {
			unknown = append(unknown, ref)
		}
	}
	var read map[Ref]Entry
	if len(unknown) > 0 {
		if read, err = entries.Known(ctx, job, unknown); err != nil {
			return nil, err
		}
	}
	found := make(map[vocab.IRI]Entry, len(owners))
	for old, ref := range owners {
		if e, is := known[ref]; is {
			found[old] = e
		} else if e, is := read[ref]; is {
			found[old] = e
		}
	}
	return found, nil
}
