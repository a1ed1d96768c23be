package portabilitytest

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

// endlessAccount shows posts without an end: new ones, or some over and over.
type endlessAccount struct {
	*engineAccount
	circle   int  // how many there are; 0: new ones for ever
	restless bool // no position holds
	from     int  // the number of the first
	read     int
}

func (s *endlessAccount) Kinds(context.Context) ([]portability.Kind, error) {
	return []portability.Kind{portability.Actor, portability.Content}, nil
}

func (s *endlessAccount) Count(context.Context, portability.Kind) (int64, bool, error) {
	return 0, false, nil
}

func (s *endlessAccount) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	if k != portability.Content {
		return s.engineAccount.Items(ctx, k, after)
	}
	return func(yield func(portability.Item, error) bool) {
		n := 0
		if _, err := fmt.Sscan(after, &n); after != "" && (err != nil || s.restless) {
			yield(portability.Item{}, portability.ErrChanged)
			return
		}
		for ctx.Err() == nil {
			post := s.from + n
			if s.circle > 0 {
				post = s.from + n%s.circle
			}
			item := enginePost(post, enginePublic(1, -1))
			n++
			s.read++
			item.Next = fmt.Sprint(n)
			if !yield(item, nil) {
				return
			}
		}
		yield(portability.Item{}, ctx.Err())
	}
}

// largePuts notes how many bytes came at once.
type largePuts struct {
	*engineServer
	most int
}

func (s *largePuts) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	size := 0
	for _, i := range items {
		size += len(i.Object.Bytes())
	}
	s.most = max(s.most, size)
	return s.engineServer.Put(ctx, items)
}

// exactAccount says that there are so many posts.
type exactAccount struct {
	*engineAccount
	says int64
}

func (s exactAccount) Count(ctx context.Context, k portability.Kind) (int64, bool, error) {
	if k == portability.Content {
		return s.says, true, ctx.Err()
	}
	return s.engineAccount.Count(ctx, k)
}

// assertEndless checks that a source was refused, and nothing came of it.
func assertEndless(t *testing.T, w *engineWorld, e *portability.Engine) {
	t.Helper()
	_, err := e.Begin(t.Context(), w.spec())
	require.NoError(t, err)
	j, err := e.Run(t.Context(), engineJob)
	require.NoError(t, err)
	assert.Equal(t, portability.JobRefused, j.State, "it is at %s", j.Stage)
	assert.Contains(t, j.Trouble, string(portability.GroundEndless))
	assert.NotZero(t, j.Finished)
	assert.Empty(t, w.server.items)
	assert.NotEmpty(t, (&portability.RefusedJobError{Ground: portability.GroundEndless}).Hint())
	assertGate(t, portability.GateUnfinished, w.report(t).Ready())
}

var engineEndlessness = []engineSituation{
	{"a source that leads in a circle is refused", func(t *testing.T, open func() portability.Store) {
		for _, restless := range []bool{false, true} {
			w := newEngineWorld(open(), newEngineAccount())
			assertEndless(t, w, w.at(engineTwo{&endlessAccount{engineAccount: w.account, circle: 1500, restless: restless}, w.server}))
		}
	}},
	{"a source that has something new for ever is refused where the job may have no more", func(t *testing.T, open func() portability.Store) {
		for _, restless := range []bool{false, true} {
			w := newEngineWorld(open(), newEngineAccount())
			w.options.Most = 3000
			source := &endlessAccount{engineAccount: w.account, restless: restless}
			assertEndless(t, w, w.at(engineTwo{source, w.server}))
			n := 0
			for range w.store.Entries(t.Context(), engineJob, -1, portability.EntryFilter{}) {
				n++
			}
			assert.LessOrEqual(t, n, 3000, "entries")
		}
	}},
	{"a dry run of a source without an end ends", func(t *testing.T, open func() portability.Store) {
		w := newEngineWorld(open(), newEngineAccount())
		w.options.Most = 3000
		_, err := w.at(engineTwo{&endlessAccount{engineAccount: w.account}, w.server}).DryRun(t.Context(), w.spec())
		var refused *portability.RefusedJobError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, portability.GroundEndless, refused.Ground)
	}},
	{"a source that has an end when it is read, and none when its items are put, is put as far as it is known", func(t *testing.T, open func() portability.Store) {
		for _, restless := range []bool{false, true} {
			w := newEngineWorld(open(), newEngineAccount())
			posts := newEngineAccount()
			for n := range 4 {
				posts.add(enginePost(n, enginePublic(n, -1)))
			}
			endless := &endlessAccount{engineAccount: w.account, from: 2, restless: restless} // it has two of them, and no end
			var source portability.Source = posts
			e := portability.NewEngine(w.store, openerFunc(func() (portability.Source, portability.Sink, error) {
				return source, w.server, nil
			}), &portability.EngineOptions{Now: w.clock.Now, Wait: w.clock.wait})
			_, err := e.Begin(t.Context(), w.spec())
			require.NoError(t, err)
			var j portability.Job
			for n := 0; !j.State.Ended() || j.State == ""; n++ {
				require.Less(t, n, 300)
				j, err = e.Step(t.Context(), engineJob)
				require.NoError(t, err)
				if j.Stage == portability.StageOrder {
					source = endless
				}
			}
			assert.Equal(t, portability.JobDone, j.State, j.Trouble)
			assert.Equal(t, []string{"2", "3"}, w.server.posts())
			assert.EqualValues(t, 2, w.report(t).Missing[portability.Content])
			assertGate(t, portability.GateMissing, w.report(t).Ready())
			assert.Less(t, endless.read, 50_000)
		}
	}},
	{"a source that has no end when it is looked through for what is gone deletes nothing", func(t *testing.T, open func() portability.Store) {
		w := mirrored(t, open(), 9)
		w.account.drop(enginePost(4, "").Ref)
		endless := &endlessAccount{engineAccount: w.account, from: 100}
		var source portability.Source = w.account
		e := portability.NewEngine(w.store, openerFunc(func() (portability.Source, portability.Sink, error) {
			return source, w.server, nil
		}), &portability.EngineOptions{Now: w.clock.Now, Wait: w.clock.wait, Attempts: 2})
		_, err := e.Again(t.Context(), engineJob)
		require.NoError(t, err)
		var j portability.Job
		for n := 0; j.State != portability.JobPaused; n++ {
			require.Less(t, n, 100)
			j, err = e.Step(t.Context(), engineJob)
			require.NoError(t, err)
			if j.Stage == portability.StageRemove {
				source = endless
			}
			w.clock.move(time.Minute)
		}
		assert.Len(t, w.server.posts(), 9)
		assert.NotEmpty(t, j.Trouble)
		source = w.account
		_, err = e.Resume(t.Context(), engineJob)
		require.NoError(t, err)
		j, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, portability.JobDone, j.State)
		assert.Len(t, w.server.posts(), 8, "it is gone")
	}},
	{"a source whose positions never hold is held by the page", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		large := strings.Repeat("x", 512<<10)
		for n := range 48 {
			account.add(enginePost(n, enginePublic(n, -1)+`,"summary":"`+large+`"`))
		}
		account.restless = true
		w := newEngineWorld(open(), account)
		sink := &largePuts{engineServer: w.server}
		e := w.at(engineTwo{account, sink})
		_, err := e.Begin(t.Context(), w.spec())
		require.NoError(t, err)
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, j.State, j.Trouble)
		assert.Len(t, w.server.posts(), 48)
		assert.Less(t, sink.most, 9<<20, "bytes of documents at once")
	}},
	{"a source that shows fewer than it says it has exactly is not ready until somebody says so", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		for n := range 9 {
			account.add(enginePost(n, enginePublic(n, -1)))
		}
		account.add(enginePost(0, enginePublic(0, -1))) // one of them twice
		w := newEngineWorld(open(), account)
		says := int64(12)
		e := portability.NewEngine(w.store, openerFunc(func() (portability.Source, portability.Sink, error) {
			return exactAccount{account, says}, w.server, nil
		}), &portability.EngineOptions{Now: w.clock.Now, Wait: w.clock.wait, Batch: 2})
		_, err := e.Begin(t.Context(), w.spec())
		require.NoError(t, err)
		_, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		r := w.report(t)
		assert.Equal(t, map[portability.Kind]int64{portability.Content: 2}, r.NotShown)
		assertGate(t, portability.GateNotShown, r.Ready())
		assert.NoError(t, r.Ready(portability.NotShown))
		says = 10
		_, err = e.Again(t.Context(), engineJob)
		require.NoError(t, err)
		_, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.NoError(t, w.report(t).Ready())
	}},
	{"an account has no more bytes than it may, though nobody says how large its files are", func(t *testing.T, open func() portability.Store) {
		for _, size := range []int64{-1, 0, 1} { // not known, and lies
			account := newEngineAccount()
			post := enginePost(1, enginePublic(1, -1))
			for n := range 40 {
				path := fmt.Sprint("files/", n, ".png")
				account.files[path] = strings.Repeat("x", 400+n)
				post.Media = append(post.Media, portability.Medium{Path: path, Type: "image/png", Size: size})
			}
			account.add(post)
			w := newEngineWorld(open(), account)
			w.options.Limits.Bytes = 5000
			w.copy(t)
			bytes := int64(0)
			for _, n := range w.server.files {
				bytes += n
			}
			assert.LessOrEqual(t, bytes, int64(5000), "said to be %d", size)
			assert.Greater(t, bytes, int64(4500), "what there is room for")
			r := w.report(t)
			assert.EqualValues(t, 40-len(w.server.files), r.FileStates[portability.Failed][portability.TooMany])
			assert.Equal(t, portability.Changed, w.entry(t, post.Ref).State, "it says that it lacks some")
		}
	}},
}
