//go:build unix

package bench_test

import (
	"bufio"
	"fmt"
	"io"
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
// what they measure, and prints one table of them all, each row as soon as it is measured.
// One command runs it:
//
//	go test -run '^$' -bench Copy -benchtime 1x -timeout 2h ./internal/bench
//
// GODWIT_BENCH_POSTS=100000,1000000 sets the sizes of imports and
// GODWIT_BENCH_ENTRIES=10000000 that of the URI index, and GODWIT_BENCH_REDIRECTS=1000000
// that of the door file whose redirects are measured beside nginx. Each part is a process of its own.
// Beside each rate that has one stands its limit, which was measured in the same run, and
// the part of it that was reached: a benchmark tells it itself, or it is its first row.
// The peak is the most resident memory that the part's process, or one it waited for, had,
// as the system tells at its end. The load is that of the machine during the last minute.
// Parts that need PostgreSQL or the samples tell themselves when they are missing, and are
// then in the table as skipped.
func BenchmarkCopy(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		fmt.Printf("\n%s/%s, %d processors, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
		fmt.Print("job | rate | limit | part | aim | all that was measured | load\n---|---|---|---|---|---|---\n")
		for i, part := range copyParts {
			part.run(b, filepath.Join(dir, strconv.Itoa(i)+".test"))
		}
	}
	b.ReportMetric(0, "ns/op")
}

// A copyPart is the benchmarks of one package.
type copyPart struct {
	folder, bench string
	time          string // how long, or how often, each is run
	rate          string // the unit of the measure that has a limit
	limit         string // the unit of that, or firstRow; "" if there is none
	aim           string
}

// firstRow says that the limit is the rate of the first row.
const firstRow = "first row"

var copyParts = []copyPart{
	{"portability/sqlstore", "^BenchmarkImport$", "1x", "posts/s", "bare-posts/s", "0.85 on SQLite, 0.6 on PostgreSQL"},
	{"portability", "^BenchmarkEngine$", "1x", "posts/s", "", ""},
	{"portability/river", "^BenchmarkProcesses$", "1x", "files/s", firstRow, "2.5 by four"},
	{"portability/uriindex", "^BenchmarkFind$", "1x", "find/cpu-s", firstRow, "1,000,000 find/cpu-s"},
	{"portability/redirect", "^BenchmarkServer$", "2s", "req/core-s", firstRow, ""},
	{"portability/afterlife", "^BenchmarkServe$", "1x", "redirects/core-s", "nginx/core-s", "0.45 of nginx's map"},
	{"portability/remap", "^BenchmarkLead_realPosts$", "2s", "posts/s", "", ""},
}

// run builds the part's tests, runs what it measures and prints each row as it comes.
func (p copyPart) run(b *testing.B, binary string) {
	folder := filepath.Join("..", "..", filepath.FromSlash(p.folder))
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Dir = folder
	said, err := build.CombinedOutput()
	require.NoError(b, err, "building %s: %s", p.folder, said)
	child := exec.Command(binary, "-test.run=^$", "-test.bench="+p.bench, "-test.benchtime="+p.time, "-test.timeout=2h")
	child.Dir = folder
	out, err := child.StdoutPipe()
	require.NoError(b, err)
	child.Stderr = os.Stderr
	require.NoError(b, child.Start())
	var all strings.Builder
	measured := p.rows(io.TeeReader(out, &all), func(row string) { fmt.Println(row + " | " + loadNow()) })
	require.NoError(b, child.Wait(), "measuring %s: %s", p.folder, all.String())
	require.NotZero(b, measured, "%s measured nothing: %s", p.folder, all.String())
	fmt.Printf("%s: at most %d MiB of memory\n", p.folder, peak(child.ProcessState)>>20)
}

// rows tells a row of the table for each line of a benchmark, and returns how many.
func (p copyPart) rows(said io.Reader, tell func(row string)) (n int) {
	lines := bufio.NewScanner(said)
	limit := 0.0
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) > 2 && fields[0] == "---" && fields[1] == "SKIP:":
			tell(fmt.Sprintf("%s %s | skipped | | | %s |", p.folder, fields[2], p.aim))
		case len(fields) > 3 && strings.HasPrefix(fields[0], "Benchmark"):
			values := valuesOf(fields)
			rate := values[p.rate]
			switch {
			case p.limit != firstRow:
				limit = values[p.limit]
			case limit == 0:
				limit = rate
			}
			part := " | "
			if limit != 0 {
				part = fmt.Sprintf("%.0f | %.2f", limit, rate/limit)
			}
			tell(fmt.Sprintf("%s %s | %.0f %s | %s | %s | %s", p.folder, fields[0], rate, p.rate, part, p.aim, strings.Join(fields[2:], " ")))
		default:
			continue
		}
		n++
	}
	return n
}

// valuesOf returns by their units what a line of a benchmark tells. The name may have spaces.
func valuesOf(fields []string) map[string]float64 {
	values := map[string]float64{}
	for i, field := range fields[1:] {
		if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
			values[field] = v
		}
	}
	return values
}

// loadNow is how many processes the machine has run in the last minute, as it tells; "" if
// it does not.
func loadNow() string {
	text, _ := os.ReadFile("/proc/loadavg")
	last, _, _ := strings.Cut(string(text), " ")
	return last
}

func TestWhatPackagesMeasureIsARowEach(t *testing.T) {
	first := copyPart{folder: "portability/river", rate: "files/s", limit: firstRow, aim: "2.5"}
	alone := copyPart{folder: "portability/remap", rate: "posts/s"}
	told := copyPart{folder: "portability/river", rate: "files/s", limit: "bare/s", aim: "2.5"}
	for name, c := range map[string]struct {
		part copyPart
		said string
		rows []string
	}{
		"a measure that tells its limit": {told, "goos: linux\nBenchmarkA/four-2 \t 1\t 40 bare/s\t 20 files/s\nPASS\n", []string{"portability/river BenchmarkA/four-2 | 20 files/s | 40 | 0.50 | 2.5 | 40 bare/s 20 files/s"}},
		"a limit in the first row": {first, "BenchmarkA/one-2 1 20 files/s\nBenchmarkA/four-2 1 70 files/s\n", []string{
			"portability/river BenchmarkA/one-2 | 20 files/s | 20 | 1.00 | 2.5 | 20 files/s",
			"portability/river BenchmarkA/four-2 | 70 files/s | 20 | 3.50 | 2.5 | 70 files/s",
		}},
		"no limit":                  {alone, "BenchmarkLead-2 1 20 posts/s\n", []string{"portability/remap BenchmarkLead-2 | 20 posts/s |  |  |  | 20 posts/s"}},
		"something that is missing": {first, "--- SKIP: BenchmarkA\n    a_test.go:1: no PostgreSQL\nPASS\n", []string{"portability/river BenchmarkA | skipped | | | 2.5 |"}},
		"a part that is missing":    {told, "    --- SKIP: BenchmarkA/PostgreSQL\nPASS\n", []string{"portability/river BenchmarkA/PostgreSQL | skipped | | | 2.5 |"}},
		"nothing at all":            {told, "PASS\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []string
			n := c.part.rows(strings.NewReader(c.said), func(row string) { rows = append(rows, row) })
			require.Equal(t, c.rows, rows)
			require.Len(t, rows, n)
		})
	}
}
