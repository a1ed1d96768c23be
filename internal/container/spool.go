package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// scratchFile makes a file that only this user can read. Where the system lets it,
// it has no name any more when it is first written.
func scratchFile(dir string) (*os.File, func() error, error) {
	f, err := os.CreateTemp(dir, "godwit-*")
	if err != nil {
		return nil, nil, fmt.Errorf("make scratch file: %w", err)
	}
	if runtime.GOOS != "windows" && os.Remove(f.Name()) == nil {
		return f, f.Close, nil
	}
	return f, func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }, nil
}

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
	f, free, err := scratchFile(opts.Scratch)
	if err != nil {
		return nil, err
	}
	if err := fill(f); err != nil {
		free()
		return nil, err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		free()
		return nil, fmt.Errorf("measure scratch file: %w", err)
	}
	return &bytesAt{r: f, size: size, close: free}, nil
}

const copyBuffer = 128 << 10

// copyAtMost copies until r ends or over, given how much there would be, has a
// reason to stop. Errors of r are returned as they are.
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
			return total, fmt.Errorf("write scratch file: %w", werr)
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
