package jsonitems

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf8Of returns the text of r in UTF-8 and without a byte order mark, how many
// bytes of a mark were passed over, and whether its coding was odd. Text in other
// codings stays as it is, and turns out to be none.
func utf8Of(r io.Reader) (text io.Reader, mark int64, odd bool) {
	in := bufio.NewReaderSize(r, 4<<10)
	head, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		in.Discard(3)
		return in, 3, true
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")):
		return in, 0, false
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		in.Discard(2)
		return &utf16Reader{in: in, order: binary.LittleEndian, held: -1}, 0, true
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		in.Discard(2)
		return &utf16Reader{in: in, order: binary.BigEndian, held: -1}, 0, true
	}
	return in, 0, false
}

// A utf16Reader reads UTF-16 as UTF-8. Half a surrogate pair becomes three bytes
// that are no UTF-8, and so is seen by whoever looks.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	held  rune // a unit that was read ahead; -1 if none
	err   error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	n := 0
	for n+utf8.UTFMax <= len(p) {
		r, ok := u.rune()
		if !ok {
			return n, u.err
		}
		if utf16.IsSurrogate(r) {
			n += copy(p[n:], []byte{0xed, 0x80 | byte(r>>6)&0x3f, 0x80 | byte(r)&0x3f})
			continue
		}
		n += utf8.EncodeRune(p[n:], r)
	}
	if n == 0 && len(p) > 0 {
		return 0, io.ErrShortBuffer
	}
	return n, nil
}

func (u *utf16Reader) rune() (rune, bool) {
	r, ok := u.held, true
	u.held = -1
	if r < 0 {
		r, ok = u.unit()
	}
	if !ok || r < 0xd800 || r > 0xdbff {
		return r, ok
	}
	low, ok := u.unit()
	if !ok {
		return r, true
	}
	if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
		return whole, true
	}
	u.held = low
	return r, true
}

func (u *utf16Reader) unit() (rune, bool) {
	if u.err != nil {
		return 0, false
	}
	var two [2]byte
	switch n, err := io.ReadFull(u.in, two[:]); {
	case n == 1:
		return 0xdfff, true // half a unit: no text
	case err != nil:
		u.err = err
		return 0, false
	}
	return rune(u.order.Uint16(two[:])), true
}
