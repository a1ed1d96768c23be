//go:build unix

package sqlstore_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
)

// BenchmarkImport copies made-up accounts by an engine, a thousand posts in each step,
// into a sink in the store's own database; and then inserts the same rows as bare ones:
// items, mappings and entries, with their primary keys alone, in transactions of a
// thousand posts, by COPY into PostgreSQL. Each is done by a process of its own, whose
// peak of resident memory the system tells. One command runs it:
//
//	go test -run '^$' -bench Import -benchtime 1x -timeout 1h ./portability/sqlstore
//
// GODWIT_BENCH_POSTS=10000,100000,1000000 in the environment sets the sizes. of-bare is
// the part of the bare rate that was reached by the clock; cpu-of-bare by the processor
// time of the process, and of those that the server has for it, which a busy machine
// changes less.
func BenchmarkImport(b *testing.B) {
	sizes := os.Getenv(postsText)
	if sizes == "" {
		sizes = "10000,100000"
	}
	for text := range strings.SplitSeq(sizes, ",") {
		posts, err := strconv.ParseInt(text, 10, 64)
		require.NoError(b, err, postsText)
		b.Run("SQLite/posts="+text, func(b *testing.B) {
			file := func(name string) string { return "file:" + filepath.Join(b.TempDir(), name) + pragmas }
			benchImport(b, "sqlite", posts, func() (string, string) { return file("import.db"), file("bare.db") })
		})
		b.Run("PostgreSQL/posts="+text, func(b *testing.B) {
			benchImport(b, "pgx", posts, func() (string, string) { return pgtest.URL(b), pgtest.URL(b) })
		})
	}
}

func benchImport(b *testing.B, driver string, posts int64, fresh func() (into, bare string)) {
	var work, limit figure
	for b.Loop() {
		into, bare := fresh()
		work.add(runImport(b, importJob{Driver: driver, Source: into, Posts: posts}))
		limit.add(runImport(b, importJob{Driver: driver, Source: into, Posts: posts, Bare: bare}))
	}
	all := float64(posts) * float64(b.N)
	b.ReportMetric(all/work.Wall.Seconds(), "posts/s")
	b.ReportMetric(all/work.CPU.Seconds(), "posts/cpu-s")
	b.ReportMetric(all/limit.Wall.Seconds(), "bare-posts/s")
	b.ReportMetric(all/limit.CPU.Seconds(), "bare-posts/cpu-s")
	b.ReportMetric(limit.Wall.Seconds()/work.Wall.Seconds(), "of-bare")
	b.ReportMetric(limit.CPU.Seconds()/work.CPU.Seconds(), "cpu-of-bare")
	b.ReportMetric(float64(limit.Bytes)/all, "B/post")
	b.ReportMetric(float64(work.Peak)/(1<<20), "peak-MiB")
	b.ReportMetric(0, "ns/op")
}

func (f *figure) add(g figure) {
	f.Wall, f.CPU, f.Rows, f.Bytes, f.Peak = f.Wall+g.Wall, f.CPU+g.CPU, f.Rows+g.Rows, f.Bytes+g.Bytes, max(f.Peak, g.Peak)
}

// runImport has another process do a job.
func runImport(b *testing.B, j importJob) (f figure) {
	text, err := json.Marshal(j)
	require.NoError(b, err)
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), childImport+"="+string(text))
	var said, errs strings.Builder
	child.Stdout, child.Stderr = &said, &errs
	require.NoError(b, child.Run(), errs.String())
	require.NoError(b, json.Unmarshal([]byte(said.String()), &f))
	const unit = 1 << 10 // Linux counts in KiB.
	f.Peak = child.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * unit
	return f
}
