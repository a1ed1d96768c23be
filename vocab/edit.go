package vocab

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrNoPath is wrapped by errors of [Object.Edit] and [Object.Cut] when the
// path leads nowhere.
var ErrNoPath = errors.New("no such place in the document")

// With returns a copy of o in which p has the given value, under the name that
// it already has there, or else under its compact one as the last member.
// Other spellings of p are removed; every other byte stays as it was.
//
// The value is written as JSON by go-json-experiment/json; an *Object and a
// [Value] are written with their own bytes. The copy is held to the default
// [Limits], except that it may be larger.
func (o *Object) With(p Property, value any) (*Object, error) {
	raw, err := encode(value)
	if err != nil {
		return nil, fmt.Errorf("edit document: %s: %w", p, err)
	}
	at := o.standing(p)
	if len(at) == 0 {
		return o.reparse(o.insert(string(p), raw))
	}
	cuts := make([]splice, 0, len(at))
	keep := at[0]
	cuts = append(cuts, splice{int(o.members[keep].value), int(o.members[keep].valueEnd), raw})
	for _, i := range at[1:] {
		cuts = append(cuts, o.removal(i))
	}
	return o.reparse(o.splice(cuts))
}

// Without returns a copy of o from which every spelling of p is gone.
func (o *Object) Without(p Property) (*Object, error) {
	copied := o
	for {
		at := copied.standing(p)
		if len(at) == 0 {
			return copied, nil
		}
		var err error
		if copied, err = copied.reparse(copied.splice([]splice{copied.removal(at[0])})); err != nil {
			return nil, err
		}
	}
}

// Edit returns a copy of o in which the place that path names has the given
// value. The path is a JSON Pointer (RFC 6901), "/attachment/0/value"; its
// member names are taken as they stand. The last part may be a member that is
// not there yet, or "-" to append to an array; everything before it must be
// there.
func (o *Object) Edit(path string, value any) (*Object, error) {
	raw, err := encode(value)
	if err != nil {
		return nil, fmt.Errorf("edit document: %s: %w", path, err)
	}
	return o.change(path, func(holder Value, name string) ([]byte, error) { return setIn(holder, name, raw) })
}

// Cut returns a copy of o from which the place that path names is gone.
func (o *Object) Cut(path string) (*Object, error) {
	return o.change(path, cutFrom)
}

func (o *Object) change(path string, last func(Value, string) ([]byte, error)) (*Object, error) {
	parts, err := pointer(path)
	if err != nil {
		return nil, err
	}
	raw, err := rewrite(Value{raw: o.raw[o.start:o.end]}, parts, last)
	if err != nil {
		return nil, fmt.Errorf("edit document: %s: %w", path, err)
	}
	return o.reparse(o.around(raw))
}

// pointer splits a JSON Pointer.
func pointer(path string) ([]string, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("edit document: %q is no JSON Pointer", path)
	}
	parts := strings.Split(path[1:], "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts, nil
}

// rewrite returns v's bytes with the change made at the end of parts.
func rewrite(v Value, parts []string, last func(Value, string) ([]byte, error)) ([]byte, error) {
	if len(parts) == 1 {
		return last(v, parts[0])
	}
	start, end, found := place(v, parts[0])
	if !found {
		return nil, ErrNoPath
	}
	inner, err := rewrite(Value{raw: v.raw[start:end:end]}, parts[1:], last)
	if err != nil {
		return nil, err
	}
	return join(v.raw[:start], inner, v.raw[end:]), nil
}

// place finds the bytes of the member or element that name names within v.
func place(v Value, name string) (start, end int, found bool) {
	switch v.Kind() {
	case Record:
		o := index(v.raw, 0)
		if i := o.find(name); i >= 0 {
			return int(o.members[i].value), int(o.members[i].valueEnd), true
		}
	case Array:
		n, err := strconv.Atoi(name)
		if err != nil || n < 0 {
			return 0, 0, false
		}
		offset := 0
		for element := range v.Elements() {
			start := offsetOf(v.raw, element.raw)
			if offset == n {
				return start, start + len(element.raw), true
			}
			offset++
		}
	}
	return 0, 0, false
}

// offsetOf returns where part, a slice of whole, begins in it: an element's
// capacity ends with it, so what is left of whole tells the place.
func offsetOf(whole, part []byte) int {
	i := skipSpace(whole, 1)
	for &whole[i] != &part[0] {
		i = skipSpace(whole, skipSpace(whole, skipValue(whole, i))+1)
	}
	return i
}

func setIn(holder Value, name string, raw []byte) ([]byte, error) {
	if start, end, found := place(holder, name); found {
		return join(holder.raw[:start], raw, holder.raw[end:]), nil
	}
	switch {
	case holder.Kind() == Record:
		return index(holder.raw, 0).insert(name, raw), nil
	case holder.Kind() == Array && name == "-":
		close := len(holder.raw) - 1
		if skipSpace(holder.raw, 1) == close {
			return join(holder.raw[:close], raw, holder.raw[close:]), nil
		}
		return join(holder.raw[:close], append([]byte{','}, raw...), holder.raw[close:]), nil
	}
	return nil, ErrNoPath
}

func cutFrom(holder Value, name string) ([]byte, error) {
	start, end, found := place(holder, name)
	if !found {
		return nil, ErrNoPath
	}
	if holder.Kind() == Record {
		o := index(holder.raw, 0)
		return o.splice([]splice{o.removal(o.find(name))}), nil
	}
	s := separated(holder.raw, start, end)
	return join(holder.raw[:s.start], holder.raw[s.end:]), nil
}

// A splice replaces raw[start:end].
type splice struct {
	start, end int
	with       []byte
}

// removal takes out a member with the comma that separates it.
func (o *Object) removal(i int) splice {
	return separated(o.raw, int(o.members[i].name), int(o.members[i].valueEnd))
}

// separated widens start and end over the comma behind, or else before, them.
func separated(raw []byte, start, end int) splice {
	if next := skipSpace(raw, end); next < len(raw) && raw[next] == ',' {
		return splice{start, skipSpace(raw, next+1), nil}
	}
	for start > 0 && (raw[start-1] == ' ' || raw[start-1] == '\n' || raw[start-1] == '\t' || raw[start-1] == '\r') {
		start--
	}
	if start > 0 && raw[start-1] == ',' {
		start--
	}
	return splice{start, end, nil}
}

// insert returns o's buffer with one more member at the end.
func (o *Object) insert(name string, value []byte) []byte {
	quoted, _ := jsontext.AppendQuote(nil, name)
	added := append(append(quoted, ':'), value...)
	at := o.start + 1
	if n := len(o.members); n > 0 {
		at = int(o.members[n-1].valueEnd)
		added = append([]byte{','}, added...)
	}
	return o.splice([]splice{{at, at, added}})
}

// splice applies the changes to o's buffer.
func (o *Object) splice(changes []splice) []byte {
	out := make([]byte, 0, len(o.raw)+64)
	at := 0
	for len(changes) > 0 {
		first := 0
		for i := range changes {
			if changes[i].start < changes[first].start {
				first = i
			}
		}
		c := changes[first]
		changes = append(changes[:first:first], changes[first+1:]...)
		if c.start < at {
			c.start = at
		}
		out = append(append(out, o.raw[at:c.start]...), c.with...)
		at = max(at, c.end)
	}
	return append(out, o.raw[at:]...)
}

// around puts changed bytes of o back between the white space that surrounds
// a whole document; a child is cut out of its parent.
func (o *Object) around(changed []byte) []byte {
	if len(o.Bytes()) == len(o.raw) {
		return join(o.raw[:o.start], changed, o.raw[o.end:])
	}
	return changed
}

func (o *Object) reparse(raw []byte) (*Object, error) {
	copied, err := ParseWith(raw, &Limits{Bytes: max(defaultBytes, len(raw)), AllowDuplicateNames: true})
	if err != nil {
		return nil, fmt.Errorf("edit document: %w", err)
	}
	return copied, nil
}

func encode(value any) ([]byte, error) {
	switch v := value.(type) {
	case *Object:
		return v.raw[v.start:v.end], nil
	case Value:
		return v.raw, nil
	}
	return json.Marshal(value, jsontext.EscapeForHTML(false), json.Deterministic(true))
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}
