package move

import (
	"sync"
	"time"
)

// Limits, so that a flood of Moves does not become a flood of fetches. They are
// charged to whoever sent it; where nobody is known to have, they are many, as
// strangers can use them up.
const (
	burst          = 10
	relayedBurst   = 60
	throttlePeriod = 5 * time.Minute
	throttleSize   = 4096
)

// throttle allows each key a burst in every throttlePeriod. It forgets all of
// them when it holds too many: memory is bounded, and a flood under so many
// names is not this one's to stop.
type throttle struct {
	burst int
	mu    sync.Mutex
	tries map[string]*tries
}

type tries struct {
	since time.Time
	n     int
}

func (t *throttle) allow(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tries == nil || len(t.tries) >= throttleSize {
		t.tries = map[string]*tries{}
	}
	seen := t.tries[key]
	if seen == nil || now.Sub(seen.since) >= throttlePeriod {
		seen = &tries{since: now}
		t.tries[key] = seen
	}
	seen.n++
	return seen.n <= t.burst
}
