package portability

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"
)

// memoryFile is one file with its lease.
type memoryFile struct {
	JobFile
	worker string
	until  time.Time
}

// stage takes a file that is not known yet.
func (m *memoryJob) stage(f JobFile) {
	if m.places[f.Place] != nil {
		return
	}
	file := &memoryFile{JobFile: f}
	m.places[f.Place] = file
	i, _ := slices.BinarySearchFunc(m.files, f.No, compareFile)
	m.files = slices.Insert(m.files, i, file)
	m.open = min(m.open, i)
}

func compareFile(f *memoryFile, no int64) int { return cmp.Compare(f.No, no) }

// refile lets files that ended in one of the states be copied again. A lease of one that
// has not ended stays.
func (m *memoryJob) refile(states []State) {
	for _, f := range m.files {
		if !slices.Contains(states, f.State) {
			continue
		}
		if f.State != "" {
			f.worker, f.until = "", time.Time{}
		}
		f.JobFile = JobFile{No: f.No, Place: f.Place, Medium: f.Medium}
		m.open = 0
	}
}

// due returns when a file may be claimed.
func (f *memoryFile) due() time.Time {
	if f.worker != "" && f.until.After(f.Due) {
		return f.until
	}
	return f.Due
}

// isOver reports whether a time is over, or cannot be.
func isOver(t, now time.Time) bool { return !t.After(now) || t.After(now.Add(longest)) }

// ClaimFiles implements [JobFiles].
func (s *MemoryStore) ClaimFiles(ctx context.Context, job, worker string, now, until time.Time, n int) ([]JobFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.find(ctx, job)
	if err != nil {
		return nil, err
	}
	for m.open < len(m.files) && m.files[m.open].State != "" {
		m.open++
	}
	var claimed []JobFile
	for _, f := range m.files[m.open:] {
		if len(claimed) == n {
			break
		}
		if f.State == "" && isOver(f.Due, now) && (f.worker == "" || isOver(f.until, now)) {
			f.worker, f.until = worker, until
			claimed = append(claimed, f.JobFile)
		}
	}
	return claimed, nil
}

// RenewFiles implements [JobFiles].
func (s *MemoryStore) RenewFiles(ctx context.Context, job, worker string, until time.Time, places []string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.find(ctx, job)
	if err != nil {
		return nil, err
	}
	var ours []string
	for _, place := range places {
		if f := m.places[place]; f != nil && f.State == "" && f.worker == worker {
			f.until = until
			ours = append(ours, place)
		}
	}
	return ours, nil
}

// SettleFiles implements [JobFiles].
func (s *MemoryStore) SettleFiles(ctx context.Context, job, worker string, files []JobFile) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.find(ctx, job)
	if err != nil {
		return err
	}
	for _, f := range files {
		there := m.places[f.Place]
		if there == nil || there.State != "" || there.worker != worker && f.State != Copied {
			continue
		}
		f.No = there.No
		there.JobFile, there.worker, there.until = f, "", time.Time{}
	}
	return nil
}

// Files implements [JobFiles].
func (s *MemoryStore) Files(ctx context.Context, job string, after int64) iter.Seq2[JobFile, error] {
	return func(yield func(JobFile, error) bool) {
		s.mu.RLock()
		m, err := s.find(ctx, job)
		var files []JobFile
		if err == nil {
			i, _ := slices.BinarySearchFunc(m.files, after+1, compareFile)
			for _, f := range m.files[i:] {
				files = append(files, f.JobFile)
			}
		}
		s.mu.RUnlock()
		if err != nil {
			yield(JobFile{}, err)
			return
		}
		yieldEach(ctx, files, yield)
	}
}

// Found implements [JobFiles].
func (s *MemoryStore) Found(ctx context.Context, job string, places []string) (map[string]JobFile, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, err := s.find(ctx, job)
	if err != nil {
		return nil, err
	}
	found := make(map[string]JobFile, len(places))
	for _, place := range places {
		if f := m.places[place]; f != nil {
			found[place] = f.JobFile
		}
	}
	return found, nil
}

// Unsettled implements [JobFiles].
func (s *MemoryStore) Unsettled(ctx context.Context, job string) (int64, time.Time, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m, err := s.find(ctx, job)
	if err != nil {
		return 0, time.Time{}, err
	}
	var n int64
	var due time.Time
	for _, f := range m.files {
		if f.State != "" {
			continue
		}
		if n++; n == 1 || f.due().Before(due) {
			due = f.due()
		}
	}
	return n, due, nil
}
