package client

import (
	"container/list"
	"sync"
	"time"
)

// An lru keeps values until they expire or until, by their costs, there are
// too many; then the one longest unused goes. It is safe for concurrent use.
type lru[K comparable, V any] struct {
	mu        sync.Mutex
	max, used int64
	order     *list.List // of *kept[K, V], the latest used in front
	items     map[K]*list.Element
}

type kept[K comparable, V any] struct {
	key     K
	value   V
	cost    int64
	expires time.Time
}

func newLRU[K comparable, V any](maxCost int64) *lru[K, V] {
	return &lru[K, V]{max: maxCost, order: list.New(), items: make(map[K]*list.Element)}
}

// get returns the value of key if it has not expired.
func (l *lru[K, V]) get(key K, now time.Time) (value V, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.find(key, now)
}

func (l *lru[K, V]) find(key K, now time.Time) (value V, ok bool) {
	element, ok := l.items[key]
	if !ok {
		return value, false
	}
	k := element.Value.(*kept[K, V])
	if !now.Before(k.expires) {
		l.remove(element)
		return value, false
	}
	l.order.MoveToFront(element)
	return k.value, true
}

// put keeps value until expires. What costs more than the whole lru holds is
// not kept.
func (l *lru[K, V]) put(key K, value V, cost int64, expires time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.store(key, value, cost, expires)
}

// add is put unless there is a value already; it reports whether there was
// none.
func (l *lru[K, V]) add(key K, value V, now, expires time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, there := l.find(key, now); there {
		return false
	}
	l.store(key, value, 1, expires)
	return true
}

func (l *lru[K, V]) drop(key K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if element, ok := l.items[key]; ok {
		l.remove(element)
	}
}

func (l *lru[K, V]) store(key K, value V, cost int64, expires time.Time) {
	if old, ok := l.items[key]; ok {
		l.remove(old)
	}
	if cost > l.max {
		return
	}
	l.items[key] = l.order.PushFront(&kept[K, V]{key, value, cost, expires})
	l.used += cost
	for l.used > l.max {
		l.remove(l.order.Back())
	}
}

func (l *lru[K, V]) remove(element *list.Element) {
	k := l.order.Remove(element).(*kept[K, V])
	delete(l.items, k.key)
	l.used -= k.cost
}
