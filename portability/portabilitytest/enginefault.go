package portabilitytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// with returns an engine over ends of a test's own.
func (w *engineWorld) with(source portability.Source, sink portability.Sink, sign portability.Signing) *portability.Engine {
	w.workers++
	return portability.NewEngine(w.store, engineTwo{source, sink}, &portability.EngineOptions{
		Worker: fmt.Sprint("worker ", w.workers), Batch: 3, Attempts: 6, Now: w.clock.Now, Wait: w.clock.wait, Sign: sign,
	})
}

// patiently runs a job, and lets it go on a few times if it is paused.
func patiently(t *testing.T, e *portability.Engine, times int) portability.Job {
	t.Helper()
	for n := 0; ; n++ {
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		if j.State != portability.JobPaused || n == times {
			return j
		}
		_, err = e.Resume(t.Context(), engineJob)
		require.NoError(t, err)
	}
}

// refusing has the server put a post never.
func (w *engineWorld) refusing(ref portability.Ref) {
	w.server.reject = func(i portability.Item) error {
		if i.Ref == ref {
			return errors.New("something about this one")
		}
		return nil
	}
}

var engineFaults = []engineSituation{
	{"what the sink never takes fails alone, wherever it stands", func(t *testing.T, open func() portability.Store) {
		for _, posts := range []int{1, 8} {
			for n := range posts {
				for _, atomic := range []bool{false, true} {
					store := open()
					if atomic {
						store = &oneTransaction{Store: store}
					}
					w := posting(store, posts)
					w.refusing(enginePost(n, "").Ref)
					w.begin(t)
					j := patiently(t, w.engine(), 1)
					assert.Equal(t, portability.JobDone, j.State, "post %d of %d, atomic: %t: %s", n, posts, atomic, j.Trouble)
					assert.Equal(t, portability.Failed, w.entry(t, enginePost(n, "").Ref).State)
					assert.Len(t, w.server.posts(), posts-1)
					w.server.reject = nil
					assert.NoError(t, w.again(t).Ready(), "the next run brings it")
				}
			}
		}
	}},
	{"what is put to see whether the sink takes anything is taken back if the copy is undone meanwhile", func(t *testing.T, open func() portability.Store) {
		for _, there := range []bool{false, true} { // the last post fails when the others are there
			w := posting(open(), 4)
			stuck := enginePost(0, "").Ref
			if there {
				stuck = enginePost(3, "").Ref
			}
			w.begin(t)
			undo, done := w.undoing(t, w.server)
			sink := &tryingSink{engineServer: w.server, stuck: stuck, tries: 6, meanwhile: undo}
			j := patiently(t, w.with(w.account, sink, nil), 1)
			require.True(t, *done)
			assert.Equal(t, portability.JobUndone, j.State)
			assert.Empty(t, w.server.posts(), "what is tried was there before: %t", there)
		}
	}},
	{"an update that the sink never takes leaves what is there, and is tried by the next run", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 4)
		w.copy(t)
		ref := enginePost(1, "").Ref
		w.account.replace(edited(1))
		stuck := true
		sink := stuckSink{w.server, func(r portability.Ref) bool { return stuck && r == ref }}
		e := w.with(w.account, sink, nil)
		_, err := e.Again(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, patiently(t, e, 1).State)
		assert.Equal(t, portability.Conflicting, w.entry(t, ref).State)
		stuck = false
		assert.NoError(t, w.again(t).Ready())
		assert.Equal(t, portability.Changed, w.entry(t, ref).State)
		assert.Empty(t, w.undo(t))
	}},
	{"a sink that takes nothing any more fails no post", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 8)
		taken := 0
		w.server.reject = func(i portability.Item) error {
			if i.Kind == portability.Content && taken == 2 {
				return errors.New("the disk is full")
			}
			return nil
		}
		w.begin(t)
		w.tell = func(portability.Event) { taken = min(2, len(w.server.posts())) }
		j := patiently(t, w.engine(), 2)
		assert.Equal(t, portability.JobPaused, j.State)
		assert.Zero(t, w.report(t).Counts[portability.Content][portability.Failed])
		w.server.reject = nil
		w.finish(t)
		assert.NoError(t, w.report(t).Ready())
	}},
	{"what the sink never gives back stays, and all else is taken out", func(t *testing.T, open func() portability.Store) {
		for _, n := range []int{0, 6, 7} {
			w := posting(open(), 8)
			ref := enginePost(n, "").Ref
			w.copy(t)
			e := w.with(w.account, stuckSink{w.server, func(r portability.Ref) bool { return r == ref }}, nil)
			_, err := e.Undo(t.Context(), engineJob)
			require.NoError(t, err)
			assert.Equal(t, portability.JobUndone, patiently(t, e, 1).State)
			assert.Equal(t, []string{fmt.Sprint(n)}, w.server.posts())
			assert.Equal(t, portability.Failed, w.entry(t, ref).State, "the report says what is left")
			assert.True(t, w.mapping(t, ref.ID).Seen(), "who looks for it finds it")
		}
	}},
	{"a sink that gives nothing back pauses undoing", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 8)
		w.copy(t)
		stuck := true
		e := w.with(w.account, stuckSink{w.server, func(portability.Ref) bool { return stuck }}, nil)
		_, err := e.Undo(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobPaused, patiently(t, e, 1).State)
		assert.Len(t, w.server.posts(), 8)
		stuck = false
		assert.Equal(t, portability.JobUndone, patiently(t, e, 1).State)
		assert.Empty(t, w.server.posts())
	}},
	{"a signer that is away fails nothing, and is waited for", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 4)
		away := true
		sign := func(_ context.Context, _ vocab.IRI, o *vocab.Object) (*vocab.Object, error) {
			if away {
				return nil, awayError{}
			}
			return o, nil
		}
		w.begin(t)
		e := w.with(w.account, w.server, sign)
		assert.Equal(t, portability.JobPaused, patiently(t, e, 1).State)
		assert.Empty(t, w.server.posts())
		assert.Zero(t, w.report(t).Counts[portability.Content][portability.Failed])
		away = false
		assert.Equal(t, portability.JobDone, patiently(t, e, 1).State)
		assert.Len(t, w.server.posts(), 4)
	}},
	{"no state is stored that nobody knows", func(t *testing.T, open func() portability.Store) {
		for _, state := range []portability.State{"", "ok", portability.Removed} {
			w := posting(open(), 3)
			w.begin(t)
			j := patiently(t, w.with(w.account, oddSink{w.server, state}, nil), 0)
			assert.Equal(t, portability.JobPaused, j.State, "%q", state)
			for e, err := range w.store.Entries(t.Context(), engineJob, -1, portability.EntryFilter{}) {
				require.NoError(t, err)
				assert.Contains(t, []portability.State{"", portability.Failed}, e.State, "%s", e.Ref)
			}
		}
	}},
}

// tryingSink is a server that never says that it has put one post, though it has, and before
// another is put to see whether it takes anything, something happens.
type tryingSink struct {
	*engineServer
	stuck     portability.Ref
	tries     int // until then
	meanwhile func()
}

func (s *tryingSink) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	isStuck := slices.ContainsFunc(items, func(i portability.Item) bool { return i.Ref == s.stuck })
	if !isStuck && s.tries <= 0 {
		s.meanwhile()
	}
	results, err := s.engineServer.Put(ctx, items)
	if isStuck && err == nil {
		s.tries--
		return nil, errors.New("something about this one")
	}
	return results, err
}

// stuckSink is a server that neither updates nor gives back some items.
type stuckSink struct {
	*engineServer
	stuck func(portability.Ref) bool
}

func (s stuckSink) check(refs ...portability.Ref) error {
	for _, ref := range refs {
		if s.stuck(ref) {
			return errors.New("something about this one")
		}
	}
	return nil
}

func (s stuckSink) Remove(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	if err := s.check(refs...); err != nil {
		return nil, err
	}
	return s.engineServer.Remove(ctx, refs)
}

func (s stuckSink) Update(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	for _, i := range items {
		if err := s.check(i.Ref); err != nil {
			return nil, err
		}
	}
	return s.engineServer.Update(ctx, items)
}

// oddSink is a server that says something of its own.
type oddSink struct {
	*engineServer
	state portability.State
}

func (s oddSink) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	results, err := s.engineServer.Put(ctx, items)
	for n := range results {
		results[n].State = s.state
	}
	return results, err
}

type awayError struct{}

func (awayError) Error() string   { return "the key server is away" }
func (awayError) Temporary() bool { return true }
