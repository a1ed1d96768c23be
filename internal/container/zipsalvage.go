package container

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
)

// salvageZip finds entries by their own headers, where the central directory is
// gone or lies. Only those that inflate to their checksum are kept, and the beginning
// of lists that do not.
func salvageZip(ctx context.Context, data *bytesAt, b *builder) error {
	for at := int64(0); ; {
		at = nextLocal(ctx, data, at)
		if err := ctx.Err(); err != nil {
			return err
		}
		if at < 0 {
			return nil
		}
		stop, err := salvageEntry(ctx, data, at, b)
		if err != nil {
			return err
		}
		at = max(stop, at+1)
	}
}

// nextLocal finds the next local header; -1 if there is none.
func nextLocal(ctx context.Context, data *bytesAt, at int64) int64 {
	buf := make([]byte, copyBuffer)
	for ; at < data.size && ctx.Err() == nil; at += int64(len(buf)) - 3 {
		buf = buf[:min(copyBuffer, data.size-at)]
		if data.full(buf, at) != nil {
			return -1
		}
		if i := bytes.Index(buf, sigLocal); i >= 0 {
			return at + int64(i)
		}
		if len(buf) < copyBuffer {
			return -1
		}
	}
	return -1
}

// salvageEntry takes the entry at at if it is whole, and returns where it ends, or
// 0 if that cannot be known.
func salvageEntry(ctx context.Context, data *bytesAt, at int64, b *builder) (int64, error) {
	h, start, bad := readLocal(data, at)
	if bad != nil {
		return 0, b.notes.lose(bad)
	}
	if err := h.refused(); err != nil {
		return 0, b.notes.lose(refuse(err.(*Error).Reason, h.name))
	}
	if err := b.counted(); err != nil {
		return 0, err
	}
	e := entry{name: h.name, method: h.method, crc: h.crc, header: at, offset: start}
	sum, err := e.measure(ctx, data, h, b.opts)
	if err != nil {
		return 0, e.part(err.Reason, b)
	}
	stop := start + e.packed
	if h.flags&flagDescriptor != 0 {
		e.crc = sum
		length := e.descriptor(data, stop, data.size)
		if length == 0 {
			return 0, b.notes.lose(refuse(ReasonTruncated, h.name))
		}
		stop += length
	} else if sum != h.crc || e.size != h.size || e.packed != h.packed {
		return 0, b.notes.lose(refuse(ReasonChecksum, h.name))
	}
	return stop, b.add(e, len(h.name) > 0 && h.name[len(h.name)-1] == '/')
}

// part is about an entry that does not inflate to its end. Of a list, salvage keeps
// what does.
func (e *entry) part(why Reason, b *builder) error {
	if err := b.notes.lose(refuse(why, e.name)); err != nil || why.limit() || e.size == 0 || !isList(e.name) {
		return err
	}
	e.cut = true
	return b.add(*e, false)
}

// measure inflates an entry to learn its sizes and its checksum.
func (e *entry) measure(ctx context.Context, data *bytesAt, h *zipHeader, opts *Options) (uint32, *Error) {
	room := data.size - e.offset
	stored := h.method == methodStore || h.flags&flagDescriptor == 0
	whole := !stored || h.packed <= room
	if stored && whole {
		room = h.packed
	}
	in := newCounted(data.section(e.offset, room), 32<<10)
	r, free, err := inflater(in, h.method)
	if err != nil {
		return 0, refuse(ReasonCorrupt, "")
	}
	if free != nil {
		defer free()
	}
	sum := crc32.NewIEEE()
	e.size, err = copyAtMost(ctx, io.Writer(sum), r, func(n int64) Reason { return opts.Limits.over(n, in.taken()) })
	e.packed = in.taken()
	if err != nil || !whole {
		e.packed = room
	}
	switch bad, ok := err.(*Error); {
	case ok:
		return 0, bad
	case err != nil:
		return 0, refuse(streamReason(err), "")
	case !whole:
		return 0, refuse(ReasonTruncated, "")
	}
	return sum.Sum32(), nil
}
