package afterlife

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/mediatype"
	"codeberg.org/godwit/godwit/vocab"
)

// A role says what answers at an address. Where several claim one address, the
// lowest counts: what an account needs to be believed outranks what it wrote.
type role byte

const (
	isActor      role = 1 + iota // the actor's id
	isKey                        // a key in a document of its own
	isInbox                      // takes activities
	isCollection                 // outbox, followers and their like
	isProfile                    // the page of an account
	isObject                     // an object's id
	isActivity                   // an activity's id
	isPage                       // another address of an object
	isMedium                     // a file
	isForm                       // an address that the old software also had
	isMapped                     // known from a URI map alone
)

// A record is what is known of one address.
type record struct {
	address
	role    role
	account uint32 // its number in the door file
	item    key    // what it shows: an object, a file; zero for the account itself
	body    span   // the document
	// Where it is now, by the URI map: the new id, where people find it, and the new
	// actor, to whom the account must have moved for it to count.
	to, page, mover vocab.IRI
	total           int64 // of a collection; -1 if it is not told
	digest          string
	mediaType       string
	size            int64
	users           []use // of a file
}

// A span is a part of the file of documents.
type span struct {
	offset int64
	length int
}

// A use is an object, or for the zero key an account, that shows a file.
type use struct {
	account uint32
	item    key
}

// mostUses is how many users of one file are kept one by one. Behind them, and up to
// twice as many, accounts stand for what they wrote. A file that even more show is
// forgotten by its own URL only.
const mostUses = 4096

// use notes one more user of a file.
func (r *record) use(u use) {
	if len(r.users) >= mostUses {
		u.item = key{}
	}
	if len(r.users) < 2*mostUses && !slices.Contains(r.users, u) {
		r.users = append(r.users, u)
	}
}

var errRecord = errors.New("a record of the door file is damaged")

func (r *record) append(b []byte) []byte {
	b = append(b, byte(r.role))
	b = text(text(text(b, r.host), r.path), r.query)
	b = binary.AppendUvarint(b, uint64(r.account))
	b = append(b, r.item[:]...)
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(r.body.offset)), uint64(r.body.length))
	b = text(text(text(b, string(r.to)), string(r.page)), string(r.mover))
	b = binary.AppendVarint(b, r.total)
	b = text(text(b, r.digest), r.mediaType)
	b = binary.AppendUvarint(b, uint64(r.size))
	b = binary.AppendUvarint(b, uint64(len(r.users)))
	for _, u := range r.users {
		b = append(binary.AppendUvarint(b, uint64(u.account)), u.item[:]...)
	}
	return b
}

func text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// A parser reads what append wrote. Its first fault sticks.
type parser struct {
	rest []byte
	bad  bool
}

func parseRecord(data []byte) (*record, error) {
	p := parser{rest: data}
	r := &record{role: role(p.bytes(1)[0])}
	r.address = address{p.text(), p.text(), p.text()}
	r.account = p.account()
	r.item = key(p.bytes(len(key{})))
	r.body = span{int64(p.number()), int(p.number())}
	r.to, r.page, r.mover = vocab.IRI(p.text()), vocab.IRI(p.text()), vocab.IRI(p.text())
	r.total = p.signed()
	r.digest, r.mediaType = p.text(), p.text()
	r.size = int64(p.number())
	n := p.number()
	for i := uint64(0); i < n && !p.bad; i++ {
		r.users = append(r.users, use{p.account(), key(p.bytes(len(key{})))})
	}
	if p.bad || len(p.rest) > 0 || !r.isSound() {
		return nil, errRecord
	}
	return r, nil
}

// isSound reports whether a record is one that Build writes: a door file may come from
// somebody else, and a digest becomes the name of a file.
func (r *record) isSound() bool {
	switch {
	case r.role < isActor || r.role > isMapped, r.body.offset < 0, r.body.length < 0, r.size < 0:
		return false
	case r.role == isMedium:
		return isDigest(r.digest) && (r.mediaType == "" || r.mediaType == mediatype.Unknown || slices.Contains(shown, r.mediaType))
	}
	return r.digest == "" && r.mediaType == ""
}

func isDigest(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// isWithin reports whether the accounts of a record are among so many.
func (r *record) isWithin(accounts int) bool {
	for _, u := range r.users {
		if int64(u.account) >= int64(accounts) {
			return false
		}
	}
	return int64(r.account) < int64(accounts)
}

func (p *parser) bytes(n int) []byte {
	if p.bad || n < 0 || n > len(p.rest) {
		p.bad = true
		return make([]byte, max(0, min(n, 64)))
	}
	b := p.rest[:n]
	p.rest = p.rest[n:]
	return b
}

func (p *parser) number() uint64 {
	n, size := binary.Uvarint(p.rest)
	if size <= 0 {
		p.bad = true
		return 0
	}
	p.rest = p.rest[size:]
	return n
}

// account is the number of an account.
func (p *parser) account() uint32 {
	n := p.number()
	p.bad = p.bad || n > math.MaxUint32
	return uint32(n)
}

func (p *parser) signed() int64 {
	n, size := binary.Varint(p.rest)
	if size <= 0 {
		p.bad = true
		return 0
	}
	p.rest = p.rest[size:]
	return n
}

func (p *parser) text() string {
	n := p.number()
	if n > uint64(len(p.rest)) {
		p.bad = true
		return ""
	}
	return string(p.bytes(int(n)))
}
