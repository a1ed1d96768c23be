package vocab

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// A checker reads JSON once and finds whether it is well-formed after RFC 8259
// and RFC 7493 (Unicode, no name twice) and within limits. jsontext does the
// same at a third of the speed; a fuzz test holds the two together.
type checker struct {
	data    []byte
	limits  Limits
	members int
	names   [][]byte // of all objects that are open, unescaped
	nameEnd int      // behind the name that was read last

	top     *Object // the document
	inner   *Object // its "object", if that is one
	innerAt int     // where that starts; 0 if it was not met
}

// document checks the one value that data must be.
func (c *checker) document() *ParseError {
	i, err := c.value(skipSpace(c.data, 0), 0)
	if err != nil {
		return err
	}
	if i = skipSpace(c.data, i); i < len(c.data) {
		return c.syntax(i)
	}
	return nil
}

func (c *checker) syntax(i int) *ParseError {
	return &ParseError{Offset: int64(i), Err: ErrSyntax}
}

// at returns the byte at i, or 0 at the end.
func (c *checker) at(i int) byte {
	if i < len(c.data) {
		return c.data[i]
	}
	return 0
}

// value returns the index behind the value that starts at i.
func (c *checker) value(i, depth int) (int, *ParseError) {
	switch b := c.at(i); b {
	case '"':
		return c.string(i)
	case '{', '[':
		if depth++; depth > c.limits.Depth {
			return i, &ParseError{Offset: int64(i), Err: ErrTooDeep}
		}
		if b == '{' {
			return c.object(i, depth)
		}
		return c.array(i, depth)
	case 't':
		return c.literal(i, "true")
	case 'f':
		return c.literal(i, "false")
	case 'n':
		return c.literal(i, "null")
	}
	return c.number(i)
}

func (c *checker) literal(i int, word string) (int, *ParseError) {
	if len(c.data)-i < len(word) || string(c.data[i:i+len(word)]) != word {
		return i, c.syntax(i)
	}
	return i + len(word), nil
}

func (c *checker) array(i, depth int) (int, *ParseError) {
	if i = skipSpace(c.data, i+1); c.at(i) == ']' {
		return i + 1, nil
	}
	for {
		var err *ParseError
		if i, err = c.value(i, depth); err != nil {
			return i, err
		}
		i = skipSpace(c.data, i)
		if c.at(i) == ']' {
			return i + 1, nil
		}
		if i, err = c.comma(i); err != nil {
			return i, err
		}
	}
}

func (c *checker) comma(i int) (int, *ParseError) {
	if c.at(i) != ',' {
		return i, c.syntax(i)
	}
	if c.members++; c.members > c.limits.Members {
		return i, &ParseError{Offset: int64(i), Err: ErrTooMany}
	}
	return skipSpace(c.data, i+1), nil
}

func (c *checker) object(start, depth int) (int, *ParseError) {
	list := c.lists(start, depth)
	i := skipSpace(c.data, start+1)
	if c.at(i) == '}' {
		c.close(list, start, i+1)
		return i + 1, nil
	}
	open := len(c.names)
	var known map[string]bool
	for {
		m, err := c.member(i, depth, open, &known)
		if err != nil {
			return i, err
		}
		if list != nil {
			list.members = append(list.members, m)
		}
		i = skipSpace(c.data, int(m.value.end))
		if c.at(i) == '}' {
			c.names = c.names[:open]
			c.close(list, start, i+1)
			return i + 1, nil
		}
		if i, err = c.comma(i); err != nil {
			return i, err
		}
	}
}

func (c *checker) member(i, depth, open int, known *map[string]bool) (member, *ParseError) {
	value, err := c.name(i, open, known)
	if err != nil {
		return member{}, err
	}
	name := span{int32(i), int32(c.nameEnd)}
	if depth == 1 && c.at(value) == '{' && string(name.of(c.data)) == `"object"` {
		c.innerAt = value
	}
	end, err := c.value(value, depth)
	return member{name, span{int32(value), int32(end)}}, err
}

// lists returns the object that gets the members of the one that starts at i, if
// these are listed while they are checked. Those of others are when they are
// asked for.
func (c *checker) lists(i, depth int) *Object {
	switch {
	case depth == 1:
		c.top = newObject()
		return c.top
	case depth == 2 && i == c.innerAt:
		c.inner = newObject()
		return c.inner
	}
	return nil
}

// close gives an object its text, once its end is known.
func (c *checker) close(list *Object, start, end int) {
	switch list {
	case nil:
	case c.top:
		list.raw, list.start, list.end = c.data, start, end
		list.inner, list.innerAt = c.inner, int32(c.innerAt)
		list.note()
	default:
		for i, m := range list.members {
			list.members[i] = member{m.name.before(int32(start)), m.value.before(int32(start))}
		}
		list.raw, list.end = c.data[start:end:end], end-start
		list.note()
	}
}

// name checks a name and its colon, and returns the index of the value.
func (c *checker) name(i, open int, known *map[string]bool) (int, *ParseError) {
	if c.at(i) != '"' {
		return i, c.syntax(i)
	}
	end, err := c.string(i)
	if err != nil {
		return end, err
	}
	if !c.limits.AllowDuplicateNames && c.isTwice(c.unescaped(i, end), open, known) {
		return i, &ParseError{Offset: int64(i), Err: ErrDuplicateName}
	}
	c.nameEnd = end
	i = skipSpace(c.data, end)
	if c.at(i) != ':' {
		return i, c.syntax(i)
	}
	return skipSpace(c.data, i+1), nil
}

func (c *checker) unescaped(i, end int) []byte {
	name := c.data[i+1 : end-1]
	if hasEscape(name) {
		name, _ = jsontext.AppendUnquote(nil, c.data[i:end])
	}
	return name
}

// isTwice reports whether the object whose names begin at open has this one
// already, and takes it in. Objects with few names are searched.
func (c *checker) isTwice(name []byte, open int, known *map[string]bool) bool {
	const few = 32
	if n := len(c.names) - open; n < few {
		for _, have := range c.names[open:] {
			if bytes.Equal(have, name) {
				return true
			}
		}
		c.names = append(c.names, name)
		return false
	}
	if *known == nil {
		*known = make(map[string]bool, 2*few)
		for _, have := range c.names[open:] {
			(*known)[string(have)] = true
		}
	}
	if (*known)[string(name)] {
		return true
	}
	(*known)[string(name)] = true
	return false
}

// string returns the index behind the string that starts at i.
func (c *checker) string(i int) (int, *ParseError) {
	for i++; ; {
		i = skipPlain(c.data, i)
		n := c.unusual(i)
		if n == 0 {
			return i, c.syntax(i)
		}
		if i += n; c.data[i-n] == '"' {
			return i, nil
		}
	}
}

// unusual returns the length of what stands at i in a string and is no plain
// byte, or 0 if it must not stand there.
func (c *checker) unusual(i int) int {
	switch b := c.at(i); {
	case b == '"':
		return 1
	case b == '\\':
		return c.escape(i)
	case b < utf8.RuneSelf:
		return 0
	}
	r, n := utf8.DecodeRune(c.data[i:])
	if r == utf8.RuneError && n == 1 {
		return 0
	}
	return n
}

// escape returns the length of the escape sequence at i, or 0 if it is none. A
// surrogate must have its other half.
func (c *checker) escape(i int) int {
	switch c.at(i + 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		switch unit := codeUnit(c.data, i); {
		case unit < 0 || 0xdc00 <= unit && unit < 0xe000:
			return 0
		case 0xd800 <= unit && unit < 0xdc00:
			if low := codeUnit(c.data, i+6); low < 0xdc00 || low >= 0xe000 {
				return 0
			}
			return 12
		}
		return 6
	}
	return 0
}

// codeUnit returns the UTF-16 code unit that is escaped at data[i], or -1.
func codeUnit(data []byte, i int) int {
	if len(data)-i < 6 || data[i] != '\\' || data[i+1] != 'u' {
		return -1
	}
	unit := 0
	for _, b := range data[i+2 : i+6] {
		switch {
		case '0' <= b && b <= '9':
			unit = unit<<4 | int(b-'0')
		case 'a' <= b|0x20 && b|0x20 <= 'f':
			unit = unit<<4 | int(b|0x20-'a'+10)
		default:
			return -1
		}
	}
	return unit
}

// number returns the index behind the number that starts at i.
func (c *checker) number(i int) (int, *ParseError) {
	if c.at(i) == '-' {
		i++
	}
	end := c.digits(i)
	if end == i || c.data[i] == '0' && end > i+1 {
		return i, c.syntax(i)
	}
	if i = end; c.at(i) == '.' {
		if end = c.digits(i + 1); end == i+1 {
			return i, c.syntax(i)
		}
		i = end
	}
	if c.at(i)|0x20 != 'e' {
		return i, nil
	}
	if i++; c.at(i) == '+' || c.at(i) == '-' {
		i++
	}
	if end = c.digits(i); end == i {
		return i, c.syntax(i)
	}
	return end, nil
}

func (c *checker) digits(i int) int {
	for c.at(i)-'0' <= 9 {
		i++
	}
	return i
}
