package jsonitems

// longestTarget is how long the name of what is assigned to may be.
const longestTarget = 1 << 10

// assignment passes over "name = ", and returns the first byte of the value. It
// reports false where nothing is assigned to a plain name.
func (s *splitter) assignment() (byte, bool) {
	from := s.offset()
	for {
		c, ok := s.peek()
		switch {
		case !ok, s.offset()-from > longestTarget:
			return 0, false
		case isTarget(c, s.offset() == from):
			s.pos++
			continue
		}
		break
	}
	c, ok := s.space()
	if !ok || c != '=' || s.offset() == from {
		return 0, false
	}
	s.pos++
	return s.space()
}

func isTarget(c byte, first bool) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '$':
		return true
	}
	return !first && (c == '.' || c >= '0' && c <= '9')
}
