package portability_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const slowHome = "https://old.example/users/alice"

// slowEnd is an end that needs some time for each item, batch or file.
type slowEnd struct {
	*portability.Memory
	item, put, file time.Duration
	files           atomic.Int64 // that were begun
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slowEnd) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for item, err := range s.Memory.Items(ctx, k, after) {
			if slow := pause(ctx, s.item); slow != nil {
				item, err = portability.Item{}, slow
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

func (s *slowEnd) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	if err := pause(ctx, s.put); err != nil {
		return nil, err
	}
	return s.Memory.Put(ctx, items)
}

func (s *slowEnd) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	s.files.Add(1)
	if err := pause(ctx, s.file); err != nil {
		return "", err
	}
	return s.Memory.PutMedia(ctx, m, r)
}

type slowEnds struct{ source, sink *slowEnd }

// Open implements [portability.Opener].
func (e slowEnds) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return e.source, e.sink, nil
}

// slowAccount has thirty posts and a file.
func slowAccount(t *testing.T) *portability.Memory {
	t.Helper()
	parse := func(text string) *vocab.Object {
		o, err := vocab.Parse([]byte(text))
		require.NoError(t, err)
		return o
	}
	medium := portability.Medium{Path: "1.txt", Type: "text/plain", Size: 3}
	m := portability.NewMemory(nil)
	_, err := m.PutMedia(t.Context(), medium, strings.NewReader("abc"))
	require.NoError(t, err)
	items := []portability.Item{{Ref: portability.Ref{Kind: portability.Actor, ID: slowHome}, Object: parse(`{"id":"` + slowHome + `","type":"Person"}`)}}
	for n := range 30 {
		id := fmt.Sprintf("%s/posts/%d", slowHome, n)
		items = append(items, portability.Item{
			Ref:    portability.Ref{Kind: portability.Content, ID: id},
			Object: parse(fmt.Sprintf(`{"id":%q,"type":"Note","attributedTo":%q,"content":"x","published":"2020-01-%02dT00:00:00Z"}`, id, slowHome, n+1)),
		})
	}
	items[3].Media = []portability.Medium{medium}
	_, err = m.Put(t.Context(), items)
	require.NoError(t, err)
	return m
}

// TestSlowEndsComeToTheirEnd has real workers compete for a job of which each piece takes
// longer than a lease.
func TestSlowEndsComeToTheirEnd(t *testing.T) {
	for name, slow := range map[string]struct {
		source, sink time.Duration
		file         time.Duration
	}{
		"a slow source": {source: 10 * time.Second}, "a slow sink": {sink: 90 * time.Second}, "a slow file": {file: 90 * time.Second},
		"all of it": {source: 70 * time.Second, sink: 10 * time.Minute, file: time.Hour},
	} {
		for workers := 1; workers <= 3; workers++ {
			t.Run(fmt.Sprintf("%s, %d workers", name, workers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					source := &slowEnd{Memory: slowAccount(t), item: slow.source}
					sink := &slowEnd{Memory: portability.NewMemory(nil), put: slow.sink, file: slow.file}
					store := portability.NewMemoryStore()
					slowWorkers(t, store, slowEnds{source, sink}, workers)
					j, err := store.Job(t.Context(), "job")
					require.NoError(t, err)
					assert.Equal(t, portability.JobDone, j.State, "after a day it is at %s", j.Stage)
					assert.EqualValues(t, 1, sink.files.Load(), "the file is copied once")
					n := 0
					for range sink.Items(t.Context(), portability.Content, "") {
						n++
					}
					assert.Equal(t, 30, n)
				})
			})
		}
	}
}

// slowWorkers have a day.
func slowWorkers(t *testing.T, store portability.Store, ends portability.Opener, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
	defer cancel()
	var all sync.WaitGroup
	for i := range n {
		e := portability.NewEngine(store, ends, &portability.EngineOptions{Worker: fmt.Sprint("worker ", i)})
		_, err := e.Begin(ctx, portability.JobSpec{ID: "job", Account: "https://new.example/users/alice", Old: slowHome, Standing: portability.Proved})
		require.NoError(t, err)
		all.Go(func() {
			_, err := e.Run(ctx, "job")
			assert.NoError(t, err)
		})
	}
	all.Wait()
}
