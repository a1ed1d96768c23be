package redirect

import (
	"context"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/portability"
)

// ObjectMaps makes object maps for requests, and holds each for a while, so that who
// reads one page after the other makes the server read the URI map once, and sees one
// order of entries whatever is copied meanwhile. What is taken back meanwhile is not
// shown. It is safe for concurrent use.
type ObjectMaps struct {
	Map portability.URIMap // required
	// Keep is for how long one is held: a minute for 0. What is copied shows after it.
	Keep time.Duration
	// Most is how many are held at once; 100 for 0.
	Most int
	// Now is the time; time.Now for nil.
	Now func() time.Time

	mu   sync.Mutex
	held map[ObjectMapOptions]*heldMap
}

type heldMap struct {
	mu    sync.Mutex // held while it is read
	made  *ObjectMap
	until time.Time
}

// Of returns an object map, which may be some time old.
func (m *ObjectMaps) Of(ctx context.Context, o ObjectMapOptions) (*ObjectMap, error) {
	h := m.hold(o)
	h.mu.Lock()
	defer h.mu.Unlock()
	now := m.now()
	keep := or(m.Keep, time.Minute)
	// One that is held for longer than any was made before the clock was set back.
	if left := h.until.Sub(now); h.made != nil && left > 0 && left <= keep {
		return h.made, nil
	}
	made, err := NewObjectMap(ctx, m.Map, &o)
	if err != nil {
		return nil, err
	}
	h.made, h.until = made, now.Add(keep)
	return made, nil
}

func (m *ObjectMaps) hold(o ObjectMapOptions) *heldMap {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := m.held[o]; h != nil {
		return h
	}
	if m.held == nil {
		m.held = map[ObjectMapOptions]*heldMap{}
	}
	most := m.Most
	if most <= 0 {
		most = 100
	}
	for other := range m.held { // any: one that is still wanted is made again
		if len(m.held) < most {
			break
		}
		delete(m.held, other)
	}
	h := &heldMap{}
	m.held[o] = h
	return h
}

func (m *ObjectMaps) now() time.Time {
	if m.Now != nil {
		return m.Now()
	}
	return time.Now()
}
