package portabilitytest

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// TestObservations runs the suite over stores of observations. Open returns an empty
// store, which is used by several goroutines at once, and releases it with t.Cleanup.
func TestObservations(t *testing.T, open func(t *testing.T) portability.Observations) {
	runConsent(t, open, []consentSituation[portability.Observations]{
		{"what was never seen is not known", observedNever},
		{"it is read as it was kept", observedWhole},
		{"nothing is changed by who has not read the last", observedStale},
		{"of many at once one is kept", observedAtOnce},
		{"ids that no index takes", observedOdd},
		{refusingFarTimes, observedFar},
	})
}

func observedFar(t *testing.T, s portability.Observations) {
	refusesFarTimes(t, 3, func(id string, which int, at time.Time) error {
		o := observation(vocab.IRI("https://old.example/" + id))
		*[]*time.Time{&o.First, &o.Last, &o.Revoked}[which] = at
		err := s.Observe(t.Context(), o)
		_, known, failed := s.Observation(t.Context(), o.Old)
		require.NoError(t, failed)
		assert.Equal(t, err == nil, known)
		return err
	})
}

// observation is one with every field set.
func observation(old vocab.IRI) portability.Observation {
	at := time.Date(2026, 11, 22, 12, 0, 0, 123_456_000, time.UTC)
	return portability.Observation{Old: old, New: "https://new.example/users/alice", State: portability.Possible,
		First: at, Last: at.Add(time.Hour), Revoked: at.Add(-time.Hour)}
}

func observedNever(t *testing.T, s portability.Observations) {
	o, known, err := s.Observation(t.Context(), consentAlice)
	require.NoError(t, err)
	assert.False(t, known)
	assert.Zero(t, o)
}

func observedWhole(t *testing.T, s portability.Observations) {
	o := observation(consentAlice)
	require.NoError(t, s.Observe(t.Context(), o))
	o.Version = 1
	for range 3 {
		got, known, err := s.Observation(t.Context(), consentAlice)
		require.NoError(t, err)
		require.True(t, known)
		require.Equal(t, o, got)
		o.State, o.Revoked, o.Last = portability.Permanent, time.Time{}, o.Last.Add(time.Hour)
		require.NoError(t, s.Observe(t.Context(), o))
		o.Version++
	}
	_, known, err := s.Observation(t.Context(), consentBob)
	require.NoError(t, err)
	assert.False(t, known, "somebody else's is another")
}

func observedStale(t *testing.T, s portability.Observations) {
	o := observation(consentAlice)
	o.Version = 1
	require.ErrorIs(t, s.Observe(t.Context(), o), portability.ErrOverwritten, "there is none to change")
	o.Version = 0
	require.NoError(t, s.Observe(t.Context(), o))
	for _, version := range []int64{0, 2, -1} {
		o.Version, o.New = version, "https://evil.example/e"
		require.ErrorIs(t, s.Observe(t.Context(), o), portability.ErrOverwritten)
	}
	got, _, err := s.Observation(t.Context(), consentAlice)
	require.NoError(t, err)
	assert.EqualValues(t, 1, got.Version)
	assert.EqualValues(t, "https://new.example/users/alice", got.New)
}

func observedAtOnce(t *testing.T, s portability.Observations) {
	for version := range int64(3) {
		var kept atomic.Int32
		var busy sync.WaitGroup
		for range 8 {
			busy.Go(func() {
				o := observation(consentAlice)
				o.Version = version
				switch err := s.Observe(t.Context(), o); {
				case err == nil:
					kept.Add(1)
				case !errors.Is(err, portability.ErrOverwritten):
					assert.NoError(t, err)
				}
			})
		}
		busy.Wait()
		assert.EqualValues(t, 1, kept.Load())
	}
}

func observedOdd(t *testing.T, s portability.Observations) {
	for _, old := range []vocab.IRI{"https://old.example/" + vocab.IRI(strings.Repeat("x", 5000)), "https://old.example/\x00", "https://old.example/ü"} {
		o := observation(old)
		require.NoError(t, s.Observe(t.Context(), o))
		o.Version = 1
		got, known, err := s.Observation(t.Context(), old)
		require.NoError(t, err)
		assert.True(t, known)
		assert.Equal(t, o, got)
	}
}
