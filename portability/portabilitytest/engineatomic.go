package portabilitytest

import (
	"context"
	"errors"
	"sync"

	"codeberg.org/godwit/godwit/portability"
)

// oneTransaction is a store that lies with the server in one database.
type oneTransaction struct {
	portability.Store
	mu sync.Mutex
}

// PutCommit implements [portability.Atomic]. What was put is taken back if it cannot be
// recorded.
func (s *oneTransaction) PutCommit(ctx context.Context, to portability.Sink, items []portability.Item,
	settle func([]portability.Result) (portability.Job, portability.Change)) (portability.Job, bool, error) {
	server, ok := to.(pluggedSink)
	if !ok {
		return portability.Job{}, false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	results, err := server.engineServer.Put(ctx, items)
	if err != nil {
		return portability.Job{}, true, err
	}
	j, c := settle(results)
	stored, err := s.Store.Commit(ctx, j, c)
	if err != nil {
		server.takeBack(results)
	}
	return stored, true, err
}

// Commit implements [portability.Journal].
func (s *oneTransaction) Commit(ctx context.Context, j portability.Job, c portability.Change) (portability.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Store.Commit(ctx, j, c)
}

// takeBack is what a database does when a transaction fails.
func (s *engineServer) takeBack(results []portability.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range results {
		if r.State != portability.Copied && r.State != portability.Changed {
			continue
		}
		delete(s.items, r.Ref)
		for n, ref := range s.order {
			if ref == r.Ref {
				s.order = append(s.order[:n:n], s.order[n+1:]...)
				break
			}
		}
	}
}

// pluggedAtomic is a store behind a plug that puts and records at once.
type pluggedAtomic struct {
	pluggedStore
	atomic portability.Atomic
}

func plugged(store portability.Store, plug *enginePlug) portability.Store {
	behind := pluggedStore{store, plug}
	if atomic, ok := store.(portability.Atomic); ok {
		return pluggedAtomic{behind, atomic}
	}
	return behind
}

func (s pluggedAtomic) PutCommit(ctx context.Context, to portability.Sink, items []portability.Item,
	settle func([]portability.Result) (portability.Job, portability.Change)) (stored portability.Job, done bool, err error) {
	err = s.plug.pull(func() error {
		stored, done, err = s.atomic.PutCommit(ctx, to, items, settle)
		return err
	})
	if errors.Is(err, errEngineFault) {
		done = true
	}
	return stored, done, err
}
