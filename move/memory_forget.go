package move

import (
	"context"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

var _ Pruner = (*Memory)(nil)

// Forget implements [Pruner].
func (m *Memory) Forget(ctx context.Context, before time.Time, n int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	before = micro(before)
	forgotten := 0
	for _, c := range m.cases {
		forgotten += m.forgetParties(c, before, n-forgotten)
	}
	for _, c := range m.cases {
		if forgotten < n && c.overSince(before) {
			m.forgetCase(c)
			forgotten++
		}
	}
	return forgotten, nil
}

// overSince reports whether a step's state, entered before a time, is the end.
func (s *memoryStep) overSince(before time.Time) bool {
	return s.Due.IsZero() && !s.Since.IsZero() && s.Since.Before(before) && s.State != Requested
}

func (c *memoryCase) overSince(before time.Time) bool {
	return c.Begun.IsZero() && !c.Opened.IsZero() && c.Opened.Before(before) &&
		len(c.parties) == 0 && c.steps[""].overSince(before)
}

func (m *Memory) forgetParties(c *memoryCase, before time.Time, n int) int {
	if c.Side != In {
		return 0
	}
	forgotten := 0
	c.parties = slices.DeleteFunc(c.parties, func(party vocab.IRI) bool {
		s := c.steps[party]
		if forgotten >= n || !s.overSince(before) {
			return false
		}
		forgotten++
		delete(c.steps, party)
		drop(m.owners, memoryKey{c.Side, party}, s)
		return true
	})
	return forgotten
}

func (m *Memory) forgetCase(c *memoryCase) {
	delete(m.cases, c.ID)
	for _, actor := range []vocab.IRI{c.Old, c.New, c.Claimed} {
		drop(m.actors, memoryKey{c.Side, actor}, c)
	}
}

// drop takes one thing out of those that stand under a key.
func drop[T comparable](from map[memoryKey][]T, key memoryKey, thing T) {
	left := slices.DeleteFunc(from[key], func(other T) bool { return other == thing })
	if len(left) == 0 {
		delete(from, key)
		return
	}
	from[key] = left
}
