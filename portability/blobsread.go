package portability

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// BlobReader returns a reader of r for who implements [Blobs]: it fails with
// [ErrBlobSize] where r has another number of bytes than size, unless that is -1, and
// with the error of ctx once that has ended. It never yields more than size bytes.
func BlobReader(ctx context.Context, r io.Reader, size int64) io.Reader {
	return &blobReader{ctx: ctx, r: r, left: size, size: size}
}

type blobReader struct {
	ctx        context.Context
	r          io.Reader
	left, size int64
	err        error
}

func (b *blobReader) Read(p []byte) (int, error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if b.err = b.ctx.Err(); b.err != nil {
		return 0, b.err
	}
	var n int
	switch {
	case b.size < 0:
		n, b.err = b.r.Read(p)
	case b.left == 0:
		b.err = b.end()
	default:
		n, b.err = b.r.Read(p[:min(int64(len(p)), b.left)])
		if b.left -= int64(n); b.left > 0 && errors.Is(b.err, io.EOF) {
			b.err = fmt.Errorf("%w: %d bytes in place of %d", ErrBlobSize, b.size-b.left, b.size)
		}
	}
	return n, b.err
}

// end looks whether anything comes behind the last byte.
func (b *blobReader) end() error {
	var more [1]byte
	n, err := io.ReadFull(b.r, more[:])
	if n > 0 {
		return fmt.Errorf("%w: more than %d bytes", ErrBlobSize, b.size)
	}
	return err
}
