package site

import (
	"encoding/binary"
	"time"
)

// What is sorted are records of bytes, whose order is that of the bytes. Those
// below are written and read by one pair of functions each.

// A spot is a post in the order of time.
type spot struct {
	when     uint64 // seconds, so that the undated come first
	id       key
	url      key
	parent   key // zero: it answers nothing
	offset   int64
	length   uint32
	path     string
	links    []key // what its text links to
	distinct bool  // the URL is another name than the id
}

const epoch = 1 << 40 // seconds; above those of the year 1, so that all are positive

func instant(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.Unix() + epoch)
}

func dayOf(when uint64) time.Time { return time.Unix(int64(when)-epoch, 0).UTC() }

func (p spot) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, p.when)
	dst = append(dst, p.id[:]...)
	dst = append(dst, p.url[:]...)
	dst = append(dst, p.parent[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(p.offset))
	dst = binary.BigEndian.AppendUint32(dst, p.length)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(p.links)))
	for _, name := range p.links {
		dst = append(dst, name[:]...)
	}
	return append(dst, p.path...)
}

func parseSpot(r []byte) spot {
	p := spot{when: binary.BigEndian.Uint64(r), offset: int64(binary.BigEndian.Uint64(r[56:])),
		length: binary.BigEndian.Uint32(r[64:])}
	behind := r[70:]
	for range binary.BigEndian.Uint16(r[68:]) {
		p.links = append(p.links, key(behind[:len(key{})]))
		behind = behind[len(key{}):]
	}
	p.path = string(behind)
	copy(p.id[:], r[8:])
	copy(p.url[:], r[24:])
	copy(p.parent[:], r[40:])
	p.distinct = p.url != p.id
	return p
}

// A named is a post under one of its names, or what points at that name. The
// post comes first.
type named struct {
	name key
	role role
	seq  uint32 // of the post, or of the reply; the number of a pin
	when uint64
	at   int64 // of a reaction in the spool
	size uint32
	text string // the page of a post or reply, or the target of a boost
}

type role byte

const (
	isPost     role = 0
	isReply    role = 1 // an own one
	isReaction role = 2
	isBoost    role = 3
	isPin      role = 4
	isLink     role = 5 // in the text of an own one
)

func (n named) append(dst []byte) []byte {
	dst = append(append(dst, n.name[:]...), byte(n.role))
	dst = binary.BigEndian.AppendUint32(dst, n.seq)
	dst = binary.BigEndian.AppendUint64(dst, n.when)
	dst = binary.BigEndian.AppendUint64(dst, uint64(n.at))
	dst = binary.BigEndian.AppendUint32(dst, n.size)
	return append(dst, n.text...)
}

func parseNamed(r []byte) named {
	n := named{role: role(r[16]), seq: binary.BigEndian.Uint32(r[17:]), when: binary.BigEndian.Uint64(r[21:]),
		at: int64(binary.BigEndian.Uint64(r[29:])), size: binary.BigEndian.Uint32(r[37:]), text: string(r[41:])}
	copy(n.name[:], r)
	return n
}

// A tie is what one post has to do with another, under the number of the post
// whose page shows it.
type tie struct {
	seq   uint32
	sort  tieSort
	when  uint64
	other uint32 // number of the parent
	at    int64
	size  uint32
	name  key // of what is linked to
	path  string
}

type tieSort byte

const (
	toChild    tieSort = 0
	toParent   tieSort = 1
	toReaction tieSort = 2
	toLink     tieSort = 3
)

func (t tie) append(dst []byte) []byte {
	dst = append(binary.BigEndian.AppendUint32(dst, t.seq), byte(t.sort))
	dst = binary.BigEndian.AppendUint64(dst, t.when)
	dst = binary.BigEndian.AppendUint32(dst, t.other)
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.at))
	dst = binary.BigEndian.AppendUint32(dst, t.size)
	return append(append(dst, t.name[:]...), t.path...)
}

func parseTie(r []byte) tie {
	return tie{seq: binary.BigEndian.Uint32(r), sort: tieSort(r[4]), when: binary.BigEndian.Uint64(r[5:]),
		other: binary.BigEndian.Uint32(r[13:]), at: int64(binary.BigEndian.Uint64(r[17:])),
		size: binary.BigEndian.Uint32(r[25:]), name: key(r[29:45]), path: string(r[45:])}
}

// A place is where an entry stands in the file of entries, behind what it is
// sorted by.
type place struct {
	at   int64
	size uint32
}

func (p place) append(dst []byte) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(dst, uint64(p.at)), p.size)
}

func parsePlace(r []byte) place {
	return place{int64(binary.BigEndian.Uint64(r)), binary.BigEndian.Uint32(r[8:])}
}
