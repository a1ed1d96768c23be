package river_test

import (
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/river"
)

// large is an account whose copy takes as long as its source's files do.
var large = size{posts: 2_500, files: 2_500}

// BenchmarkProcesses copies one account, each of whose files and pages comes 20
// milliseconds after it is asked for, by one process, by four, and by four of which two
// are killed when a quarter of the files is copied. Each process has one worker, as a
// process has for each of many accounts. The time is from the job's being inserted to its
// end; times is how many times as fast as one process that is.
func BenchmarkProcesses(b *testing.B) {
	var one time.Duration
	for _, c := range []struct {
		name              string
		processes, killed int
	}{{"one", 1, 0}, {"four", 4, 0}, {"four, two killed", 4, 2}} {
		b.Run(c.name, func(b *testing.B) {
			var all time.Duration
			for range b.N {
				all += copyByProcesses(b, c.processes, c.killed)
			}
			each := all / time.Duration(b.N)
			if c.processes == 1 {
				one = each
			}
			b.ReportMetric(each.Seconds(), "s")
			b.ReportMetric(float64(large.files)/each.Seconds(), "files/s")
			b.ReportMetric(float64(one)/float64(each), "times")
		})
	}
}

func copyByProcesses(b *testing.B, processes, killed int) time.Duration {
	address := pgtest.URL(b)
	w := open(b, address, large)
	children := []*exec.Cmd{}
	for range processes {
		children = append(children, startChild(b, address, "benchmark"))
	}
	options := parts["benchmark"].options
	q, err := river.New(w.pool, w.engine, &options)
	require.NoError(b, err)
	require.NoError(b, w.begin(b.Context(), "alice"))
	began := time.Now()
	require.NoError(b, q.Insert(b.Context(), "alice"))
	if killed > 0 {
		w.until(b, large.files/4, "SELECT count(*) FROM server_files")
		for _, child := range children[:killed] {
			require.NoError(b, child.Process.Kill())
		}
	}
	w.until(b, 1, "SELECT count(*) FROM river_job WHERE state = 'completed'")
	took := time.Since(began)
	j, err := w.store.Job(b.Context(), "alice")
	require.NoError(b, err)
	require.Equal(b, portability.JobDone, j.State)
	require.Equal(b, large.files, w.count(b, "SELECT count(*) FROM server_files"))
	require.Equal(b, large.posts+1, w.count(b, "SELECT count(*) FROM server_items"))
	for _, child := range children[killed:] {
		require.NoError(b, child.Process.Kill())
	}
	return took
}
