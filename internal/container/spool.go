package container

import (
	"context"
	"errors"
	"io"

	"codeberg.org/godwit/godwit/internal/scratch"
)

// spoolAll copies a pipe to a scratch file, up to the limit of the total.
func spoolAll(ctx context.Context, r io.Reader, opts *Options) (*bytesAt, error) {
	return spool(ctx, opts, func(w io.Writer) error {
		_, err := copyAtMost(ctx, w, r, func(n int64) Reason {
			if n > opts.Limits.Total {
				return ReasonTotal
			}
			return ""
		})
		return err
	})
}

// spool has a scratch file filled.
func spool(ctx context.Context, opts *Options, fill func(io.Writer) error) (*bytesAt, error) {
	f, err := scratch.NewUnnamed(opts.Scratch)
	if err != nil {
		return nil, err
	}
	w := &countedWriter{to: f}
	if err := fill(w); err != nil {
		f.Close()
		return nil, err
	}
	return &bytesAt{r: f, size: w.n, close: f.Close}, nil
}

type countedWriter struct {
	to io.Writer
	n  int64
}

func (w *countedWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.n += int64(n)
	return n, err
}

const copyBuffer = 128 << 10

// copyAtMost copies until r ends or over, given how much there would be, has a
// reason to stop. Errors of both are returned as they are.
func copyAtMost(ctx context.Context, w io.Writer, r io.Reader, over func(int64) Reason) (int64, error) {
	buf := make([]byte, copyBuffer)
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		n, err := r.Read(buf)
		total += int64(n)
		if reason := over(total); reason != "" {
			return total, refuse(reason, "")
		}
		if _, werr := w.Write(buf[:n]); werr != nil {
			return total, werr
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
