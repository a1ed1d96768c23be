package uriindex

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// A file is a header, and behind it four sections, all of it big-endian:
//
//	values   a mapping each, by Old: see value.go
//	groups   what many mappings have in common: see value.go
//	records  for each mapping the hash of its Old, and where its value begins in the
//	         section of values, 8 bytes each; in order
//	buckets  for each beginning of a hash, how many records have lesser ones, 8 bytes
//	         each; and the number of all
//
// Between groups and records are zeros up to the next multiple of 16.
const (
	magic      = "godwit uri index"
	version    = 1
	headerSize = 128
	sumAt      = 112 // where the header's own checksum stands
	recordSize = 16
	bucketSize = 8
	// perBucket is how many records a bucket has on average, at most: four lines of
	// a processor's cache.
	perBucket = 16
	// mostBits bounds the number of buckets.
	mostBits = 40
)

// Errors of files, to be tested with errors.Is.
var (
	// ErrDamaged says that a file is not as Build left it, or is no index at all.
	ErrDamaged = errors.New("the index is damaged")
	// ErrVersion says that a file was built by a program that writes another
	// version of it. Build it again.
	ErrVersion = errors.New("the index is of another version")
	// ErrInUse says that somebody else is building the same file.
	ErrInUse = errors.New("somebody else is building it")
)

// A header is what a file says of itself.
type header struct {
	bits    uint32 // how many bits of a hash choose a bucket
	entries uint64
	longest uint64 // of the Olds, in bytes
	values  uint64 // size of the section
	groups  uint64 // size of the section
	key     [16]byte
	digest  [sha256.Size]byte // of all that is behind the header
}

func (h *header) encode() []byte {
	b := append(make([]byte, 0, headerSize), magic...)
	b = binary.BigEndian.AppendUint32(b, version)
	b = binary.BigEndian.AppendUint32(b, h.bits)
	for _, n := range []uint64{h.entries, h.longest, h.values, h.groups} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = append(b, h.key[:]...)
	b = append(b, h.digest[:]...)
	b = append(b, make([]byte, sumAt-len(b))...)
	sum := sha256.Sum256(b)
	return append(b, sum[:headerSize-sumAt]...)
}

func decodeHeader(b []byte) (*header, error) {
	if len(b) < headerSize || string(b[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrDamaged)
	}
	if v := binary.BigEndian.Uint32(b[16:]); v != version {
		return nil, fmt.Errorf("%w: %d", ErrVersion, v)
	}
	if sum := sha256.Sum256(b[:sumAt]); !bytes.Equal(b[sumAt:headerSize], sum[:headerSize-sumAt]) {
		return nil, fmt.Errorf("%w: its header", ErrDamaged)
	}
	h := &header{
		bits:    binary.BigEndian.Uint32(b[20:]),
		entries: binary.BigEndian.Uint64(b[24:]),
		longest: binary.BigEndian.Uint64(b[32:]),
		values:  binary.BigEndian.Uint64(b[40:]),
		groups:  binary.BigEndian.Uint64(b[48:]),
	}
	copy(h.key[:], b[56:])
	copy(h.digest[:], b[72:])
	return h, nil
}

// A layout is where the sections begin, and how long the file is.
type layout struct {
	values, groups, records, buckets, end int64
}

// layout checks what the header says against the size of the file.
func (h *header) layout(size int64) (layout, error) {
	const most = 1 << 56 // no sum of those below runs over
	if h.bits > mostBits || h.entries > most/recordSize || h.longest > longestText ||
		h.values > most || h.groups > most {
		return layout{}, fmt.Errorf("%w: its sizes", ErrDamaged)
	}
	l := layout{values: headerSize}
	l.groups = l.values + int64(h.values)
	l.records = l.groups + int64(h.groups)
	l.records += padding(l.records)
	l.buckets = l.records + int64(h.entries)*recordSize
	l.end = l.buckets + (1<<h.bits+1)*bucketSize
	if l.end != size {
		return layout{}, fmt.Errorf("%w: %d bytes in place of %d", ErrDamaged, size, l.end)
	}
	return l, nil
}

// padding is how many zeros stand before the records.
func padding(at int64) int64 { return -at & (recordSize - 1) }

// bitsFor returns how many bits of a hash choose a bucket.
func bitsFor(entries uint64) uint32 {
	bits := uint32(0)
	for bits < mostBits && entries>>bits > perBucket {
		bits++
	}
	return bits
}

// hashOf is what a mapping is found by. The key comes from all that is in a file, so
// that who chooses the IRI of a post cannot choose its hash.
func hashOf[T string | []byte](key *[16]byte, old T) uint64 {
	var space [256]byte
	sum := sha256.Sum256(append(append(space[:0], key[:]...), old...))
	return binary.BigEndian.Uint64(sum[:])
}
