package container

import (
	"context"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// Methods of compression (APPNOTE 4.4.5).
const (
	methodStore   = 0
	methodDeflate = 8
	methodZstd    = 93
	methodAES     = 99
)

// A zipSource inflates entries as they are read.
type zipSource struct {
	data   *bytesAt
	limits Limits
}

func (z *zipSource) open(ctx context.Context, e *entry) (io.ReadCloser, error) {
	in := newCounted(z.data.section(e.offset, e.packed), 32<<10)
	r, free, err := inflater(in, e.method)
	if err != nil {
		return nil, refuseFor(ReasonCorrupt, e.name, err)
	}
	return newExact(ctx, r, e, free).checked(in), nil
}

func (z *zipSource) Close() error { return z.data.Close() }

// inflater reads what a method packed, and says how to free what that takes.
func inflater(in *counted, method uint16) (io.Reader, func(), error) {
	switch method {
	case methodStore:
		return in.r, nil, nil
	case methodZstd:
		z, err := zstd.NewReader(in.r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderMaxMemory(1<<62))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	case methodDeflate:
		r := flate.NewReader(in.r)
		return r, func() { r.Close() }, nil
	}
	return nil, nil, refuse(ReasonZipMethod, "")
}

// indexZip lists a zip by its central directory and holds every entry's own header
// against it.
func indexZip(ctx context.Context, data *bytesAt, b *builder) error {
	end, err := findZipEnd(data)
	if err == nil {
		err = indexCentral(ctx, data, end, b)
	}
	var bad *Error
	if !b.notes.salvage || !errors.As(err, &bad) || bad.Reason.limit() {
		return err
	}
	if err := b.notes.lose(bad); err != nil {
		return err
	}
	*b = *newBuilder(b.opts, b.notes)
	return salvageZip(ctx, data, b)
}

func indexCentral(ctx context.Context, data *bytesAt, end *zipEnd, b *builder) error {
	if end.base > 0 {
		b.notes.odd.add(ReasonPrepended, "")
	}
	if end.after > 0 {
		b.notes.odd.add(ReasonTrailing, "")
	}
	if err := readCentral(ctx, data, end, b); err != nil {
		return err
	}
	return compareLocals(ctx, data, end, b)
}
