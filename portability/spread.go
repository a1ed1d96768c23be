package portability

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// spreadAtOnce is how many things one goroutine takes on at a time: fewer are done sooner
// than another goroutine would begin.
const spreadAtOnce = 16

// spread calls do once for each number below n, on all processors. What do changes is of
// its number alone. A panic of do is the caller's, as if it had called do itself.
func spread(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n/spreadAtOnce)
	if workers < 2 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var all sync.WaitGroup
	panics := make([]any, workers)
	for w := range workers {
		all.Go(func() {
			defer func() { panics[w] = recover() }()
			for {
				end := int(next.Add(spreadAtOnce))
				for i := end - spreadAtOnce; i < min(end, n); i++ {
					do(i)
				}
				if end >= n {
					return
				}
			}
		})
	}
	all.Wait()
	for _, p := range panics {
		if p != nil {
			panic(p)
		}
	}
}
