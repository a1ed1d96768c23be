package portability

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"codeberg.org/godwit/godwit/vocab"
)

// MemoryStore is a [Store] in memory, for tests and for copies that need not outlive
// their process. It is safe for concurrent use, and keeps copies of what it is given.
type MemoryStore struct {
	mu   sync.RWMutex
	jobs map[string]*memoryJob
	urls map[vocab.IRI]Mapping

	underway map[string]bool // jobs that have not ended
}

var _ Store = (*MemoryStore)(nil)

// memoryJob is all that is kept of one job.
type memoryJob struct {
	job     Job
	byRef   map[Ref]*Entry
	byNo    []*Entry // in order
	names   map[vocab.IRI]Ref
	held    map[int64]Item // by the number of the entry
	waiting []*Entry       // of what is held, by rank; nil if it must be sorted anew
	files   []*memoryFile  // by number
	open    int            // before it all files are settled
	places  map[string]*memoryFile
}

// NewMemoryStore returns a store that has nothing.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{jobs: map[string]*memoryJob{}, urls: map[vocab.IRI]Mapping{}, underway: map[string]bool{}}
}

// clone returns a job that shares nothing that can be written to.
func (j Job) clone() Job {
	j.Options, j.Progress = slices.Clone(j.Options), slices.Clone(j.Progress)
	return j
}

// Create implements [Journal].
func (s *MemoryStore) Create(ctx context.Context, j Job) (Job, bool, error) {
	if err := ctx.Err(); err != nil {
		return Job{}, false, fmt.Errorf("create job: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if there := s.jobs[j.ID]; there != nil {
		return there.job.clone(), false, nil
	}
	j = j.clone()
	j.Version = 1
	s.jobs[j.ID] = &memoryJob{
		job: j, byRef: map[Ref]*Entry{}, names: map[vocab.IRI]Ref{},
		held: map[int64]Item{}, places: map[string]*memoryFile{},
	}
	s.note(j)
	return j.clone(), true, nil
}

// Job implements [Journal].
func (s *MemoryStore) Job(ctx context.Context, id string) (Job, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, err := s.find(ctx, id)
	if err != nil {
		return Job{}, err
	}
	return m.job.clone(), nil
}

// find returns what is kept of a job. The lock is held.
func (s *MemoryStore) find(ctx context.Context, id string) (*memoryJob, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read job: %w", err)
	}
	m := s.jobs[id]
	if m == nil {
		return nil, fmt.Errorf("read job %q: %w", id, ErrNoJob)
	}
	return m, nil
}

// Commit implements [Journal].
func (s *MemoryStore) Commit(ctx context.Context, j Job, c Change) (Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.find(ctx, j.ID)
	switch {
	case err != nil:
		return Job{}, err
	case m.job.Version != j.Version:
		return Job{}, fmt.Errorf("commit job %q: %w", j.ID, ErrStale)
	}
	j = j.clone()
	j.Version++
	m.job = j
	s.note(j)
	m.change(c)
	_ = s.enter(c.Mappings)
	return j.clone(), nil
}

func (m *memoryJob) change(c Change) {
	for _, e := range c.Entries {
		m.enter(e)
	}
	for _, n := range c.Names {
		m.names[n.Old] = n.Ref
	}
	m.refile(c.Refile)
	for _, f := range c.Files {
		m.stage(f)
	}
	m.order(c)
}

// Jobs implements [Store].
func (s *MemoryStore) Jobs(ctx context.Context, account vocab.IRI, after string) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		s.mu.RLock()
		var jobs []Job
		for id, m := range s.jobs {
			if id > after && (account == "" || m.job.Account == account) {
				jobs = append(jobs, m.job.clone())
			}
		}
		s.mu.RUnlock()
		slices.SortFunc(jobs, func(a, b Job) int { return cmp.Compare(a.ID, b.ID) })
		yieldEach(ctx, jobs, yield)
	}
}

// Underway implements [Store].
func (s *MemoryStore) Underway(ctx context.Context) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		s.mu.RLock()
		jobs := make([]Job, 0, len(s.underway))
		for id := range s.underway {
			jobs = append(jobs, s.jobs[id].job.clone())
		}
		s.mu.RUnlock()
		slices.SortFunc(jobs, func(a, b Job) int { return cmp.Compare(a.ID, b.ID) })
		yieldEach(ctx, jobs, yield)
	}
}

// note keeps in mind whether a job has ended. The lock is held.
func (s *MemoryStore) note(j Job) {
	delete(s.underway, j.ID)
	if !j.State.Ended() {
		s.underway[j.ID] = true
	}
}

// yieldEach yields what was read, as long as ctx lasts, and reports whether more is
// wanted.
func yieldEach[T any](ctx context.Context, all []T, yield func(T, error) bool) bool {
	for _, one := range all {
		if err := ctx.Err(); err != nil {
			var none T
			yield(none, fmt.Errorf("read store: %w", err))
			return false
		}
		if !yield(one, nil) {
			return false
		}
	}
	return true
}

// Find implements [URIMap].
func (s *MemoryStore) Find(ctx context.Context, olds []vocab.IRI) (map[vocab.IRI]Mapping, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := map[vocab.IRI]Mapping{}
	for _, old := range olds {
		if m, ok := s.urls[old]; ok {
			found[old] = m
		}
	}
	return found, ctx.Err()
}

// Mappings implements [URIMap].
func (s *MemoryStore) Mappings(ctx context.Context, from, after vocab.IRI) iter.Seq2[Mapping, error] {
	return func(yield func(Mapping, error) bool) {
		s.mu.RLock()
		found := slices.DeleteFunc(slices.Collect(maps.Values(s.urls)), func(m Mapping) bool {
			return m.Old <= after || from != "" && m.From != from
		})
		s.mu.RUnlock()
		slices.SortFunc(found, func(a, b Mapping) int { return cmp.Compare(a.Old, b.Old) })
		yieldEach(ctx, found, yield)
	}
}

// Map implements [URIMap].
func (s *MemoryStore) Map(ctx context.Context, mappings []Mapping) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("store mappings: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enter(mappings)
}

// enter stores mappings, and tells of the first that is another account's.
func (s *MemoryStore) enter(mappings []Mapping) error {
	var taken error
	for _, m := range mappings {
		known, there := s.urls[m.Old]
		switch {
		case !there || m.Replaces(known):
			s.urls[m.Old] = m
		case known.From != m.From:
			taken = cmp.Or(taken, error(&MapError{Old: m.Old}))
		}
	}
	return taken
}
