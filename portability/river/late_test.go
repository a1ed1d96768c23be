package river_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/river"
)

// stalled is a sink that takes no post while it is asked to.
type stalled struct{ *portability.Memory }

func (s stalled) Put(ctx context.Context, items []portability.Item) ([]portability.Result, error) {
	if items[0].Kind == portability.Content {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.Memory.Put(ctx, items)
}

func TestWhatTakesLongerThanATurnIsToldOf(t *testing.T) {
	w := open(t, pgtest.URL(t), small)
	from, err := account(t.Context(), "ann", small)
	require.NoError(t, err)
	engine := portability.NewEngine(w.store, stuckEnds{from, stalled{portability.NewMemory(nil)}}, &portability.EngineOptions{Attempts: 2})
	_, err = engine.Begin(t.Context(), portability.JobSpec{ID: "ann", Account: "https://new.example/ann", Old: "https://old.example/ann", Standing: portability.Proved})
	require.NoError(t, err)
	q, err := river.New(w.pool, engine, &river.Options{Hands: 1, Timeout: time.Second})
	require.NoError(t, err)
	s := shop{q, w.pool}
	require.NoError(t, s.Insert(t.Context(), "ann"))
	s.begins(t)
	var j portability.Job
	s.until(t, "that the owner is told", func() bool {
		j, err = w.store.Job(t.Context(), "ann")
		require.NoError(t, err)
		return j.State == portability.JobPaused
	})
	assert.Equal(t, "put items within the time of one turn failed", j.Trouble)
}
