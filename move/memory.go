package move

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Memory is a [Store] that lives as long as the process: for tests, for
// trying things out, and for servers that need not survive a restart in the
// midst of a move. It is safe for concurrent use. Make one with [NewMemory].
type Memory struct {
	mu     sync.Mutex
	cases  map[string]*memoryCase
	actors map[memoryKey][]*memoryCase // by each of Old, New and Claimed
	begun  map[memoryKey][]*memoryCase // those that were begun, by Old
	owners map[memoryKey][]*memoryStep // by party
	queues map[Side]*memoryQueue
	added  int64 // steps so far; of steps due at once the first added comes first
}

var _ Store = (*Memory)(nil)

type memoryKey struct {
	side Side
	id   vocab.IRI
}

type memoryCase struct {
	Case
	steps   map[vocab.IRI]*memoryStep // with the case's own under ""
	parties []vocab.IRI               // without ""
	sorted  bool                      // whether parties is
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		cases:  map[string]*memoryCase{},
		actors: map[memoryKey][]*memoryCase{},
		begun:  map[memoryKey][]*memoryCase{},
		owners: map[memoryKey][]*memoryStep{},
		queues: map[Side]*memoryQueue{},
	}
}

// Open implements [Cases].
func (m *Memory) Open(ctx context.Context, c Case, own Step) (Case, Step, bool, error) {
	if err := ctx.Err(); err != nil {
		return Case{}, Step{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if kept, ok := m.cases[c.ID]; ok {
		return kept.copy(), kept.steps[""].Step, false, nil
	}
	c.Begun = time.Time{}
	kept := m.addCase(c, own)
	return kept.copy(), kept.steps[""].Step, true, nil
}

// Begin implements [Cases].
func (m *Memory) Begin(ctx context.Context, c Case, own Step, notBefore time.Time) (Case, Step, bool, error) {
	if err := ctx.Err(); err != nil {
		return Case{}, Step{}, false, err
	}
	if c.Begun.IsZero() {
		return Case{}, Step{}, false, fmt.Errorf("begin case: %s: %w", c.ID, errNoTime)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, opened := m.cases[c.ID]
	if opened && (!kept.Begun.IsZero() || !kept.Cancelled.IsZero() || kept.steps[""].State == Cancelled) {
		return kept.copy(), kept.steps[""].Step, false, nil
	}
	if m.begunSince(c, micro(notBefore)) {
		return Case{}, Step{}, false, fmt.Errorf("begin case: %s: %w", c.ID, ErrCooldown)
	}
	if opened {
		m.beginOpened(kept, c, own)
	} else {
		kept = m.addCase(c, own)
	}
	old := memoryKey{c.Side, c.Old}
	m.begun[old] = append(m.begun[old], kept)
	return kept.copy(), kept.steps[""].Step, true, nil
}

var errNoTime = errors.New("the time of beginning is not set")

// begunSince reports whether another case of the same side and old account was
// begun at or after t.
func (m *Memory) begunSince(c Case, t time.Time) bool {
	return slices.ContainsFunc(m.begun[memoryKey{c.Side, c.Old}], func(other *memoryCase) bool {
		return other.ID != c.ID && !other.Begun.Before(t)
	})
}

func (m *Memory) beginOpened(kept *memoryCase, c Case, own Step) {
	if !kept.names(c.New) {
		m.index(kept, c.New)
	}
	kept.New, kept.Begun = c.New, micro(c.Begun)
	next := kept.steps[""].Step
	next.State, next.Due, next.Since = own.State, own.Due, own.Since
	next.Attempts, next.Status, next.Reason = own.Attempts, own.Status, own.Reason
	m.change(kept.steps[""], next)
}

// Cancel implements [Cases].
func (m *Memory) Cancel(ctx context.Context, id string, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.cases[id]
	if !ok {
		return fmt.Errorf("cancel case: %s: %w", id, ErrNoCase)
	}
	if kept.Cancelled.IsZero() {
		kept.Cancelled = micro(at)
	}
	return nil
}

// About implements [Cases].
func (m *Memory) About(ctx context.Context, side Side, actors ...vocab.IRI) ([]Case, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Case
	seen := map[string]bool{}
	for _, actor := range actors {
		for _, kept := range m.actors[memoryKey{side, actor}] {
			if kept.names(actor) && !seen[kept.ID] {
				seen[kept.ID] = true
				found = append(found, kept.listed())
			}
		}
	}
	slices.SortFunc(found, func(a, b Case) int {
		return cmp.Or(b.Opened.Compare(a.Opened), cmp.Compare(a.ID, b.ID))
	})
	return found, nil
}

// Case implements [Cases].
func (m *Memory) Case(ctx context.Context, id string) (Case, error) {
	if err := ctx.Err(); err != nil {
		return Case{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.cases[id]
	if !ok {
		return Case{}, fmt.Errorf("case: %s: %w", id, ErrNoCase)
	}
	return kept.copy(), nil
}

func (m *Memory) addCase(c Case, own Step) *memoryCase {
	c.Opened, c.Begun, c.Cancelled = micro(c.Opened), micro(c.Begun), micro(c.Cancelled)
	c.Evidence.At, c.Evidence.Delivered = micro(c.Evidence.At), micro(c.Evidence.Delivered)
	kept := &memoryCase{Case: c, steps: map[vocab.IRI]*memoryStep{}}
	kept.Case = kept.copy()
	m.cases[c.ID] = kept
	m.index(kept, c.Old)
	if c.New != c.Old {
		m.index(kept, c.New)
	}
	if c.Claimed != c.Old && c.Claimed != c.New {
		m.index(kept, c.Claimed)
	}
	own.Party = ""
	m.addStep(kept, own)
	return kept
}

func (m *Memory) index(c *memoryCase, actor vocab.IRI) {
	if actor == "" {
		return
	}
	key := memoryKey{c.Side, actor}
	m.actors[key] = append(m.actors[key], c)
}

func (c *memoryCase) names(actor vocab.IRI) bool {
	return actor == c.Old || actor == c.New || actor == c.Claimed
}

// copy returns the case with bytes of its own, as callers may change them.
func (c *memoryCase) copy() Case {
	out := c.Case
	out.Activity, out.Update = bytes.Clone(c.Activity), bytes.Clone(c.Update)
	return out
}

// listed returns the case as [Cases.About] does.
func (c *memoryCase) listed() Case {
	out := c.Case
	out.Activity, out.Update = nil, nil
	return out
}

// micro returns t as every store keeps it: in UTC, to the microsecond.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
