package portabilitytest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

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
	{"what the sink cannot release now is told, and released another time", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 7)
		w.stand = portability.Claimed
		w.copy(t)
		sink := holdingBack{w.server, map[portability.Ref]portability.Reason{
			enginePost(1, "").Ref: portability.Unavailable, enginePost(5, "").Ref: portability.Unavailable,
		}}
		e := w.with(w.account, sink, nil)
		_, err := e.Release(t.Context(), engineJob)
		var left *portability.ReleaseError
		require.ErrorAs(t, err, &left)
		assert.Equal(t, portability.ReleaseError{N: 2, Reason: portability.Unavailable}, *left)
		assert.True(t, left.Temporary())
		assert.True(t, w.report(t).Quarantined, "not all can be seen")
		for n := range 7 {
			assert.Equal(t, n != 1 && n != 5, w.server.items[enginePost(n, "").Ref].seen, "post %d", n)
		}
		sink.reasons[enginePost(5, "").Ref] = portability.NoPlace
		_, err = e.Release(t.Context(), engineJob)
		require.ErrorAs(t, err, &left)
		assert.Equal(t, portability.ReleaseError{N: 2, Reason: portability.NoPlace}, *left)
		assert.False(t, left.Temporary())
		clear(sink.reasons)
		_, err = e.Release(t.Context(), engineJob)
		require.NoError(t, err)
		assert.False(t, w.report(t).Quarantined)
	}},
	{"a sink that says of another item that it is released is not believed", func(t *testing.T, open func() portability.Store) {
		for _, r := range []portability.Result{{Ref: enginePost(0, "").Ref, State: portability.Changed}, {State: "released"}} {
			w := posting(open(), 3)
			w.stand = portability.Claimed
			w.copy(t)
			_, err := w.with(w.account, oddRelease{w.server, r}, nil).Release(t.Context(), engineJob)
			require.Error(t, err)
			assert.True(t, w.report(t).Quarantined)
		}
	}},
	{"what was claimed first, and cannot be let out, is tried again, and told in the end", func(t *testing.T, open func() portability.Store) {
		for _, reason := range []portability.Reason{portability.Unavailable, portability.NoPlace} {
			w := posting(open(), 3)
			w.stand = portability.Claimed
			w.copy(t)
			ref := enginePost(1, "").Ref
			sink := holdingBack{w.server, map[portability.Ref]portability.Reason{ref: reason}}
			e, spec := w.with(w.account, sink, nil), w.spec()
			spec.ID, spec.Standing = "job-2", portability.Proved
			_, err := e.Begin(t.Context(), spec)
			require.NoError(t, err)
			began := w.clock.Now()
			j, err := e.Run(t.Context(), "job-2")
			require.NoError(t, err)
			require.Equal(t, portability.JobDone, j.State, j.Trouble)
			assert.Equal(t, reason == portability.Unavailable, w.clock.Now().Sub(began) > time.Minute, "%s: it waits, and tries again", reason)
			r, err := e.Report(t.Context(), "job-2")
			require.NoError(t, err)
			assert.EqualValues(t, 1, r.Counts[portability.Content][portability.Failed][reason])
			var gate *portability.GateError
			require.ErrorAs(t, r.Ready(), &gate)
			assert.Equal(t, portability.GateFailed, gate.Gate)
			assert.True(t, w.server.items[enginePost(2, "").Ref].seen, "the others are let out")

			delete(sink.reasons, ref)
			_, err = e.Again(t.Context(), "job-2")
			require.NoError(t, err)
			_, err = e.Run(t.Context(), "job-2")
			require.NoError(t, err)
			r, err = e.Report(t.Context(), "job-2")
			require.NoError(t, err)
			assert.NoError(t, r.Ready(), "%s: the next run lets it out", reason)
			assert.True(t, w.server.items[ref].seen)
		}
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

// holdingBack is a server that does not release some items, for a reason.
type holdingBack struct {
	*engineServer
	reasons map[portability.Ref]portability.Reason
}

func (s holdingBack) Release(ctx context.Context, refs []portability.Ref) ([]portability.Result, error) {
	free := slices.DeleteFunc(slices.Clone(refs), func(r portability.Ref) bool { return s.reasons[r] != "" })
	released, err := s.engineServer.Release(ctx, free)
	results := make([]portability.Result, 0, len(refs))
	for _, ref := range refs {
		if s.reasons[ref] != "" {
			results = append(results, portability.Result{Ref: ref, State: portability.Failed, Reason: s.reasons[ref]})
			continue
		}
		results, released = append(results, released[0]), released[1:]
	}
	return results, err
}

// oddRelease is a server that has one thing to say of all that is released, whose Ref it
// gives back where it has none.
type oddRelease struct {
	*engineServer
	says portability.Result
}

func (s oddRelease) Release(_ context.Context, refs []portability.Ref) ([]portability.Result, error) {
	results := make([]portability.Result, len(refs))
	for n, ref := range refs {
		if results[n] = s.says; s.says.Ref == (portability.Ref{}) {
			results[n].Ref = ref
		}
	}
	return results, nil
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
