package container

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sort"
	"strings"
)

// An entry is a file of a container, and where it is. There may be a million.
type entry struct {
	name    string
	size    int64
	packed  int64 // its length in the container
	offset  int64 // of its data in the container
	header  int64 // of what stands before it; zip only
	crc     uint32
	method  uint16
	skipped skipped
	cut     bool // its end is not there; only in salvage
}

// skipped says why an entry is listed nowhere, in a byte.
type skipped byte

const (
	notSkipped skipped = iota
	linkSkipped
	specialSkipped
)

func (s skipped) reason() Reason {
	switch s {
	case linkSkipped:
		return ReasonLink
	case specialSkipped:
		return ReasonSpecial
	}
	return ""
}

// An index holds the entries in their order, and finds them by name.
type index struct {
	entries []entry
	sorted  []int32
}

// A builder fills an index under the limits.
type builder struct {
	cleaner
	index   index
	wrapper string // once done
	count   int
	total   int64
	names   int64
	texts   texts
}

// texts keeps short texts in large pieces, as each by itself would take a header
// and what its length is rounded up to.
type texts struct{ piece strings.Builder }

const pieceLength = 64 << 10

func (t *texts) keep(text string) string {
	if len(text) > t.piece.Cap()-t.piece.Len() {
		t.piece = strings.Builder{}
		t.piece.Grow(max(pieceLength, len(text)))
	}
	from := t.piece.Len()
	t.piece.WriteString(text)
	return t.piece.String()[from:]
}

func newBuilder(opts *Options, n *notes) *builder {
	return &builder{cleaner: cleaner{opts: opts, notes: n}}
}

// counted counts an entry of any kind.
func (b *builder) counted() error {
	if b.count++; b.count > b.opts.Limits.Entries {
		return refuse(ReasonEntries, "")
	}
	return nil
}

// add takes an entry whose name is as the container has it. A folder is checked
// and not kept.
func (b *builder) add(e entry, folder bool) error {
	name, bad := b.clean(e.name)
	if bad != nil {
		return b.notes.lose(bad)
	}
	if folder || name == "" || noise(name) {
		return nil
	}
	if e.skipped != notSkipped {
		b.notes.odd.add(e.skipped.reason(), name)
		e.size, e.packed = 0, 0
	}
	if b.total += e.size; b.total > b.opts.Limits.Total || e.size > b.opts.Limits.Total {
		return refuse(ReasonTotal, name)
	}
	if b.names += int64(len(name)); b.names > b.opts.Limits.NameBytes {
		return refuse(ReasonNames, name)
	}
	e.name = b.texts.keep(name)
	b.index.entries = append(b.index.entries, e)
	return nil
}

// done strips a wrapper and refuses names that stand for two things.
func (b *builder) done() (index, error) {
	if len(b.index.entries) == 0 {
		return b.index, b.notes.lose(refuse(ReasonEmpty, ""))
	}
	b.wrapper = b.index.wrapper()
	if b.wrapper != "" {
		b.notes.odd.add(ReasonWrapper, b.wrapper)
	}
	for i := range b.index.entries {
		b.index.entries[i].name = b.index.entries[i].name[len(b.wrapper):]
	}
	b.index.entries = slices.Clone(b.index.entries) // growing left room for a quarter more
	b.index.sort()
	if err := b.index.refuseTwice(b.notes); err != nil {
		return index{}, err
	}
	b.index.reportClashes(b.notes)
	return b.index, nil
}

func (x *index) sort() {
	x.sorted = make([]int32, len(x.entries))
	for i := range x.sorted {
		x.sorted[i] = int32(i)
	}
	slices.SortFunc(x.sorted, func(a, b int32) int {
		return cmp.Or(comparePaths(x.entries[a].name, x.entries[b].name), cmp.Compare(a, b))
	})
}

// comparePaths sorts a folder's files right behind a file of the folder's name.
func comparePaths(a, b string) int {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] == b[i]:
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return 1
		default:
			return cmp.Compare(a[i], b[i])
		}
	}
	return cmp.Compare(len(a), len(b))
}

func (x *index) find(name string) *entry {
	i, ok := sort.Find(len(x.sorted), func(i int) int {
		return comparePaths(name, x.entries[x.sorted[i]].name)
	})
	if !ok {
		return nil
	}
	return &x.entries[x.sorted[i]]
}

// refuseTwice refuses a name that two entries have, or a file and a folder. In
// salvage the first one stays.
func (x *index) refuseTwice(n *notes) error {
	kept := x.sorted[:0]
	var lost []int32
	for _, i := range x.sorted {
		name := x.entries[i].name
		r := Reason("")
		if len(kept) > 0 {
			r = twice(x.entries[kept[len(kept)-1]].name, name)
		}
		if r == "" {
			kept = append(kept, i)
			continue
		}
		if err := n.lose(refuse(r, name)); err != nil {
			return err
		}
		lost = append(lost, i)
	}
	x.sorted = kept
	x.drop(lost)
	return nil
}

func twice(before, name string) Reason {
	if before == name {
		return ReasonDuplicate
	}
	if strings.HasPrefix(name, before) && name[len(before)] == '/' {
		return ReasonFileFolder
	}
	return ""
}

// drop takes entries out of the order, and sorts what is left anew.
func (x *index) drop(lost []int32) {
	if len(lost) == 0 {
		return
	}
	slices.Sort(lost)
	kept := x.entries[:0]
	for i := range x.entries {
		if _, gone := slices.BinarySearch(lost, int32(i)); !gone {
			kept = append(kept, x.entries[i])
		}
	}
	x.entries = kept
	x.sort()
}

// reportClashes reports names that are one name to some file systems. Their
// hashes are compared, to hold no second copy of every name.
func (x *index) reportClashes(n *notes) {
	type hashed struct {
		sum   uint64
		entry int32
	}
	seed := maphash.MakeSeed()
	all := make([]hashed, len(x.entries))
	for i := range x.entries {
		all[i] = hashed{maphash.String(seed, fold(x.entries[i].name)), int32(i)}
	}
	slices.SortFunc(all, func(a, b hashed) int {
		return cmp.Or(cmp.Compare(a.sum, b.sum), cmp.Compare(a.entry, b.entry))
	})
	for i := 1; i < len(all); i++ {
		if all[i].sum == all[i-1].sum {
			n.odd.add(ReasonClash, x.entries[all[i].entry].name)
		}
	}
}
