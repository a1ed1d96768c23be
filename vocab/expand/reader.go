package expand

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/piprate/json-gold/ld"

	"codeberg.org/godwit/godwit/vocab"
)

// A reader rewrites one document.
type reader struct {
	loader *loader
	start  scope

	scopes, definitions int // how many were opened, with how many terms
	growth              int // bytes that names and IRIs gained
}

func newReader() *reader {
	l := &loader{}
	return &reader{
		loader: l,
		start: scope{ld.NewContext(nil, &ld.JsonLdOptions{
			ProcessingMode: ld.JsonLd_1_1, DocumentLoader: l,
		})},
	}
}

func (r *reader) document(o *vocab.Object) (*vocab.Object, error) {
	raw, err := r.object(o, r.start, nil, nil)
	if err != nil {
		return nil, err
	}
	if string(raw) == o.Value().String() {
		return o, nil
	}
	return vocab.ParseWith(raw, &vocab.Limits{Bytes: 2*len(raw) + 1, Members: 4 * maxBytes})
}

// A member is one that is written again.
type member struct {
	name  string
	value []byte
}

// renames collects the names under which an object with a context, and those
// inside it, hold what they did not say themselves.
type renames struct{ properties []vocab.Property }

func (n *renames) add(p vocab.Property) {
	if n != nil && !p.Definition().IsZero() && !slices.Contains(n.properties, p) {
		n.properties = append(n.properties, p)
	}
}

// object returns the bytes of o in usual names.
func (r *reader) object(o *vocab.Object, outer scope, of *ld.TermDefinition, n *renames) ([]byte, error) {
	s, err := r.enter(outer, o, of)
	if err != nil {
		return nil, err
	}
	if o.Has(vocab.Context) {
		n = &renames{}
	}
	members := make([]member, 0, o.Len())
	isSame := true
	for name, v := range o.Members() {
		if name == string(vocab.Context) {
			members = append(members, member{name: name, value: v.Raw()})
			continue
		}
		m, err := r.member(name, v, s, n)
		if err != nil {
			return nil, err
		}
		if err := r.grow(len(m.name) - len(name)); err != nil {
			return nil, err
		}
		isSame = isSame && m.name == name && string(m.value) == v.String()
		members = append(members, m)
	}
	if isSame {
		return o.Value().Raw(), nil
	}
	if members, err = joined(members); err != nil {
		return nil, err
	}
	return written(members, n), nil
}

// grow counts what is longer than it was.
func (r *reader) grow(by int) error {
	if r.growth += max(0, by); r.growth > maxGrowth {
		return ErrTooLarge
	}
	return nil
}

// joined puts members of one name together: JSON-LD makes them one.
func joined(members []member) ([]member, error) {
	out := make([]member, 0, len(members))
	values := make(map[string][][]byte, len(members))
	for _, m := range members {
		switch have := values[m.name]; {
		case len(have) == 0:
			out = append(out, m)
		case m.name == string(vocab.ID):
			return nil, ErrAmbiguous
		}
		values[m.name] = append(values[m.name], m.value)
	}
	for i, m := range out {
		if all := values[m.name]; len(all) > 1 {
			out[i].value = arrayOf(all...)
		}
	}
	return out, nil
}

// arrayOf returns an array of values, those that are arrays opened.
func arrayOf(values ...[]byte) []byte {
	out := []byte{'['}
	for _, raw := range values {
		if raw[0] == '[' {
			raw = bytes.TrimSpace(raw[1 : len(raw)-1])
		}
		if len(raw) > 0 && len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, raw...)
	}
	return append(out, ']')
}

func written(members []member, n *renames) []byte {
	out := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		if m.name == string(vocab.Context) {
			m.value = n.defined(m.value)
		}
		out, _ = jsontext.AppendQuote(out, m.name)
		out = append(append(out, ':'), m.value...)
	}
	return append(out, '}')
}

// defined adds to a context what the new names mean.
func (n *renames) defined(context []byte) []byte {
	if n == nil || len(n.properties) == 0 {
		return context
	}
	out := []byte{'{'}
	for i, p := range n.properties {
		if i > 0 {
			out = append(out, ',')
		}
		out, _ = jsontext.AppendQuote(out, string(p))
		out = append(append(out, ':'), p.Definition().Raw()...)
	}
	return arrayOf(context, append(out, '}'))
}

// member returns a member under the name and with the value that godwit reads.
func (r *reader) member(name string, v vocab.Value, s scope, n *renames) (member, error) {
	term := s.context.GetTermDefinition(name)
	iri := s.iri(name)
	switch {
	case iri == "@id":
		n.rename(name, vocab.ID)
		value := s.ids(v)
		return member{name: usual(name, vocab.ID), value: value}, r.grow(len(value) - len(v.Raw()))
	case iri == "@type":
		n.rename(name, vocab.Type)
		value, err := r.types(v, s)
		return member{name: usual(name, vocab.Type), value: value}, err
	case strings.HasPrefix(iri, "@"):
		value, err := r.inside(v, s, term, n)
		return member{name: iri, value: value}, err
	}
	p, isKnown := s.property(name, iri, term)
	if !isKnown {
		value, err := r.inside(v, s, term, n)
		return member{name: s.otherName(name, iri, term), value: value}, err
	}
	value, err := r.value(v, s, name, n)
	if s.isUndefined(name, iri, term) || isSameProperty(name, iri) {
		return member{name: name, value: value}, err
	}
	p = inContainer(p, s.context.GetContainer(name))
	n.add(p)
	return member{name: string(p), value: value}, err
}

// property returns the property that a member is. What nothing defines is
// what it is called.
func (s scope) property(name, iri string, term *ld.TermDefinition) (vocab.Property, bool) {
	switch {
	case s.isUndefined(name, iri, term):
		return vocab.PropertyNamed(name)
	case term != nil && term.Reverse:
		return "", false
	}
	if called, found := strings.CutPrefix(iri, "_:"); found {
		return vocab.PropertyNamed(called)
	}
	return vocab.PropertyFor(iri)
}

// isUndefined reports whether the context says nothing of a name. A prefix that
// the context uses for something else is no such thing.
func (s scope) isUndefined(name, iri string, term *ld.TermDefinition) bool {
	if term != nil && term.Reverse {
		return false
	}
	prefix, _, isPrefixed := strings.Cut(name, ":")
	if isPrefixed && s.context.GetTermDefinition(prefix) != nil {
		return false
	}
	return iri == "_:"+name || term == nil && iri == name
}

func isSameProperty(name, iri string) bool {
	p, found := vocab.PropertyNamed(name)
	return found && p.Means(iri)
}

func (n *renames) rename(from string, to vocab.Property) {
	if usual(from, to) != from {
		n.add(to)
	}
}

// usual keeps a name that is read as p already.
func usual(name string, p vocab.Property) string {
	if slices.Contains(p.Spellings(), name) {
		return name
	}
	return string(p)
}

// inContainer tells apart properties that have one IRI, by what holds their
// values.
func inContainer(p vocab.Property, containers []string) vocab.Property {
	switch {
	case p == vocab.Items && slices.Contains(containers, "@list"):
		return vocab.OrderedItems
	case slices.Contains(containers, "@language"):
		return p + "Map"
	}
	return p
}

// otherName returns the name for a member that godwit does not read. One that
// it would read, but that means something else, gets its full IRI.
func (s scope) otherName(name, iri string, term *ld.TermDefinition) string {
	if _, isRead := vocab.PropertyNamed(name); !isRead {
		return name
	}
	switch {
	case s.isUndefined(name, iri, term):
		return name
	case iri == "" || term != nil && term.Reverse:
		return "_:" + name // it means nothing
	}
	if _, isRead := vocab.PropertyNamed(iri); isRead {
		return "_:" + name // it only looks like something
	}
	return iri
}
