package container

import (
	"bytes"
	"cmp"
	"context"
	"slices"
)

// compareLocals holds each entry's own header against the central directory, and
// looks that no two entries share bytes, as bombs do.
func compareLocals(ctx context.Context, data *bytesAt, end *zipEnd, b *builder) error {
	again := &cleaner{opts: b.opts, notes: &notes{}}
	order := make([]int32, len(b.index.entries))
	for i := range order {
		order[i] = int32(i)
	}
	entries := b.index.entries
	slices.SortFunc(order, func(x, y int32) int { return cmp.Compare(entries[x].header, entries[y].header) })
	var lost []int32
	used := end.base
	for _, i := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		e := &entries[i]
		if e.skipped != notSkipped {
			continue
		}
		stop, bad := e.compareLocal(data, end, again)
		if bad == nil && e.header < used {
			bad = refuse(ReasonZipOverlap, e.name)
		}
		if bad == nil {
			used = stop
			continue
		}
		if err := b.notes.lose(bad); err != nil {
			return err
		}
		lost = append(lost, i)
	}
	b.index.drop(lost)
	return nil
}

// compareLocal reads the entry's own header (APPNOTE 4.3.7), notes where the data
// is, and returns where it ends.
func (e *entry) compareLocal(data *bytesAt, end *zipEnd, names *cleaner) (int64, *Error) {
	h, start, bad := readLocal(data, e.header)
	if bad != nil {
		return 0, refuse(bad.Reason, e.name)
	}
	e.offset = start
	stop := start + e.packed
	if stop > end.central {
		return 0, refuse(ReasonZipOverlap, e.name)
	}
	if h.refused() != nil {
		return 0, refuse(ReasonEncrypted, e.name)
	}
	if name, bad := names.clean(h.name); bad != nil || name != e.name || h.method != e.method {
		return 0, refuse(ReasonZipLocal, e.name)
	}
	same := h.crc == e.crc && h.packed == e.packed && h.size == e.size
	if h.flags&flagDescriptor == 0 {
		if !same {
			return 0, refuse(ReasonZipLocal, e.name)
		}
		return stop, nil
	}
	if zero := h.crc == 0 && h.packed == 0 && h.size == 0; !same && !zero && !h.zip64 {
		return 0, refuse(ReasonZipLocal, e.name)
	}
	length := e.descriptor(data, stop, end.central)
	if length == 0 {
		return 0, refuse(ReasonZipLocal, e.name)
	}
	return stop + length, nil
}

// descriptor returns the length of the data descriptor at at that agrees with the
// entry, in any of its four shapes (APPNOTE 4.3.9); 0 if there is none.
func (e *entry) descriptor(data *bytesAt, at, end int64) int64 {
	buf := make([]byte, min(24, end-at))
	if data.full(buf, at) != nil {
		return 0
	}
	for _, signature := range [][]byte{sigAfter, nil} {
		short := le.AppendUint32(bytes.Clone(signature), e.crc)
		long := bytes.Clone(short)
		short = le.AppendUint32(le.AppendUint32(short, uint32(e.packed)), uint32(e.size))
		long = le.AppendUint64(le.AppendUint64(long, uint64(e.packed)), uint64(e.size))
		switch {
		case bytes.HasPrefix(buf, long):
			return int64(len(long))
		case e.packed>>32 == 0 && e.size>>32 == 0 && bytes.HasPrefix(buf, short):
			return int64(len(short))
		}
	}
	return 0
}

// readLocal reads a local header, and tells where its data begins.
func readLocal(data *bytesAt, at int64) (*zipHeader, int64, *Error) {
	var fixed [zipLocalLength]byte
	if data.full(fixed[:], at) != nil || !bytes.HasPrefix(fixed[:], sigLocal) {
		return nil, 0, refuse(ReasonZipLocal, "")
	}
	names, extras := int(le.Uint16(fixed[26:])), int(le.Uint16(fixed[28:]))
	rest := make([]byte, names+extras)
	if data.full(rest, at+zipLocalLength) != nil {
		return nil, 0, refuse(ReasonTruncated, "")
	}
	h := &zipHeader{
		flags: le.Uint16(fixed[6:]), method: le.Uint16(fixed[8:]),
		crc:    le.Uint32(fixed[14:]),
		packed: int64(le.Uint32(fixed[18:])), size: int64(le.Uint32(fixed[22:])),
		name: string(rest[:names]), extra: rest[names:],
	}
	if err := h.widen(); err != nil {
		return nil, 0, refuse(ReasonZip64, h.name)
	}
	return h, at + zipLocalLength + int64(len(rest)), nil
}
