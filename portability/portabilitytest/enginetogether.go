package portabilitytest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

// together lets several workers run one job at once.
func together(t *testing.T, w *engineWorld, n int) {
	t.Helper()
	var all sync.WaitGroup
	states, errs := make([]portability.JobState, n), make([]error, n)
	for i := range n {
		engine := w.engine()
		all.Go(func() {
			j, err := engine.Run(t.Context(), engineJob)
			states[i], errs[i] = j.State, err
		})
	}
	all.Wait()
	for i := range n {
		require.NoError(t, errs[i])
		require.Equal(t, portability.JobDone, states[i])
	}
}

// engineJump returns how far a clock jumps after a step: there at one, back at the next,
// and on by itself.
func engineJump(t *testing.T, by string, n int) time.Duration {
	d, err := time.ParseDuration(by)
	require.NoError(t, err)
	switch n % 4 {
	case 1:
		return d
	case 3:
		return -d
	}
	return 10 * time.Second
}
