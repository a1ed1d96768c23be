//go:build unix

package bench_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkCopy runs the benchmarks of copying, one after the other, which stand beside
// what they measure, and prints one table of them all. One command runs it:
//
//	go test -run '^$' -bench Copy -benchtime 1x -timeout 2h ./internal/bench
//
// GODWIT_BENCH_POSTS=100000,1000000 sets the sizes of imports and
// GODWIT_BENCH_ENTRIES=10000000 that of the URI index. Each part is a process of its own;
// the peak is the most resident memory that it or a process it waited for had, as the
// system tells. Every measure is in the table under the name its benchmark gives it, with
// the limits that were measured beside it. Parts that need PostgreSQL or the samples tell
// themselves when they are missing, and are then in the table as skipped.
func BenchmarkCopy(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		rows := []string{}
		for i, part := range copyParts {
			binary := filepath.Join(dir, strconv.Itoa(i)+".test")
			rows = append(rows, part.run(b, binary)...)
		}
		table := "job | measured, and its limit | aim | peak\n---|---|---|---\n" + strings.Join(rows, "\n")
		b.Logf("%s/%s, %d processors, %s\n%s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), table)
	}
	b.ReportMetric(0, "ns/op")
}

// A copyPart is the benchmarks of one package.
type copyPart struct {
	folder, bench string
	time          string // how long, or how often, each is run
	aim           string
}

var copyParts = []copyPart{
	{"portability/sqlstore", "^BenchmarkImport$", "1x", "of-bare: 0.85 on SQLite, 0.6 on PostgreSQL"},
	{"portability", "^BenchmarkEngine$", "1x", ""},
	{"portability/river", "^BenchmarkProcesses$", "1x", "four: times of at least 2.5"},
	{"portability/uriindex", "^BenchmarkFind$", "1x", "index: find/cpu-s of 1,000,000"},
	{"portability/redirect", "^BenchmarkServer$", "2s", ""},
	{"portability/afterlife", "^BenchmarkRedirect$", "2s", ""},
	{"portability/remap", "^BenchmarkLead_realPosts$", "2s", ""},
}

// run builds the part's tests, runs what it measures and returns its rows.
func (p copyPart) run(b *testing.B, binary string) []string {
	folder := filepath.Join("..", "..", filepath.FromSlash(p.folder))
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Dir = folder
	said, err := build.CombinedOutput()
	require.NoError(b, err, "building %s: %s", p.folder, said)
	child := exec.Command(binary, "-test.run=^$", "-test.bench="+p.bench, "-test.benchtime="+p.time, "-test.timeout=2h")
	child.Dir, child.Env = folder, os.Environ()
	said, err = child.CombinedOutput()
	require.NoError(b, err, "measuring %s: %s", p.folder, said)
	rows := p.rows(string(said), peak(child.ProcessState))
	require.NotEmpty(b, rows, "%s measured nothing: %s", p.folder, said)
	return rows
}

// rows turns the lines of a benchmark into rows of the table.
func (p copyPart) rows(said string, peak int64) (rows []string) {
	for line := range strings.Lines(said) {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "--- SKIP: Benchmark"):
			rows = append(rows, fmt.Sprintf("%s %s | skipped | %s |", p.folder, fields[2], p.aim))
		case strings.HasPrefix(line, "Benchmark") && len(fields) >= 4:
			rows = append(rows, fmt.Sprintf("%s %s | %s | %s | %d MiB", p.folder, fields[0], metrics(fields[2:]), p.aim, peak>>20))
		}
	}
	return rows
}

// metrics joins values and their units.
func metrics(fields []string) string {
	pairs := []string{}
	for i := 0; i+1 < len(fields); i += 2 {
		pairs = append(pairs, fields[i]+" "+fields[i+1])
	}
	return strings.Join(pairs, "; ")
}

func TestWhatPackagesMeasureIsARowEach(t *testing.T) {
	p := copyPart{folder: "portability/river", aim: "2.5"}
	for name, c := range map[string]struct {
		said string
		rows []string
	}{
		"a measure with its limit":  {"goos: linux\nBenchmarkA/four-2 \t 1\t 3.5 times\t 20 files/s\nPASS\n", []string{"portability/river BenchmarkA/four-2 | 3.5 times; 20 files/s | 2.5 | 3 MiB"}},
		"something that is missing": {"--- SKIP: BenchmarkA\n    a_test.go:1: no PostgreSQL\nPASS\n", []string{"portability/river BenchmarkA | skipped | 2.5 |"}},
		"a part that is missing":    {"    --- SKIP: BenchmarkA/PostgreSQL\nPASS\n", []string{"portability/river BenchmarkA/PostgreSQL | skipped | 2.5 |"}},
		"nothing at all":            {"PASS\n", nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.rows, p.rows(c.said, 3<<20)) })
	}
}
