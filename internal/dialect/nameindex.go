package dialect

import (
	"cmp"
	"slices"
	"sort"
)

// A nameIndex finds entries by what is made of their names, in 4 bytes for each
// beside the names that the view has.
type nameIndex struct {
	names  []string
	key    func(name string) string
	places []int32 // in names, in the order of their keys
}

func indexNames(v *View, key func(string) string, wanted func(name string) bool) nameIndex {
	x := nameIndex{names: v.Names(), key: key}
	for i, name := range x.names {
		if wanted(name) {
			x.places = append(x.places, int32(i))
		}
	}
	slices.SortStableFunc(x.places, func(a, b int32) int { return cmp.Compare(key(x.names[a]), key(x.names[b])) })
	return x
}

// find returns the places of the names with a key.
func (x nameIndex) find(key string) []int32 {
	at := func(i int) string { return x.key(x.names[x.places[i]]) }
	from := sort.Search(len(x.places), func(i int) bool { return at(i) >= key })
	to := from + sort.Search(len(x.places)-from, func(i int) bool { return at(from+i) > key })
	return x.places[from:to]
}

// whole is the key that is the name.
func whole(name string) string { return name }

// namedEntries are those that were named before.
type namedEntries struct {
	nameIndex
	seen []bool
}

// add reports whether an entry is named for the first time. One that is not there
// always is.
func (n namedEntries) add(entry string) bool {
	for _, place := range n.find(entry) {
		if n.seen[place] {
			return false
		}
		n.seen[place] = true
	}
	return true
}
