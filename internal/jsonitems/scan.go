package jsonitems

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// A scanner finds where a value ends, however its text comes in pieces. It knows
// strings and brackets, and what may never stand outside of strings; the rest is
// for who reads the value.
type scanner struct {
	most    int    // how deep a value may nest
	open    []byte // the closing brackets that are due, the innermost last
	depth   int64  // how many are due; more than are in open if too deep
	begun   bool
	scalar  bool // a number or a word
	string  bool // within a string
	escape  bool // an odd number of backslashes came before
	bad     bool // no JSON
	tooDeep bool
}

func (s *scanner) reset() {
	*s = scanner{most: s.most, open: s.open[:0]}
}

// Classes of bytes outside of strings.
const (
	classOdd   = iota // may not stand there
	classPlain        // numbers, words and colons
	classSpace
	classComma
	classQuote
	classOpen
	classClose
)

var classes = func() (c [256]byte) {
	for _, b := range []byte("0123456789+-.eEtrufalsn:") {
		c[b] = classPlain
	}
	for _, b := range []byte(" \t\r\n") {
		c[b] = classSpace
	}
	c[','], c['"'] = classComma, classQuote
	c['{'], c['['] = classOpen, classOpen
	c['}'], c[']'] = classClose, classClose
	return c
}()

// scan goes on in b, and returns how much of b belongs to the value, and whether
// the value ends there. The first byte of all is neither space, comma nor closing
// bracket. What ends a number or a word is not part of it.
func (s *scanner) scan(b []byte) (n int, done bool) {
	if !s.begun && len(b) > 0 {
		s.begun = true
		s.scalar = classes[b[0]] != classQuote && classes[b[0]] != classOpen
	}
	if s.scalar {
		return s.word(b)
	}
	for i := 0; i < len(b); {
		if s.string {
			i = s.text(b, i)
			if !s.string && s.depth == 0 {
				return i, true
			}
			continue
		}
		switch classes[b[i]] {
		case classQuote:
			s.string = true
		case classOpen:
			s.push(b[i])
		case classClose:
			s.pop(b[i])
			if s.depth == 0 {
				return i + 1, true
			}
		case classOdd:
			s.bad = true
		}
		i++
	}
	return len(b), false
}

// word goes on within a number or a word.
func (s *scanner) word(b []byte) (n int, done bool) {
	for i, c := range b {
		switch classes[c] {
		case classPlain:
		case classOdd:
			s.bad = true
		default:
			return i, true
		}
	}
	return len(b), false
}

// text goes on within a string, and returns where it ends, or the length of b.
func (s *scanner) text(b []byte, i int) int {
	quote := bytes.IndexByte(b[i:], '"')
	end := i + quote
	if quote < 0 {
		end = len(b)
	}
	first := end
	for first > i && b[first-1] == '\\' {
		first--
	}
	odd := (end-first)%2 == 1
	if first == i {
		odd = odd != s.escape
	}
	if quote < 0 {
		s.escape = odd
		return end
	}
	s.escape, s.string = false, odd
	return end + 1
}

func (s *scanner) push(bracket byte) {
	s.depth++
	if s.depth > int64(s.most) {
		s.tooDeep = true
		return
	}
	s.open = append(s.open, bracket+2) // '{' and '}', '[' and ']' are two apart
}

func (s *scanner) pop(bracket byte) {
	s.depth--
	if s.depth >= int64(len(s.open)) {
		return
	}
	if s.open[s.depth] != bracket {
		s.bad = true
	}
	s.open = s.open[:s.depth]
}

func isScalar(data []byte) bool { return jsontext.Value(data).IsValid() }
