package portabilitytest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

var engineEnds = []engineSituation{
	{"a source whose positions never hold is copied all the same", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		account := steadyAccount()
		account.restless = true
		w := newEngineWorld(open(), account)
		w.copy(t)
		sameOutcome(t, want, w.outcome(t))
	}},
	{"a source whose positions never hold is copied in its own order all the same", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		for n := range 11 {
			account.add(enginePost(n, enginePublic(n, n-1)))
		}
		want := undisturbed(t, open(), account)
		account.restless = true
		w := newEngineWorld(open(), account)
		w.copy(t)
		sameOutcome(t, want, w.outcome(t))
	}},
	{"what grows while it is read is copied as far as it was read, and the rest with the next run", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		for n := range 10 {
			account.add(enginePost(n, enginePublic(n, -1)))
		}
		next := 10
		account.onItem = func(k portability.Kind, at int) {
			if k == portability.Content && at%4 == 0 && next < 30 {
				account.add(enginePost(next, enginePublic(next, -1)))
				next++
			}
		}
		w := newEngineWorld(open(), account)
		w.copy(t)
		account.onItem = nil
		assert.GreaterOrEqual(t, len(w.server.posts()), 10)
		assert.NoError(t, w.report(t).Ready())
		w.again(t)
		assert.Len(t, w.server.posts(), next)
	}},
	{"what is edited between being read and being put is put as it is then", func(t *testing.T, open func() portability.Store) {
		for _, newestFirst := range []bool{false, true} {
			account := newEngineAccount()
			for n := range 6 {
				if newestFirst {
					n = 5 - n
				}
				account.add(enginePost(n, enginePublic(n, -1)))
			}
			w := newEngineWorld(open(), account)
			w.allow = func(context.Context, portability.Job, *portability.Forecast) error {
				account.replace(enginePost(4, enginePublic(4, -1)+`,"summary":"edited"`))
				return nil
			}
			w.copy(t)
			assert.Contains(t, w.server.items[enginePost(4, "").Ref].given, "edited")
			assert.NoError(t, w.report(t).Ready())
		}
	}},
	{"what is deleted between being read and being put shuts the gate until it is looked at again", func(t *testing.T, open func() portability.Store) {
		account := steadyAccount()
		account.items[portability.Content] = account.items[portability.Content][:7]
		w := newEngineWorld(open(), account)
		w.allow = func(context.Context, portability.Job, *portability.Forecast) error {
			account.drop(enginePost(4, "").Ref)
			return nil
		}
		w.copy(t)
		r := w.report(t)
		assert.EqualValues(t, 1, r.Missing[portability.Content])
		assertGate(t, portability.GateMissing, r.Ready())
		assert.NoError(t, w.again(t).Ready(), "the source has it no more")
	}},
	{"what the sink loses is missed, shuts the gate, and comes with the next run", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), newEngineAccount())
		w.account.add(enginePost(1, enginePublic(1, -1)), enginePost(2, enginePublic(2, -1)))
		lost := enginePost(1, "").Ref
		w.tell = func(e portability.Event) {
			if e.Stage == portability.StageRemove {
				delete(w.server.items, lost)
			}
		}
		w.copy(t)
		r := w.report(t)
		assert.EqualValues(t, 1, r.Missing[portability.Content])
		assertGate(t, portability.GateMissing, r.Ready())
		w.tell = nil
		assert.NoError(t, w.again(t).Ready())
		assert.NotNil(t, w.server.items[lost])
	}},
	{"an item that the sink always fails at fails alone", func(t *testing.T, open func() portability.Store) {
		for _, newestFirst := range []bool{false, true} {
			account := newEngineAccount()
			for n := range 8 {
				if newestFirst {
					n = 7 - n
				}
				account.add(enginePost(n, enginePublic(n, -1)))
			}
			w := newEngineWorld(open(), account)
			poison := enginePost(4, "").Ref
			w.server.reject = func(i portability.Item) error {
				if i.Ref == poison {
					return errors.New("something about this one")
				}
				return nil
			}
			w.copy(t)
			assert.Len(t, w.server.posts(), 7)
			assert.Equal(t, portability.Unavailable, w.entry(t, poison).Reason)
			assertGate(t, portability.GateFailed, w.report(t).Ready())
			w.server.reject = nil
			assert.NoError(t, w.again(t).Ready())
			assert.Len(t, w.server.posts(), 8)
		}
	}},
	{"a sink that fails at everything pauses the copy, and fails nothing", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.server.reject = func(portability.Item) error { return errors.New("the disk is full") }
		w.begin(t)
		began := w.clock.Now()
		j, err := w.engine().Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobPaused, j.State)
		assert.NotEmpty(t, j.Trouble)
		assert.Greater(t, w.clock.Now().Sub(began).Minutes(), 2.0, "it has waited longer and longer")
		assert.Zero(t, w.report(t).Count(portability.Blocked, portability.Failed))
		w.server.reject = nil
		assert.Equal(t, portability.JobDone, w.finish(t).State)
	}},
	{"a sink that takes no files pauses the copy, and fails none", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		w.server.full = true
		w.begin(t)
		j, err := w.engine().Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobPaused, j.State)
		assert.Equal(t, portability.StageFiles, j.Stage)
		assert.Zero(t, w.report(t).FileStates[portability.Failed][portability.Unavailable])
		w.server.full = false
		w.finish(t)
		assert.EqualValues(t, 3, w.report(t).FileStates[portability.Copied][""])
	}},
	{"a file that the source cannot give now shuts the gate, and comes with the next run", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		post := enginePost(1, enginePublic(1, -1))
		post.Media = []portability.Medium{account.file(1)}
		account.add(post)
		account.broken = "files/1.png"
		w := newEngineWorld(open(), account)
		w.copy(t)
		assertGate(t, portability.GateFiles, w.report(t).Ready())
		assert.NoError(t, w.report(t).Ready(portability.Unavailable), "the person lets it be")
		account.broken = ""
		assert.NoError(t, w.again(t).Ready())
		assert.Len(t, w.server.files, 1)
	}},
	{"an end that says trying again is no use pauses the copy at once", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		e := portability.NewEngine(w.store, shutOpener{}, &portability.EngineOptions{Now: w.clock.Now, Wait: w.clock.wait})
		_, err := e.Begin(t.Context(), w.spec())
		require.NoError(t, err)
		began := w.clock.Now()
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobPaused, j.State)
		assert.Equal(t, began, w.clock.Now())
		assert.NotContains(t, j.Trouble, "token")
	}},
	{"each file is copied once, by whoever", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		for n := range 30 {
			post := enginePost(n, enginePublic(n, -1))
			post.Media = []portability.Medium{account.file(n % 3), account.file((n + 1) % 3)}
			account.add(post)
		}
		w := newEngineWorld(open(), account)
		w.clock.still = true
		w.begin(t)
		together(t, w, 3)
		require.Len(t, w.server.copies, 3)
		for digest, n := range w.server.copies {
			assert.Equal(t, 1, n, digest)
		}
		assert.NoError(t, w.report(t).Ready())
	}},
	{"the limits of a job are kept", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		for n := range 6 {
			post := enginePost(n, enginePublic(n, -1))
			post.Media = []portability.Medium{account.file(n % 3)}
			account.add(post)
		}
		w := newEngineWorld(open(), account)
		w.options.Limits = portability.Limits{Items: 5, MediaBytes: 10, Kinds: []portability.Kind{portability.Actor, portability.Content}}
		w.copy(t)
		r := w.report(t)
		assert.Len(t, w.server.items, 5)
		assert.EqualValues(t, 2, r.Counts[portability.Content][portability.Skipped][portability.TooMany])
		assert.Len(t, w.server.files, 1, "the others are too large")
		assert.EqualValues(t, 2, r.FileStates[portability.Failed][portability.NoPlace])
	}},
}

// shutOpener opens nothing.
type shutOpener struct{}

func (shutOpener) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return nil, nil, shutError{}
}

type shutError struct{}

func (shutError) Error() string   { return "the token abc is over" }
func (shutError) Temporary() bool { return false }
