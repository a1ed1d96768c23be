package fediverse

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// manners are the unkindnesses of a server. Each is off until it is turned on.
type manners struct {
	mu      sync.Mutex
	reject  map[vocab.IRI]bool
	ignore  map[vocab.IRI]bool
	busy    atomic.Int64 // how many more deliveries are answered 429
	absent  atomic.Bool
	seconds atomic.Int64
	answers atomic.Pointer[func(by vocab.IRI) Answer]
	hasty   atomic.Pointer[time.Duration] // see [Server.Hasty]
}

// An Answer is what a Follow gets.
type Answer string

// The answers. The zero Answer is what the account itself wants.
const (
	Yes Answer = "accept"
	No  Answer = "reject"
	// None leaves the request with those that wait for the account's word.
	None Answer = "none"
)

// AnswerWith makes every account of the server answer Follows as f says; nil
// makes them answer as they want. Accounts that moved, and those who block the
// sender, reject all the same.
func (s *Server) AnswerWith(f func(by vocab.IRI) Answer) {
	if f == nil {
		s.manners.answers.Store(nil)
		return
	}
	s.manners.answers.Store(&f)
}

func (m *manners) answer(by vocab.IRI) Answer {
	f := m.answers.Load()
	switch {
	case m.rejects(by):
		return No
	case m.ignores(by):
		return None
	case f == nil:
		return ""
	}
	return (*f)(by)
}

// Reject makes every account of the server reject follows of these.
func (s *Server) Reject(followers ...vocab.IRI) { s.manners.add(&s.manners.reject, followers) }

// Ignore makes every account of the server leave follows of these unanswered.
func (s *Server) Ignore(followers ...vocab.IRI) { s.manners.add(&s.manners.ignore, followers) }

// Busy answers the next n deliveries with 429 and Retry-After.
func (s *Server) Busy(n, seconds int) {
	s.manners.seconds.Store(int64(seconds))
	s.manners.busy.Store(int64(n))
}

// Down makes the server answer everything with 503, or stop doing so.
func (s *Server) Down(down bool) { s.manners.absent.Store(down) }

func (m *manners) add(to *map[vocab.IRI]bool, ids []vocab.IRI) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if *to == nil {
		*to = map[vocab.IRI]bool{}
	}
	for _, id := range ids {
		(*to)[id] = true
	}
}

func (m *manners) rejects(id vocab.IRI) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reject[id]
}

func (m *manners) ignores(id vocab.IRI) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ignore[id]
}

// over applies them to a handler.
func (m *manners) over(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case m.absent.Load():
			http.Error(w, "down", http.StatusServiceUnavailable)
		case r.Method == http.MethodPost && m.busy.Load() > 0 && m.busy.Add(-1) >= 0:
			w.Header().Set("Retry-After", strconv.FormatInt(m.seconds.Load(), 10))
			http.Error(w, "too many requests", http.StatusTooManyRequests)
		default:
			next.ServeHTTP(w, r)
		}
	})
}
