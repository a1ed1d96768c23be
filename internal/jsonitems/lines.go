package jsonitems

import (
	"bytes"
	"io"
	"iter"
)

// Lines yields the documents of a file that has one on each line. Empty lines are
// passed over. A line that holds anything but one value is [BadJSON], a last line
// that is cut off is [Truncated]. An error is r's, and the last thing that is
// yielded.
func Lines(r io.Reader, o *Options) iter.Seq2[Element, error] {
	return func(yield func(Element, error) bool) {
		s := newSplitter(r, o, yield)
		if s.odd && !s.say(Element{Fault: OddCoding}) {
			return
		}
		s.lines()
	}
}

func (s *splitter) lines() {
	for number := int64(1); ; number++ {
		e := Element{Line: number, Offset: s.offset()}
		line, fault, ended := s.line()
		data := bytes.TrimSpace(line)
		switch {
		case !ended && s.err != io.EOF:
			s.yield(Element{}, s.err)
			return
		case fault != "":
			e.Fault = fault
		case len(data) > 0:
			e.Offset += int64(bytes.Index(line, data[:1]))
			s.document(data, &e, ended)
		}
		if (e.Data != nil || e.Fault != "") && !s.yield(e, nil) || !ended {
			return
		}
	}
}

// document judges what stands on a line.
func (s *splitter) document(data []byte, e *Element, ended bool) {
	s.scanner.reset()
	n, done := s.scanner.scan(data)
	switch {
	case s.scanner.tooDeep:
		e.Fault = TooDeep
		return
	case !ended && !done && !s.scanner.scalar:
		e.Fault = Truncated
		return
	case n < len(data), !done && !s.scanner.scalar, s.scanner.bad, s.scanner.scalar && !isScalar(data):
		e.Fault = BadJSON
	}
	e.Data = s.own(data, &e.Fault)
}

// line reads a line, without its end, and reports whether it had one. One that is
// too long has no data.
func (s *splitter) line() (data []byte, fault Fault, ended bool) {
	s.keep()
	size := int64(0)
	for !ended {
		n := bytes.IndexByte(s.buf[s.pos:s.end], '\n')
		ended = n >= 0
		if !ended {
			n = s.end - s.pos
		}
		s.pos += n
		size += int64(n)
		if size > int64(s.MaxItem) {
			fault = TooLarge
			s.letGo()
		}
		if !ended && !s.more() {
			break
		}
	}
	data = s.kept()
	if ended {
		s.pos++
	}
	return data, fault, ended
}
