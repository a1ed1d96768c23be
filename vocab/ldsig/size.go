package ldsig

import (
	"codeberg.org/godwit/godwit/internal/jsonld"
	"codeberg.org/godwit/godwit/vocab"
)

// Limits of what is given to the processor, which cannot be interrupted.
const (
	maxBytes       = 256 << 10
	maxDepth       = 32
	maxMembers     = 1_000   // members and array elements: the processor compares each with all others
	maxContexts    = 8       // members named "@context"
	maxEntries     = 16      // contexts in them
	maxDefinitions = 200     // terms that the document itself defines
	maxTerms       = 4 << 10 // bytes of their definitions, since a prefix is written out wherever it is used
	maxGraph       = 1 << 20 // bytes of names and values in the graph, prefixes written out
	maxAlike       = 5       // blank nodes that share their hash with another
)

// A sizer counts what makes a document expensive.
type sizer struct{ members, contexts, entries, definitions, terms int }

// checkSize goes through a document before the processor does. Contexts must
// be known ones or plain lists of terms.
func checkSize(o *vocab.Object) error {
	if len(o.Bytes()) > maxBytes {
		return ErrTooLarge
	}
	s := &sizer{}
	return s.object(o, 1)
}

func (s *sizer) object(o *vocab.Object, depth int) error {
	if depth > maxDepth {
		return ErrTooDeep
	}
	for name, v := range o.Members() {
		if name == string(vocab.Context) {
			if err := s.context(v); err != nil {
				return err
			}
			continue
		}
		if err := s.value(v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *sizer) value(v vocab.Value, depth int) error {
	s.members++
	switch {
	case s.members > maxMembers:
		return ErrTooMany
	case depth > maxDepth:
		return ErrTooDeep
	case v.Kind() == vocab.Record:
		o, _ := v.Object()
		return s.object(o, depth)
	case v.Kind() != vocab.Array:
		return nil
	}
	for element := range v.Elements() {
		if err := s.value(element, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *sizer) context(context vocab.Value) error {
	s.contexts++
	for v := range context.Elements() {
		s.entries++
		if s.contexts > maxContexts || s.entries > maxEntries {
			return ErrTooMany
		}
		switch v.Kind() {
		case vocab.String:
			url, _ := v.Text()
			if _, found := jsonld.Lookup(url); !found {
				return ErrContext
			}
		case vocab.Record:
			o, _ := v.Object()
			if err := s.definition(o); err != nil {
				return err
			}
		default:
			return ErrContext
		}
	}
	return nil
}

// definition takes terms that have no contexts of their own: those would be
// processed again wherever the term is used.
func (s *sizer) definition(o *vocab.Object) error {
	s.definitions += o.Len()
	s.terms += len(o.Value().Raw())
	if s.definitions > maxDefinitions || s.terms > maxTerms {
		return ErrTooMany
	}
	for name, v := range o.Members() {
		term, isObject := v.Object()
		if name == "" || isObject && term.Has(vocab.Context) {
			return ErrContext
		}
	}
	return nil
}
