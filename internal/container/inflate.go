package container

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"codeberg.org/godwit/godwit/internal/scratch"
)

// zstdWindow is the most memory that a zstd stream may ask for: as much as
// "zstd --ultra -22" does not exceed, and a quarter of "--long=27".
const zstdWindow = 32 << 20

// inflateAll inflates a compressed container once, to a scratch file.
func inflateAll(ctx context.Context, data *bytesAt, f Format, opts *Options, n *notes) (*bytesAt, error) {
	in := newCounted(data.section(0, data.size), copyBuffer)
	inflate := inflateGzip
	if f == formatZstd {
		inflate = inflateZstd
	}
	return spool(ctx, opts, func(w io.Writer) error {
		var before int64
		over := func(total int64) Reason {
			return opts.Limits.over(before+total, in.taken())
		}
		err := inflate(in, n, func(r io.Reader) error {
			total, err := copyAtMost(ctx, w, r, over)
			before += total
			return err
		})
		return inflationEnd(err, n)
	})
}

// over names the limit that a stream exceeds, "" if none.
func (l *Limits) over(inflated, compressed int64) Reason {
	if inflated > l.Total {
		return ReasonTotal
	}
	if l.overRatio(inflated, compressed) {
		return ReasonRatio
	}
	return ""
}

// inflationEnd says why inflating ended early. In salvage what was inflated is
// kept, but for what has nothing to do with the container: then it can be had whole.
func inflationEnd(err error, n *notes) error {
	var own *Error
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ours := errors.AsType[*scratch.Error](err); ours {
		return err
	}
	if errors.As(err, &own) {
		return n.lose(own)
	}
	return n.lose(refuseFor(streamReason(err), "", err))
}

func streamReason(err error) Reason {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ReasonTruncated
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return ReasonChecksum
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return ReasonWindow
	}
	return ReasonCorrupt
}

// inflateGzip hands over member after member (RFC 1952, 2.2). What follows the
// last one is reported.
func inflateGzip(in *counted, n *notes, member func(io.Reader) error) error {
	z, err := gzip.NewReader(in.r)
	for err == nil {
		z.Multistream(false)
		if err = member(z); err != nil {
			return err
		}
		next, _ := in.r.Peek(2)
		if len(next) == 0 {
			return nil
		}
		if len(next) < 2 || next[0] != 0x1f || next[1] != 0x8b {
			n.odd.add(ReasonTrailing, "")
			return nil
		}
		err = z.Reset(in.r)
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// inflateZstd hands over all frames as one (RFC 8878, 3.1). What follows the last
// one is reported.
func inflateZstd(in *counted, n *notes, member func(io.Reader) error) error {
	z, err := zstd.NewReader(in.r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderMaxMemory(1<<62))
	if err != nil {
		return err
	}
	defer z.Close()
	err = member(z)
	if errors.Is(err, zstd.ErrMagicMismatch) {
		n.odd.add(ReasonTrailing, "")
		return nil
	}
	return err
}

// counted counts what was taken of a stream. Inflaters take no more than they need
// of a *bufio.Reader, which is what they know best.
type counted struct {
	r     *bufio.Reader
	below *countedBelow
}

type countedBelow struct {
	r io.Reader
	n int64
}

func (c *countedBelow) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func newCounted(r io.Reader, buffer int) *counted {
	below := &countedBelow{r: r}
	return &counted{r: bufio.NewReaderSize(below, buffer), below: below}
}

func (c *counted) taken() int64 { return c.below.n - int64(c.r.Buffered()) }
