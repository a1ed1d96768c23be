package client

import (
	"context"
	"errors"
	"sync"
)

var errFlightPanicked = errors.New("another request for the same thing panicked")

// flights lets one caller at a time do a piece of work while others who want
// the same wait for its outcome.
type flights[T any] struct {
	mu  sync.Mutex
	now map[string]*flight[T]
}

type flight[T any] struct {
	done      chan struct{}
	value     T
	err       error
	abandoned bool // its caller gave up, which says nothing about the work
}

// do returns the outcome of work, run under ctx, or that of a caller who is at
// it already. If that one gives up, the next takes over.
func (f *flights[T]) do(ctx context.Context, key string, work func() (T, error)) (T, error) {
	for {
		at, mine := f.join(key)
		if mine {
			f.run(ctx, key, at, work)
			return at.value, at.err
		}
		select {
		case <-at.done:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
		if !at.abandoned {
			return at.value, at.err
		}
	}
}

func (f *flights[T]) join(key string) (at *flight[T], mine bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at, ok := f.now[key]; ok {
		return at, false
	}
	if f.now == nil {
		f.now = make(map[string]*flight[T])
	}
	at = &flight[T]{done: make(chan struct{}), err: errFlightPanicked}
	f.now[key] = at
	return at, true
}

func (f *flights[T]) run(ctx context.Context, key string, at *flight[T], work func() (T, error)) {
	defer func() {
		at.abandoned = ctx.Err() != nil
		f.mu.Lock()
		delete(f.now, key)
		f.mu.Unlock()
		close(at.done)
	}()
	at.value, at.err = work()
}
