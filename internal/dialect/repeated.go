package dialect

import (
	"hash/maphash"
	"iter"

	"codeberg.org/godwit/godwit/portability"
)

// mostNames is how many names of items are remembered, as 16 bytes each, to find
// the same name again. Sinks find all.
const mostNames = 1 << 18

// markRepeated says so of an item whose name another one of the sequence had.
func markRepeated(items iter.Seq2[portability.Item, error]) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		seed := maphash.MakeSeed()
		seen := map[uint64]uint64{}
		for item, err := range items {
			if err == nil {
				mark(&item, seen, seed)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func mark(item *portability.Item, seen map[uint64]uint64, seed maphash.Seed) {
	name, said := maphash.String(seed, item.ID), maphash.Bytes(seed, item.Raw)
	if item.Object != nil {
		said = maphash.Bytes(seed, item.Object.Bytes())
	}
	before, again := seen[name]
	switch {
	case again && before == said:
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.Repeated})
	case again:
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.DuplicateID})
	case len(seen) < mostNames:
		seen[name] = said
	}
}
