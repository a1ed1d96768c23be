package redirect

import (
	"container/list"
	"context"
	"sync"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// maxObservations bounds what others can make a process remember.
const maxObservations = 100_000

// MemoryObservations is [portability.Observations] that forgets with the process. It holds 100,000,
// and forgets those first that were not asked for for longest: their old places are asked
// again. The zero value is empty and ready.
type MemoryObservations struct {
	mu    sync.Mutex
	known map[vocab.IRI]*list.Element
	asked list.List // of portability.Observation, the last asked for in front
}

var _ portability.Observations = (*MemoryObservations)(nil)

// Observation is [portability.Observations.Observation].
func (m *MemoryObservations) Observation(_ context.Context, old vocab.IRI) (portability.Observation, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.known[old]
	if !ok {
		return portability.Observation{}, false, nil
	}
	m.asked.MoveToFront(e)
	return e.Value.(portability.Observation), true, nil
}

// Observe is [portability.Observations.Observe].
func (m *MemoryObservations) Observe(_ context.Context, o portability.Observation) error {
	if err := portability.CheckTimes(o.First, o.Last, o.Revoked); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.known[o.Old]
	if ok && e.Value.(portability.Observation).Version != o.Version || !ok && o.Version != 0 {
		return portability.ErrOverwritten
	}
	o.Version++
	if ok {
		e.Value = o
		m.asked.MoveToFront(e)
		return nil
	}
	if m.known == nil {
		m.known = map[vocab.IRI]*list.Element{}
	}
	m.known[o.Old] = m.asked.PushFront(o)
	if len(m.known) > maxObservations {
		last := m.asked.Remove(m.asked.Back()).(portability.Observation)
		delete(m.known, last.Old)
	}
	return nil
}
