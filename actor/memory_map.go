package actor

import (
	"container/list"
	"context"
	"slices"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// OutageLimit is how long an origin must be out of reach for it to count as an
// outage, after which a new key there is doubted.
const OutageLimit = 7 * 24 * time.Hour

const (
	maxOwners       = 100_000
	maxOrigins      = 100_000
	maxKeysPerOwner = 64
)

// A MapMemory is a [KeyMemory] that forgets with the process: for tests, for
// commands, and for servers that do not act on Moves. It is bounded: it holds
// 100,000 actors and as many origins, and forgets those that nobody has asked
// for or told of for longest; of one actor it holds 64 keys, and forgets the
// ones withdrawn first, but never the one that it saw first.
type MapMemory struct {
	mu       sync.Mutex
	owners   map[vocab.IRI]*rememberedOwner
	byOrigin map[string]map[vocab.IRI]bool
	heard    *list.List // of vocab.IRI, owners, the last asked for or told of in front
	origins  map[string]*rememberedOrigin
	met      *list.List // of string, origins, likewise
}

type rememberedOwner struct {
	records []KeyRecord
	place   *list.Element
}

type rememberedOrigin struct {
	OriginRecord
	failing time.Time // the first failure since it was last reached
	place   *list.Element
}

var _ KeyMemory = (*MapMemory)(nil)

// NewKeyMemory returns an empty MapMemory.
func NewKeyMemory() *MapMemory {
	return &MapMemory{
		owners:   make(map[vocab.IRI]*rememberedOwner),
		byOrigin: make(map[string]map[vocab.IRI]bool),
		heard:    list.New(),
		origins:  make(map[string]*rememberedOrigin),
		met:      list.New(),
	}
}

// Keys is [KeyMemory.Keys].
func (m *MapMemory) Keys(_ context.Context, owner vocab.IRI) ([]KeyRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.owners[owner]
	if !ok {
		return nil, nil
	}
	m.heard.MoveToFront(known.place)
	return slices.Clone(known.records), nil
}

// Remember is [KeyMemory.Remember].
func (m *MapMemory) Remember(_ context.Context, record KeyRecord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	owner := m.owner(record.Owner)
	for i := range owner.records {
		if known := &owner.records[i]; known.Fingerprint == record.Fingerprint {
			known.Vouched = known.Vouched || record.Vouched
			known.Withdrawn, known.Expires = record.Withdrawn, record.Expires
			return nil
		}
	}
	at, _ := slices.BinarySearchFunc(owner.records, record, func(a, b KeyRecord) int {
		// Among those first seen together, the newcomer is last.
		return cmpOr(a.FirstSeen.Compare(b.FirstSeen), -1)
	})
	owner.records = slices.Insert(owner.records, at, record)
	if len(owner.records) > maxKeysPerOwner {
		owner.forgetOne()
	}
	return nil
}

func cmpOr(a, otherwise int) int {
	if a != 0 {
		return a
	}
	return otherwise
}

// forgetOne drops the key withdrawn first, or the newest if none is. The oldest
// stays, withdrawn or not: it shows that all others are not the actor's first,
// which whoever took the actor over would like to be forgotten.
func (o *rememberedOwner) forgetOne() {
	drop := len(o.records) - 1
	for i, r := range o.records[1:] {
		withdrawn := o.records[drop].Withdrawn
		if !r.Withdrawn.IsZero() && (withdrawn.IsZero() || r.Withdrawn.Before(withdrawn)) {
			drop = i + 1
		}
	}
	o.records = slices.Delete(o.records, drop, drop+1)
}

func (m *MapMemory) owner(id vocab.IRI) *rememberedOwner {
	if known, ok := m.owners[id]; ok {
		m.heard.MoveToFront(known.place)
		return known
	}
	known := &rememberedOwner{place: m.heard.PushFront(id)}
	m.owners[id] = known
	origin := id.Origin()
	if m.byOrigin[origin] == nil {
		m.byOrigin[origin] = make(map[vocab.IRI]bool)
	}
	m.byOrigin[origin][id] = true
	if len(m.owners) > maxOwners {
		m.forgetOwner(m.heard.Remove(m.heard.Back()).(vocab.IRI))
	}
	return known
}

func (m *MapMemory) forgetOwner(id vocab.IRI) {
	delete(m.owners, id)
	origin := id.Origin()
	delete(m.byOrigin[origin], id)
	if len(m.byOrigin[origin]) == 0 {
		delete(m.byOrigin, origin)
	}
}

// Origin is [KeyMemory.Origin].
func (m *MapMemory) Origin(_ context.Context, origin string, except vocab.IRI) (record OriginRecord, others bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	owners := m.byOrigin[origin]
	others = len(owners) > 1 || len(owners) == 1 && !owners[except]
	if known, ok := m.origins[origin]; ok {
		m.met.MoveToFront(known.place)
		record = known.OriginRecord
	}
	return record, others, nil
}

// Reached is [KeyMemory.Reached].
func (m *MapMemory) Reached(_ context.Context, origin string, at time.Time, answered bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.origin(origin)
	if at.Before(o.LastReached) {
		return nil
	}
	long := !o.failing.IsZero() && at.Sub(o.failing) > OutageLimit
	switch {
	case answered && long:
		o.OutageFrom, o.OutageTo = o.failing, at
	case long:
		o.OutageFrom, o.OutageTo = o.failing, time.Time{}
	}
	switch {
	case answered:
		o.LastReached, o.failing = at, time.Time{}
	case o.failing.IsZero():
		o.failing = at
	}
	return nil
}

func (m *MapMemory) origin(name string) *rememberedOrigin {
	if known, ok := m.origins[name]; ok {
		m.met.MoveToFront(known.place)
		return known
	}
	known := &rememberedOrigin{place: m.met.PushFront(name)}
	m.origins[name] = known
	if len(m.origins) > maxOrigins {
		delete(m.origins, m.met.Remove(m.met.Back()).(string))
	}
	return known
}
