package gofed

import (
	"bytes"
	"reflect"
)

// writeList changes an array, which go-fed read as was, so that it holds after.
// An element that is the same keeps its bytes wherever it goes.
func writeList(raw []byte, was any, after []any) ([]byte, error) {
	c, err := open(raw)
	if err != nil {
		return nil, err
	}
	before, known := c.elements(was)
	if !known {
		return encode(after)
	}
	head := 0
	for head < len(before) && head < len(after) && reflect.DeepEqual(before[head], after[head]) {
		head++
	}
	tail := 0
	for tail < len(before)-head && tail < len(after)-head &&
		reflect.DeepEqual(before[len(before)-1-tail], after[len(after)-1-tail]) {
		tail++
	}
	written, err := c.rewrite(before, after, head, tail)
	if err != nil {
		return nil, err
	}
	c.replace(head, len(before)-tail, written)
	return c.bytes(), nil
}

// elements returns what go-fed read of each element. It makes a single value
// of an array of one, and leaves that out if it is null.
func (c *container) elements(was any) (list []any, known bool) {
	list, isList := was.([]any)
	switch n := len(c.parts); {
	case n == 0 && was == nil:
		return nil, true
	case n != 1:
		return list, isList && len(list) == n
	case !isList || len(list) != 1:
		return []any{was}, true
	}
	if _, nested := list[0].([]any); c.valueOf(0)[0] == '[' && !nested {
		return []any{was}, true
	}
	return list, true
}

// rewrite returns the bytes of the elements of after that are neither in its
// unchanged head nor in its unchanged tail.
func (c *container) rewrite(before, after []any, head, tail int) ([][]byte, error) {
	free, err := byContent(before, head, tail)
	if err != nil {
		return nil, err
	}
	written := make([][]byte, 0, len(after)-head-tail)
	for j := head; j < len(after)-tail; j++ {
		raw, err := encode(after[j])
		if err != nil {
			return nil, err
		}
		switch places := free[string(raw)]; {
		case len(places) > 0:
			raw, free[string(raw)] = c.valueOf(places[0]), places[1:]
		default:
			if i := counterpart(before, after, j, head, tail); i >= 0 {
				raw, err = writeValue(c.valueOf(i), "", before[i], after[j])
			}
		}
		if err != nil {
			return nil, err
		}
		written = append(written, raw)
	}
	return written, nil
}

// byContent lists the places of equal elements between head and tail.
func byContent(before []any, head, tail int) (map[string][]int, error) {
	places := make(map[string][]int, len(before)-head-tail)
	for i := head; i < len(before)-tail; i++ {
		raw, err := encode(before[i])
		if err != nil {
			return nil, err
		}
		places[string(raw)] = append(places[string(raw)], i)
	}
	return places, nil
}

// counterpart returns which element of before was changed into after[j]: the
// one in the same place, if as many were changed and both are the same thing.
func counterpart(before, after []any, j, head, tail int) int {
	if len(before) != len(after) {
		return -1
	}
	old, ok := before[j].(map[string]any)
	if !ok {
		return -1
	}
	if record, ok := after[j].(map[string]any); ok && sameThing(old, record) {
		return j
	}
	return -1
}

// replace puts the written elements in the place of those from i up to j.
func (c *container) replace(i, j int, written [][]byte) {
	joined := bytes.Join(written, []byte(","))
	switch {
	case j-i == len(written):
		for k := range written {
			c.set(i+k, written[k])
		}
	case len(written) == 0:
		for k := i; k < j; k++ {
			c.parts[k].dropped = true
		}
	case i < j:
		c.set(i, joined)
		for k := i + 1; k < j; k++ {
			c.parts[k].dropped = true
		}
	case len(c.parts) == 0:
		c.added = append(c.added, joined)
	case i > 0:
		c.set(i-1, bytes.Join([][]byte{c.valueOf(i - 1), joined}, []byte(",")))
	default:
		c.set(0, bytes.Join([][]byte{joined, c.valueOf(0)}, []byte(",")))
	}
}
