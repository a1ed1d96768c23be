package client

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxOrigins   = 10_000
	schemeFor    = 30 * 24 * time.Hour
	originFor    = 60 * 24 * time.Hour
	tellEvery    = time.Minute
	maxGate      = time.Hour      // how long one answer may keep us from a whole origin
	maxRetry     = 24 * time.Hour // the longest Retry-After that is reported
	neverBefore  = Scheme("")
	defaultFirst = Cavage
)

// origins remembers, in bounded memory, how each origin wants to be treated.
type origins struct {
	known      *lru[string, *origin]
	keyFetches int
}

type origin struct {
	mu          sync.Mutex
	scheme      Scheme // what it took last, or says that it takes
	schemeUntil time.Time
	gate        time.Time // nothing is fetched before
	gateStatus  int       // the status that said so
	told        time.Time // when the KeyMemory was last told
	answered    bool      // what it was told
	lookups     *rate.Limiter
	slots       chan struct{} // taken by look-ups of keys that are under way
}

func newOrigins(keyFetches int) *origins {
	return &origins{known: newLRU[string, *origin](maxOrigins), keyFetches: keyFetches}
}

func (o *origins) at(name string, now time.Time) *origin {
	if known, ok := o.known.get(name, now); ok {
		return known
	}
	perSecond := rate.Limit(float64(o.keyFetches) / 60)
	fresh := &origin{lookups: rate.NewLimiter(perSecond, o.keyFetches), slots: make(chan struct{}, maxPerOrigin)}
	// The name may be a part of something much longer, which would stay with it.
	if o.known.add(strings.Clone(name), fresh, now, now.Add(originFor)) {
		return fresh
	}
	known, _ := o.known.get(name, now)
	if known == nil { // pushed out between the two looks
		return fresh
	}
	return known
}

// prefers returns the scheme to try first.
func (o *origin) prefers(now time.Time) Scheme {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.scheme == neverBefore || !now.Before(o.schemeUntil) {
		return defaultFirst
	}
	return o.scheme
}

func (o *origin) remember(s Scheme, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.scheme, o.schemeUntil = s, now.Add(schemeFor)
}

// advertise takes an origin's word that it verifies RFC 9421, unless
// experience says otherwise.
func (o *origin) advertise(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.scheme == neverBefore || !now.Before(o.schemeUntil) {
		o.scheme, o.schemeUntil = RFC9421, now.Add(schemeFor)
	}
}

func (o *origin) forget() { o.remember(neverBefore, time.Time{}) }

// close keeps us from the origin for as long as it asked, within reason.
func (o *origin) close(status int, wait time.Duration, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if until := now.Add(min(wait, maxGate)); until.After(o.gate) {
		o.gate, o.gateStatus = until, status
	}
}

// wait returns how long the origin still wants to be left alone.
func (o *origin) wait(now time.Time) (wait time.Duration, status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.gate.Sub(now), o.gateStatus
}

// due reports whether the KeyMemory should be told: at most once a minute,
// but at once when the origin went away or came back.
func (o *origin) due(answered bool, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.told.IsZero() && o.answered == answered && now.Sub(o.told) < tellEvery {
		return false
	}
	o.told, o.answered = now, answered
	return true
}

func (o *origin) untold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told = time.Time{}
}

// reached tells the KeyMemory whether an origin answered. A memory that cannot
// take it in is told again at the next request: what was asked of the origin
// does not fail for it.
func (c *Client) reached(ctx context.Context, name string, answered bool) {
	now := c.now()
	o := c.origins.at(name, now)
	if !o.due(answered, now) {
		return
	}
	if err := c.options.Memory.Reached(ctx, strings.Clone(name), now, answered); err != nil {
		o.untold()
	}
}
