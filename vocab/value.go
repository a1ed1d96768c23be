package vocab

import "iter"

// A Kind tells what a [Value] is.
type Kind byte

// The kinds of JSON value. Absent is the kind of the zero Value.
const (
	Absent Kind = 0
	Null   Kind = 'n'
	Bool   Kind = 't'
	Number Kind = '0'
	String Kind = '"'
	Record Kind = '{'
	Array  Kind = '['
)

// A Value is one JSON value of a document. The zero Value means that nothing
// stands there.
type Value struct{ raw []byte }

// Raw returns the value's bytes. The caller must not modify them.
func (v Value) Raw() []byte { return v.raw }

// IsZero reports whether nothing stands there. A null is not nothing.
func (v Value) IsZero() bool { return len(v.raw) == 0 }

// Kind returns what v is.
func (v Value) Kind() Kind {
	if len(v.raw) == 0 {
		return Absent
	}
	switch c := v.raw[0]; c {
	case 'n', '"', '{', '[':
		return Kind(c)
	case 't', 'f':
		return Bool
	}
	return Number
}

// Text returns the string that v is.
func (v Value) Text() (string, bool) {
	if v.Kind() != String {
		return "", false
	}
	return unquote(v.raw), true
}

// Object returns the object that v is.
func (v Value) Object() (*Object, bool) {
	if v.Kind() != Record {
		return nil, false
	}
	return index(v.raw, 0), true
}

// Elements yields the elements of an array, or v itself if it is none. Nothing
// is yielded for null and for what is absent.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		switch v.Kind() {
		case Absent, Null:
			return
		case Array:
			elements(v.raw, yield)
		default:
			yield(v)
		}
	}
}

func elements(raw []byte, yield func(Value) bool) {
	i := skipSpace(raw, 1)
	for raw[i] != ']' {
		end := skipValue(raw, i)
		if !yield(Value{raw: raw[i:end:end]}) {
			return
		}
		i = skipSpace(raw, end)
		if raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
}

// IRI returns the identifier that v is: a string, an object's id, or a Link's
// href. It is "" for anything else.
func (v Value) IRI() IRI {
	if text, ok := v.Text(); ok {
		return IRI(text)
	}
	o, ok := v.Object()
	if !ok {
		return ""
	}
	if id := o.ID(); id != "" {
		return id
	}
	return IRI(o.Text("href"))
}
