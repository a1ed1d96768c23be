package jsonitems

import (
	"io"
	"iter"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Read yields the elements of the arrays in r, the other members of the outer
// object where they stand, and what is wrong with the whole as elements without
// data. It holds one element at a time, whatever r has, and reads r to its end
// unless the caller breaks out. An error is r's, and the last thing that is
// yielded.
func Read(r io.Reader, o *Options) iter.Seq2[Element, error] {
	return func(yield func(Element, error) bool) {
		s := newSplitter(r, o, yield)
		s.whole()
	}
}

const (
	defaultMaxItem  = 16 << 20
	defaultMaxDepth = 64
)

func (o *Options) orDefault() Options {
	var options Options
	if o != nil {
		options = *o
	}
	if options.Arrays == nil {
		options.Arrays = []string{"orderedItems", "items"}
	}
	if options.MaxItem <= 0 {
		options.MaxItem = defaultMaxItem
	}
	if options.MaxDepth <= 0 {
		options.MaxDepth = defaultMaxDepth
	}
	return options
}

// A splitter reads one text. Its methods report whether there is anything to go on
// with: neither has the text ended, nor the caller.
type splitter struct {
	Options
	*window
	scanner scanner
	yield   func(Element, error) bool
	odd     bool            // the coding is
	seen    map[string]bool // members of the outer object
	found   bool            // one of the arrays
	strays  bool            // said, of what is being read
}

func newSplitter(r io.Reader, o *Options, yield func(Element, error) bool) *splitter {
	text, mark, odd := utf8Of(r)
	options := o.orDefault()
	s := &splitter{Options: options, window: newWindow(text, options.MaxItem), yield: yield, odd: odd, seen: map[string]bool{}}
	s.base, s.scanner.most = mark, s.MaxDepth
	return s
}

func (s *splitter) whole() {
	if s.odd && !s.say(Element{Fault: OddCoding}) {
		return
	}
	first, ok := s.space()
	if s.Assignment && ok && !isValue(first) {
		first, ok = s.assignment()
	}
	switch {
	case !ok && s.err != nil && s.err != io.EOF:
		s.yield(Element{}, s.err)
		return
	case ok && first == '{':
		s.pos++
		ok = s.members()
	case ok && first == '[':
		s.found = true
		s.pos++
		ok = s.elements("")
	case ok:
		ok = s.other()
	default:
		ok = s.notText(0)
	}
	if ok && (s.found || s.say(Element{Fault: WrongShape})) {
		s.rest()
	}
}

func isValue(c byte) bool { return c == '{' || c == '[' }

// other reads a text that is neither an object nor an array.
func (s *splitter) other() bool {
	at := s.offset()
	data, fault, _ := s.value(&s.scanner)
	if fault != "" || !jsontext.Value(data).IsValid() {
		return s.notText(at)
	}
	return true
}

func (s *splitter) notText(at int64) bool {
	s.found = true // not missed as well
	ok := s.say(Element{Fault: NotText, Offset: at})
	s.drop()
	return ok
}

// members reads the outer object, from behind its bracket.
func (s *splitter) members() bool {
	comma, first := true, true
	for {
		c, ok := s.space()
		switch {
		case !ok:
			return s.short()
		case c == '}':
			s.pos++
			return !comma || first || s.stray()
		case c == ',':
			s.pos++
			if comma && !s.stray() {
				return false
			}
			comma, first = true, false
			continue
		case !comma && !s.stray():
			return false
		}
		comma, first = false, false
		if c == '"' {
			ok = s.member()
		} else {
			ok = s.stray() && s.skip(c)
		}
		if !ok {
			return false
		}
	}
}

// member reads a name and what it names.
func (s *splitter) member() bool {
	at := s.offset()
	quoted, fault, whole := s.value(&s.scanner)
	name := nameOf(quoted)
	c, ok := s.space()
	switch {
	case !whole, !ok:
		return s.short()
	case fault != "":
		return s.say(Element{Fault: fault, Offset: at})
	case c != ':':
		return s.stray()
	}
	s.pos++
	c, ok = s.space()
	isArray := c == '[' && slices.Contains(s.Arrays, name)
	switch {
	case !ok:
		return s.short()
	case c == ',' || c == '}' || c == ']':
		return s.stray()
	case !s.once(name, isArray, at):
		return false
	case !isArray:
		return s.one(Element{Member: name})
	}
	s.found = true
	s.pos++
	stray := s.strays
	s.strays = false
	ok = s.elements(name)
	s.strays = stray
	return ok
}

// nameOf returns the name of a member; that of one without a name is written as it
// stands, so that it is not taken for no member.
func nameOf(quoted []byte) string {
	name, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil || len(name) == 0 {
		return string(quoted)
	}
	return string(name)
}

// Names of the outer object that are remembered, and how long they may be: what
// they are is up to whoever made the text.
const (
	mostNames   = 4096
	longestName = 256
)

// once notes a name, and says so if it has been there before.
func (s *splitter) once(name string, isArray bool, at int64) bool {
	if s.seen[name] {
		e := Element{Fault: Repeated, Offset: at}
		if isArray {
			e.Array = name
		} else {
			e.Member = name
		}
		return s.say(e)
	}
	if len(s.seen) < mostNames && len(name) <= longestName {
		s.seen[name] = true
	}
	return true
}

// elements reads an array, from behind its bracket.
func (s *splitter) elements(array string) bool {
	comma, first := true, true
	for {
		c, ok := s.space()
		switch {
		case !ok:
			return s.short()
		case c == ']':
			s.pos++
			return !comma || first || s.stray()
		case c == ',':
			s.pos++
			if comma && !s.stray() {
				return false
			}
			comma, first = true, false
			continue
		case c == '}', !comma:
			if !s.stray() {
				return false
			}
		}
		comma, first = false, false
		if c == '}' {
			s.pos++
			continue
		}
		if !s.one(Element{Array: array}) {
			return false
		}
	}
}

// one yields the value that begins here.
func (s *splitter) one(e Element) bool {
	e.Offset = s.offset()
	data, fault, whole := s.value(&s.scanner)
	if !whole {
		return s.short()
	}
	e.Fault = fault
	switch {
	case data == nil:
	case e.Member == "" && fault == "" && s.Pass != nil && s.Pass(data):
		e.Passed = true
	case e.Member == "" && s.AsItStands:
		e.Data = s.handed(data)
	default:
		e.Data = s.own(data, &e.Fault)
	}
	return s.yield(e, nil)
}

func copied(data []byte) []byte {
	own := make([]byte, len(data))
	copy(own, data)
	return own
}

// own copies a value. One that is no JSON stays as it is.
func (s *splitter) own(data []byte, fault *Fault) []byte {
	if *fault == BadJSON {
		return s.handed(data)
	}
	own, replaced := repaired(data)
	if replaced {
		*fault = BadText
	}
	return own
}

// skip passes over what has no place where it stands.
func (s *splitter) skip(c byte) bool {
	if c == ']' {
		s.pos++
		return true
	}
	_, _, whole := s.value(&s.scanner)
	return whole || s.short()
}

// stray says, once for what is being read, that something was passed over.
func (s *splitter) stray() bool {
	if s.strays {
		return true
	}
	s.strays = true
	return s.say(Element{Fault: Stray, Offset: s.offset()})
}

func (s *splitter) say(e Element) bool { return s.yield(e, nil) }

// short ends a text that ends too early.
func (s *splitter) short() bool {
	if s.err != nil && s.err != io.EOF {
		s.yield(Element{}, s.err)
		return false
	}
	s.yield(Element{Fault: Truncated, Offset: s.offset()}, nil)
	return false
}

// rest reads what stands behind the end.
func (s *splitter) rest() {
	c, ok := s.space()
	if ok && c == ';' && s.Assignment {
		s.pos++
		_, ok = s.space()
	}
	if ok && !s.say(Element{Fault: Trailing, Offset: s.offset()}) {
		return
	}
	s.drop()
	if s.err != io.EOF {
		s.yield(Element{}, s.err)
	}
}
