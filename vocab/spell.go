package vocab

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// spells reports whether inner, which stands between the quotes of a string,
// is want. A document may be nothing but long names in escapes, and each is
// looked at for each property: so nothing is written out, and no more is read
// than agrees with want.
func spells(inner []byte, want string) bool {
	for len(inner) > 0 {
		if inner[0] != '\\' {
			if want == "" || inner[0] != want[0] {
				return false
			}
			inner, want = inner[1:], want[1:]
			continue
		}
		r, size := escaped(inner)
		var room [utf8.UTFMax]byte
		rest, ok := strings.CutPrefix(want, string(utf8.AppendRune(room[:0], r)))
		if !ok || size == 0 {
			return false
		}
		inner, want = inner[size:], rest
	}
	return want == ""
}

// escaped returns the character that the escape sequence at the start of s
// means, and the length of the sequence, which is 0 if it is none.
func escaped(s []byte) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	if s[1] != 'u' {
		return shortEscape(s[1])
	}
	unit := codeUnit(s, 0)
	switch {
	case unit < 0:
		return 0, 0
	case !utf16.IsSurrogate(rune(unit)):
		return rune(unit), 6
	}
	if r = utf16.DecodeRune(rune(unit), rune(codeUnit(s, 6))); r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

func shortEscape(letter byte) (r rune, size int) {
	switch letter {
	case '"', '\\', '/':
		return rune(letter), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	return 0, 0
}
