package uriindex_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/uriindex"
	"codeberg.org/godwit/godwit/vocab"
)

// entriesText sets how many mappings there are; benchJob has a process do one part.
const (
	entriesText = "GODWIT_BENCH_ENTRIES"
	benchJob    = "GODWIT_URIINDEX_JOB"
)

const defaultEntries = 1_000_000

// BenchmarkFind builds an index, a table of SQLite and a map of Go of the same
// mappings, and looks random ones up, of which one in ten is not known. Each does so
// in a process of its own, whose memory the system tells. One command runs it:
//
//	go test -run '^$' -bench Find -benchtime 1x -timeout 1h ./portability/uriindex
//
// GODWIT_BENCH_ENTRIES=10000000 in the environment measures the largest; it takes
// 10 GB of disk in TMPDIR, and as much memory for the map.
//
// find/s is by the clock, find/cpu-s by processor time, of one goroutine, after as many
// look-ups before: the rate of these is first/cpu-s, which has the cost of touching most
// pages for the first time. anon-MB and
// file-MB are the resident memory after the look-ups, of the process's own and of pages
// of files, which the system can take back; hot-MB are both where only a thousand
// mappings were looked up, in another process. build/s is how many mappings were stored,
// peak-MB what that took, and disk-MB the file.
func BenchmarkFind(b *testing.B) {
	entries := defaultEntries
	if text := os.Getenv(entriesText); text != "" {
		var err error
		entries, err = strconv.Atoi(text)
		require.NoError(b, err, entriesText)
	}
	dir := b.TempDir()
	for _, kind := range []string{"map", "sqlite", "index", "index read"} {
		b.Run(fmt.Sprintf("%s/entries=%d", kind, entries), func(b *testing.B) {
			for b.Loop() {
				measure(b, task{Kind: kind, Entries: entries, Dir: dir})
			}
		})
	}
}

// A task is what a process is told to do.
type task struct {
	Kind, Dir string
	Entries   int
	Among     int // how many are looked up
	Build     bool
}

// A figure is what a process says.
type figure struct {
	Wall, CPU, First time.Duration
	N                int
	Anon, File, Peak float64 // MB
}

func measure(b *testing.B, j task) {
	if j.Kind == "index" || j.Kind == "sqlite" {
		j.Build = true
		built := run(b, j)
		b.ReportMetric(float64(built.N)/built.Wall.Seconds(), "build/s")
		b.ReportMetric(built.Peak, "peak-MB")
		info, err := os.Stat(j.file())
		require.NoError(b, err)
		b.ReportMetric(float64(info.Size())/1e6, "disk-MB")
	}
	j.Build, j.Among = false, j.Entries
	found := run(b, j)
	b.ReportMetric(float64(found.N)/found.Wall.Seconds(), "find/s")
	b.ReportMetric(float64(found.N)/found.CPU.Seconds(), "find/cpu-s")
	b.ReportMetric(float64(found.N)/found.First.Seconds(), "first/cpu-s")
	b.ReportMetric(found.Anon, "anon-MB")
	b.ReportMetric(found.File, "file-MB")
	if j.Kind != "map" { // whose memory is the same whatever is looked up
		j.Among = 1000
		hot := run(b, j)
		b.ReportMetric(hot.Anon+hot.File, "hot-MB")
	}
	b.ReportMetric(0, "ns/op")
}

func run(b *testing.B, j task) figure {
	text, err := json.Marshal(j)
	require.NoError(b, err)
	child := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestBenchJob$", "-test.timeout=1h")
	child.Env = append(os.Environ(), benchJob+"="+string(text))
	out, err := child.Output()
	require.NoError(b, err, "%s", out)
	line, _, _ := bytes.Cut(out, []byte("\n"))
	var f figure
	require.NoError(b, json.Unmarshal(line, &f), "%s", out)
	return f
}

func (j task) file() string {
	return filepath.Join(j.Dir, strings.Fields(j.Kind)[0])
}

// some is the n-th mapping of a server whose accounts have a thousand posts each.
func some(n int) portability.Mapping {
	m := post(n)
	m.From = vocab.IRI(fmt.Sprintf("https://old.example/users/u%d", n/1000))
	m.To = vocab.IRI(fmt.Sprintf("https://new.example/users/u%d", n/1000))
	m.Old = vocab.IRI(fmt.Sprintf("%s/statuses/1%016d", m.From, uint64(n)*0x9e3779b97f4a7c15>>12))
	m.ID, m.New = m.Old, vocab.IRI(fmt.Sprintf("%s/statuses/2%016d", m.To, n))
	m.URL = vocab.IRI(fmt.Sprintf("https://new.example/@u%d/2%016d", n/1000, n))
	return m
}

func (j task) mappings() iter.Seq2[portability.Mapping, error] {
	return func(yield func(portability.Mapping, error) bool) {
		for n := range j.Entries {
			if !yield(some(n), nil) {
				return
			}
		}
	}
}

const (
	lookUps = 1_000_000
	batch   = 10_000 // are made up before they are looked up
)

// olds are what is looked up, one in ten of them unknown.
func (j task) olds(random *rand.Rand) []vocab.IRI {
	olds := make([]vocab.IRI, batch)
	for i := range olds {
		olds[i] = some(random.IntN(j.Among)).Old
		if i%10 == 0 {
			olds[i] += "/"
		}
	}
	return olds
}

func TestBenchJob(t *testing.T) {
	text := os.Getenv(benchJob)
	if text == "" {
		t.Skip("only for BenchmarkFind, in a process of its own")
	}
	var j task
	require.NoError(t, json.Unmarshal([]byte(text), &j))
	f := figure{N: j.Entries}
	begun, used := time.Now(), cpu(t)
	if j.Build {
		require.NoError(t, j.build(t.Context()))
		f.Wall, f.CPU = time.Since(begun), cpu(t)-used
	} else {
		require.NoError(t, j.find(t, &f))
	}
	f.Peak = status(t, "VmHWM")
	f.Anon, f.File = status(t, "RssAnon"), status(t, "RssFile")
	line, err := json.Marshal(f)
	require.NoError(t, err)
	fmt.Println(string(line))
}

func cpu(t *testing.T) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// status reads a line of what the system says of this process, in MB.
func status(t *testing.T, name string) float64 {
	text, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.Atoi(strings.Fields(value)[0])
			require.NoError(t, err)
			return float64(kib) * 1024 / 1e6
		}
	}
	require.Fail(t, "the system does not say", name)
	return 0
}

func (j task) build(ctx context.Context) error {
	switch j.Kind {
	case "index":
		_, err := uriindex.Build(ctx, j.file(), j.mappings(), nil)
		return err
	case "sqlite":
		return j.buildSQLite(ctx)
	}
	return errors.ErrUnsupported
}

func (j task) buildMap() map[vocab.IRI]portability.Mapping {
	all := map[vocab.IRI]portability.Mapping{}
	for m := range j.mappings() {
		all[m.Old] = m
	}
	return all
}

func (j task) openSQLite() (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+j.file()+"?_pragma=cache_size(-16384)&_pragma=synchronous(off)&_pragma=journal_mode(off)")
}

const insert = `insert or replace into uris values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func (j task) buildSQLite(ctx context.Context) error {
	db, err := j.openSQLite()
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `drop table if exists uris`); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, `create table uris(old text primary key, id text, new text, url text, kind text,
		sender text, target text, audience text, at integer, gone integer) without rowid`); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	store, err := tx.PrepareContext(ctx, insert)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	for m := range j.mappings() {
		if _, err := store.ExecContext(ctx, string(m.Old), string(m.ID), string(m.New), string(m.URL), string(m.Kind),
			string(m.From), string(m.To), string(m.Audience), m.At.UnixMicro(), m.Gone); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// find looks up a million twice, and fails where another number of them is known than
// has to be.
func (j task) find(t *testing.T, f *figure) error {
	find, end, err := j.finder(t.Context())
	if err != nil {
		return err
	}
	t.Cleanup(func() { require.NoError(t, end()) })
	var first figure
	if err := j.lookUp(t, find, 1, &first); err != nil {
		return err
	}
	f.First = first.CPU
	return j.lookUp(t, find, 2, f)
}

func (j task) lookUp(t *testing.T, find findFunc, seed uint64, f *figure) error {
	known := 0
	random := rand.New(rand.NewPCG(seed, 2))
	for f.N = 0; f.N < lookUps; f.N += batch {
		olds := j.olds(random)
		begun, used := time.Now(), cpu(t)
		for _, old := range olds {
			if m, ok := find(old); ok && m.Old == old {
				known++
			}
		}
		f.Wall += time.Since(begun)
		f.CPU += cpu(t) - used
	}
	if known != lookUps/10*9 {
		return fmt.Errorf("%d of %d are known", known, lookUps)
	}
	return nil
}

type findFunc func(vocab.IRI) (portability.Mapping, bool)

func (j task) finder(ctx context.Context) (findFunc, func() error, error) {
	switch j.Kind {
	case "index":
		x, err := uriindex.Open(j.file())
		return x.Find, x.Close, err
	case "index read":
		x, err := uriindex.OpenRead(j.file())
		return x.Find, x.Close, err
	case "map":
		all := j.buildMap()
		return func(old vocab.IRI) (portability.Mapping, bool) {
			m, ok := all[old]
			return m, ok
		}, func() error { return nil }, nil
	}
	return j.sqliteFinder(ctx)
}

func (j task) sqliteFinder(ctx context.Context) (findFunc, func() error, error) {
	db, err := j.openSQLite()
	if err != nil {
		return nil, nil, err
	}
	look, err := db.PrepareContext(ctx, `select id, new, url, kind, sender, target, audience, at, gone from uris where old = ?`)
	return func(old vocab.IRI) (portability.Mapping, bool) {
		m := portability.Mapping{Old: old}
		var at int64
		err := look.QueryRowContext(ctx, string(old)).Scan(&m.ID, &m.New, &m.URL, &m.Kind, &m.From, &m.To, &m.Audience, &at, &m.Gone)
		m.At = time.UnixMicro(at)
		return m, err == nil
	}, db.Close, err
}
