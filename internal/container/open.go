package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Open opens the archive at a path: a file, a folder, or a pipe, which is spooled.
// Whatever the archive holds, nothing outside of the path and the scratch file is
// touched. Limits and damage are an [*Error]. The caller closes the container.
func Open(ctx context.Context, path string, o *Options) (*Container, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if info.IsDir() {
		opts := o.orDefault()
		return openFolder(ctx, path, &opts)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if !info.Mode().IsRegular() {
		defer f.Close()
		return OpenReader(ctx, f, o)
	}
	c, err := openAt(ctx, &bytesAt{r: f, size: info.Size(), close: f.Close}, filepath.Base(path), o)
	if err != nil {
		f.Close()
		return nil, err
	}
	return c, nil
}

// OpenReader opens an archive that comes through a pipe. It is spooled to a
// private file, which Close removes; r is read to its end before OpenReader
// returns, and not closed.
func OpenReader(ctx context.Context, r io.Reader, o *Options) (*Container, error) {
	spool, err := Spool(ctx, r, o)
	if err != nil {
		return nil, err
	}
	c, err := openAt(ctx, spool.bytes, "", o)
	if err != nil {
		spool.Close()
		return nil, err
	}
	return c, nil
}

// A Spooled is what came through a pipe, in a private file that Close removes.
type Spooled struct{ bytes *bytesAt }

// Spool reads a pipe to its end, up to the limit of the total. It does not close r.
func Spool(ctx context.Context, r io.Reader, o *Options) (*Spooled, error) {
	opts := o.orDefault()
	bytes, err := spoolAll(ctx, r, &opts)
	if err != nil {
		return nil, err
	}
	return &Spooled{bytes}, nil
}

// ReadAt implements io.ReaderAt.
func (s *Spooled) ReadAt(p []byte, offset int64) (int, error) { return s.bytes.r.ReadAt(p, offset) }

// Size is how much came.
func (s *Spooled) Size() int64 { return s.bytes.size }

// Close removes it.
func (s *Spooled) Close() error { return s.bytes.Close() }

// OpenAt opens an archive of size bytes. It reads r until the container is closed,
// and does not close it.
func OpenAt(ctx context.Context, r io.ReaderAt, size int64, o *Options) (*Container, error) {
	return openAt(ctx, &bytesAt{r: r, size: size}, "", o)
}

// bytesAt are the bytes of a container, and what frees them.
type bytesAt struct {
	r     io.ReaderAt
	size  int64
	close func() error
}

func (b *bytesAt) section(offset, length int64) *io.SectionReader {
	return io.NewSectionReader(b.r, offset, length)
}

// full reads exactly len(p) bytes; too few are ReasonTruncated.
func (b *bytesAt) full(p []byte, offset int64) error {
	if offset < 0 || offset > b.size-int64(len(p)) {
		return refuse(ReasonTruncated, "")
	}
	n, err := b.r.ReadAt(p, offset)
	switch {
	case n == len(p):
		return nil
	case errors.Is(err, io.EOF):
		return refuse(ReasonChanged, "")
	}
	return fmt.Errorf("read archive: %w", err)
}

func (b *bytesAt) Close() error {
	if b.close == nil {
		return nil
	}
	return b.close()
}

// openAt opens what the bytes show them to be. On an error, data stays open.
func openAt(ctx context.Context, data *bytesAt, name string, o *Options) (*Container, error) {
	opts := o.orDefault()
	n := &notes{salvage: opts.Salvage}
	format, err := sniff(data)
	if err != nil {
		return nil, err
	}
	if !format.compressed() {
		return openFormat(ctx, data, format, name, &opts, n)
	}
	inflated, err := inflateAll(ctx, data, format, &opts, n)
	if err != nil {
		return nil, err
	}
	c, err := openInflated(ctx, inflated, &opts, n)
	if err != nil {
		inflated.Close()
		return nil, err
	}
	data.Close()
	return c, nil
}

// openInflated opens what was compressed. That it is compressed again is not
// looked into.
func openInflated(ctx context.Context, data *bytesAt, opts *Options, n *notes) (*Container, error) {
	format, err := sniff(data)
	if err != nil {
		return nil, err
	}
	if format.compressed() {
		return nil, refuse(ReasonUnknown, "")
	}
	return openFormat(ctx, data, format, "", opts, n)
}

func openFormat(ctx context.Context, data *bytesAt, f Format, name string, opts *Options, n *notes) (*Container, error) {
	b := newBuilder(opts, n)
	var from source
	var err error
	switch f {
	case FormatTar:
		from, err = &stored{data}, indexTar(ctx, data, b)
	case FormatZip:
		from, err = &zipSource{data, opts.Limits}, indexZip(ctx, data, b)
	default:
		from, err = &stored{data}, indexFile(data, name, b)
	}
	if err != nil {
		return nil, err
	}
	index, err := b.done()
	if err != nil {
		return nil, err
	}
	return &Container{format: f, index: index, notes: *n, source: from}, nil
}

// stored are entries that stand in the container as they are.
type stored struct{ data *bytesAt }

func (s *stored) open(ctx context.Context, e *entry) (io.ReadCloser, error) {
	return newExact(ctx, s.data.section(e.offset, e.size), e, nil), nil
}

func (s *stored) Close() error { return s.data.Close() }

// indexFile takes the whole for one entry.
func indexFile(data *bytesAt, name string, b *builder) error {
	if name == "" || bytes.ContainsAny([]byte(name), `/\`) || fault(name) != "" {
		name = "file"
	}
	return b.add(entry{name: name, size: data.size, packed: data.size}, false)
}
