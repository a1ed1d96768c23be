package container

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"strings"
)

const (
	zipCentralLength = 46
	zipLocalLength   = 30
)

// Flags of entries (APPNOTE 4.4.4).
const (
	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagStrong     = 1 << 6
	flagMasked     = 1 << 13
)

// A zipHeader is what a central and a local header have in common.
type zipHeader struct {
	flags, method uint16
	crc           uint32
	packed, size  int64
	name          string
	extra         []byte
	zip64         bool // sizes stand in the extra field
	offset        int64
	attributes    uint32
	madeBy        byte
}

// readCentral goes through the central directory.
func readCentral(ctx context.Context, data *bytesAt, end *zipEnd, b *builder) error {
	r := bufio.NewReaderSize(data.section(end.central, end.size), copyBuffer)
	var count uint64
	for ; ; count++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := nextCentral(r)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		var bad *Error
		switch err := b.addZip(h, end); {
		case errors.As(err, &bad):
			if err := b.notes.lose(bad); err != nil {
				return err
			}
		case err != nil:
			return err
		}
	}
	if count != end.count {
		return refuse(ReasonZipCount, "")
	}
	return nil
}

// nextCentral reads a central header (APPNOTE 4.3.12).
func nextCentral(r *bufio.Reader) (*zipHeader, error) {
	var fixed [zipCentralLength]byte
	switch _, err := io.ReadFull(r, fixed[:]); {
	case err == io.EOF:
		return nil, err
	case err != nil || !bytes.HasPrefix(fixed[:], sigCentral):
		return nil, refuse(ReasonZipCentral, "")
	}
	names, extras, comments := int(le.Uint16(fixed[28:])), int(le.Uint16(fixed[30:])), int(le.Uint16(fixed[32:]))
	rest := make([]byte, names+extras+comments)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, refuse(ReasonZipCentral, "")
	}
	h := &zipHeader{
		madeBy: fixed[5],
		flags:  le.Uint16(fixed[8:]), method: le.Uint16(fixed[10:]),
		crc:    le.Uint32(fixed[16:]),
		packed: int64(le.Uint32(fixed[20:])), size: int64(le.Uint32(fixed[24:])),
		name: string(rest[:names]), extra: rest[names : names+extras],
		attributes: le.Uint32(fixed[38:]), offset: int64(le.Uint32(fixed[42:])),
	}
	if le.Uint16(fixed[34:]) != 0 {
		return nil, refuse(ReasonZipDisks, h.name)
	}
	if err := h.widen(); err != nil {
		return nil, err
	}
	return h, nil
}

// widen takes the numbers that are too large for 32 bits from the extra field, and
// a second name from there if it is another (APPNOTE 4.5.3, 4.6.9).
func (h *zipHeader) widen() error {
	wide := []*int64{&h.size, &h.packed, &h.offset}
	found := false
	for rest := h.extra; len(rest) >= 4; {
		id, length := le.Uint16(rest), int(le.Uint16(rest[2:]))
		if length > len(rest)-4 {
			return refuse(ReasonZipCentral, h.name)
		}
		field := rest[4 : 4+length]
		rest = rest[4+length:]
		switch {
		case id == 0x7075 && len(field) > 5 && string(field[5:]) != h.name:
			return refuse(ReasonZipLocal, h.name)
		case id == 1 && found:
			return refuse(ReasonZip64, h.name)
		case id == 1:
			found, h.zip64 = true, true
			if !widenAll(wide, field) {
				return refuse(ReasonZip64, h.name)
			}
		}
	}
	if !found && (h.size == math.MaxUint32 || h.packed == math.MaxUint32 || h.offset == math.MaxUint32) {
		return refuse(ReasonZip64, h.name)
	}
	return nil
}

func widenAll(wide []*int64, field []byte) bool {
	for _, n := range wide {
		if *n != math.MaxUint32 {
			continue
		}
		if len(field) < 8 || le.Uint64(field) > math.MaxInt64/2 {
			return false
		}
		*n = int64(le.Uint64(field))
		field = field[8:]
	}
	return true
}

// addZip adds what a header describes.
func (b *builder) addZip(h *zipHeader, end *zipEnd) error {
	if err := b.counted(); err != nil {
		return err
	}
	if err := h.refused(); err != nil {
		return err
	}
	if b.opts.Limits.overRatio(h.size, h.packed) {
		return refuse(ReasonRatio, h.name)
	}
	if h.method == methodStore && h.size != h.packed {
		return refuse(ReasonSize, h.name)
	}
	e := entry{
		name: h.name, size: h.size, packed: h.packed, crc: h.crc, method: h.method,
		header: end.base + h.offset,
	}
	folder := strings.HasSuffix(strings.ReplaceAll(h.name, `\`, "/"), "/")
	if h.unix() {
		switch h.attributes >> 16 & 0o170000 {
		case 0, 0o100000:
		case 0o040000:
			folder = true
		case 0o120000:
			e.skipped = linkSkipped
		default:
			e.skipped = specialSkipped
		}
	}
	return b.add(e, folder)
}

func (h *zipHeader) unix() bool { return h.madeBy == 3 || h.madeBy == 19 }

func (h *zipHeader) refused() error {
	if h.flags&(flagEncrypted|flagStrong|flagMasked) != 0 || h.method == methodAES {
		return refuse(ReasonEncrypted, h.name)
	}
	switch h.method {
	case methodStore, methodDeflate, methodZstd:
		return nil
	}
	return refuse(ReasonZipMethod, h.name)
}
