package canonical

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"codeberg.org/godwit/godwit/internal/container"
)

// A Reason says, in a word that never changes, in what a file differs.
type Reason string

// The reasons.
const (
	TarHeader         Reason = "tar-header"          // not the one that the entry has to have
	TarPadding        Reason = "tar-padding"         // between entries stand other bytes than zeros
	TarEnd            Reason = "tar-end"             // the end is not two zero blocks
	Trailing          Reason = "bytes-after"         // something stands behind the end
	Truncated         Reason = "truncated"           // it ends before the end
	CompressionHeader Reason = "compression-header"  // a member of gzip says more or else than it should
	Corrupt           Reason = "compressed-data-bad" // cannot be inflated, or has another checksum
	Members           Reason = "members"             // members do not end where they should
	Altered           Reason = "compressed-data"     // inflates well, but was not made so
	// OtherCompressor is that members inflate well, and that another release
	// or program compressed them than the one here.
	OtherCompressor Reason = "other-compressor"
)

// A Finding is the first place where a file differs from its canonical form.
type Finding struct {
	Reason Reason
	// Offset is where, in bytes. Where it is not known more closely within
	// compressed data, it is that of the member.
	Offset int64
	// Entry is the one that stands there, as its header names it, printable and
	// short; "" at the end.
	Entry string
}

// Soft says that the file may be whole all the same.
func (f *Finding) Soft() bool { return f.Reason == OtherCompressor }

// Check compares a file of size bytes with what a [Writer] makes of the same
// entries, and returns the first difference; nil if there is none. Any flipped bit
// is one, but in a plain tar in the bodies and in names over 100 bytes, which no
// checksum in there covers.
//
// Members are inflated and compressed again, since bits can be flipped in
// compressed data without changing what it inflates to: between the last block and
// the checksum, behind the length of a stored block, in the distance of a match
// into a repetition. Where the result differs, and Options.Compressor does not say
// that this release compressed the file, it is taken for another's unless it is
// of the same length and but for a few bits the same.
//
// Only errors of r, of ctx and of limits are errors; the latter are of the type
// *[container.Error].
func Check(ctx context.Context, r io.ReaderAt, size int64, o *Options) (*Finding, error) {
	c := &check{ctx: ctx, r: r, size: size, opts: o.orDefault()}
	magic, err := c.read(0, 4)
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, gzipHeader[:2]):
		return c.members(Gzip, newGzipMembers(r, size))
	case bytes.Equal(magic, zstdMagic):
		frames, err := newZstdFrames(r, size)
		if err != nil {
			return nil, err
		}
		defer frames.inflater.Close()
		return c.members(Zstd, frames)
	}
	return c.tar()
}

// A check is one call of Check.
type check struct {
	ctx     context.Context
	r       io.ReaderAt
	size    int64
	opts    Options
	entries int
	buf     []byte
}

// read reads up to n bytes, fewer only at the end of the file.
func (c *check) read(at int64, n int) ([]byte, error) {
	n = int(min(int64(n), c.size-at))
	if len(c.buf) < n {
		c.buf = make([]byte, n)
	}
	got, err := c.r.ReadAt(c.buf[:n], at)
	if got == n {
		return c.buf[:n], nil
	}
	if errors.Is(err, io.EOF) {
		return nil, &container.Error{Reason: container.ReasonChanged}
	}
	return nil, fmt.Errorf("check archive: %w", err)
}

// counted counts an entry.
func (c *check) counted(entry string) error {
	if c.entries++; c.entries > c.opts.Limits.Entries {
		return &container.Error{Reason: container.ReasonEntries, Entry: shown(entry)}
	}
	return nil
}

// tar checks a tar without compression. It passes over the bodies.
func (c *check) tar() (*Finding, error) {
	if c.size > c.opts.Limits.Total {
		return nil, &container.Error{Reason: container.ReasonTotal}
	}
	for at := int64(0); ; {
		if err := c.ctx.Err(); err != nil {
			return nil, err
		}
		b, err := c.read(at, mostHead)
		if err != nil {
			return nil, err
		}
		if len(b) == 0 || b[0] == 0 {
			return endAt(b, at, c.size), nil
		}
		h, differs := compareHead(b)
		if differs >= 0 {
			return &Finding{TarHeader, at + int64(differs), shown(h.name)}, nil
		}
		if err := c.counted(h.name); err != nil {
			return nil, err
		}
		at += int64(h.length)
		if h.size > c.size-at {
			return &Finding{Truncated, c.size, shown(h.name)}, nil
		}
		at += h.size
		pad, err := c.read(at, padding(h.size))
		if err != nil {
			return nil, err
		}
		if differs := mismatch(pad, end[:padding(h.size)]); differs >= 0 {
			return &Finding{paddingOr(pad, h.size), at + int64(differs), shown(h.name)}, nil
		}
		at += int64(len(pad))
	}
}

func paddingOr(pad []byte, size int64) Reason {
	if len(pad) < padding(size) {
		return Truncated
	}
	return TarPadding
}

// endAt looks at the end of a tar, which b begins with.
func endAt(b []byte, at, size int64) *Finding {
	b = b[:min(len(b), len(end))]
	differs := mismatch(b, end)
	switch {
	case differs >= 0 && differs == len(b):
		return &Finding{Truncated, size, ""}
	case differs >= 0:
		return &Finding{TarEnd, at + int64(differs), ""}
	case at+int64(len(end)) < size:
		return &Finding{Trailing, at + int64(len(end)), ""}
	}
	return nil
}

// mismatch is where two texts differ, -1 if nowhere.
func mismatch(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// A read header.
type header struct {
	name   string
	size   int64
	length int // of the header itself
}

// compareHead compares the header that b begins with with the one that it should
// be, and says where it differs, -1 if nowhere.
func compareHead(b []byte) (header, int) {
	name, size, ok := claimed(b)
	h := header{name: name, size: size}
	want, err := head(name, size)
	if !ok || err != nil {
		return h, 0
	}
	h.length = len(want)
	return h, mismatch(b[:min(len(b), len(want))], want)
}

// shown makes a name safe to show.
func shown(name string) string {
	const most = 80
	var b strings.Builder
	for _, r := range name {
		if b.Len() > most {
			return b.String() + "…"
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}
