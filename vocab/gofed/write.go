package gofed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	asvocab "github.com/go-fed/activity/streams/vocab"

	"codeberg.org/godwit/godwit/vocab"
)

// FromType returns the document of a go-fed value.
//
// The original is the document that the value was read from, or nil for a
// value made here. Of the original only that is changed which differs between
// what go-fed reads in it and what the value now holds; every other byte stays,
// those that go-fed never saw included, and if nothing differs the original
// itself is returned. A contentMap beside content follows it: the languages that
// said the same as content say what it says now, and go with it.
//
// Terms that ActivityStreams does not define are added to @context with their
// definitions if the change brought them in and the original has an @context.
func FromType(ctx context.Context, value asvocab.Type, original *vocab.Object) (*vocab.Object, error) {
	after, err := serialized(value)
	if err != nil {
		return nil, fmt.Errorf("write document from go-fed: %w", err)
	}
	if original == nil {
		return fresh(after)
	}
	was, err := ToType(ctx, original)
	if err != nil {
		return nil, err
	}
	before, err := serialized(was)
	if err != nil {
		return nil, fmt.Errorf("write document from go-fed: %w", err)
	}
	if reflect.DeepEqual(before, after) {
		return original, nil
	}
	return changed(original, before, after)
}

// fresh writes a value that has no original.
func fresh(after map[string]any) (*vocab.Object, error) {
	context := []any{vocab.ContextAS}
	context = append(context, definitions(namesIn(after))...)
	rest := maps.Clone(after)
	c := &container{raw: []byte("{}")}
	if err := c.addValue("@context", context); err != nil {
		return nil, err
	}
	for _, first := range []string{"id", "type"} {
		if v, found := rest[first]; found {
			if err := c.addValue(first, v); err != nil {
				return nil, err
			}
			delete(rest, first)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		if err := c.addValue(key, rest[key]); err != nil {
			return nil, err
		}
	}
	return parsed(c.bytes())
}

func changed(original *vocab.Object, before, after map[string]any) (*vocab.Object, error) {
	whole := original.Bytes()
	raw := bytes.Trim(whole, " \t\r\n")
	start := bytes.IndexByte(whole, '{')
	edited, err := writeRecord(raw, before, after)
	if err != nil {
		return nil, fmt.Errorf("write document from go-fed: %w", err)
	}
	edited, err = define(edited, before, after)
	if err != nil {
		return nil, fmt.Errorf("write document from go-fed: %w", err)
	}
	return parsed(slices.Concat(whole[:start], edited, whole[start+len(raw):]))
}

func parsed(raw []byte) (*vocab.Object, error) {
	o, err := vocab.ParseWith(raw, &vocab.Limits{Bytes: max(maxBytes, len(raw)), AllowDuplicateNames: true})
	if err != nil {
		return nil, fmt.Errorf("write document from go-fed: %w", err)
	}
	return o, nil
}

// serialized returns what go-fed would write, in the types of encoding/json
// and without the context that it makes up.
func serialized(value asvocab.Type) (map[string]any, error) {
	var m map[string]any
	err := guarded(func() (err error) {
		m, err = value.Serialize()
		return err
	})
	if err != nil {
		return nil, err
	}
	text, err := encode(m)
	if err != nil {
		return nil, err
	}
	decoded, err := decode(text)
	if err != nil {
		return nil, err
	}
	tidy, _ := decoded.(map[string]any)
	delete(tidy, "@context")
	clean(tidy)
	return tidy, nil
}

// clean takes out the contexts that go-fed leaves in a value that was read as
// a document of its own and then put into another.
func clean(value any) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			clean(element)
		}
	case map[string]any:
		if v["@context"] == any(vocab.ContextAS) {
			delete(v, "@context")
		}
		for _, inner := range v {
			clean(inner)
		}
	}
}

func decode(raw []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// writeRecord changes an object where before and after differ.
func writeRecord(raw []byte, before, after map[string]any) ([]byte, error) {
	c, err := open(raw)
	if err != nil {
		return nil, err
	}
	keys := maps.Clone(before)
	maps.Copy(keys, after)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		was, had := before[key]
		now, has := after[key]
		if had == has && reflect.DeepEqual(was, now) {
			continue
		}
		if text, ok := c.languages(key, before, after); ok {
			err = text.write(before, after)
		} else {
			err = c.writeMember(key, was, now, has)
		}
		if err != nil {
			return nil, err
		}
	}
	return c.bytes(), nil
}

func (c *container) writeMember(key string, was, now any, has bool) error {
	standing := c.spelled(key)
	switch {
	case !has:
		c.drop(standing)
		return nil
	case len(standing) == 0:
		return c.addValue(key, now)
	}
	c.drop(standing[1:])
	return c.change(standing[0], key, was, now)
}

// spelled lists the members that go-fed reads as key, the one that it takes
// first.
func (c *container) spelled(key string) []int {
	var list []int
	exact := c.find(key)
	if exact >= 0 {
		list = append(list, exact)
	}
	for i := len(c.parts) - 1; i >= 0; i-- {
		if i != exact && shortName(c.parts[i].name) == key {
			list = append(list, i)
		}
	}
	return list
}

func (c *container) drop(list []int) {
	for _, i := range list {
		c.parts[i].dropped = true
	}
}

func (c *container) change(i int, key string, was, now any) error {
	raw, err := writeValue(c.valueOf(i), key, was, now)
	c.set(i, raw)
	return err
}

func (c *container) addValue(name string, value any) error {
	raw, err := encode(value)
	c.add(name, raw)
	return err
}

// writeValue changes a value, which go-fed read under key as was, to now. The
// key of an element is "".
func writeValue(raw []byte, key string, was, now any) ([]byte, error) {
	_, wasList := was.([]any)
	list, isList := now.([]any)
	switch {
	case raw[0] == '[' && isList:
		return writeList(raw, was, list)
	case raw[0] == '[' && (plural[key] || !wasList):
		// go-fed writes an array of one as its element; it stays an array.
		return writeList(raw, was, []any{now})
	case isList && !wasList:
		return writeList(slices.Concat([]byte("["), raw, []byte("]")), was, list)
	}
	old, isRecord := was.(map[string]any)
	if record, ok := now.(map[string]any); ok && isRecord && raw[0] == '{' && sameThing(old, record) {
		return writeRecord(raw, old, record)
	}
	return encode(now)
}

// sameThing tells a thing that was changed from another in its place, which
// must inherit nothing of what go-fed did not see.
func sameThing(a, b map[string]any) bool {
	if a["id"] != nil || b["id"] != nil {
		return reflect.DeepEqual(a["id"], b["id"])
	}
	return reflect.DeepEqual(a["type"], b["type"])
}
