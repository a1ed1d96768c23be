package blobdir

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"

	"codeberg.org/godwit/godwit/portability"
)

// Open implements [portability.Blobs]. What it returns is an [io.ReadSeeker] and an
// [io.ReaderAt] as well.
func (d *Dir) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	f, size, err := d.open(ctx, key)
	if err != nil {
		return nil, 0, fmt.Errorf("open blob: %.80q: %w", key, said(err))
	}
	return f, size, nil
}

func (d *Dir) open(ctx context.Context, key string) (*blob, int64, error) {
	if err := use(ctx, key); err != nil {
		return nil, 0, err
	}
	_, file := place(key)
	f, err := d.root.Open(file)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		_ = f.Close()
		return nil, 0, err
	}
	return &blob{ctx, f}, info.Size(), nil
}

// OpenRange implements [portability.BlobRanger].
func (d *Dir) OpenRange(ctx context.Context, key string, off, n int64) (io.ReadCloser, error) {
	var f *blob
	err := fs.ErrInvalid
	if off >= 0 && n >= 0 {
		f, _, err = d.open(ctx, key)
	} else if bad := use(ctx, key); bad != nil {
		err = bad
	}
	if err != nil {
		return nil, fmt.Errorf("open blob: %.80q: %w", key, said(err))
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, off, n), f}, nil
}

// Stat implements [portability.BlobStater].
func (d *Dir) Stat(ctx context.Context, key string) (portability.Blob, error) {
	f, size, err := d.open(ctx, key)
	if err != nil {
		return portability.Blob{}, fmt.Errorf("look at blob: %.80q: %w", key, said(err))
	}
	info, err := f.file.Stat()
	_ = f.Close()
	if err != nil {
		return portability.Blob{}, fmt.Errorf("look at blob: %.80q: %w", key, said(err))
	}
	return portability.Blob{Key: key, Size: size, Modified: info.ModTime().UTC()}, nil
}

// A blob is a file that is read as long as its context lasts.
type blob struct {
	ctx  context.Context
	file *os.File
}

func (b *blob) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.file.Read(p)
}

func (b *blob) ReadAt(p []byte, off int64) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.file.ReadAt(p, off)
}

func (b *blob) Seek(offset int64, whence int) (int64, error) { return b.file.Seek(offset, whence) }

func (b *blob) Close() error { return b.file.Close() }
