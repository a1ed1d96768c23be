package csvlist

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// decoded returns r as UTF-8 without a byte order mark. UTF-16 is known by its
// mark, or without one by the zero bytes of its first two characters.
func decoded(r io.Reader) *bufio.Reader {
	in := bufio.NewReaderSize(r, 32<<10)
	head, _ := in.Peek(4) // an error comes again with the first read
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		in.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		in.Discard(2)
		return bufio.NewReader(&utf16Reader{in: in, order: binary.LittleEndian})
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		in.Discard(2)
		return bufio.NewReader(&utf16Reader{in: in, order: binary.BigEndian})
	case len(head) == 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return bufio.NewReader(&utf16Reader{in: in, order: binary.LittleEndian})
	case len(head) == 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return bufio.NewReader(&utf16Reader{in: in, order: binary.BigEndian})
	}
	return in
}

// A utf16Reader gives UTF-16 out as UTF-8. A surrogate that stands alone and an
// odd last byte become the byte 0xFF, which no UTF-8 has, so that their row is
// reported.
type utf16Reader struct {
	in      *bufio.Reader
	order   binary.ByteOrder
	pending []byte
	err     error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.pending) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.next()
	}
	n := copy(p, u.pending)
	u.pending = u.pending[n:]
	return n, nil
}

// next decodes up to 512 units.
func (u *utf16Reader) next() {
	u.pending = make([]byte, 0, 2048)
	for range 512 {
		unit, ok := u.unit()
		if !ok {
			return
		}
		if !utf16.IsSurrogate(rune(unit)) {
			u.pending = utf8.AppendRune(u.pending, rune(unit))
			continue
		}
		u.surrogate(unit)
	}
}

func (u *utf16Reader) unit() (uint16, bool) {
	var b [2]byte
	n, err := io.ReadFull(u.in, b[:])
	if err == nil {
		return u.order.Uint16(b[:]), true
	}
	if n == 1 {
		u.pending = append(u.pending, 0xff)
	}
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	u.err = err
	return 0, false
}

func (u *utf16Reader) surrogate(first uint16) {
	if b, err := u.in.Peek(2); err == nil {
		if r := utf16.DecodeRune(rune(first), rune(u.order.Uint16(b))); r != utf8.RuneError {
			u.in.Discard(2)
			u.pending = utf8.AppendRune(u.pending, r)
			return
		}
	}
	u.pending = append(u.pending, 0xff)
}
