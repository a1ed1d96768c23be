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
		var seen seenNames
		for item, err := range items {
			if err == nil {
				mark(&item, &seen, seed)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func mark(item *portability.Item, seen *seenNames, seed maphash.Seed) {
	name, said := maphash.String(seed, item.ID), maphash.Bytes(seed, item.Raw)
	if item.Object != nil {
		said = maphash.Bytes(seed, item.Object.Bytes())
	}
	before, again := seen.look(name, said)
	switch {
	case again && before == said:
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.Repeated})
	case again:
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.DuplicateID})
	}
}

// seenNames are hashes of names, each with one of what was said under it: a table
// in which a name stands in the first free place from its own on. A map would take
// up to four times as much while it grows.
type seenNames struct {
	table []seenName // a fifth is free, at least
	count int
}

// The name 0 is a free place; a name whose hash that is counts as 1.
type seenName struct{ name, said uint64 }

// look returns what was said under a name, and whether anything was. If not it is
// remembered, as long as there are not too many.
func (s *seenNames) look(name, said uint64) (before uint64, again bool) {
	name = max(name, 1)
	if s.count >= len(s.table)*4/5 && s.count < mostNames {
		s.grow()
	}
	i := s.place(name)
	if s.table[i].name == name {
		return s.table[i].said, true
	}
	if s.count < mostNames {
		s.table[i] = seenName{name, said}
		s.count++
	}
	return 0, false
}

// place is where a name stands, or would.
func (s *seenNames) place(name uint64) int {
	i := int(name % uint64(len(s.table)))
	for s.table[i].name != 0 && s.table[i].name != name {
		if i++; i == len(s.table) {
			i = 0
		}
	}
	return i
}

func (s *seenNames) grow() {
	old := s.table
	s.table = make([]seenName, min(max(64, 2*len(old)), mostNames*5/4))
	for _, n := range old {
		if n.name != 0 {
			s.table[s.place(n.name)] = n
		}
	}
}
