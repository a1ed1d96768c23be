package portabilitytest

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// withFile returns a world whose account has a post with a file, and whose job has come
// to copying it.
func withFile(t *testing.T, store portability.Store) *engineWorld {
	t.Helper()
	account := newEngineAccount()
	post := enginePost(1, enginePublic(1, -1))
	post.Media = []portability.Medium{account.file(1)}
	account.add(post)
	w := newEngineWorld(store, account)
	w.begin(t)
	e := w.engine()
	for range 100 {
		j, err := e.Step(t.Context(), engineJob)
		require.NoError(t, err)
		if j.Stage == portability.StageFiles {
			return w
		}
	}
	require.FailNow(t, "the job does not come to its files")
	return nil
}

// at returns an engine of a test's own ends.
func (w *engineWorld) at(ends portability.Opener) *portability.Engine {
	return portability.NewEngine(w.store, ends, &portability.EngineOptions{Now: w.clock.Now, Wait: w.clock.wait})
}

// engineFiles is an account whose files are given by a function.
type engineFiles struct {
	*engineAccount
	file func() error
}

func (s engineFiles) OpenMedia(context.Context, portability.Medium) (io.ReadCloser, portability.Medium, error) {
	return nil, portability.Medium{}, s.file()
}

// awayOpener opens nothing for now.
type awayOpener struct {
	asked *int
	err   error
}

func (o awayOpener) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	*o.asked++
	return nil, nil, o.err
}

// engineWatched counts how often a store is looked through.
type engineWatched struct {
	portability.Store
	jobs, underway, unsettled atomic.Int64
}

func (s *engineWatched) Jobs(ctx context.Context, account vocab.IRI, after string) iter.Seq2[portability.Job, error] {
	s.jobs.Add(1)
	return s.Store.Jobs(ctx, account, after)
}

func (s *engineWatched) Underway(ctx context.Context) iter.Seq2[portability.Job, error] {
	s.underway.Add(1)
	return s.Store.Underway(ctx)
}

func (s *engineWatched) Unsettled(ctx context.Context, job string) (int64, time.Time, error) {
	s.unsettled.Add(1)
	return s.Store.Unsettled(ctx, job)
}

var engineHours = []engineSituation{
	{"a clock that was a year ahead when a file was taken, or failed, holds it for no longer than it is wrong", func(t *testing.T, open func() portability.Store) {
		for _, dies := range []bool{false, true} {
			w := withFile(t, open())
			began := w.clock.Now()
			w.clock.move(365 * 24 * time.Hour)
			ctx, cancel := context.WithCancel(t.Context())
			_, err := w.at(engineTwo{engineFiles{w.account, func() error {
				if dies {
					cancel()
				}
				return errEngineFault
			}}, w.server}).Step(ctx, engineJob)
			cancel()
			assert.Equal(t, dies, errors.Is(err, context.Canceled))
			w.clock.move(began.Sub(w.clock.Now()))
			assert.Equal(t, portability.JobDone, w.finish(t).State)
			assert.Less(t, w.clock.Now().Sub(began), 10*time.Minute, "died with it: %t", dies)
			assert.Len(t, w.server.files, 1)
		}
	}},
	{"a step heeds when it is due while files are copied", func(t *testing.T, open func() portability.Store) {
		w, asked := withFile(t, open()), 0
		e := w.at(awayOpener{&asked, errEngineFault})
		for range 10 { // and no time passes
			j, err := e.Step(t.Context(), engineJob)
			require.NoError(t, err)
			assert.True(t, j.Due.After(w.clock.Now()), "it is told when to come again")
		}
		assert.Equal(t, 1, asked)
		w.clock.move(time.Minute)
		_, err := e.Step(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, 2, asked)
	}},
	{"failures while files are copied count from the last that was copied", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		for n := range 12 {
			post := enginePost(n, enginePublic(n, -1))
			medium := account.file(0)
			medium.Path = post.ID
			account.files[post.ID] = post.ID
			post.Media = []portability.Medium{medium}
			account.add(post)
		}
		w := newEngineWorld(open(), account)
		w.begin(t)
		good, opened := engineTwo{account, w.server}, 0
		e := portability.NewEngine(w.store, openerFunc(func() (portability.Source, portability.Sink, error) {
			if opened++; opened%2 == 0 {
				return nil, nil, errEngineFault
			}
			return good.source, good.sink, nil
		}), &portability.EngineOptions{Files: 1, Attempts: 3, Now: w.clock.Now, Wait: w.clock.wait})
		for n := 0; ; n++ {
			require.Less(t, n, 500)
			j, err := e.Step(t.Context(), engineJob)
			require.NoError(t, err)
			require.NotEqual(t, portability.JobPaused, j.State, "at %s", j.Stage)
			if j.State == portability.JobDone {
				break
			}
			w.clock.move(time.Minute)
		}
		assert.Len(t, w.server.files, 12)
	}},
	{"a server that asks for fifty years is asked again after a day, and at once if somebody lets it", func(t *testing.T, open func() portability.Store) {
		busy := &actor.FetchError{Err: errors.New("429"), RetryAfter: 50 * 365 * 24 * time.Hour}
		w, asked := withFile(t, open()), 0
		e := w.at(awayOpener{&asked, busy})
		j, err := e.Step(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, w.clock.Now().Add(24*time.Hour), j.Due)
		j, err = e.Resume(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Zero(t, j.Due)
		assert.Equal(t, portability.JobRunning, j.State)
		_, err = e.Step(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, 2, asked)
		_, err = e.Resume(t.Context(), engineJob)
		require.NoError(t, err)
		j, err = w.at(engineTwo{engineFiles{w.account, func() error { return busy }}, w.server}).Step(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.StageFiles, j.Stage, "the file is to be had tomorrow")
		_, due, err := w.store.Unsettled(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, w.clock.Now().Add(24*time.Hour), due)
		_, err = e.Resume(t.Context(), engineJob)
		require.NoError(t, err)
		began := w.clock.Now()
		assert.Equal(t, portability.JobDone, w.finish(t).State)
		assert.Less(t, w.clock.Now().Sub(began), time.Minute)
	}},
	{"who serves rests between two looks, and looks only for jobs that have not ended", func(t *testing.T, open func() portability.Store) {
		store := &engineWatched{Store: open()}
		w := newEngineWorld(store, steadyAccount())
		w.copy(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var rests []time.Duration
		e := portability.NewEngine(store, w, &portability.EngineOptions{Now: w.clock.Now, Wait: func(ctx context.Context, d time.Duration) error {
			if rests = append(rests, d); len(rests) == 5 {
				cancel()
			}
			return ctx.Err()
		}})
		assert.ErrorIs(t, e.Serve(ctx, 0), context.Canceled)
		assert.Equal(t, []time.Duration{time.Second, time.Second, time.Second, time.Second, time.Second}, rests)
		assert.EqualValues(t, 5, store.underway.Load())
		assert.Zero(t, store.jobs.Load())
	}},
	{"files are not counted at each step", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		for n := range 60 {
			post := enginePost(n, enginePublic(n, -1))
			account.files[post.ID] = post.ID
			post.Media = []portability.Medium{{Path: post.ID, Type: "image/png", Size: -1}}
			account.add(post)
		}
		store := &engineWatched{Store: open()}
		w := newEngineWorld(store, account)
		var last portability.Event
		told := 0
		w.tell = func(e portability.Event) {
			if e.Stage == portability.StageFiles && e.Done > 0 {
				told++
				assert.GreaterOrEqual(t, e.Done, last.Done)
				last = e
			}
		}
		w.copy(t)
		assert.GreaterOrEqual(t, told, 30, "those who watch are told after each")
		assert.EqualValues(t, 60, last.Done)
		assert.LessOrEqual(t, store.unsettled.Load(), int64(5))
	}},
}

// openerFunc is a function that opens the ends.
type openerFunc func() (portability.Source, portability.Sink, error)

// Open implements [portability.Opener].
func (f openerFunc) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return f()
}
