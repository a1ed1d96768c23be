package portabilitytest

import (
	"context"
	"errors"
	"io"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// engineBeat lets the time of a test pass while an engine waits for an end: at each beat
// what is renewed beside a call is renewed.
type engineBeat struct {
	clock *engineClock
	beats chan struct{}
}

// engineThird is a third of a lease, which is a minute.
const engineThird = 20 * time.Second

var errNoBeat = errors.New("nobody renews a lease")

// meanwhile is for EngineOptions.
func (b engineBeat) meanwhile(ctx context.Context, _ time.Duration) error {
	select {
	case <-b.beats:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// beat returns once those who wait go on, and what they did at the beat before is done.
func (b engineBeat) beat() error {
	select {
	case b.beats <- struct{}{}:
		return nil
	case <-time.After(30 * time.Second):
		return errNoBeat
	}
}

// pass lets so many thirds of a lease pass.
func (b engineBeat) pass(thirds int) error {
	for range thirds {
		b.clock.move(engineThird)
		if err := b.beat(); err != nil {
			return err
		}
	}
	return nil
}

// engineTwo are the ends of a test's own.
type engineTwo struct {
	source portability.Source
	sink   portability.Sink
}

// Open implements [portability.Opener].
func (e engineTwo) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return e.source, e.sink, nil
}

// slowly returns an engine over slow ends, whose time passes by beats.
func (w *engineWorld) slowly(b engineBeat, source portability.Source, sink portability.Sink) *portability.Engine {
	return portability.NewEngine(w.store, engineTwo{source, sink}, &portability.EngineOptions{
		Worker: "slow", Files: 2, Now: w.clock.Now, Wait: w.clock.wait, Meanwhile: b.meanwhile,
	})
}

// tries makes a step as another worker, and checks that it does nothing.
func (w *engineWorld) tries(t *testing.T, other *portability.Engine) {
	t.Helper()
	j, err := other.Step(t.Context(), engineJob)
	require.NoError(t, err)
	require.Equal(t, "slow", j.Worker, "the other worker does nothing")
	require.True(t, j.Due.After(w.clock.Now()), "and is told when to ask again")
}

// engineSlowSink does something at each Put of content, and at each file, first.
type engineSlowSink struct {
	*engineServer
	put  func(context.Context) error
	file func(context.Context) error
}

func (s engineSlowSink) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	if s.put != nil && items[0].Kind == portability.Content {
		if err := s.put(ctx); err != nil {
			return nil, err
		}
	}
	return s.engineServer.Put(context.WithoutCancel(ctx), items)
}

func (s engineSlowSink) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	if s.file != nil {
		if err := s.file(ctx); err != nil {
			return "", err
		}
	}
	return s.engineServer.PutMedia(context.WithoutCancel(ctx), m, r)
}

// engineSlowSource does something before each item.
type engineSlowSource struct {
	*engineAccount
	item func() error
}

func (s engineSlowSource) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for item, err := range s.engineAccount.Items(ctx, k, after) {
			if err == nil {
				err = s.item()
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// engineSlowStore does something before it tells of threads.
type engineSlowStore struct {
	portability.Store
	links func()
}

func (s engineSlowStore) Links(ctx context.Context, job string) iter.Seq2[portability.Link, error] {
	s.links()
	return s.Store.Links(ctx, job)
}

// onOnce runs only the first time.
func onOnce(do func()) func(context.Context) error {
	done := false
	return func(context.Context) error {
		if !done {
			done = true
			do()
		}
		return nil
	}
}

var engineSlowness = []engineSituation{
	{"a sink that takes longer than a lease is put to once, by one of two workers", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		b := engineBeat{w.clock, make(chan struct{})}
		w.begin(t)
		other, puts := w.engine(), 0
		e := w.slowly(b, w.account, engineSlowSink{engineServer: w.server, put: func(context.Context) error {
			puts++
			for range 5 {
				if err := b.pass(1); err != nil {
					return err
				}
				w.tries(t, other)
			}
			return nil
		}})
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, j.State, j.Trouble)
		require.Positive(t, puts)
		sameOutcome(t, want, w.outcome(t))
		for ref, n := range w.server.puts {
			assert.Equal(t, 1, n, "%s was put once", ref)
		}
	}},
	{"a source that takes as long as a lease for a few items is read on from there, by one of two workers", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		b := engineBeat{w.clock, make(chan struct{})}
		w.begin(t)
		other, items := w.engine(), 0
		e := w.slowly(b, engineSlowSource{w.account, func() error {
			items++
			if err := b.pass(1); err != nil {
				return err
			}
			w.tries(t, other)
			return nil
		}}, w.server)
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, j.State, j.Trouble)
		sameOutcome(t, want, w.outcome(t))
		assert.Less(t, items, 4*len(want), "nothing is read again and again")
	}},
	{"a file that takes longer than a lease is copied once, and others need not wait for the next", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		b := engineBeat{w.clock, make(chan struct{})}
		w.begin(t)
		other, others := w.engine(), 0
		e := w.slowly(b, w.account, engineSlowSink{engineServer: w.server, file: func(context.Context) error {
			err := b.pass(4)
			before := len(w.server.files)
			_, steps := other.Step(t.Context(), engineJob) // of those that nobody has
			require.NoError(t, steps)
			others += len(w.server.files) - before
			return errors.Join(err, b.pass(1))
		}})
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, j.State, j.Trouble)
		sameOutcome(t, want, w.outcome(t))
		assert.Positive(t, others, "the other worker has copied some meanwhile")
		for digest, n := range w.server.copies {
			assert.Equal(t, 1, n, digest)
		}
	}},
	{"a store that takes longer than a lease to order an account is asked once, by one of two workers", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		b := engineBeat{w.clock, make(chan struct{})}
		w.begin(t)
		other, asked := w.engine(), 0
		w.store = engineSlowStore{w.store, func() {
			asked++
			require.NoError(t, b.pass(5))
			w.tries(t, other)
		}}
		j, err := w.slowly(b, w.account, w.server).Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, j.State, j.Trouble)
		assert.Equal(t, 1, asked)
		sameOutcome(t, want, w.outcome(t))
	}},
	{"who was stopped for longer than a lease is called off, and another has gone on", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		b := engineBeat{w.clock, make(chan struct{})}
		w.begin(t)
		other, stopped := w.engine(), 0
		e := w.slowly(b, w.account, engineSlowSink{engineServer: w.server, put: func(ctx context.Context) error {
			stopped++
			w.clock.move(9 * engineThird) // and no beat
			j, err := other.Run(t.Context(), engineJob)
			require.NoError(t, err)
			require.Equal(t, portability.JobDone, j.State, j.Trouble)
			require.NoError(t, b.beat())
			<-ctx.Done()
			assert.ErrorIs(t, context.Cause(ctx), portability.ErrStale)
			return ctx.Err()
		}})
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobDone, j.State)
		assert.Equal(t, 1, stopped)
		sameOutcome(t, want, w.outcome(t))
	}},
	{"a file that was copied is settled, whoever has its lease by now", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		w.begin(t)
		e := w.slowly(engineBeat{w.clock, nil}, w.account, engineSlowSink{engineServer: w.server, file: func(context.Context) error {
			w.clock.move(9 * engineThird)
			_, err := w.store.ClaimFiles(t.Context(), engineJob, "a dead one", w.clock.Now(), w.clock.Now().Add(time.Minute), 9)
			return err
		}})
		for range 60 { // each file is taken once
			_, err := e.Step(t.Context(), engineJob)
			require.NoError(t, err)
			w.clock.move(engineThird)
		}
		sameOutcome(t, want, w.outcome(t))
	}},
	{"a copy that is paused while a slow sink is put to keeps what was put", func(t *testing.T, open func() portability.Store) {
		want := undisturbed(t, open(), steadyAccount())
		w := newEngineWorld(open(), steadyAccount())
		b := engineBeat{w.clock, make(chan struct{})}
		w.begin(t)
		other := w.engine()
		e := w.slowly(b, w.account, engineSlowSink{engineServer: w.server, put: onOnce(func() {
			require.NoError(t, b.pass(2))
			_, err := other.Pause(t.Context(), engineJob)
			require.NoError(t, err)
			require.NoError(t, b.pass(4))
		})})
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobPaused, j.State)
		assert.NotEmpty(t, w.server.posts())
		_, err = e.Resume(t.Context(), engineJob)
		require.NoError(t, err)
		j, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, j.State, j.Trouble)
		sameOutcome(t, want, w.outcome(t))
		for ref, n := range w.server.puts {
			assert.Equal(t, 1, n, "%s was put once", ref)
		}
	}},
	{"undo calls a slow sink off, and waits until it is still", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), steadyAccount())
		b := engineBeat{w.clock, make(chan struct{})}
		w.begin(t)
		other, calledOff := w.engine(), false
		e := w.slowly(b, w.account, engineSlowSink{engineServer: w.server, put: func(ctx context.Context) error {
			_, err := other.Undo(t.Context(), engineJob)
			require.NoError(t, err)
			for range 5 { // it is put all the same, by a sink that does not listen
				require.NoError(t, b.pass(1))
				w.tries(t, other)
			}
			calledOff = ctx.Err() != nil
			return nil
		}})
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobUndone, j.State)
		assert.True(t, calledOff)
		assert.Empty(t, w.server.items)
		assertUnmapped(t, w)
	}},
}
