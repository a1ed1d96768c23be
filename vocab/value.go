package vocab

import (
	"iter"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

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
type Value struct {
	raw    []byte
	object *Object // that it is, if it was read before
}

// Raw returns the value's bytes. The caller must not modify them.
func (v Value) Raw() []byte { return v.raw }

// String returns the value as JSON text, and "" for the zero Value; [Value.Text]
// has what a JSON string says.
func (v Value) String() string { return string(v.raw) }

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

// Bool returns the truth value that v is.
func (v Value) Bool() (value, ok bool) {
	return string(v.raw) == "true", v.Kind() == Bool
}

// Number returns the number that v is, digit by digit as it was written.
func (v Value) Number() (string, bool) {
	if v.Kind() != Number {
		return "", false
	}
	return string(v.raw), true
}

// Int64 returns the number that v is if it is written as an integer and fits.
func (v Value) Int64() (int64, bool) {
	if v.Kind() != Number {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.raw), 10, 64)
	return n, err == nil
}

// Object returns the object that v is.
func (v Value) Object() (*Object, bool) {
	switch {
	case v.object != nil:
		return v.object, true
	case v.Kind() != Record:
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
			elements(v.raw, func(at span) bool { return yield(Value{raw: at.of(v.raw)}) })
		default:
			yield(v)
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
	return IRI(o.Text(Href))
}

// MarshalJSON returns the value's bytes, null for the zero Value, so that
// encoders write v as it is wherever it stands. Encoders may change white space
// and escapes.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.IsZero() {
		return []byte("null"), nil
	}
	return v.raw, nil
}

// MarshalJSONTo is MarshalJSON for encoders of go-json-experiment/json.
func (v Value) MarshalJSONTo(e *jsontext.Encoder) error {
	raw, _ := v.MarshalJSON()
	return e.WriteValue(raw)
}
