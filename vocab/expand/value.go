package expand

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/piprate/json-gold/ld"

	"codeberg.org/godwit/godwit/vocab"
)

// value returns the bytes of what stands in a property that godwit reads.
func (r *reader) value(v vocab.Value, s scope, name string, n *renames) ([]byte, error) {
	term, kind := s.context.GetTermDefinition(name), s.context.GetTypeMapping(name)
	switch v.Kind() {
	case vocab.String:
		text, _ := v.Text()
		value := s.changed(v, text, kind)
		return value, r.grow(len(value) - len(v.Raw()))
	case vocab.Array:
		return eachElement(v, func(element vocab.Value) ([]byte, error) { return r.value(element, s, name, n) })
	case vocab.Record:
		if kind == "@json" {
			return v.Raw(), nil
		}
		o, _ := v.Object()
		if inner, found := s.opened(o); found {
			return r.value(inner, s, name, n)
		}
		if containers := s.context.GetContainer(name); slices.Contains(containers, "@index") {
			return r.indexed(o, s, name, n)
		} else if slices.Contains(containers, "@language") {
			return v.Raw(), nil
		}
		return r.object(o, s, term, n)
	}
	return v.Raw(), nil
}

// changed returns the IRI that text stands for, or v's own bytes.
func (s scope) changed(v vocab.Value, text, kind string) []byte {
	if kind != "@id" && kind != "@vocab" {
		return v.Raw()
	}
	iri := s.reference(text, kind)
	if iri == text {
		return v.Raw()
	}
	return quoted(iri)
}

func quoted(text string) []byte {
	out, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return []byte(`""`)
	}
	return out
}

// opened returns what a value, set or list object holds.
func (s scope) opened(o *vocab.Object) (vocab.Value, bool) {
	for name, v := range o.Members() {
		switch s.iri(name) {
		case "@value", "@set", "@list":
			return v, true
		}
	}
	return vocab.Value{}, false
}

// indexed returns the values of an index map, without the keys, which mean
// nothing.
func (r *reader) indexed(o *vocab.Object, s scope, name string, n *renames) ([]byte, error) {
	values := make([][]byte, 0, o.Len())
	for _, v := range o.Members() {
		value, err := r.value(v, s, name, n)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return arrayOf(values...), nil
}

// inside returns the bytes of what stands in any other member: only the
// objects in it are rewritten.
func (r *reader) inside(v vocab.Value, s scope, term *ld.TermDefinition, n *renames) ([]byte, error) {
	switch v.Kind() {
	case vocab.Array:
		return eachElement(v, func(element vocab.Value) ([]byte, error) { return r.inside(element, s, term, n) })
	case vocab.Record:
		if term != nil && term.Type == "@json" {
			return v.Raw(), nil
		}
		o, _ := v.Object()
		return r.object(o, s, term, n)
	}
	return v.Raw(), nil
}

// eachElement rewrites an array; if no element changes, its bytes stay.
func eachElement(v vocab.Value, rewrite func(vocab.Value) ([]byte, error)) ([]byte, error) {
	out, isSame := []byte{'['}, true
	for element := range v.Elements() {
		value, err := rewrite(element)
		if err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, value...)
		isSame = isSame && string(value) == element.String()
	}
	if isSame {
		return v.Raw(), nil
	}
	return append(out, ']'), nil
}

// ids returns the value of "@id".
func (s scope) ids(v vocab.Value) []byte {
	if text, ok := v.Text(); ok {
		return s.changed(v, text, "@id")
	}
	return v.Raw()
}

// types returns the value of "@type" with the names that godwit reads.
func (r *reader) types(v vocab.Value, s scope) ([]byte, error) {
	return oneOrEach(v, func(element vocab.Value) ([]byte, error) {
		text, ok := element.Text()
		if !ok {
			return element.Raw(), nil
		}
		value := s.typeName(element, text)
		return value, r.grow(len(value) - len(element.Raw()))
	})
}

// oneOrEach is [eachElement] for a value that need not be an array.
func oneOrEach(v vocab.Value, rewrite func(vocab.Value) ([]byte, error)) ([]byte, error) {
	if v.Kind() == vocab.Array {
		return eachElement(v, rewrite)
	}
	return rewrite(v)
}

func (s scope) typeName(v vocab.Value, text string) []byte {
	iri := s.iri(text)
	usual := vocab.CompactType(text)
	if name, found := vocab.TypeFor(iri); found {
		if name == usual {
			return v.Raw()
		}
		return quoted(name)
	}
	switch isRead := vocab.TypeIRI(usual) != ""; {
	case !isRead, iri == text, iri == "_:"+text:
		return v.Raw()
	case iri == "" || vocab.CompactType(iri) != iri:
		return quoted("_:" + text)
	}
	return quoted(iri)
}
