//go:build unix

package bench_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// postsText sets the sizes of the accounts, with commas between; the default is
// below.
const postsText = "GODWIT_BENCH_POSTS"

const defaultPosts = "10000,100000"

// BenchmarkArchive reads, writes, converts and checks archives of made-up accounts
// and makes a site of them, each in a process of its own, whose peak of resident
// memory the system tells. One command runs it:
//
//	go test -run '^$' -bench Archive -benchtime 1x -timeout 1h ./internal/bench
//
// GODWIT_BENCH_POSTS=1000000 in the environment measures the largest; it takes
// 20 GB of disk in TMPDIR.
//
// MB/s and posts/s are by the clock, posts/cpu-s by processor time. MB are of the
// documents where an archive is only read, and else of the tar before it is
// compressed, files among it. limit-MB/s is the rate of the limit that the name
// has behind "vs", measured after each time the work was done; of-limit is the part
// of it that was reached by the clock, and cpu-of-limit by processor time, which a
// busy machine changes less. What the made-up account costs is in "source alone".
func BenchmarkArchive(b *testing.B) {
	sizes := os.Getenv(postsText)
	if sizes == "" {
		sizes = defaultPosts
	}
	for text := range strings.SplitSeq(sizes, ",") {
		posts, err := strconv.Atoi(text)
		require.NoError(b, err, postsText)
		b.Run("posts="+text, func(b *testing.B) { benchmarkAccount(b, posts) })
	}
}

// A measure is one line of the output.
type measure struct {
	name  string
	job   string
	in    string // a file of the fixture
	limit string // a job
	over  string // the file that the limit is measured on
}

var measures = []measure{
	{"source alone", "source", "", "", ""},
	{"read takeout.tar vs reading", "read", "takeout.tar", "reading", "outbox.json"},
	{"read outbox.json vs reading", "read", "outbox.json", "reading", "outbox.json"},
	{"read takeout.tar.gz vs gunzip", "read", "takeout.tar.gz", "gunzip", "takeout.tar.gz"},
	{"inspect takeout.tar vs reading", "inspect", "takeout.tar", "reading", "outbox.json"},
	{"dialect takeout.tar vs reading", "dialect", "takeout.tar", "reading", "outbox.json"},
	{"write tar vs sha256", "write", "", "sha256", "archive.tar"},
	{"write tar.gz vs gzip", "write gz", "", "gzip", "archive.tar"},
	{"write tar.gz vs GNU tar czf", "write gz", "", "GNU tar", "archive.tar"},
	{"write tar.zst vs zstd", "write zst", "", "zstd", "archive.tar"},
	{"read archive.tar vs reading", "read", "archive.tar", "reading", "archive.tar"},
	{"read archive.tar.gz vs gunzip", "read", "archive.tar.gz", "gunzip", "archive.tar.gz"},
	{"check archive.tar.gz vs gunzip", "check", "archive.tar.gz", "gunzip", "archive.tar.gz"},
	{"verify archive.tar.gz vs gunzip", "verify", "archive.tar.gz", "gunzip", "archive.tar.gz"},
	{"convert takeout.tar.gz vs gzip", "convert", "takeout.tar.gz", "gzip", "archive.tar"},
	{"site of takeout.tar", "site", "takeout.tar", "", ""},
}

// made says which job makes a file that others read.
var made = map[string]string{
	"takeout.tar": "takeout", "takeout.tar.gz": "takeout", "outbox.json": "takeout",
	"archive.tar": "write", "archive.tar.gz": "write gz",
}

// A fixture is the files of one account.
type fixture struct {
	dir   string
	posts int
}

func benchmarkAccount(b *testing.B, posts int) {
	f := &fixture{dir: b.TempDir(), posts: posts}
	f.file(b, "takeout.tar")
	for _, m := range measures {
		b.Run(m.name, func(b *testing.B) {
			in, over, out := f.file(b, m.in), f.file(b, m.over), filepath.Join(f.dir, "out")
			var work, limit figure
			for b.Loop() {
				work.add(run(b, job{Name: m.job, Posts: posts, In: in, Out: out}))
				require.NoError(b, os.RemoveAll(out))
				if m.limit != "" {
					limit.add(run(b, job{Name: m.limit, In: over}))
				}
			}
			if !reads[m.job] {
				work.Bytes = limit.Bytes
			}
			report(b, work, limit)
		})
	}
}

// reads are the jobs that count what they read.
var reads = map[string]bool{"source": true, "read": true, "dialect": true, "inspect": true}

func (f *figure) add(g figure) {
	f.Wall, f.CPU, f.Bytes, f.Posts, f.Peak = f.Wall+g.Wall, f.CPU+g.CPU, f.Bytes+g.Bytes, f.Posts+g.Posts, max(f.Peak, g.Peak)
}

// file makes a file of the account where it is not there yet.
func (f *fixture) file(b *testing.B, name string) string {
	path := filepath.Join(f.dir, name)
	if _, err := os.Stat(path); name != "" && err != nil {
		run(b, job{Name: made[name], Posts: f.posts, Out: path})
	}
	return path
}

func size(b *testing.B, path string) int64 {
	info, err := os.Stat(path)
	require.NoError(b, err)
	return info.Size()
}

func report(b *testing.B, work, limit figure) {
	wall := func(f figure) float64 { return float64(f.Bytes) / 1e6 / f.Wall.Seconds() }
	cpu := func(f figure) float64 { return float64(f.Bytes) / 1e6 / f.CPU.Seconds() }
	b.ReportMetric(float64(work.Posts)/work.Wall.Seconds(), "posts/s")
	b.ReportMetric(float64(work.Posts)/work.CPU.Seconds(), "posts/cpu-s")
	b.ReportMetric(float64(work.Peak)/(1<<20), "peak-MiB")
	if work.Bytes > 0 {
		b.ReportMetric(wall(work), "MB/s")
	}
	if limit.Bytes > 0 {
		b.ReportMetric(wall(limit), "limit-MB/s")
		b.ReportMetric(wall(work)/wall(limit), "of-limit")
		b.ReportMetric(cpu(work)/cpu(limit), "cpu-of-limit")
	}
	b.ReportMetric(0, "ns/op")
}

// run has another process do a job.
func run(b *testing.B, j job) figure {
	if j.Name == "GNU tar" {
		return gnuTar(b, j.In)
	}
	text, err := json.Marshal(j)
	require.NoError(b, err)
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), jobText+"="+string(text))
	var said, errs strings.Builder
	child.Stdout, child.Stderr = &said, &errs
	require.NoError(b, child.Run(), "%s: %s", j.Name, errs.String())
	var f figure
	require.NoError(b, json.Unmarshal([]byte(said.String()), &f))
	f.Peak = peak(child.ProcessState)
	return f
}

// peak is the most memory that a process had, in bytes.
func peak(p *os.ProcessState) int64 {
	const unit = 1 << 10 // Linux counts in KiB.
	return p.SysUsage().(*syscall.Rusage).Maxrss * unit
}

// gnuTar packs one large file. What tar is there is used; a machine without one
// leaves the line without its limit.
func gnuTar(b *testing.B, path string) figure {
	tar, err := exec.LookPath("tar")
	if err != nil {
		b.Log("no tar on this machine")
		return figure{}
	}
	child := exec.Command(tar, "czf", "-", "-C", filepath.Dir(path), filepath.Base(path))
	start := time.Now()
	child.Stdout = &sunk{} // tar compresses nothing for /dev/null
	require.NoError(b, child.Run())
	return figure{Wall: time.Since(start), CPU: child.ProcessState.UserTime() + child.ProcessState.SystemTime(), Bytes: size(b, path), Peak: peak(child.ProcessState)}
}

// sunk takes everything.
type sunk struct{}

func (*sunk) Write(p []byte) (int, error) { return len(p), nil }
