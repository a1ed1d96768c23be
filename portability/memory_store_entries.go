package portability

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"math"
	"slices"

	"codeberg.org/godwit/godwit/vocab"
)

// memoryPage is how many entries are copied at once while the store is locked.
const memoryPage = 1000

func (e Entry) clone() Entry {
	e.URLs = slices.Clone(e.URLs)
	return e
}

func compareNo(e *Entry, no int64) int { return cmp.Compare(e.No, no) }

func (m *memoryJob) enter(e Entry) {
	e = e.clone()
	if there := m.byRef[e.Ref]; there != nil {
		if e.No = there.No; e.Rank != there.Rank {
			m.waiting = nil
		}
		*there = e
		return
	}
	m.byRef[e.Ref] = &e
	i, _ := slices.BinarySearchFunc(m.byNo, e.No, compareNo)
	m.byNo = slices.Insert(m.byNo, i, &e)
}

// order stores ranks and what is held.
func (m *memoryJob) order(c Change) {
	for _, r := range c.Ranks {
		if i, ok := slices.BinarySearchFunc(m.byNo, r.No, compareNo); ok {
			m.byNo[i].Rank = r.Rank
		}
	}
	if c.Drop {
		clear(m.held)
	}
	for _, h := range c.Hold {
		m.held[h.No] = h.Item.clone()
	}
	if c.Drop || len(c.Ranks)+len(c.Hold) > 0 {
		m.waiting = nil
	}
}

// Entries implements [Entries].
func (s *MemoryStore) Entries(ctx context.Context, job string, after int64, f EntryFilter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for {
			page, last, err := s.page(ctx, job, after, f)
			switch {
			case err != nil:
				yield(Entry{}, err)
				return
			case !yieldEach(ctx, page, yield), last:
				return
			}
			after = page[len(page)-1].No
		}
	}
}

// page returns the next entries that pass, and whether there are no more.
func (s *MemoryStore) page(ctx context.Context, job string, after int64, f EntryFilter) ([]Entry, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, err := s.find(ctx, job)
	if err != nil {
		return nil, true, err
	}
	var page []Entry
	for e := range m.behind(after, f.Down) {
		if !f.takes(e) {
			continue
		}
		if page = append(page, e.clone()); len(page) == memoryPage {
			return page, false, nil
		}
	}
	return page, true, nil
}

// behind yields entries by number, upwards or downwards.
func (m *memoryJob) behind(after int64, down bool) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		if down {
			i, _ := slices.BinarySearchFunc(m.byNo, after, compareNo)
			for _, e := range slices.Backward(m.byNo[:i]) {
				if !yield(e) {
					return
				}
			}
			return
		}
		i, found := slices.BinarySearchFunc(m.byNo, after, compareNo)
		if found {
			i++
		}
		for _, e := range m.byNo[i:] {
			if !yield(e) {
				return
			}
		}
	}
}

func (f EntryFilter) takes(e *Entry) bool {
	switch {
	case f.Stage != "" && e.Stage != f.Stage,
		f.Kind != "" && e.Kind != f.Kind,
		f.Staged && e.State != "",
		len(f.States) > 0 && !slices.Contains(f.States, e.State),
		f.Before > 0 && e.Run >= f.Before:
		return false
	}
	return true
}

// Known implements [Entries].
func (s *MemoryStore) Known(ctx context.Context, job string, refs []Ref) (map[Ref]Entry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, err := s.find(ctx, job)
	if err != nil {
		return nil, err
	}
	known := make(map[Ref]Entry, len(refs))
	for _, ref := range refs {
		if e := m.byRef[ref]; e != nil {
			known[ref] = e.clone()
		}
	}
	return known, nil
}

// Owners implements [Entries].
func (s *MemoryStore) Owners(ctx context.Context, job string, olds []vocab.IRI) (map[vocab.IRI]Ref, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, err := s.find(ctx, job)
	if err != nil {
		return nil, err
	}
	owners := make(map[vocab.IRI]Ref, len(olds))
	for _, old := range olds {
		if ref, there := m.names[old]; there {
			owners[old] = ref
		}
	}
	return owners, nil
}

// Names implements [Entries].
func (s *MemoryStore) Names(ctx context.Context, job string, after vocab.IRI) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		s.mu.RLock()
		m, err := s.find(ctx, job)
		var names []vocab.IRI
		if err == nil {
			names = slices.Sorted(maps.Keys(m.names))
		}
		s.mu.RUnlock()
		if err != nil {
			yield("", err)
			return
		}
		at, _ := slices.BinarySearchFunc(names, after, func(name, after vocab.IRI) int {
			if name <= after {
				return -1
			}
			return 1
		})
		yieldEach(ctx, names[at:], yield)
	}
}

// Links implements [Threads].
func (s *MemoryStore) Links(ctx context.Context, job string) iter.Seq2[Link, error] {
	return func(yield func(Link, error) bool) {
		for e, err := range s.Entries(ctx, job, -1, EntryFilter{Stage: StageContent}) {
			if err != nil {
				yield(Link{}, err)
				return
			}
			if !yield(Link{No: e.No, Parent: s.parent(job, e), Published: e.Published}, nil) {
				return
			}
		}
	}
}

// parent returns the number of the content that an entry answers, or -1.
func (s *MemoryStore) parent(job string, e Entry) int64 {
	if e.Parent == "" {
		return -1
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := s.jobs[job].byRef[Ref{Kind: e.Kind, ID: e.Parent}]
	if p == nil || p.Stage != StageContent {
		return -1
	}
	return p.No
}

// Held implements [Threads].
func (s *MemoryStore) Held(ctx context.Context, job string, after int64) iter.Seq2[HeldItem, error] {
	return func(yield func(HeldItem, error) bool) {
		for {
			page, err := s.heldPage(ctx, job, after)
			switch {
			case err != nil:
				yield(HeldItem{}, err)
				return
			case !yieldEach(ctx, page, yield), len(page) < memoryPage:
				return
			}
			after = page[len(page)-1].Rank
		}
	}
}

func (s *MemoryStore) heldPage(ctx context.Context, job string, after int64) ([]HeldItem, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.find(ctx, job)
	if err != nil || after == math.MaxInt64 {
		return nil, err
	}
	waiting := m.sorted()
	i, _ := slices.BinarySearchFunc(waiting, after+1, func(e *Entry, rank int64) int { return cmp.Compare(e.Rank, rank) })
	var page []HeldItem
	for _, e := range waiting[i:min(len(waiting), i+memoryPage)] {
		page = append(page, HeldItem{No: e.No, Rank: e.Rank, Item: m.held[e.No].clone()})
	}
	return page, nil
}

// sorted returns the entries of what is held by rank.
func (m *memoryJob) sorted() []*Entry {
	if m.waiting != nil {
		return m.waiting
	}
	m.waiting = []*Entry{}
	for _, e := range m.byNo {
		if _, held := m.held[e.No]; held {
			m.waiting = append(m.waiting, e)
		}
	}
	slices.SortStableFunc(m.waiting, func(a, b *Entry) int { return cmp.Compare(a.Rank, b.Rank) })
	return m.waiting
}
