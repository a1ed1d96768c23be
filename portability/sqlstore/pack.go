package sqlstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// What a source says of an item need not be text: a path in an archive may hold any
// bytes. So items and media are packed in a form of their own: a version, then
// every field in its order, each with its length before it.

// packVersion is the first byte.
const packVersion = 1

// errPacked says that something was not packed here.
var errPacked = errors.New("it was not stored by this program")

type packer []byte

func (p *packer) number(n int64) { *p = binary.AppendVarint(*p, n) }

func (p *packer) bytes(b []byte) {
	p.number(int64(len(b)))
	*p = append(*p, b...)
}

func (p *packer) text(s string) {
	p.number(int64(len(s)))
	*p = append(*p, s...)
}

// document writes a document, of which there may be none.
func (p *packer) document(o *vocab.Object) {
	if o == nil {
		p.number(-1)
		return
	}
	p.bytes(o.Bytes())
}

func (p *packer) medium(m portability.Medium) {
	p.text(string(m.URL))
	p.text(m.Path)
	p.text(m.Digest)
	p.text(m.Type)
	p.number(m.Size)
}

func packItem(item portability.Item) []byte {
	p := packer{packVersion}
	p.text(string(item.Kind))
	p.text(item.ID)
	p.document(item.Object)
	p.document(item.Activity)
	if item.Raw == nil {
		p.number(-1)
	} else {
		p.bytes(item.Raw)
	}
	p.number(int64(len(item.Media)))
	for _, m := range item.Media {
		p.medium(m)
	}
	p.number(int64(len(item.Problems)))
	for _, problem := range item.Problems {
		p.text(string(problem.Reason))
		p.text(problem.Detail)
		p.number(flag(problem.Fatal))
	}
	p.text(item.Next)
	return p
}

// packMedium packs a file with the place that it is known by.
func packMedium(place string, m portability.Medium) []byte {
	p := packer{packVersion}
	p.text(place)
	p.medium(m)
	return p
}

// An unpacker reads what was packed. After its first error it reads nothing.
type unpacker struct {
	rest []byte
	err  error
}

func unpack(packed []byte) *unpacker {
	if len(packed) == 0 || packed[0] != packVersion {
		return &unpacker{err: errPacked}
	}
	return &unpacker{rest: packed[1:]}
}

func (u *unpacker) number() int64 {
	n, size := binary.Varint(u.rest)
	if size <= 0 {
		u.rest, u.err = nil, errPacked
		return 0
	}
	u.rest = u.rest[size:]
	return n
}

// bytes returns nil where there is nothing, not even of no length.
func (u *unpacker) bytes() []byte {
	n := u.number()
	switch {
	case n < 0 || u.err != nil:
		return nil
	case n > int64(len(u.rest)):
		u.rest, u.err = nil, errPacked
		return nil
	}
	b := u.rest[:n:n]
	u.rest = u.rest[n:]
	return b
}

func (u *unpacker) text() string { return string(u.bytes()) }

// anyDocument is what documents are read with that were read before, by whatever limits.
var anyDocument = vocab.Limits{Bytes: math.MaxInt32, Depth: 10_000, Members: math.MaxInt32, AllowDuplicateNames: true}

func (u *unpacker) document() *vocab.Object {
	b := u.bytes()
	if b == nil || u.err != nil {
		return nil
	}
	o, err := vocab.ParseWith(b, &anyDocument)
	if err != nil {
		u.err = err
	}
	return o
}

func (u *unpacker) medium() portability.Medium {
	return portability.Medium{URL: vocab.IRI(u.text()), Path: u.text(), Digest: u.text(), Type: u.text(), Size: u.number()}
}

// end returns what went wrong.
func (u *unpacker) end(what string) error {
	if u.err == nil && len(u.rest) > 0 {
		u.err = errPacked
	}
	if u.err != nil {
		return fmt.Errorf("read %s: %w", what, u.err)
	}
	return nil
}

func unpackItem(packed []byte) (item portability.Item, err error) {
	u := unpack(packed)
	item.Kind, item.ID = portability.Kind(u.text()), u.text()
	item.Object, item.Activity, item.Raw = u.document(), u.document(), u.bytes()
	for range u.number() {
		if item.Media = append(item.Media, u.medium()); u.err != nil {
			break
		}
	}
	for range u.number() {
		p := portability.Problem{Reason: portability.Reason(u.text()), Detail: u.text(), Fatal: u.number() == 1}
		if item.Problems = append(item.Problems, p); u.err != nil {
			break
		}
	}
	item.Next = u.text()
	return item, u.end("held item")
}

func unpackMedium(packed []byte) (place string, m portability.Medium, err error) {
	u := unpack(packed)
	place, m = u.text(), u.medium()
	return place, m, u.end("file")
}
