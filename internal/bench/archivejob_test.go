//go:build unix

package bench_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/canonical"
	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// A job is done in a process of its own: this test binary, told by the environment,
// so that its memory can be measured from outside.
const jobText = "GODWIT_BENCH_JOB"

// A job is what a process is told to do.
type job struct {
	Name  string
	Posts int
	In    string // file that is read
	Out   string // file or folder that is written
}

// A figure is what a process says when it is done.
type figure struct {
	Wall  time.Duration
	CPU   time.Duration
	Bytes int64 // of what the rate is about
	Posts int64
	// Peak is the resident memory, in bytes, as the system has it.
	Peak int64
}

// jobs are all that can be asked for.
var jobs = map[string]func(ctx context.Context, j job, f *figure) error{
	"takeout":   func(_ context.Context, j job, _ *figure) error { return writeTakeout(j.Out, j.Posts) },
	"source":    readSource,
	"read":      readArchive,
	"inspect":   inspect,
	"check":     check,
	"verify":    verify,
	"dialect":   readDialect,
	"write":     writeArchive(backup.None),
	"write gz":  writeArchive(backup.Gzip),
	"write zst": writeArchive(backup.Zstd),
	"convert":   convert,
	"site":      writeSite,
	"reading":   func(_ context.Context, j job, f *figure) error { return through(j.In, f, plainly) },
	"sha256":    func(_ context.Context, j job, f *figure) error { return through(j.In, f, hashing) },
	"gunzip":    gunzip,
	"gzip":      func(_ context.Context, j job, f *figure) error { return through(j.In, f, gzipping) },
	"zstd":      func(_ context.Context, j job, f *figure) error { return through(j.In, f, zstding) },
}

// serve does one job and says on standard output how it went.
func serve(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	do := jobs[j.Name]
	if do == nil {
		return fmt.Errorf("no job %q", j.Name)
	}
	var f figure
	start, used := time.Now(), usage()
	if err := do(context.Background(), j, &f); err != nil {
		return fmt.Errorf("%s: %w", j.Name, err)
	}
	f.Wall, f.CPU = time.Since(start), usage()-used
	return json.NewEncoder(os.Stdout).Encode(f)
}

func usage() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// readPosts goes through content and outbox of a source. What is counted are
// documents, as they stand.
func readPosts(ctx context.Context, from portability.Source, f *figure) error {
	for _, k := range []portability.Kind{portability.Content, portability.Outbox} {
		for item, err := range from.Items(ctx, k, "") {
			if err != nil {
				return err
			}
			around := item.Object
			if item.Activity != nil {
				around = item.Activity
			}
			f.Bytes += int64(len(around.Bytes()))
			f.Posts++
		}
	}
	return nil
}

func readSource(ctx context.Context, j job, f *figure) error {
	return readPosts(ctx, newAccount(j.Posts), f)
}

func readArchive(ctx context.Context, j job, f *figure) error {
	r, err := backup.Open(ctx, j.In, nil)
	if err != nil {
		return err
	}
	return errors.Join(readPosts(ctx, r, f), r.Close())
}

// inspect reads every kind that there is.
func inspect(ctx context.Context, j job, f *figure) error {
	r, err := backup.Open(ctx, j.In, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	inventory, err := backup.Inspect(ctx, r, nil)
	if err != nil {
		return err
	}
	for _, k := range inventory.Kinds {
		f.Bytes += k.Bytes
		if k.Kind == portability.Content || k.Kind == portability.Outbox {
			f.Posts += k.Items
		}
	}
	return nil
}

// verify derives an archive anew.
func verify(ctx context.Context, j job, f *figure) error {
	verdict, err := backup.Verify(ctx, j.In, nil)
	if err != nil {
		return err
	}
	if !verdict.Whole() {
		return fmt.Errorf("not whole: %+v", verdict.Findings)
	}
	f.Posts = int64(j.Posts)
	return nil
}

// check compares an archive with its canonical form.
func check(ctx context.Context, j job, f *figure) error {
	file, err := os.Open(j.In)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	finding, err := canonical.Check(ctx, file, info.Size(), &canonical.Options{Compressor: canonical.Gzip.Compressor()})
	if finding != nil {
		err = fmt.Errorf("%s at %d in %s", finding.Reason, finding.Offset, finding.Entry)
	}
	f.Posts = int64(j.Posts)
	return err
}

// readDialect leaves package backup out.
func readDialect(ctx context.Context, j job, f *figure) error {
	c, err := container.Open(ctx, j.In, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	a, err := dialect.Open(ctx, c, nil)
	if err != nil {
		return err
	}
	return readPosts(ctx, a, f)
}

// created is a constant, for an archive's bytes depend on it.
var created = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func writeArchive(c backup.Compression) func(context.Context, job, *figure) error {
	return func(ctx context.Context, j job, f *figure) error {
		return copyTo(ctx, newAccount(j.Posts), j.Out, c, f)
	}
}

func convert(ctx context.Context, j job, f *figure) error {
	r, err := backup.Open(ctx, j.In, nil)
	if err != nil {
		return err
	}
	return errors.Join(copyTo(ctx, r, j.Out, backup.Gzip, f), r.Close())
}

func copyTo(ctx context.Context, from portability.Source, path string, c backup.Compression, f *figure) error {
	w, err := backup.Create(path, &backup.WriteOptions{Created: created, Compression: c, Scratch: filepath.Dir(path)})
	if err != nil {
		return err
	}
	report, err := portability.Copy(ctx, from, w, nil)
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	return countCopied(report, f)
}

func countCopied(report *portability.Report, f *figure) error {
	f.Posts = report.Count(portability.Content) + report.Count(portability.Outbox)
	if !report.Whole() {
		return fmt.Errorf("copied, but not whole: %v", report.Counts)
	}
	return nil
}

func writeSite(ctx context.Context, j job, f *figure) error {
	r, err := backup.Open(ctx, j.In, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	s, err := site.Create(j.Out, nil)
	if err != nil {
		return err
	}
	report, err := portability.Copy(ctx, r, s, nil)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	return countCopied(report, f)
}

// Limits: what the same bytes take when nothing else is done with them.

// through reads a file into what it is given, and counts its bytes.
func through(path string, f *figure, into func(io.Writer) (io.WriteCloser, error)) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	w, err := into(io.Discard)
	if err != nil {
		return err
	}
	f.Bytes, err = io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{in}, make([]byte, 128<<10))
	return errors.Join(err, w.Close())
}

type open struct{ io.Writer }

func (open) Close() error { return nil }

func plainly(w io.Writer) (io.WriteCloser, error)  { return open{w}, nil }
func hashing(io.Writer) (io.WriteCloser, error)    { return open{sha256.New()}, nil }
func gzipping(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, 6) }
func zstding(w io.Writer) (io.WriteCloser, error) {
	return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
}

func gunzip(_ context.Context, j job, f *figure) error {
	in, err := os.Open(j.In)
	if err != nil {
		return err
	}
	defer in.Close()
	z, err := gzip.NewReader(bufio.NewReaderSize(in, 128<<10))
	if err != nil {
		return err
	}
	f.Bytes, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, z, make([]byte, 128<<10))
	return err
}
