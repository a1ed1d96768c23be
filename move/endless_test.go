package move_test

import (
	"context"
	"fmt"
	"iter"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// endless is a Home that makes up its n followers as they are asked for, and
// looks at the heap now and then.
type endless struct {
	documents  documents
	n, yielded int
	most       uint64
}

func (e *endless) Point(_ context.Context, old, new vocab.IRI) error {
	e.documents[old] = account(old, fmt.Sprintf(`,"movedTo":%q`, new))
	return nil
}

func (e *endless) Recipients(_ context.Context, _, after vocab.IRI) iter.Seq2[move.Recipient, error] {
	return func(yield func(move.Recipient, error) bool) {
		first := 0
		if after != "" {
			if _, err := fmt.Sscanf(string(after), "https://f%d.example/u", &first); err != nil {
				yield(move.Recipient{}, err)
				return
			}
			first++
		}
		for n := first; n < e.n; n++ {
			id := vocab.IRI(fmt.Sprintf("https://f%07d.example/u", n))
			if e.yielded++; e.yielded%1_000 == 0 {
				e.most = max(e.most, heap())
			}
			if !yield(move.Recipient{ID: id, Inbox: id + "/inbox"}, nil) {
				return
			}
		}
	}
}

// taking is an inbox that takes everything.
type taking struct{}

func (taking) Deliver(context.Context, vocab.IRI, vocab.IRI, *vocab.Object) (int, error) {
	return 202, nil
}
