package container

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
)

// An exact reader gives as many bytes as the entry declares, or an error.
type exact struct {
	ctx   context.Context
	r     io.Reader
	entry *entry
	left  int64
	sum   hash.Hash32 // nil if the container has none
	in    *counted    // what is inflated; nil if nothing is
	free  func()
	err   error
}

// newExact reads an entry from r. A sum is checked at the end; free, if any, is
// called by Close.
func newExact(ctx context.Context, r io.Reader, e *entry, free func()) *exact {
	return &exact{ctx: ctx, r: r, entry: e, left: e.size, free: free}
}

// checked has the checksum compared at the end, and that all of in was needed.
func (x *exact) checked(in *counted) *exact {
	x.sum, x.in = crc32.NewIEEE(), in
	return x
}

// Read gives io.EOF only once the whole entry was read and found right.
func (x *exact) Read(p []byte) (int, error) {
	if x.err != nil {
		return 0, x.err
	}
	if err := x.ctx.Err(); err != nil {
		return 0, err
	}
	if x.left == 0 {
		x.err = x.end()
		return 0, x.err
	}
	n, err := x.r.Read(p[:min(int64(len(p)), x.left)])
	x.left -= int64(n)
	if x.sum != nil {
		x.sum.Write(p[:n])
	}
	if err == nil || errors.Is(err, io.EOF) && x.left == 0 {
		return n, nil
	}
	x.err = x.cause(err)
	return n, x.err
}

// end looks that nothing follows, and at the checksum.
func (x *exact) end() error {
	if x.entry.cut {
		return refuse(ReasonTruncated, x.entry.name)
	}
	var more [1]byte
	switch n, err := io.ReadFull(x.r, more[:]); {
	case n > 0:
		return refuse(ReasonSize, x.entry.name)
	case !errors.Is(err, io.EOF):
		return x.cause(err)
	case x.sum != nil && x.sum.Sum32() != x.entry.crc:
		return refuse(ReasonChecksum, x.entry.name)
	case x.in != nil && x.in.taken() != x.entry.packed:
		return refuse(ReasonSize, x.entry.name)
	}
	return io.EOF
}

func (x *exact) cause(err error) error {
	var own *Error
	var system *fs.PathError
	switch {
	case errors.As(err, &own):
		return err
	case errors.As(err, &system):
		return fmt.Errorf("read archive: %w", err)
	case x.sum == nil && errors.Is(err, io.EOF):
		return refuse(ReasonChanged, x.entry.name)
	case errors.Is(err, io.EOF):
		return refuse(ReasonSize, x.entry.name)
	}
	return refuseFor(ReasonCorrupt, x.entry.name, err)
}

// Close frees what reading took, not the container.
func (x *exact) Close() error {
	if x.free != nil {
		x.free()
		x.free = nil
	}
	return nil
}
