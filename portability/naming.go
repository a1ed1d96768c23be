package portability

import (
	"context"
	"maps"

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

// find returns what is known of some IRIs, and maybe of more. Nobody writes to it.
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
	maps.Copy(n.named, named)
	return n.named, nil
}
