package portabilitytest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

var engineDoubts = []engineSituation{
	{"what the sink never takes fails alone where positions never hold", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 8)
		w.account.restless = true
		w.refusing(enginePost(4, "").Ref)
		w.begin(t)
		j := patiently(t, w.engine(), 3)
		assert.Equal(t, portability.JobDone, j.State, j.Trouble)
		assert.Len(t, w.server.posts(), 7)
	}},
	{"what was put, and is edited at the source before anybody wrote that down, is the copy's own", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.begin(t)
		cut := false
		sink := unheardSink{w.server, func() bool {
			if cut {
				return false
			}
			cut = true
			w.account.replace(edited(1))
			return true
		}}
		require.Equal(t, portability.JobDone, patiently(t, w.with(w.account, sink, nil), 1).State)
		require.True(t, cut)
		assert.Empty(t, w.undo(t))
	}},
	{"a release shows nothing that the copy has never put", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.settled(t, 1)
		ref := enginePost(1, "").Ref
		w.server.change(ref) // and says something else than the source
		w.copy(t)
		require.Equal(t, portability.Conflicting, w.entry(t, ref).State)
		_, err := w.engine().Release(t.Context(), engineJob)
		require.NoError(t, err)
		assert.False(t, w.server.items[ref].seen)
	}},
	{"what a mirror could not take out, and is at the source again, is still the copy's own", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 4)
		w.options.Mirror = true
		w.copy(t)
		post := enginePost(1, enginePublic(1, -1))
		w.account.drop(post.Ref)
		e := w.with(w.account, keepingSink{w.server}, nil)
		_, err := e.Again(t.Context(), engineJob)
		require.NoError(t, err)
		require.Equal(t, portability.JobDone, patiently(t, e, 1).State)
		require.Equal(t, portability.Failed, w.entry(t, post.Ref).State)
		w.account.add(post)
		w.again(t)
		assert.Empty(t, w.undo(t))
	}},
}

// unheardSink is a server whose answer to a Put of posts may be lost.
type unheardSink struct {
	*engineServer
	lost func() bool
}

func (s unheardSink) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	results, err := s.engineServer.Put(ctx, items)
	if items[0].Kind == portability.Content && s.lost() {
		return nil, errors.New("the answer was lost")
	}
	return results, err
}

// keepingSink is a server that says of everything that it could not be taken out.
type keepingSink struct{ *engineServer }

func (s keepingSink) Remove(_ context.Context, refs []portability.Ref) ([]portability.Result, error) {
	results := make([]portability.Result, len(refs))
	for n, ref := range refs {
		results[n] = portability.Result{Ref: ref, State: portability.Failed, Reason: portability.Unavailable}
	}
	return results, nil
}
