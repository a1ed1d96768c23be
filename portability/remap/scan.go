package remap

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The functions here find their way through JSON that package vocab has found
// well-formed. Everything is passed once, however deep it nests.

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// skipComma returns the index of the next member or element, or of the bracket that
// ends them.
func skipComma(data []byte, i int) int {
	if i = skipSpace(data, i); data[i] == ',' {
		i = skipSpace(data, i+1)
	}
	return i
}

// skipString returns the index behind the string that starts at i.
func skipString(data []byte, i int) int {
	quote := -1 // the first behind i
	for i++; ; {
		if quote < i {
			quote = i + bytes.IndexByte(data[i:], '"')
		}
		escape := bytes.IndexByte(data[i:quote], '\\')
		if escape < 0 {
			return quote + 1
		}
		i += escape + 2
	}
}

// skipValue returns the index behind the value that starts at i.
func skipValue(data []byte, i int) int {
	for depth := 0; ; {
		switch data[i] {
		case '"':
			i = skipString(data, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default:
			i = skipLiteral(data, i)
		}
		if depth == 0 {
			return i
		}
	}
}

func skipLiteral(data []byte, i int) int {
	for i < len(data) && strings.IndexByte(",}] \n\t\r", data[i]) < 0 {
		i++
	}
	return i
}

// inner returns what stands between the quotes of a name, unescaped.
func inner(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	plain, _ := unquote(quoted)
	return []byte(plain)
}

// unquote returns what a string says. It fails for halves of surrogate pairs, which
// some readers let pass.
func unquote(quoted []byte) (string, bool) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1]), true
	}
	plain, err := jsontext.AppendUnquote(make([]byte, 0, len(quoted)), quoted)
	return string(plain), err == nil
}
