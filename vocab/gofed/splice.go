package gofed

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// A part is a member of an object, or an element of an array, as it stands in
// the bytes of that object or array.
type part struct {
	name              string // of a member
	start, value, end int

	changed bool
	with    []byte // what the value is changed to
	dropped bool
}

// A container is an object or array that is being edited. What is not edited
// keeps its bytes and the white space around them.
type container struct {
	raw   []byte
	parts []part
	added [][]byte
	has   map[string]bool // the names of added
}

// open reads a well-formed object or array.
func open(raw []byte) (*container, error) {
	c := &container{raw: raw}
	d := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true))
	opening, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	named := opening.Kind() == '{'
	for d.PeekKind() != '}' && d.PeekKind() != ']' {
		p, err := readPart(d, named)
		if err != nil {
			return nil, err
		}
		c.parts = append(c.parts, p)
	}
	return c, nil
}

func readPart(d *jsontext.Decoder, named bool) (p part, err error) {
	start := -1
	if named {
		quoted, err := d.ReadValue()
		if err != nil {
			return part{}, err
		}
		start = int(d.InputOffset()) - len(quoted)
		name, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			return part{}, err
		}
		p.name = string(name)
	}
	value, err := d.ReadValue()
	if err != nil {
		return part{}, err
	}
	p.end = int(d.InputOffset())
	p.value = p.end - len(value)
	if p.start = start; !named {
		p.start = p.value
	}
	return p, nil
}

func (c *container) valueOf(i int) []byte { return c.raw[c.parts[i].value:c.parts[i].end] }

func (c *container) set(i int, raw []byte) {
	c.parts[i].changed, c.parts[i].with = true, raw
}

// find returns the last part with exactly this name, or -1.
func (c *container) find(name string) int {
	for i := len(c.parts) - 1; i >= 0; i-- {
		if c.parts[i].name == name {
			return i
		}
	}
	return -1
}

// add puts a member behind the last.
func (c *container) add(name string, raw []byte) {
	if c.has == nil {
		c.has = map[string]bool{}
	}
	c.has[name] = true
	member, _ := jsontext.AppendQuote(nil, name)
	c.added = append(c.added, append(append(member, ':'), raw...))
}

// bytes returns the container with its edits.
func (c *container) bytes() []byte {
	var out []byte
	done, kept := 0, false
	for i, p := range c.parts {
		switch {
		case p.dropped && kept:
			out = append(out, c.raw[done:c.parts[i-1].end]...)
			done = p.end
		case p.dropped:
			out = append(out, c.raw[done:p.start]...)
			done = c.next(i)
		case p.changed:
			out = append(append(out, c.raw[done:p.value]...), p.with...)
			done = p.end
		}
		if !p.dropped {
			kept = true
		}
	}
	end := c.end()
	if end > done {
		out = append(out, c.raw[done:end]...)
		done = end
	}
	for _, added := range c.added {
		if kept {
			out = append(out, ',')
		}
		out, kept = append(out, added...), true
	}
	return append(out, c.raw[done:]...)
}

// next returns where the part behind i starts, or where the last one ends.
func (c *container) next(i int) int {
	if i+1 < len(c.parts) {
		return c.parts[i+1].start
	}
	return c.parts[i].end
}

// end returns where the last part ends, or would stand.
func (c *container) end() int {
	if len(c.parts) == 0 {
		return 1
	}
	return c.parts[len(c.parts)-1].end
}
