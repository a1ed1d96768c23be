package portabilitytest

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

var engineStandings = []engineSituation{
	{"a release that a new run overtakes releases nothing that nobody has looked at", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.stand = portability.Claimed
		w.copy(t)
		w.account.add(enginePost(50, enginePublic(20, -1)))
		run := sync.OnceFunc(func() {
			_, err := w.engine().Again(t.Context(), engineJob)
			require.NoError(t, err)
		})
		sink := duringRelease{w.server, run}
		_, err := w.with(w.account, sink, nil).Release(t.Context(), engineJob)
		require.Error(t, err, "who released it hears that there is more")
		w.finish(t)
		assert.True(t, w.server.items[enginePost(50, "").Ref].item.Placed.Quarantined)
		assert.True(t, w.report(t).Quarantined)
	}},
	{"what is in conflict is released as well", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 2)
		w.options.Quarantine = true
		w.copy(t)
		ref := enginePost(1, "").Ref
		w.server.change(ref) // its owner edits it while it waits
		w.account.replace(edited(1))
		w.again(t)
		require.Equal(t, portability.Conflicting, w.entry(t, ref).State)
		_, err := w.engine().Release(t.Context(), engineJob)
		require.NoError(t, err)
		require.False(t, w.report(t).Quarantined)
		assert.True(t, w.server.items[ref].seen)
	}},
	{"what was claimed first is let out once a copy is proved", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.stand = portability.Claimed
		w.copy(t)
		require.False(t, w.mapping(t, enginePost(1, "").ID).Seen())
		e, spec := w.engine(), w.spec()
		spec.ID, spec.Standing = "job-2", portability.Proved
		_, err := e.Begin(t.Context(), spec)
		require.NoError(t, err)
		_, err = e.Run(t.Context(), "job-2")
		require.NoError(t, err)
		r, err := e.Report(t.Context(), "job-2")
		require.NoError(t, err)
		assert.NoError(t, r.Ready())
		for n := range 3 {
			assert.True(t, w.server.items[enginePost(n, "").Ref].seen, "everybody sees post %d", n)
		}
		assert.True(t, w.mapping(t, enginePost(1, "").ID).Seen())
	}},
	{"beginning a copy once more says if it was begun otherwise", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 1)
		w.stand = portability.Claimed
		w.copy(t)
		e, spec := w.engine(), w.spec()
		j, err := e.Begin(t.Context(), spec)
		require.NoError(t, err, "as it was")
		assert.Equal(t, portability.JobDone, j.State)
		proved, mirror := spec, spec
		proved.Standing, mirror.Options.Mirror = portability.Proved, true
		for _, other := range []portability.JobSpec{proved, mirror} {
			j, err = e.Begin(t.Context(), other)
			require.ErrorIs(t, err, portability.ErrOtherSpec)
			assert.Equal(t, portability.JobDone, j.State, "and returns what there is")
		}
	}},
	{"what was proved when a copy was begun stays so when the old server is gone", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 1)
		w.copy(t)
		spec := w.spec()
		spec.Standing = portability.Claimed
		j, err := w.engine().Begin(t.Context(), spec)
		require.NoError(t, err)
		assert.Equal(t, portability.Proved, j.Standing)
	}},
	{"what was for followers is for the new ones only as long as these are approved by hand", func(t *testing.T, open func() portability.Store) {
		followersOnly := func(n int) portability.Item {
			return enginePost(n, `,"published":"2020-01-01T00:00:00Z","to":["`+home+`/followers"]`)
		}
		account := newEngineAccount()
		account.add(followersOnly(1))
		w := newEngineWorld(open(), account)
		w.options.FollowersOnly, w.options.ByHand = true, true
		byHand := true
		e := w.with(account, approvingSink{w.server, &byHand}, nil)
		_, err := e.Begin(t.Context(), w.spec())
		require.NoError(t, err)
		_, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		byHand = false
		account.add(followersOnly(2))
		_, err = e.Again(t.Context(), engineJob)
		require.NoError(t, err)
		_, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		for n, audience := range map[int]portability.Audience{1: portability.ForFollowers, 2: portability.ForAuthor} {
			assert.Equal(t, audience, w.server.items[enginePost(n, "").Ref].item.Placed.Audience, "post %d", n)
			assert.Equal(t, audience, w.entry(t, enginePost(n, "").Ref).Audience, "post %d", n)
		}
	}},
	{"a copy cannot have the id of a job that follows", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 1)
		_, err := portability.NewFollowEngine(w.store, nil, nil).Begin(t.Context(), engineJob, newHome, home)
		require.NoError(t, err)
		_, err = w.engine().Begin(t.Context(), w.spec())
		assert.ErrorIs(t, err, portability.ErrJobExists)
	}},
}

// duringRelease is a server during whose release something happens.
type duringRelease struct {
	*engineServer
	do func()
}

func (s duringRelease) Release(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	s.do()
	return s.engineServer.Release(ctx, refs)
}

// approvingSink is a server that knows how its account approves followers.
type approvingSink struct {
	*engineServer
	byHand *bool
}

func (s approvingSink) ApprovesByHand(context.Context) (bool, error) { return *s.byHand, nil }
