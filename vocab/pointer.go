package vocab

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrNoPath is wrapped by errors of [Object.Edit] and [Object.Cut] when the
// path leads nowhere.
var ErrNoPath = errors.New("no such place in the document")

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
	return o.change(path, func(h holder, name string) (splice, bool) { return h.set(name, raw) })
}

// Cut returns a copy of o from which the place that path names is gone.
func (o *Object) Cut(path string) (*Object, error) {
	return o.change(path, holder.cut)
}

func (o *Object) change(path string, last func(holder, string) (splice, bool)) (*Object, error) {
	parts, err := pointer(path)
	if err != nil {
		return nil, err
	}
	h := holder{value: o.Value(), at: int32(o.start)}
	found := true
	for _, name := range parts[:len(parts)-1] {
		if h, found = h.inside(name); !found {
			return nil, fmt.Errorf("edit document: %s: %w", path, ErrNoPath)
		}
	}
	made, found := last(h, parts[len(parts)-1])
	if !found {
		return nil, fmt.Errorf("edit document: %s: %w", path, ErrNoPath)
	}
	made.start += h.at
	made.end += h.at
	return o.changed(made)
}

// pointer splits a JSON Pointer.
func pointer(path string) ([]string, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("edit document: %q is no JSON Pointer into a document", path)
	}
	parts := strings.Split(path[1:], "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts, nil
}

// A holder is an object or array on the way that a path leads, and where it
// begins in the document.
type holder struct {
	value Value
	at    int32
}

// inside returns the member or element that name leads to.
func (h holder) inside(name string) (holder, bool) {
	places, i := h.find(name)
	if i < 0 {
		return holder{}, false
	}
	at := places[i]
	if o, ok := h.value.Object(); ok {
		at = o.members[i].value
	}
	return holder{Value{raw: at.of(h.value.raw)}, h.at + at.start}, true
}

// find returns the places of all members or elements, and the position of the
// one that name leads to, or -1.
func (h holder) find(name string) (places []span, position int) {
	switch h.value.Kind() {
	case Record:
		o := index(h.value.raw, 0)
		for _, m := range o.members {
			places = append(places, span{m.name.start, m.value.end})
		}
		return places, o.find(name)
	case Array:
		elements(h.value.raw, func(at span) bool { places = append(places, at); return true })
		n, err := strconv.ParseUint(name, 10, 31)
		if err == nil && int(n) < len(places) && strconv.FormatUint(n, 10) == name {
			return places, int(n)
		}
	}
	return places, -1
}

func (h holder) set(name string, raw []byte) (splice, bool) {
	if inner, found := h.inside(name); found {
		start := inner.at - h.at
		return splice{span{start, start + int32(len(inner.value.raw))}, raw}, true
	}
	switch h.value.Kind() {
	case Record:
		return index(h.value.raw, 0).insertion(name, raw), true
	case Array:
		return h.appended(raw), name == "-"
	}
	return splice{}, false
}

// appended adds an element behind the last.
func (h holder) appended(raw []byte) splice {
	places, _ := h.find("-")
	if n := len(places); n > 0 {
		at := places[n-1].end
		return splice{span{at, at}, append([]byte{','}, raw...)}
	}
	return splice{span{1, 1}, raw}
}

func (h holder) cut(name string) (splice, bool) {
	places, i := h.find(name)
	if i < 0 {
		return splice{}, false
	}
	return removals(places, []int{i})[0], true
}
