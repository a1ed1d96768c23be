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
	asked map[vocab.IRI]bool
	named map[vocab.IRI]Entry
}

func (v *visit) naming() *naming {
	return &naming{visit: v, asked: map[vocab.IRI]bool{}, named: map[vocab.IRI]Entry{}}
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
	named, err := n.visit.engine.store.Named(ctx, n.visit.id, left)
	if err != nil {
		return nil, err
	}
	for _, old := range left {
		n.asked[old] = true
	}
	claims := n.visit.claimant()
	for old, e := range named {
		if e.ID == string(old) || !claims.isAnothers(old) {
			n.named[old] = e
		}
	}
	return n.named, nil
}
