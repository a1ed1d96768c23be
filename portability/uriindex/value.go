package uriindex

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// longestText is how long an IRI of a mapping may be, and any other word of it.
const longestText = 64 << 10

// A value, and a group, is a frame: the CRC-32C of its body in 4 bytes, the length
// of the body as a uvarint, and the body.
//
// The body of a value is a byte of flags, where its group begins in that section as
// a uvarint, Old, ID if it is not Old, New, URL if there is one, and At if there is
// one, as seconds since 1970 (a varint) and nanoseconds (a uvarint). The body of a
// group is Kind, Audience, From and To. Each word is its length, a uvarint, and its
// bytes.
const (
	flagGone = 1 << iota
	flagID
	flagURL
	flagAt
	flagsKnown = flagGone | flagID | flagURL | flagAt
)

const (
	frameHead = 4 + binary.MaxVarintLen32
	longestIn = 4 * (longestText + binary.MaxVarintLen32) // of four words
	mostBody  = longestIn + 4*binary.MaxVarintLen64
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A group is what many mappings have in common.
type group struct {
	kind     portability.Kind
	audience portability.Audience
	from, to vocab.IRI
}

func groupOf(m portability.Mapping) group {
	return group{m.Kind, m.Audience, m.From, m.To}
}

func (g group) size() int {
	return len(g.kind) + len(g.audience) + len(g.from) + len(g.to)
}

func (g group) append(b []byte) []byte {
	b = appendWord(b, string(g.kind))
	b = appendWord(b, string(g.audience))
	b = appendWord(b, string(g.from))
	return appendWord(b, string(g.to))
}

func readGroup(r *words) group {
	return group{
		kind: portability.Kind(r.word()), audience: portability.Audience(r.word()),
		from: vocab.IRI(r.word()), to: vocab.IRI(r.word()),
	}
}

// complete returns a mapping with what its group says.
func (g group) complete(m portability.Mapping) portability.Mapping {
	m.Kind, m.Audience, m.From, m.To = g.kind, g.audience, g.from, g.to
	return m
}

// appendValue writes all of a mapping but its group.
func appendValue(b []byte, m portability.Mapping, at uint64) []byte {
	var flags byte
	for _, f := range []struct {
		flag byte
		set  bool
	}{{flagGone, m.Gone}, {flagID, m.ID != m.Old}, {flagURL, m.URL != ""}, {flagAt, !m.At.IsZero()}} {
		if f.set {
			flags |= f.flag
		}
	}
	b = binary.AppendUvarint(append(b, flags), at)
	b = appendWord(b, string(m.Old))
	if flags&flagID != 0 {
		b = appendWord(b, string(m.ID))
	}
	b = appendWord(b, string(m.New))
	if flags&flagURL != 0 {
		b = appendWord(b, string(m.URL))
	}
	if flags&flagAt != 0 {
		b = binary.AppendVarint(b, m.At.Unix())
		b = binary.AppendUvarint(b, uint64(m.At.Nanosecond()))
	}
	return b
}

// decodeValue reads a value, and where its group is.
func decodeValue(body string) (m portability.Mapping, at uint64, ok bool) {
	r := words{rest: body}
	flags := r.byte()
	at = r.uvarint()
	m.Old = vocab.IRI(r.word())
	m.ID = m.Old
	if flags&flagID != 0 {
		m.ID = vocab.IRI(r.word())
	}
	m.New = vocab.IRI(r.word())
	if flags&flagURL != 0 {
		m.URL = vocab.IRI(r.word())
	}
	if flags&flagAt != 0 {
		m.At = r.time()
	}
	m.Gone = flags&flagGone != 0
	return m, at, r.ended() && flags&^byte(flagsKnown) == 0
}

// oldOf returns the Old of a value without reading the rest.
func oldOf(body []byte) ([]byte, bool) {
	if len(body) < 2 {
		return nil, false
	}
	rest := body[1:]
	_, n := binary.Uvarint(rest)
	if n <= 0 {
		return nil, false
	}
	rest = rest[n:]
	length, n := binary.Uvarint(rest)
	if n <= 0 || length > uint64(len(rest)-n) {
		return nil, false
	}
	return rest[n:][:length], true
}

func appendWord(b []byte, word string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(word))), word...)
}

// appendFrame writes a body as it stands in a section.
func appendFrame(b, body []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(body, castagnoli))
	return append(binary.AppendUvarint(b, uint64(len(body))), body...)
}

// frameOf returns how long the body of a frame is, where it begins and its checksum.
func frameOf(head []byte) (length, begin int64, sum uint32, err error) {
	if len(head) < 5 {
		return 0, 0, 0, errShort
	}
	n, size := binary.Uvarint(head[4:])
	if size <= 0 || n > mostBody {
		return 0, 0, 0, errShort
	}
	return int64(n), int64(4 + size), binary.BigEndian.Uint32(head), nil
}

var (
	errShort = fmt.Errorf("%w: a mapping is cut off", ErrDamaged)
	errSum   = fmt.Errorf("%w: a mapping", ErrDamaged)
)

// words reads a body. After anything that cannot be, it yields nothing and has
// not ended.
type words struct {
	rest string
	bad  bool
}

func (r *words) ended() bool { return !r.bad && r.rest == "" }

func (r *words) byte() byte {
	if r.rest == "" {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *words) uvarint() uint64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		if shift == 63 && b > 1 {
			break
		}
		if n |= uint64(b&0x7f) << shift; b < 0x80 {
			return n
		}
	}
	r.bad = true
	return 0
}

func (r *words) word() string {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, ""
		return ""
	}
	word := r.rest[:n]
	r.rest = r.rest[n:]
	return word
}

func (r *words) time() time.Time {
	zigzag := r.uvarint()
	seconds := int64(zigzag>>1) ^ -int64(zigzag&1)
	nanos := r.uvarint()
	if nanos >= 1e9 {
		r.bad = true
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}
