package portabilitytest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// noMore is a source whose server is no more.
type noMore struct{ portability.Source }

func (noMore) Actor(context.Context) (*vocab.Object, error) { return nil, errNoHost }

var errNoHost = errors.New("no such host")

// engineGone are what still works when the old server does not.
var engineGone = []engineSituation{
	{"a copy is undone when the old server is no more", func(t *testing.T, open func() portability.Store) {
		for name, source := range map[string]portability.Source{"its source fails": noMore{}, "there is no source": nil} {
			w := posting(open(), 3)
			w.copy(t)
			e := w.with(source, w.server, nil)
			_, err := e.Undo(t.Context(), engineJob)
			require.NoError(t, err, name)
			j, err := e.Run(t.Context(), engineJob)
			require.NoError(t, err, name)
			assert.Equal(t, portability.JobUndone, j.State, "%s: %s", name, j.Trouble)
			assert.Empty(t, w.server.posts(), name)
		}
	}},
	{"a copy is released when the old server is no more", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.stand = portability.Claimed
		w.copy(t)
		_, err := w.with(nil, w.server, nil).Release(t.Context(), engineJob)
		require.NoError(t, err)
		assert.False(t, w.report(t).Quarantined)
	}},
	{"a copy that was undone without its source asks for the actor when it is run again", func(t *testing.T, open func() portability.Store) {
		w := posting(open(), 3)
		w.copy(t)
		e := w.with(noMore{w.account}, w.server, nil)
		_, err := e.Undo(t.Context(), engineJob)
		require.NoError(t, err)
		_, err = e.Run(t.Context(), engineJob)
		require.NoError(t, err)
		_, err = e.Again(t.Context(), engineJob)
		require.NoError(t, err)
		j, err := e.Step(t.Context(), engineJob)
		require.NoError(t, err)
		assert.Contains(t, j.Trouble, "read the actor")
	}},
}
