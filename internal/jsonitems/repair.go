package jsonitems

import (
	"bytes"
	"unicode/utf8"
)

// Repair does for an element that was read with [Options].AsItStands what is done
// for others: it replaces what is no text, and says so.
func Repair(e *Element) {
	if e.Fault != "" || e.Data == nil {
		return
	}
	if data, replaced := repaired(e.Data); replaced {
		e.Data, e.Fault = data, BadText
	}
}

// repaired returns a copy of a value in which everything is text: U+FFFD stands
// in place of bytes that are no UTF-8, and of escapes that are half a surrogate
// pair. It reports whether anything had to be replaced.
func repaired(data []byte) ([]byte, bool) {
	replaced := !utf8.Valid(data)
	if replaced {
		data = bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
	own := copied(data)
	return own, pairSurrogates(own) || replaced
}

// pairSurrogates writes \ufffd over every \u escape that is half a pair.
func pairSurrogates(data []byte) bool {
	if !bytes.Contains(data, []byte(`\ud`)) && !bytes.Contains(data, []byte(`\uD`)) {
		return false
	}
	replaced := false
	for i := 0; i < len(data); {
		next := bytes.IndexByte(data[i:], '\\')
		if next < 0 {
			break
		}
		i += next
		switch high := surrogate(data, i); {
		case high == 0:
			i += 2
		case high == 'h' && surrogate(data, i+6) == 'l':
			i += 12
		default:
			copy(data[i:], `\ufffd`)
			replaced = true
			i += 6
		}
	}
	return replaced
}

// surrogate tells whether the escape at i is the high ('h') or the low ('l') half
// of a pair, or neither (0).
func surrogate(data []byte, i int) byte {
	if i+6 > len(data) || data[i] != '\\' || data[i+1] != 'u' || data[i+2]|0x20 != 'd' {
		return 0
	}
	if !isHex(data[i+4]) || !isHex(data[i+5]) {
		return 0
	}
	switch c := data[i+3] | 0x20; {
	case data[i+3] == '8', data[i+3] == '9', c == 'a', c == 'b':
		return 'h'
	case c >= 'c' && c <= 'f':
		return 'l'
	}
	return 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
