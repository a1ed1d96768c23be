package jsonitems

import "io"

// Value reads a text that is one JSON object or array, with the faults that [Read]
// finds in elements. A text that is none, or has no end, has no data. An error is
// r's.
func Value(r io.Reader, o *Options) (Element, error) {
	var found Element
	var failed error
	s := newSplitter(r, o, func(e Element, err error) bool {
		found, failed = e, err
		return err == nil
	})
	first, ok := s.space()
	if s.Assignment && ok && !isValue(first) {
		first, ok = s.assignment()
	}
	if ok && !isValue(first) || !ok && (s.err == nil || s.err == io.EOF) {
		return Element{Fault: NotText}, nil
	}
	if !s.one(Element{}) {
		return found, failed
	}
	if found.Fault == "" && s.odd {
		found.Fault = OddCoding
	}
	value := found
	s.rest()
	if found.Fault == Trailing && found.Data == nil {
		value.Fault = Trailing
	}
	return value, failed
}
