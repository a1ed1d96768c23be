package vocab

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// The functions here find their way through JSON that [ParseWith] has already
// found well-formed; [skipString] and [skipSpace] also stop safely at the end
// of anything else.

// A span is where something stands within a buffer. Parsing refuses buffers
// that are too long for it.
type span struct{ start, end int32 }

func (s span) of(raw []byte) []byte { return raw[s.start:s.end:s.end] }

// before is s in what begins n bytes further on.
func (s span) before(n int32) span { return span{s.start - n, s.end - n} }

func newObject() *Object { return &Object{members: make([]member, 0, 12)} }

// index lists the members of the object that starts at data[start].
func index(data []byte, start int) *Object {
	o := newObject()
	i := skipSpace(data, start+1)
	for data[i] != '}' {
		nameEnd := skipString(data, i)
		value := skipSpace(data, skipSpace(data, nameEnd)+1)
		valueEnd := skipValue(data, value)
		o.members = append(o.members, member{
			name:  span{int32(i), int32(nameEnd)},
			value: span{int32(value), int32(valueEnd)},
		})
		i = skipComma(data, valueEnd)
	}
	o.raw, o.start, o.end = data, start, i+1
	o.note()
	return o
}

// note finds whether a member may spell another name than the one it has.
func (o *Object) note() {
	for _, m := range o.members {
		for _, b := range o.raw[m.name.start:m.name.end] {
			if b == ':' || b == '@' || b == '\\' {
				o.odd = true
				return
			}
		}
	}
}

// skipPlain returns the index of the first byte at or behind i that does not stand
// for itself in a string: a quote, a backslash, a control character, what is not
// ASCII. Eight bytes are looked at at once; what a byte borrows from the next one
// only shows behind the first that is found.
func skipPlain(data []byte, i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; len(data)-i >= 8; i += 8 {
		b := binary.LittleEndian.Uint64(data[i:])
		quote, escape := b^'"'*ones, b^'\\'*ones
		found := (b | (b-' '*ones)&^b | (quote-ones)&^quote | (escape-ones)&^escape) & high
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(data) && data[i] >= ' ' && data[i] < utf8.RuneSelf && data[i] != '"' && data[i] != '\\' {
		i++
	}
	return i
}

// elements yields where the elements of the array raw stand.
func elements(raw []byte, yield func(span) bool) {
	i := skipSpace(raw, 1)
	for raw[i] != ']' {
		end := skipValue(raw, i)
		if !yield(span{int32(i), int32(end)}) {
			return
		}
		i = skipComma(raw, end)
	}
}

// skipComma returns the index of what follows a member or an element: the next
// one, or the closing bracket.
func skipComma(data []byte, i int) int {
	i = skipSpace(data, i)
	if data[i] == ',' {
		i = skipSpace(data, i+1)
	}
	return i
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index behind the string that starts at data[i].
func skipString(data []byte, i int) int {
	quote := -1 // the first behind i
	for i++; i < len(data); {
		if quote < i {
			next := bytes.IndexByte(data[i:], '"')
			if next < 0 {
				return len(data)
			}
			quote = i + next
		}
		escape := bytes.IndexByte(data[i:quote], '\\')
		if escape < 0 {
			return quote + 1
		}
		i += escape + 2
	}
	return len(data)
}

// skipValue returns the index behind the value that starts at data[i].
func skipValue(data []byte, i int) int {
	switch data[i] {
	case '"':
		return skipString(data, i)
	case '{', '[':
		return skipNested(data, i)
	}
	for i < len(data) {
		switch data[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

func skipNested(data []byte, i int) int {
	depth := 0
	for i < len(data) {
		switch data[i] {
		case '"':
			i = skipString(data, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return i
}

func hasEscape(s []byte) bool { return bytes.IndexByte(s, '\\') >= 0 }

func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if !hasEscape(inner) {
		return string(inner)
	}
	plain, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return string(inner)
	}
	return string(plain)
}
