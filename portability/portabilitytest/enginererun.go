package portabilitytest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// again runs the job once more.
func (w *engineWorld) again(t engineT) *portability.JobReport {
	t.Helper()
	_, err := w.engine().Again(context.Background(), engineJob)
	require.NoError(t, err)
	j := w.finish(t)
	require.Equal(t, portability.JobDone, j.State, j.Trouble)
	return w.report(t)
}

// plainSink is a server that can do no more than it must.
type plainSink struct{ portability.Sink }

var engineReruns = []engineSituation{
	{"a run that finds nothing new changes nothing", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.copy(t)
		before := w.server.contents()
		w.again(t)
		assert.Equal(t, before, w.server.contents())
		for ref, n := range w.server.puts {
			assert.Equal(t, 1, n, "%s was put once", ref)
		}
	}},
	{"a run brings what is new, changed and deleted, and overwrites nothing", func(t *testing.T, open func() portability.Store) {
		for call := 0; call < 150; call += 7 { // and may die meanwhile
			w := newEngineWorld(open(), steadyAccount())
			w.options.Mirror = true
			w.copy(t)
			w.server.change(enginePost(2, "").Ref)
			w.server.change(enginePost(4, "").Ref)
			w.account.add(enginePost(50, enginePublic(25, 6)))
			w.account.replace(enginePost(1, enginePublic(1, -1)+`,"summary":"edited"`))
			w.account.replace(enginePost(2, enginePublic(2, -1)+`,"summary":"edited"`))
			w.account.drop(enginePost(3, "").Ref)
			w.account.drop(enginePost(4, "").Ref)
			if call > 0 {
				w.plug.fail, w.plug.death, w.plug.after = w.plug.count()+call, true, call%2 == 0
			}
			r := w.again(t)
			at := func(n int) *engineHeld { return w.server.items[enginePost(n, "").Ref] }
			assert.NotNil(t, at(50), "the new one")
			assert.Contains(t, at(1).given, "edited")
			assert.NotContains(t, at(2).given, "edited", "it was changed on both sides")
			assert.Nil(t, at(3), "it was deleted")
			assert.NotNil(t, at(4), "it was deleted there, and changed here")
			for n, state := range map[int]portability.State{50: portability.Copied, 1: portability.Changed,
				2: portability.Conflicting, 3: portability.Removed, 4: portability.Conflicting} {
				assert.Equal(t, state, w.entry(t, enginePost(n, "").Ref).State, "post %d, dead at call %d", n, call)
			}
			assertGate(t, portability.GateConflicting, r.Ready(portability.DuplicateID, portability.NoID, portability.Unreadable))
			found, err := w.store.Find(t.Context(), []vocab.IRI{vocab.IRI(enginePost(3, "").ID), vocab.IRI(enginePost(1, "").ID)})
			require.NoError(t, err)
			assert.True(t, found[vocab.IRI(enginePost(3, "").ID)].Gone)
			assert.False(t, found[vocab.IRI(enginePost(1, "").ID)].Gone)
		}
	}},
	{"what is gone stays if the copy is no mirror, and if the source shows none of its kind", func(t *testing.T, open func() portability.Store) {
		for _, mirror := range []bool{false, true} {
			w := newEngineWorld(open(), steadyAccount())
			w.options.Mirror = mirror
			w.copy(t)
			if mirror {
				w.account.items[portability.Content] = nil
			} else {
				w.account.drop(enginePost(3, "").Ref)
			}
			r := w.again(t)
			assert.NotNil(t, w.server.items[enginePost(3, "").Ref])
			assert.Positive(t, r.Vanished[portability.Content])
		}
	}},
	{"what the sink had no place for is offered again, and nothing else", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.server.limits = portability.Limits{Kinds: []portability.Kind{portability.Actor, portability.Content}, Types: []string{"Person", "Article"}}
		w.copy(t)
		require.Empty(t, w.server.posts())
		first := w.report(t)
		assert.Positive(t, first.Counts[portability.Content][portability.Skipped][portability.NoPlace])
		w.server.limits = portability.Limits{}
		w.again(t)
		assert.Len(t, w.server.posts(), 9)
		assert.NotNil(t, w.server.items[portability.Ref{Kind: portability.Inbox, ID: "https://friends.example/secrets/1"}])
		assert.Equal(t, 1, w.server.puts[portability.Ref{Kind: portability.Actor, ID: home}])
	}},
	{"a file that was missing comes with the next run", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.copy(t)
		ref := enginePost(3, "").Ref
		require.Equal(t, portability.MissingMedia, w.entry(t, ref).Reason)
		w.account.files["files/3.png"] = "here it is"
		r := w.again(t)
		assert.Equal(t, portability.Changed, w.entry(t, ref).State)
		assert.Empty(t, w.entry(t, ref).Reason)
		assert.Contains(t, w.server.files, engineDigest([]byte("here it is")))
		assert.Zero(t, r.FileStates[portability.Failed][portability.MissingMedia])
	}},
	{"a copy that was undone can be made again, with its files", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.copy(t)
		posts, files := w.server.posts(), len(w.server.files)
		_, err := w.engine().Undo(t.Context(), engineJob)
		require.NoError(t, err)
		w.finish(t)
		require.Empty(t, w.server.items)
		w.again(t)
		assert.Equal(t, posts, w.server.posts())
		assert.Len(t, w.server.files, files)
		assert.Equal(t, portability.MissingMedia, w.entry(t, enginePost(3, "").Ref).Reason, "only that one")
		assert.Empty(t, w.entry(t, enginePost(0, "").Ref).Reason)
		found, err := w.store.Find(t.Context(), []vocab.IRI{vocab.IRI(enginePost(1, "").ID)})
		require.NoError(t, err)
		assert.False(t, found[vocab.IRI(enginePost(1, "").ID)].Gone)
	}},
	{"a sink that cannot update is told of as a conflict, and can be undone", func(t *testing.T, open func() portability.Store) {
		m := portability.NewMemory(nil)
		w := newEngineWorld(open(), steadyAccount())
		ends := sinkOf{w, m}
		e := portability.NewEngine(w.store, ends, &portability.EngineOptions{Now: w.clock.Now, Wait: w.clock.wait})
		_, err := e.Begin(t.Context(), w.spec())
		require.NoError(t, err)
		run := func() portability.Job {
			j, err := e.Run(t.Context(), engineJob)
			require.NoError(t, err)
			return j
		}
		require.Equal(t, portability.JobDone, run().State)
		w.account.replace(enginePost(1, enginePublic(1, -1)+`,"summary":"edited"`))
		_, err = e.Again(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, run().State)
		assert.Equal(t, portability.Conflicting, w.entry(t, enginePost(1, "").Ref).State)
		_, err = e.Undo(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobUndone, run().State)
		kinds, err := m.Kinds(t.Context())
		require.NoError(t, err)
		assert.Empty(t, kinds, "nothing is left")
	}},
	{"a sink that takes nothing out again says so when it is to", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		e := portability.NewEngine(w.store, sinkOf{w, plainSink{portability.NewMemory(nil)}}, &portability.EngineOptions{Now: w.clock.Now, Wait: w.clock.wait})
		_, err := e.Begin(t.Context(), w.spec())
		require.NoError(t, err)
		_, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Empty(t, w.report(t).FileStates, "it takes no files")
		_, err = e.Undo(t.Context(), engineJob)
		require.NoError(t, err)
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobCancelled, j.State)
		assert.NotEmpty(t, j.Trouble)
	}},
}

// sinkOf opens a world's account beside another sink.
type sinkOf struct {
	w    *engineWorld
	sink portability.Sink
}

func (s sinkOf) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return s.w.account, s.sink, nil
}
