package vocab

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrNoValue is returned when a document is asked to hold the zero [Value] or
// a nil *[Object].
var ErrNoValue = errors.New("there is no value to write")

// With returns a copy of o in which p has the given value, under the name that
// it already has there, or else under its compact one as the last member.
// Other spellings of p are removed; every other byte stays as it was.
//
// The value is written as JSON by go-json-experiment/json; an *Object and a
// [Value] are written with their own bytes. [Limits] are for what others send:
// an edit is not held to them.
func (o *Object) With(p Property, value any) (*Object, error) {
	raw, err := encode(value)
	if err != nil {
		return nil, fmt.Errorf("edit document: %s: %w", p, err)
	}
	keep := o.first(p)
	if keep < 0 {
		return o.changed(o.insertion(string(p), raw))
	}
	others := slices.DeleteFunc(o.spelling(p), func(i int) bool { return i == keep })
	return o.changed(append(o.removals(others), splice{o.members[keep].value, raw})...)
}

// Without returns a copy of o from which every spelling of p is gone.
func (o *Object) Without(p Property) (*Object, error) {
	at := o.spelling(p)
	if len(at) == 0 {
		return o, nil
	}
	return o.changed(o.removals(at)...)
}

// spelling lists the positions of all members that spell p, in the order of
// the document, a member that is named twice included.
func (o *Object) spelling(p Property) []int {
	var at []int
	for i, m := range o.members {
		if o.named(m, string(p)) || slices.ContainsFunc(spellings[p], func(name string) bool { return o.named(m, name) }) {
			at = append(at, i)
		}
	}
	return at
}

// A splice replaces what stands at a place.
type splice struct {
	span
	with []byte
}

// insertion adds a member behind the last.
func (o *Object) insertion(name string, value []byte) splice {
	quoted, _ := jsontext.AppendQuote(nil, name)
	added := append(append(quoted, ':'), value...)
	if n := len(o.members); n > 0 {
		at := o.members[n-1].value.end
		return splice{span{at, at}, append([]byte{','}, added...)}
	}
	at := int32(o.start + 1)
	return splice{span{at, at}, added}
}

// removals takes out the members at these ascending positions.
func (o *Object) removals(at []int) []splice {
	places := make([]span, len(o.members))
	for i, m := range o.members {
		places[i] = span{m.name.start, m.value.end}
	}
	return removals(places, at)
}

// removals takes out the places at these ascending positions, each run of
// neighbours with the comma behind it, or else the one before it.
func removals(places []span, at []int) []splice {
	var cuts []splice
	for len(at) > 0 {
		n := 1
		for n < len(at) && at[n] == at[0]+n {
			n++
		}
		first, last := at[0], at[n-1]
		cut := span{places[first].start, places[last].end}
		switch {
		case last+1 < len(places):
			cut.end = places[last+1].start
		case first > 0:
			cut.start = places[first-1].end
		}
		cuts = append(cuts, splice{cut, nil})
		at = at[n:]
	}
	return cuts
}

// changed returns a copy of o with the changes made; no two may overlap.
func (o *Object) changed(changes ...splice) (*Object, error) {
	slices.SortFunc(changes, func(a, b splice) int { return int(a.start - b.start) })
	out := make([]byte, 0, len(o.raw)+added(changes))
	at := int32(0)
	for _, c := range changes {
		out = append(append(out, o.raw[at:c.start]...), c.with...)
		at = c.end
	}
	return reparse(append(out, o.raw[at:]...))
}

func added(changes []splice) int {
	n := 0
	for _, c := range changes {
		n += len(c.with)
	}
	return n
}

func reparse(raw []byte) (*Object, error) {
	copied, err := ParseWith(raw, unlimited(true))
	if err != nil {
		return nil, fmt.Errorf("edit document: %w", err)
	}
	return copied, nil
}

func unlimited(duplicates bool) *Limits {
	return &Limits{Bytes: math.MaxInt, Depth: math.MaxInt, Members: math.MaxInt, AllowDuplicateNames: duplicates}
}

// encode writes value as JSON.
func encode(value any) ([]byte, error) {
	switch v := value.(type) {
	case *Object:
		if v == nil {
			return nil, ErrNoValue
		}
		return v.Value().raw, nil
	case Value:
		if v.IsZero() {
			return nil, ErrNoValue
		}
		return v.raw, nil
	}
	return json.Marshal(value, json.Deterministic(true),
		jsontext.EscapeForHTML(false), jsontext.PreserveRawStrings(true), jsontext.AllowDuplicateNames(true))
}
