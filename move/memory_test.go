package move_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// BenchmarkMemory claims and advances every one of 100,000 inboxes on 5,000
// hosts.
func BenchmarkMemory(b *testing.B) {
	const parties, hosts = 100_000, 5_000
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		store := move.NewMemory()
		fill(b, store, now, parties, hosts)
		done := 0
		for {
			claimed, err := store.Claim(b.Context(), move.Out, now, time.Minute, 100, 2)
			require.NoError(b, err)
			if len(claimed) == 0 {
				break
			}
			done += len(claimed)
			for i := range claimed {
				claimed[i].State, claimed[i].Due = move.Answered, time.Time{}
			}
			require.NoError(b, store.Advance(b.Context(), claimed...))
		}
		require.Equal(b, parties, done)
	}
	b.ReportMetric(float64(b.N)*parties/b.Elapsed().Seconds(), "steps/s")
}

func fill(tb testing.TB, store move.Store, now time.Time, parties, hosts int) {
	tb.Helper()
	ctx := tb.Context()
	c := move.Case{ID: "big", Side: move.Out, Old: "https://old.example/a", New: "https://new.example/a", Opened: now}
	_, _, _, err := store.Open(ctx, c, move.Step{State: move.Announcing})
	require.NoError(tb, err)
	batch := make([]move.Step, 0, 1000)
	for i := range parties {
		host := fmt.Sprintf("h%d.example", i%hosts)
		batch = append(batch, move.Step{
			Party: vocab.IRI(fmt.Sprintf("https://%s/inbox/%d", host, i)), Host: host, State: move.Announce, Due: now,
		})
		if len(batch) == cap(batch) {
			require.NoError(tb, store.Add(ctx, "big", batch, fmt.Sprint(i)))
			batch = batch[:0]
		}
	}
}

func TestMemoryHasNothingLeftWhenAllHostsAreDone(t *testing.T) {
	store := move.NewMemory()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	fill(t, store, now, 5_000, 500)
	claimed, err := store.Claim(t.Context(), move.Out, now, time.Minute, 5_000, 5_000)
	require.NoError(t, err)
	require.Len(t, claimed, 5_000)
	for i := range claimed {
		claimed[i].Due = time.Time{}
	}
	require.NoError(t, store.Advance(t.Context(), claimed...))
	next, err := store.Next(t.Context(), move.Out)
	require.NoError(t, err)
	assert.Zero(t, next, "nothing has anything to do")
}
