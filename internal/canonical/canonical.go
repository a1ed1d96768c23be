// Package canonical writes tar, plain, in gzip or in zstd, in the one form that
// backup/DESIGN.md has under "Bytes", and finds where a file differs from it.
//
// [NewWriter] writes entries in their order, from bodies whose sizes are known,
// and compresses on as many threads as there are. [Check] reads a file and
// compares it with what the writer would have made of the same entries.
//
// It does not know what the entries mean, nor whether a body in a plain tar is
// the right one: that is what the integrity list of package backup is for. Files
// that others wrote are read by internal/container.
package canonical

import (
	"runtime"

	"codeberg.org/godwit/godwit/internal/container"
)

// A Compression is what stands around the tar. Its text is the ending of the
// file's name.
type Compression string

// The compressions.
const (
	None Compression = ""
	Gzip Compression = "gz"
	Zstd Compression = "zst"
)

// compressor is the version of the module that compresses; a test compares it
// with go.mod.
const compressor = "github.com/klauspost/compress v1.20.3"

// Compressor names what a [Writer] compresses with, for the report in the
// archive: another release may give other bytes for the same entries. It is ""
// for None.
func (c Compression) Compressor() string {
	switch c {
	case Gzip:
		return compressor + " gzip 6"
	case Zstd:
		return compressor + " zstd default"
	}
	return ""
}

// memberSize is how much of a body one member holds.
const memberSize = 8 << 20

// Options adjust a [Writer] and [Check]. A nil *Options is the same as a zero one.
type Options struct {
	// Threads is how many members are compressed at the same time, each with
	// about 24 MiB of memory at most; 0 means GOMAXPROCS, and no more than 8.
	// The bytes do not depend on it.
	Threads int
	// Compressor is what Check is told that the file was compressed with, see
	// [Compression.Compressor]; "" means that it is not known.
	Compressor string
	// Limits bound what Check reads: Total, Entries and Ratio count.
	Limits container.Limits
}

const mostThreads = 8

func (o *Options) orDefault() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	opts.Threads = orElse(opts.Threads, min(runtime.GOMAXPROCS(0), mostThreads))
	opts.Limits.Total = orElse(opts.Limits.Total, 64<<30)
	opts.Limits.Entries = orElse(opts.Limits.Entries, 1_000_000)
	opts.Limits.Ratio = orElse(opts.Limits.Ratio, 200)
	return opts
}

func orElse[T int | int64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}
