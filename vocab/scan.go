package vocab

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// The functions here find their way through JSON that [ParseWith] has already
// found well-formed; [skipString] and [skipSpace] also stop safely at the end
// of anything else.

// A span is where something stands within a buffer. Parsing refuses buffers
// that are too long for it.
type span struct{ start, end int32 }

func (s span) of(raw []byte) []byte { return raw[s.start:s.end:s.end] }

// index lists the members of the object that starts at data[start].
func index(data []byte, start int) *Object {
	o := &Object{members: make([]member, 0, 12)}
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
	return o
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
	for i++; i < len(data); {
		quote := bytes.IndexByte(data[i:], '"')
		if quote < 0 {
			return len(data)
		}
		escape := bytes.IndexByte(data[i:i+quote], '\\')
		if escape < 0 {
			return i + quote + 1
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
