package gofed

import (
	asvocab "github.com/go-fed/activity/streams/vocab"

	"codeberg.org/godwit/godwit/vocab"
)

// An unknowing value is one of go-fed's, with the properties that it has no
// methods for. Its map is the value's own.
type unknowing interface {
	GetUnknownProperties() map[string]any
}

// IRIs returns the identifiers in a property that go-fed has no methods for,
// such as alsoKnownAs and movedTo. For every other property it is empty.
func IRIs(value asvocab.Type, p vocab.Property) []vocab.IRI {
	u, ok := value.(unknowing)
	if !ok {
		return nil
	}
	found, ok := u.GetUnknownProperties()[string(p)]
	if !ok {
		return nil
	}
	raw, err := encode(map[string]any{string(p): found})
	if err != nil {
		return nil
	}
	o, err := vocab.Parse(raw)
	if err != nil {
		return nil
	}
	return o.IRIs(p)
}

// SetIRIs gives a property that go-fed has no methods for these identifiers.
// movedTo is written as a string, which is how readers expect it, and every
// other property as an array. Without identifiers the property is taken out.
func SetIRIs(value asvocab.Type, p vocab.Property, ids ...vocab.IRI) {
	u, ok := value.(unknowing)
	if !ok {
		return
	}
	properties := u.GetUnknownProperties()
	switch {
	case len(ids) == 0:
		delete(properties, string(p))
	case p == vocab.MovedTo && len(ids) == 1:
		properties[string(p)] = string(ids[0])
	default:
		list := make([]any, len(ids))
		for i, id := range ids {
			list[i] = string(id)
		}
		properties[string(p)] = list
	}
}
