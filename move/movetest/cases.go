package movetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

var openSituations = []situation{
	{"a case is opened, not begun, with its own step", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		kept, own, created, err := store.Open(t.Context(), c, ownStep(move.Deferred, start))
		require.NoError(t, err)
		assert.True(t, created)
		sameCase(t, c, kept, "as it was given")
		assert.Equal(t, c.ID, own.Case)
		assert.Equal(t, move.In, own.Side)
		assert.Empty(t, own.Party, "the step is the case's own")
		assert.Equal(t, own, find(t, store, c.ID, ""), "the step returned is the one kept")
	}},
	{"a case opened again is the first one", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		first, step, _, err := store.Open(t.Context(), c, ownStep(move.Deferred, start))
		require.NoError(t, err)
		c.Activity, c.Opened, c.New = []byte("another"), start.Add(time.Hour), other
		again, stepAgain, created, err := store.Open(t.Context(), c, ownStep(move.Held, time.Time{}))
		require.NoError(t, err)
		assert.False(t, created)
		sameCase(t, first, again, "nothing of the second is kept")
		assert.Equal(t, step, stepAgain, "the step stays as it is")
	}},
	{"a case opened after it was begun stays begun", func(t *testing.T, store move.Store) {
		c := begun(move.In, alice, home, start)
		_, step, _, err := store.Begin(t.Context(), c, ownStep(move.Verified, start), start.Add(-window))
		require.NoError(t, err)
		kept, stepAgain, created, err := store.Open(t.Context(), moving(move.In, alice, home), ownStep(move.Deferred, start))
		require.NoError(t, err)
		assert.False(t, created)
		assert.Equal(t, start, kept.Begun)
		assert.Equal(t, step, stepAgain)
	}},
	{"many workers open one case, one of them creates it", func(t *testing.T, store move.Store) {
		won := race(t, func(i int) (bool, error) {
			_, step, created, err := store.Open(t.Context(), moving(move.In, alice, home), ownStep(move.Deferred, start))
			assert.Equal(t, move.Deferred, step.State, "everybody is given the step")
			return created, err
		})
		assert.Equal(t, 1, won)
	}},
	{"a case that nobody opened is not there", func(t *testing.T, store move.Store) {
		_, err := store.Case(t.Context(), "nothing")
		assert.ErrorIs(t, err, move.ErrNoCase)
		_, err = store.Find(t.Context(), "nothing", "")
		assert.ErrorIs(t, err, move.ErrNoCase)
	}},
}

var beginSituations = []situation{
	{"Begin adds a case that was not opened", func(t *testing.T, store move.Store) {
		c := begun(move.Out, alice, home, start)
		kept, own, created, err := store.Begin(t.Context(), c, ownStep(move.Announcing, start), start.Add(-window))
		require.NoError(t, err)
		assert.True(t, created)
		sameCase(t, c, kept, "as it was given")
		assert.Equal(t, move.Announcing, own.State)
		stored, err := store.Case(t.Context(), c.ID)
		require.NoError(t, err)
		sameCase(t, kept, stored, "what is returned is what is kept")
		assert.Equal(t, own, find(t, store, c.ID, ""))
	}},
	{"Begin on an opened case keeps it, but for New and the time", func(t *testing.T, store move.Store) {
		want := opened(t, store, moving(move.In, alice, home))
		c := begun(move.In, alice, home, start.Add(time.Hour))
		c.New, c.Activity, c.Opened = other, []byte("another"), start.Add(time.Minute)
		kept, _, created, err := store.Begin(t.Context(), c, ownStep(move.Verified, start), start.Add(-window))
		require.NoError(t, err)
		assert.True(t, created, "it is begun now")
		want.New, want.Begun = other, start.Add(time.Hour)
		sameCase(t, want, kept, "the rest is as it was opened")
	}},
	{"Begin on an opened case restarts its own step", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		_, before, _, err := store.Open(t.Context(), c, move.Step{Host: "old.example", State: move.Deferred, Due: start, Attempts: 3, Status: 503, Reason: move.Unreachable})
		require.NoError(t, err)
		require.Len(t, claim(t, store, start, 1, 1), 1, "the step is leased")
		require.NoError(t, store.Add(t.Context(), c.ID, nil, "held "), "its parties were gathered")
		own := ownStep(move.Verified, start.Add(time.Second))
		own.Since = start.Add(time.Second)
		_, after, _, err := store.Begin(t.Context(), begun(move.In, alice, home, start), own, start.Add(-window))
		require.NoError(t, err)
		assert.Greater(t, after.Version, before.Version+1, "whoever held it is stale")
		own.Case, own.Side, own.Version, own.Cursor = c.ID, move.In, after.Version, "held "
		assert.Equal(t, own, after, "all but its cursor is new")
		assert.Equal(t, after, find(t, store, c.ID, ""))
		assert.Len(t, claim(t, store, start.Add(time.Second), 1, 1), 1, "the lease is ended")
	}},
	{"a case begun again stays as it is", func(t *testing.T, store move.Store) {
		c := begun(move.In, alice, home, start)
		first, step, _, err := store.Begin(t.Context(), c, ownStep(move.Verified, start), start.Add(-window))
		require.NoError(t, err)
		c.Begun, c.New = start.Add(time.Hour), other
		again, stepAgain, created, err := store.Begin(t.Context(), c, ownStep(move.Settled, time.Time{}), start.Add(-window))
		require.NoError(t, err, "the window does not hold a case against itself")
		assert.False(t, created)
		sameCase(t, first, again, "the first time and the first target stay")
		assert.Equal(t, step, stepAgain)
	}},
	{"a cancelled case is not begun", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.Out, alice, home))
		require.NoError(t, store.Cancel(t.Context(), c.ID, start))
		step := find(t, store, c.ID, "")
		kept, own, created, err := store.Begin(t.Context(), begun(move.Out, alice, home, start), ownStep(move.Announcing, start), start.Add(-window))
		require.NoError(t, err)
		assert.False(t, created)
		assert.Zero(t, kept.Begun, "the owner took it back in time")
		assert.Equal(t, start, kept.Cancelled)
		assert.Equal(t, step, own, "its step is not started")
	}},
	{"Begin without a time fails", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		_, _, _, err := store.Begin(t.Context(), c, ownStep(move.Verified, start), start.Add(-window))
		require.Error(t, err)
		_, err = store.Case(t.Context(), c.ID)
		assert.ErrorIs(t, err, move.ErrNoCase, "nothing is kept")
	}},
	{"many workers begin one case, one of them creates it", func(t *testing.T, store move.Store) {
		won := race(t, func(i int) (bool, error) {
			c := begun(move.In, alice, home, start.Add(time.Duration(i)*time.Second))
			_, _, created, err := store.Begin(t.Context(), c, ownStep(move.Verified, start), start.Add(-window))
			return created, err
		})
		assert.Equal(t, 1, won)
	}},
	{"a second generation is a case of its own", func(t *testing.T, store move.Store) {
		first := opened(t, store, moving(move.In, alice, home))
		second := moving(move.In, alice, home)
		second.ID, second.Generation = move.CaseID(move.In, alice, home, 2), 2
		second.Opened = start.Add(time.Hour)
		second = opened(t, store, second)
		found, err := store.About(t.Context(), move.In, alice)
		require.NoError(t, err)
		assert.Equal(t, []string{second.ID, first.ID}, ids(found))
		assert.Equal(t, 2, found[0].Generation)
	}},
}

var cancelSituations = []situation{
	{"a case is cancelled once, at the first time", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.Out, alice, home))
		before := find(t, store, c.ID, "")
		require.NoError(t, store.Cancel(t.Context(), c.ID, start.Add(time.Hour)))
		require.NoError(t, store.Cancel(t.Context(), c.ID, start.Add(2*time.Hour)), "again is no error")
		c.Cancelled = start.Add(time.Hour)
		kept, err := store.Case(t.Context(), c.ID)
		require.NoError(t, err)
		sameCase(t, c, kept, "nothing else changes")
		assert.Equal(t, before, find(t, store, c.ID, ""), "its step is not touched")
	}},
	{"a case whose own step was cancelled does not begin", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.Out, alice, home))
		own := find(t, store, c.ID, "")
		own.State, own.Due = move.Cancelled, time.Time{}
		require.NoError(t, store.Advance(t.Context(), own))
		c.Begun = start
		kept, step, created, err := store.Begin(t.Context(), c, ownStep(move.Announcing, start), start.Add(-window))
		require.NoError(t, err)
		assert.False(t, created)
		assert.Zero(t, kept.Begun)
		assert.Equal(t, move.Cancelled, step.State)
	}},
	{"a case that is not there cannot be cancelled", func(t *testing.T, store move.Store) {
		assert.ErrorIs(t, store.Cancel(t.Context(), "nothing", start), move.ErrNoCase)
	}},
}

var aboutSituations = []situation{
	{"cases are found by each of their actors", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		opened(t, store, c)
		c.Begun, c.New = start, other
		_, _, _, err := store.Begin(t.Context(), c, ownStep(move.Verified, start), start.Add(-window))
		require.NoError(t, err)
		for name, actor := range map[string]vocab.IRI{"old": alice, "claimed": home, "concluded": other} {
			found, err := store.About(t.Context(), move.In, actor)
			require.NoError(t, err)
			assert.Equal(t, []string{c.ID}, ids(found), "by the %s account", name)
		}
		found, err := store.About(t.Context(), move.In, other, alice, home, alice)
		require.NoError(t, err)
		require.Len(t, found, 1, "by all of them it is found once")
		assert.Equal(t, start, found[0].Begun)
	}},
	{"a target that was given up is not found", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		c.New = other
		opened(t, store, c)
		c.Begun, c.New = start, home
		_, _, _, err := store.Begin(t.Context(), c, ownStep(move.Verified, start), start.Add(-window))
		require.NoError(t, err)
		found, err := store.About(t.Context(), move.In, other)
		require.NoError(t, err)
		assert.Empty(t, found)
	}},
	{"cases come latest opened first", func(t *testing.T, store move.Store) {
		var want []string
		for _, age := range []time.Duration{3, 1, 2} {
			c := moving(move.In, alice, home+vocab.IRI(rune('0'+age)))
			c.Opened = start.Add(-age * time.Microsecond)
			opened(t, store, c)
		}
		for _, age := range []rune{'1', '2', '3'} {
			want = append(want, move.CaseID(move.In, alice, home+vocab.IRI(age), 1))
		}
		found, err := store.About(t.Context(), move.In, alice)
		require.NoError(t, err)
		assert.Equal(t, want, ids(found))
	}},
	{"neither strangers nor the other side are found", func(t *testing.T, store move.Store) {
		c := moving(move.In, alice, home)
		c.New = "" // nothing is concluded
		opened(t, store, c)
		for _, actors := range [][]vocab.IRI{nil, {""}, {bob, other}, {"https://OLD.example/users/alice"}, {alice[:len(alice)-1]}} {
			found, err := store.About(t.Context(), move.In, actors...)
			require.NoError(t, err)
			assert.Empty(t, found, "about %q", actors)
		}
		found, err := store.About(t.Context(), move.Out, alice)
		require.NoError(t, err)
		assert.Empty(t, found, "it was received, not sent")
	}},
	{"a great many actors are looked up at once", func(t *testing.T, store move.Store) {
		c := opened(t, store, moving(move.In, alice, home))
		actors := []vocab.IRI{}
		for i := range 2000 {
			actors = append(actors, party("strangers.example", i, start).Party)
		}
		found, err := store.About(t.Context(), move.In, append(actors, home)...)
		require.NoError(t, err)
		assert.Equal(t, []string{c.ID}, ids(found))
	}},
}
