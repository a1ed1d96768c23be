package container

import (
	"context"
	"errors"
	"path"
	"strconv"
	"strings"
)

// mostExtension is how long an extended header may be.
const mostExtension = 1 << 20

// A tarScan goes through a tar from header to header.
type tarScan struct {
	ctx  context.Context
	data *bytesAt
	b    *builder
	at   int64
	next extension
}

// An extension is what stands before an entry and is about it.
type extension struct {
	name    string // GNU's, "" if none
	records map[string]string
}

// indexTar lists the files of a tar without reading their bodies.
func indexTar(ctx context.Context, data *bytesAt, b *builder) error {
	s := &tarScan{ctx: ctx, data: data, b: b}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.data.size-s.at <= 0 {
			b.notes.odd.add(ReasonTarNoEnd, "")
			return nil
		}
		var h tarHeader
		if err := data.full(h[:], s.at); err != nil {
			return s.stop(err)
		}
		if h.zero() {
			return s.end()
		}
		if bad := s.step(&h); bad != nil {
			more, err := s.recover(bad)
			if err != nil || !more {
				return err
			}
		}
	}
}

// stop ends the scan at a container that ends too early.
func (s *tarScan) stop(err error) error {
	if bad, ok := err.(*Error); ok {
		return s.b.notes.lose(bad)
	}
	return err
}

// step takes one header and passes over its body.
func (s *tarScan) step(h *tarHeader) error {
	if !h.sumRight() {
		return refuse(ReasonTarHeader, h.name())
	}
	size, ok := h.size()
	if !ok {
		return refuse(ReasonTarNumber, h.name())
	}
	body := s.at + tarBlock
	switch h.kind() {
	case 'x', 'g', 'L', 'K':
		return s.extend(h, body, size)
	case 'S':
		return refuse(ReasonTarSparse, h.name())
	}
	if err := s.b.counted(); err != nil {
		return err
	}
	next := s.next
	s.next = extension{}
	e, err := next.entry(h, size)
	if err != nil {
		return err
	}
	e.offset, e.packed = body, e.size
	return s.take(h, e)
}

// take adds an entry whose body is all there.
func (s *tarScan) take(h *tarHeader, e entry) error {
	folder := h.kind() == '5' || strings.HasSuffix(e.name, "/")
	e.skipped = tarSkipped(h.kind())
	if e.skipped == linkSkipped {
		e.size = 0 // Some declare their target's, and have no body.
	}
	if room := s.data.size - e.offset; e.size > room {
		return s.cut(e, room)
	}
	if err := s.b.add(e, folder); err != nil {
		return err
	}
	s.at = blockEnd(e.offset + e.size)
	return nil
}

// cut is about an entry whose end is not there. Of a list, salvage keeps what is.
func (s *tarScan) cut(e entry, room int64) error {
	truncated := refuse(ReasonTruncated, e.name)
	if !s.b.notes.salvage || room <= 0 || e.skipped != notSkipped || !isList(e.name) {
		return truncated
	}
	e.size, e.packed, e.cut = room, room, true
	return errors.Join(truncated, s.b.add(e, false))
}

// isList reports whether a part of a file is of use, by the ending of its name.
func isList(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".json", ".jsonl", ".csv":
		return true
	}
	return false
}

func tarSkipped(kind byte) skipped {
	switch kind {
	case '1', '2':
		return linkSkipped
	case 0, '0', '7', '5':
		return notSkipped
	}
	return specialSkipped
}

func blockEnd(at int64) int64 { return (at + tarBlock - 1) / tarBlock * tarBlock }

// extend keeps an extended header for the entry that follows.
func (s *tarScan) extend(h *tarHeader, at, size int64) error {
	if size > mostExtension {
		return refuse(ReasonLongPath, "")
	}
	body := make([]byte, size)
	if err := s.data.full(body, at); err != nil {
		return err
	}
	s.at = blockEnd(at + size)
	switch h.kind() {
	case 'L':
		if s.next.name != "" {
			return refuse(ReasonTarConflict, tarString(body))
		}
		s.next.name = tarString(body)
		return nil
	case 'K':
		return nil
	}
	records, ok := parsePAX(body)
	if !ok {
		return refuse(ReasonTarPAX, "")
	}
	if h.kind() == 'g' {
		return refuseGlobal(records)
	}
	if s.next.records != nil {
		return refuse(ReasonTarConflict, records["path"])
	}
	s.next.records = records
	return nil
}

// refuseGlobal lets comments pass, and nothing that would rename or resize what
// follows.
func refuseGlobal(records map[string]string) error {
	for key := range records {
		if key == "path" || key == "size" || key == "linkpath" || strings.HasPrefix(key, "GNU.sparse.") {
			return refuse(ReasonTarGlobal, "")
		}
	}
	return nil
}

// entry brings a header and what stood before it together. Where two of them name
// the entry or size it, they have to agree, or readers would differ.
func (x *extension) entry(h *tarHeader, size int64) (entry, error) {
	e := entry{name: h.name(), size: size}
	path, named := x.records["path"]
	switch {
	case named && x.name != "" && path != x.name:
		return e, refuse(ReasonTarConflict, path)
	case named:
		e.name = path
	case x.name != "":
		e.name = x.name
	}
	for key := range x.records {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return e, refuse(ReasonTarSparse, e.name)
		}
	}
	text, sized := x.records["size"]
	if !sized {
		return e, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return e, refuse(ReasonTarNumber, e.name)
	}
	if size != 0 && int64(n) != size {
		return e, refuse(ReasonTarConflict, e.name)
	}
	e.size = int64(n)
	return e, nil
}
