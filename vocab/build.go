package vocab

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// A Member is one name and value of a document to be written; the value is
// written as [Object.With] would.
type Member struct {
	Name  Property
	Value any
}

// Build writes a document with these members, in this order. Members whose
// Value is nil are left out. Naming a member twice is an error.
func Build(members ...Member) (*Object, error) {
	out := []byte{'{'}
	for _, m := range members {
		if m.Value == nil {
			continue
		}
		raw, err := encode(m.Value)
		if err != nil {
			return nil, fmt.Errorf("build document: %s: %w", m.Name, err)
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		if out, err = jsontext.AppendQuote(out, string(m.Name)); err != nil {
			return nil, fmt.Errorf("build document: %w", err)
		}
		out = append(append(out, ':'), raw...)
	}
	o, err := ParseWith(append(out, '}'), unlimited(false))
	if err != nil {
		return nil, fmt.Errorf("build document: %w", err)
	}
	return o, nil
}
