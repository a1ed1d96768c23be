package container

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
)

const (
	zipEndLength     = 22
	zip64EndLength   = 56
	zipLocatorLength = 20
	zipMostComment   = math.MaxUint16
)

var (
	sigEnd     = []byte("PK\x05\x06")
	sigEnd64   = []byte("PK\x06\x06")
	sigLocator = []byte("PK\x06\x07")
	sigCentral = []byte("PK\x01\x02")
	sigLocal   = []byte("PK\x03\x04")
	sigAfter   = []byte("PK\x07\x08")
)

var le = binary.LittleEndian

// A zipEnd is what the end of a zip says about its central directory (APPNOTE
// 4.3.14 to 4.3.16).
type zipEnd struct {
	count   uint64
	size    int64
	offset  int64 // as written
	central int64 // where the directory really is
	base    int64 // bytes that stand before the zip
	after   int64 // bytes that stand after it
}

// zipBehind says whether a zip ends here that begins after other bytes.
func zipBehind(data *bytesAt) bool {
	end, err := findZipEnd(data)
	var bad *Error
	if errors.As(err, &bad) {
		return bad.Reason == ReasonZipTwoEnds
	}
	return err == nil && end.count > 0
}

// findZipEnd finds the one end record. Two of them, wherever the second hides,
// would let readers differ.
func findZipEnd(data *bytesAt) (*zipEnd, error) {
	from := max(0, data.size-2*(zipEndLength+zipMostComment))
	tail := make([]byte, data.size-from)
	if err := data.full(tail, from); err != nil {
		return nil, err
	}
	at := lastEnd(tail)
	if at < 0 {
		return nil, refuse(ReasonZipEnd, "")
	}
	end, err := readEnd(data, tail[at:], from+int64(at))
	if err != nil {
		return nil, err
	}
	for i := range tail {
		if i != at && bytes.HasPrefix(tail[i:], sigEnd) && end.rival(tail, i, from) {
			return nil, refuse(ReasonZipTwoEnds, "")
		}
	}
	return end, nil
}

// lastEnd finds the record whose comment ends with the file, else the last one.
func lastEnd(tail []byte) int {
	last := -1
	for rest := tail; ; {
		i := bytes.LastIndex(rest, sigEnd)
		if i < 0 {
			return last
		}
		if stop, whole := endStop(tail, i); whole {
			if stop == len(tail) {
				return i
			}
			last = max(last, i)
		}
		rest = rest[:i]
	}
}

// endStop says where a record with its comment ends.
func endStop(tail []byte, i int) (int, bool) {
	if len(tail)-i < zipEndLength {
		return 0, false
	}
	stop := i + zipEndLength + int(le.Uint16(tail[i+20:]))
	return stop, stop <= len(tail)
}

// rival says whether another reader might take the record at i for the end: it
// stands behind the directory, or reaches to the end, or to where this zip begins.
func (z *zipEnd) rival(tail []byte, i int, from int64) bool {
	at := from + int64(i)
	if at >= z.central+z.size {
		return true
	}
	stop, whole := endStop(tail, i)
	return whole && (stop == len(tail) || z.base > 0 && from+int64(stop) == z.base)
}

func readEnd(data *bytesAt, record []byte, at int64) (*zipEnd, error) {
	disk, first := le.Uint16(record[4:]), le.Uint16(record[6:])
	here, count := le.Uint16(record[8:]), le.Uint16(record[10:])
	end := &zipEnd{
		count:  uint64(count),
		size:   int64(le.Uint32(record[12:])),
		offset: int64(le.Uint32(record[16:])),
		after:  int64(len(record) - zipEndLength - int(le.Uint16(record[20:]))),
	}
	stop, err := end.read64(data, at, disk == math.MaxUint16)
	if err != nil {
		return nil, err
	}
	if stop == at && (disk != 0 || first != 0 || here != count) {
		return nil, refuse(ReasonZipDisks, "")
	}
	end.central = stop - end.size
	end.base = end.central - end.offset
	if end.size < 0 || end.offset < 0 || end.central < 0 || end.base < 0 {
		return nil, refuse(ReasonZipCentral, "")
	}
	return end, nil
}

// read64 reads the zip64 records before the end record at at, if there are any, and
// returns where they begin.
func (z *zipEnd) read64(data *bytesAt, at int64, diskFull bool) (int64, error) {
	full := diskFull || z.count == math.MaxUint16 || z.size == math.MaxUint32 || z.offset == math.MaxUint32
	var locator [zipLocatorLength]byte
	if data.full(locator[:], at-zipLocatorLength) != nil || !bytes.HasPrefix(locator[:], sigLocator) {
		if z.size == math.MaxUint32 || z.offset == math.MaxUint32 {
			return 0, refuse(ReasonZip64, "")
		}
		return at, nil
	}
	start := at - zipLocatorLength - zip64EndLength
	var record [zip64EndLength]byte
	if data.full(record[:], start) != nil || !bytes.HasPrefix(record[:], sigEnd64) {
		return 0, refuse(ReasonZip64, "")
	}
	if le.Uint32(locator[4:]) != 0 || le.Uint32(locator[16:]) > 1 || le.Uint32(record[16:]) != 0 || le.Uint32(record[20:]) != 0 {
		return 0, refuse(ReasonZipDisks, "")
	}
	here, count := le.Uint64(record[24:]), le.Uint64(record[32:])
	size, offset := le.Uint64(record[40:]), le.Uint64(record[48:])
	if size > math.MaxInt64 || offset > math.MaxInt64 || le.Uint64(record[4:]) != zip64EndLength-12 {
		return 0, refuse(ReasonZip64, "")
	}
	if !full && (count != z.count || int64(size) != z.size || int64(offset) != z.offset) {
		return 0, refuse(ReasonZip64, "")
	}
	if here != count {
		return 0, refuse(ReasonZipDisks, "")
	}
	z.count, z.size, z.offset = count, int64(size), int64(offset)
	return start, nil
}
