package move

import (
	"sync"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// Limits on verifications of one old account, so that a flood of Moves does not
// become a flood of fetches.
const (
	throttleBurst  = 10
	throttlePeriod = 5 * time.Minute
	throttleSize   = 4096
)

// throttle allows throttleBurst verifications of one account in each
// throttlePeriod. It forgets all of them when it holds too many: memory is
// bounded, and a flood of so many accounts is not this one's to stop.
type throttle struct {
	mu    sync.Mutex
	tries map[vocab.IRI]*tries
}

type tries struct {
	since time.Time
	n     int
}

func (t *throttle) allow(old vocab.IRI, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tries == nil || len(t.tries) >= throttleSize {
		t.tries = map[vocab.IRI]*tries{}
	}
	seen := t.tries[old]
	if seen == nil || now.Sub(seen.since) >= throttlePeriod {
		seen = &tries{since: now}
		t.tries[old] = seen
	}
	seen.n++
	return seen.n <= throttleBurst
}
