package portability

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSpreadCallsForEachOnce(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 33, 1000} {
		called := make([]int, n)
		spread(n, func(i int) { called[i]++ })
		for i, times := range called {
			assert.Equal(t, 1, times, "number %d of %d", i, n)
		}
	}
}

func TestSpreadPanicsWhereItIsCalled(t *testing.T) {
	for _, n := range []int{3, 300} {
		var called atomic.Int64
		assert.PanicsWithValue(t, "the last one", func() {
			spread(n, func(i int) {
				if called.Add(1); i == n-1 {
					panic("the last one")
				}
			})
		})
		assert.EqualValues(t, n, called.Load())
	}
}
