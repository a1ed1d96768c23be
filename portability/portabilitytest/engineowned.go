package portabilitytest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// edited is a post that its author has changed at the old server.
func edited(n int) portability.Item { return enginePost(n, enginePublic(n, -1)+`,"summary":"edited"`) }

// posting returns the world of an account with so many posts.
func posting(store portability.Store, posts int) *engineWorld {
	account := newEngineAccount()
	for n := range posts {
		account.add(enginePost(n, enginePublic(n, -1)))
	}
	return newEngineWorld(store, account)
}

// undo takes the copy back, and returns the posts that are left.
func (w *engineWorld) undo(t *testing.T) []string {
	t.Helper()
	_, err := w.engine().Undo(t.Context(), engineJob)
	require.NoError(t, err)
	require.Equal(t, portability.JobUndone, w.finish(t).State)
	return w.server.posts()
}

func (w *engineWorld) mapping(t *testing.T, old string) portability.Mapping {
	t.Helper()
	found, err := w.store.Find(t.Context(), []vocab.IRI{vocab.IRI(old)})
	require.NoError(t, err)
	return found[vocab.IRI(old)]
}

// between does something once all is read and nothing put.
func (w *engineWorld) between(do func() error) {
	w.allow = func(context.Context, portability.Job, *portability.Forecast) error { return do() }
}

var engineOwnership = []engineSituation{
	{"what was there before stays, also when the copy has brought it up to date", func(t *testing.T, open func() portability.Store) {
		for _, mirror := range []bool{false, true} {
			w := posting(open(), 4)
			w.options.Mirror = mirror
			w.settled(t, 1)
			ref := enginePost(1, "").Ref
			w.copy(t)
			require.Equal(t, portability.AlreadyThere, w.entry(t, ref).Reason)
			w.account.replace(edited(1))
			w.again(t)
			require.Equal(t, portability.Changed, w.entry(t, ref).State)
			if mirror {
				w.account.drop(ref)
				w.again(t)
				assert.NotNil(t, w.server.items[ref], "a mirror takes out what it has put, and nothing else")
			}
			assert.Equal(t, []string{"1"}, w.undo(t), "mirror: %t", mirror)
		}
	}},
	{"what was there before stays where the sink cannot say so, and Put failed once", func(t *testing.T, open func() portability.Store) {
		sink := portability.NewMemory(nil)
		_, err := sink.Put(t.Context(), []portability.Item{enginePost(1, enginePublic(1, -1))})
		require.NoError(t, err)
		w := posting(open(), 3)
		away := true
		e := w.with(w.account, failingSink{sink, func() bool { return away }}, nil)
		_, err = e.Begin(t.Context(), w.spec())
		require.NoError(t, err)
		for j := (portability.Job{}); j.Tries == 0; {
			j, err = e.Step(t.Context(), engineJob)
			require.NoError(t, err)
		}
		away = false
		w.clock.move(time.Hour)
		j, err := e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, j.State)
		_, err = e.Undo(t.Context(), engineJob)
		require.NoError(t, err)
		_, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Equal(t, []string{enginePost(1, "").ID}, contentIDs(t, sink))
	}},
	{"undo takes out what waits to be updated", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 4)
		w.copy(t)
		w.account.replace(edited(1))
		w.between(func() error { return portability.ErrAwaiting })
		_, err := w.engine().Again(t.Context(), engineJob)
		require.NoError(t, err)
		j, err := w.engine().Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobPaused, j.State)
		assert.Empty(t, w.undo(t))
		assertUnmapped(t, w)
	}},
	{"what was to be updated, and is gone from the source, is as it was, and a mirror takes it out", func(t *testing.T, open func() portability.Store) {
		for _, mirror := range []bool{false, true} {
			w := posting(open(), 4)
			w.options.Mirror = mirror
			w.copy(t)
			ref := enginePost(1, "").Ref
			w.account.replace(edited(1))
			w.between(func() error { w.account.drop(ref); return nil })
			w.again(t)
			assert.Equal(t, portability.Copied, w.entry(t, ref).State, "it is as it was put first")
			w.between(func() error { return nil })
			w.again(t)
			assert.Equal(t, mirror, w.server.items[ref] == nil, "mirror: %t", mirror)
			assert.Empty(t, w.undo(t))
			assertUnmapped(t, w)
		}
	}},
	{"what is judged otherwise before it is updated is still the copy's own", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.copy(t)
		ref := enginePost(1, "").Ref
		w.account.replace(edited(1))
		w.between(func() error {
			taken := enginePost(1, "")
			taken.Object = engineDocument(`{"id":"` + ref.ID + `","type":"Note","attributedTo":"https://old.example/users/bob","content":"x"}`)
			w.account.replace(taken)
			return nil
		})
		w.again(t)
		assert.Equal(t, portability.Conflicting, w.entry(t, ref).State)
		assert.Empty(t, w.undo(t))
	}},
	{"what is put while the copy is undone is taken back", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 4)
		w.begin(t)
		undo, done := w.undoing(t, w.server)
		j, err := w.with(w.account, beforePut{w.server, undo}, nil).Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.True(t, *done)
		require.Equal(t, portability.JobUndone, j.State)
		assert.Empty(t, w.server.posts())
	}},
	{"what is put while the copy is undone is taken back, also where the sink cannot say what it has", func(t *testing.T, open func() portability.Store) {
		w, memory := posting(open(), 4), portability.NewMemory(nil)
		before := enginePost(2, enginePublic(2, -1))
		_, err := memory.Put(t.Context(), []portability.Item{before})
		require.NoError(t, err)
		w.begin(t)
		undo, done := w.undoing(t, memory)
		j, err := w.with(w.account, beforePutPlain{memory, undo}, nil).Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.True(t, *done)
		require.Equal(t, portability.JobUndone, j.State)
		assert.Equal(t, []string{before.ID}, contentIDs(t, memory))
	}},
	{"what somebody has deleted at the new server does not come back, and the gate says so", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.copy(t)
		ref := enginePost(1, "").Ref
		_, err := w.server.Remove(t.Context(), []portability.Ref{ref})
		require.NoError(t, err)
		for range 3 {
			r := w.again(t)
			gate, ok := errors.AsType[*portability.GateError](r.Ready())
			require.True(t, ok)
			assert.Equal(t, portability.GateDeleted, gate.Gate)
			assert.NoError(t, r.Ready(portability.DeletedHere), "somebody has said that it may stay so")
			assert.Nil(t, w.server.items[ref])
		}
		w.account.replace(edited(1))
		w.again(t)
		assert.Nil(t, w.server.items[ref], "not when it is edited at the old one either")
		e, spec := w.engine(), w.spec()
		spec.ID = "job-2"
		_, err = e.Begin(t.Context(), spec)
		require.NoError(t, err)
		_, err = e.Run(t.Context(), spec.ID)
		require.NoError(t, err)
		assert.NotNil(t, w.server.items[ref], "who wants it back makes another copy")
	}},
	{"what is lost at the sink as soon as it is put is put again", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		ref := enginePost(1, "").Ref
		w.between(func() error { w.server.lose = ref; return nil })
		w.copy(t)
		require.Nil(t, w.server.items[ref])
		assert.Error(t, w.report(t).Ready())
		w.between(func() error { w.server.lose = portability.Ref{}; return nil })
		assert.NoError(t, w.again(t).Ready())
		assert.NotNil(t, w.server.items[ref])
	}},
	{"what a second copy mapped leads to the first again when the second is undone", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 2)
		w.copy(t)
		post := enginePost(1, "").ID
		before := w.mapping(t, post)
		spec := w.spec()
		spec.ID, spec.Account = "job-2", "https://third.example/users/alice"
		e := w.with(w.account, newEngineServer(), nil)
		_, err := e.Begin(t.Context(), spec)
		require.NoError(t, err)
		_, err = e.Run(t.Context(), spec.ID)
		require.NoError(t, err)
		require.Equal(t, spec.Account, w.mapping(t, post).To)
		_, err = e.Undo(t.Context(), spec.ID)
		require.NoError(t, err)
		_, err = e.Run(t.Context(), spec.ID)
		require.NoError(t, err)
		now := w.mapping(t, post)
		assert.True(t, now.Seen())
		assert.Equal(t, before.To, now.To)
		assert.Equal(t, before.Place(), now.Place())
		assert.Equal(t, before.To, w.mapping(t, home).To, "the account as well")
		w.undo(t)
		assert.False(t, w.mapping(t, post).Seen())
	}},
	{"an update that the sink refuses widens neither the map nor what is known of the readers", func(t *testing.T, open func() portability.Store) {
		account := newEngineAccount()
		account.add(enginePost(1, `,"published":"2020-01-01T00:00:00Z","to":["`+home+`/followers"]`))
		w := newEngineWorld(open(), account)
		w.copy(t)
		post := enginePost(1, "")
		w.server.change(post.Ref)
		account.replace(enginePost(1, enginePublic(1, -1)))
		w.again(t)
		require.Equal(t, portability.Conflicting, w.entry(t, post.Ref).State)
		assert.False(t, w.mapping(t, post.ID).Seen())
		assert.Equal(t, portability.ForAuthor, w.entry(t, post.Ref).Audience)
	}},
}

// undoing returns what happens in a process that stands still, once: its lease is over, and
// another undoes the copy.
func (w *engineWorld) undoing(t *testing.T, sink portability.Sink) (undo func(), done *bool) {
	other, done := w.with(w.account, sink, nil), new(bool)
	return func() {
		if *done {
			return
		}
		*done = true
		w.clock.move(3 * time.Minute)
		_, err := other.Undo(t.Context(), engineJob)
		require.NoError(t, err)
		j, err := other.Run(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobUndone, j.State)
	}, done
}

// contentIDs returns the ids of the posts that a memory has.
func contentIDs(t *testing.T, m *portability.Memory) (ids []string) {
	t.Helper()
	for item, err := range m.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		ids = append(ids, item.ID)
	}
	return ids
}

// failingSink is a sink that puts no posts while it is away.
type failingSink struct {
	*portability.Memory
	away func() bool
}

func (s failingSink) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	if s.away() && items[0].Kind == portability.Content {
		return nil, errors.New("away")
	}
	return s.Memory.Put(ctx, items)
}

// beforePut is a server before whose posts something happens.
type beforePut struct {
	*engineServer
	do func()
}

func (s beforePut) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	if items[0].Kind == portability.Content {
		s.do()
	}
	return s.engineServer.Put(ctx, items)
}

// beforePutPlain is a memory before whose posts something happens.
type beforePutPlain struct {
	*portability.Memory
	do func()
}

func (s beforePutPlain) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	if items[0].Kind == portability.Content {
		s.do()
	}
	return s.Memory.Put(ctx, items)
}
