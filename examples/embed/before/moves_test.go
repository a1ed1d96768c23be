package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What this server lacks: the Move arrives, and nothing comes of it.
func TestMoveIsIgnored(t *testing.T) {
	small, others := start(t)
	here, old, next := small[0], others[0], others[1]
	tell(t, here, "fan join")
	from, err := old.Create(t.Context(), "al", false)
	require.NoError(t, err)
	to, err := next.Create(t.Context(), "al", false)
	require.NoError(t, err)
	tell(t, here, "fan follow "+string(from))
	eventually(t, here, "fan", "follows "+string(from)+"\n")

	require.NoError(t, next.Alias(t.Context(), "al", from))
	departing, err := old.Depart(t.Context(), "al", to)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		for entry, err := range old.Announcer().Ledger(t.Context(), departing.Case, "") {
			require.NoError(t, err)
			if entry.State == "answered" && entry.Status == 202 {
				return true
			}
		}
		return false
	}, 30*time.Second, 20*time.Millisecond, "the Move was taken by the inbox")
	assert.Equal(t, "follows "+string(from)+"\n", tell(t, here, "fan show"), "the follower is left behind")
	assert.Error(t, here.do(t.Context(), "fan move "+string(to), nil), "and nobody can leave")
}
