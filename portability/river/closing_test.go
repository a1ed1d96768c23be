package river_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/river"
)

// stuck are ends that cannot be closed, and say something private of it.
type stuck struct{ *portability.Memory }

var errStuck = errors.New(`get "https://old.example/export?token=SECRET": it was cut off`)

func (stuck) Close() error { return errStuck }

type stuckEnds struct {
	from portability.Source
	to   portability.Sink
}

func (s stuckEnds) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return s.from, s.to, nil
}

func TestASourceThatCannotBeClosedHoldsUpNothing(t *testing.T) {
	w := open(t, pgtest.URL(t), small)
	from, err := account(t.Context(), "ann", small)
	require.NoError(t, err)
	s := closes(t, w, stuckEnds{stuck{from}, portability.NewMemory(nil)})
	s.until(t, "the end", func() bool { return s.hands(t, "completed") == 1 })
	assert.Empty(t, s.failures(t), "no turn has failed")
}

func TestWhatASinkSaysWhenItIsClosedIsNotStored(t *testing.T) {
	w := open(t, pgtest.URL(t), small)
	from, err := account(t.Context(), "ann", small)
	require.NoError(t, err)
	s := closes(t, w, stuckEnds{from, stuck{portability.NewMemory(nil)}})
	s.until(t, "a failure", func() bool { return s.failures(t) != "" })
	assert.Contains(t, s.failures(t), "close the sink")
	assert.NotContains(t, s.failures(t), "SECRET")
}

// closes has a queue copy an account between two ends, which each turn opens and closes.
func closes(t *testing.T, w *world, ends portability.Opener) shop {
	t.Helper()
	engine := portability.NewEngine(w.store, ends, &portability.EngineOptions{Batch: 20})
	_, err := engine.Begin(t.Context(), portability.JobSpec{ID: "ann", Account: "https://new.example/ann", Old: "https://old.example/ann", Standing: portability.Proved})
	require.NoError(t, err)
	q, err := river.New(w.pool, engine, &river.Options{Hands: 1})
	require.NoError(t, err)
	s := shop{q, w.pool}
	require.NoError(t, s.Insert(t.Context(), "ann"))
	s.begins(t)
	return s
}

// failures returns what River has stored of turns that failed.
func (s shop) failures(t *testing.T) (all string) {
	t.Helper()
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT coalesce(string_agg(errors::text, ' '), '') FROM river_job").Scan(&all))
	return all
}
