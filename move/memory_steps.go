package move

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// Add implements [Steps].
func (m *Memory) Add(ctx context.Context, id string, steps []Step, cursor string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.cases[id]
	if !ok {
		return fmt.Errorf("add steps: case %s: %w", id, ErrNoCase)
	}
	for _, s := range steps {
		if _, ok := kept.steps[s.Party]; !ok {
			m.addStep(kept, s)
		}
	}
	kept.steps[""].Cursor = cursor
	return nil
}

// Claim implements [Steps].
func (m *Memory) Claim(ctx context.Context, side Side, now time.Time, lease time.Duration, n, perHost int) ([]Step, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	queue := m.queue(side)
	now = micro(now)
	queue.expire(now, micro(now.Add(lease+ClockSlack)))
	queue.bringForward(now)
	taken := queue.take(now, n, perHost)
	claimed := make([]Step, 0, len(taken))
	for _, s := range taken {
		s.Version++
		s.leased = micro(now.Add(lease))
		queue.push(s)
		claimed = append(claimed, s.Step)
	}
	return claimed, nil
}

// Advance implements [Steps].
func (m *Memory) Advance(ctx context.Context, steps ...Step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	stale := 0
	for _, s := range steps {
		kept := m.step(s.Case, s.Party)
		if kept == nil || kept.Version != s.Version {
			stale++
			continue
		}
		m.change(kept, s)
	}
	if stale > 0 {
		return fmt.Errorf("advance: %d of %d steps: %w", stale, len(steps), ErrStale)
	}
	return nil
}

// Next implements [Steps].
func (m *Memory) Next(ctx context.Context, side Side) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.queue(side).next(), nil
}

const memoryPage = 256

// List implements [Steps].
func (m *Memory) List(ctx context.Context, id string, after vocab.IRI) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		for {
			if err := ctx.Err(); err != nil {
				yield(Step{}, err)
				return
			}
			page := m.page(id, after)
			for _, s := range page {
				if !yield(s, nil) {
					return
				}
			}
			if len(page) < memoryPage {
				return
			}
			after = page[len(page)-1].Party
		}
	}
}

func (m *Memory) page(id string, after vocab.IRI) []Step {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.cases[id]
	if !ok {
		return nil
	}
	if !kept.sorted {
		slices.Sort(kept.parties)
		kept.sorted = true
	}
	from, found := slices.BinarySearch(kept.parties, after)
	if found {
		from++
	}
	var page []Step
	for _, party := range kept.parties[from:min(from+memoryPage, len(kept.parties))] {
		page = append(page, kept.steps[party].Step)
	}
	return page
}

// Find implements [Steps].
func (m *Memory) Find(ctx context.Context, id string, party vocab.IRI) (Step, error) {
	if err := ctx.Err(); err != nil {
		return Step{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.step(id, party)
	if kept == nil {
		return Step{}, fmt.Errorf("find step: case %s: %w", id, ErrNoCase)
	}
	return kept.Step, nil
}

// Of implements [Steps].
func (m *Memory) Of(ctx context.Context, side Side, party vocab.IRI) ([]Step, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found := slices.Clone(m.owners[memoryKey{side, party}])
	slices.SortFunc(found, func(a, b *memoryStep) int {
		return cmp.Or(a.in.Opened.Compare(b.in.Opened), cmp.Compare(a.Case, b.Case))
	})
	steps := make([]Step, 0, len(found))
	for _, s := range found {
		steps = append(steps, s.Step)
	}
	return steps, nil
}

func (m *Memory) step(id string, party vocab.IRI) *memoryStep {
	kept, ok := m.cases[id]
	if !ok {
		return nil
	}
	return kept.steps[party]
}

func (m *Memory) addStep(in *memoryCase, s Step) {
	m.added++
	s.Case, s.Side, s.Version = in.ID, in.Side, 1
	s.Due, s.Since = micro(s.Due), micro(s.Since)
	kept := &memoryStep{Step: s, in: in, order: m.added, at: -1}
	in.steps[s.Party] = kept
	m.queue(s.Side).push(kept)
	if s.Party == "" {
		return
	}
	in.parties = append(in.parties, s.Party)
	in.sorted = false
	key := memoryKey{s.Side, s.Party}
	m.owners[key] = append(m.owners[key], kept)
}

// change stores next, which is newer than what is kept, and ends the lease.
func (m *Memory) change(kept *memoryStep, next Step) {
	queue := m.queue(kept.Side)
	queue.remove(kept)
	next.Side, next.Version = kept.Side, kept.Version+1
	next.Due, next.Since = micro(next.Due), micro(next.Since)
	kept.Step, kept.leased = next, time.Time{}
	queue.push(kept)
}

func (m *Memory) queue(side Side) *memoryQueue {
	queue, ok := m.queues[side]
	if !ok {
		queue = newMemoryQueue()
		m.queues[side] = queue
	}
	return queue
}
