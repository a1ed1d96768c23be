package expand

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/piprate/json-gold/ld"

	"codeberg.org/godwit/godwit/vocab"
)

// A scope has the context that is in force at one place.
type scope struct{ context *ld.Context }

// enter returns the scope inside an object (JSON-LD 1.1 API §5.1.2, steps 7 to
// 11): a context for nodes of one type ends here, one that belongs to the
// member begins, then the object's own, then those of its types.
func (r *reader) enter(s scope, o *vocab.Object, member *ld.TermDefinition) (scope, error) {
	if !s.isReference(o) {
		s.context = s.context.RevertToPreviousContext()
	}
	var err error
	if member != nil && member.HasContext {
		if s, err = r.within(unprotected(s.context), member.Context); err != nil {
			return s, err
		}
	}
	if own := o.Get(vocab.Context); !own.IsZero() {
		context, err := r.loader.resolve(own)
		if err != nil {
			return s, err
		}
		if s, err = r.within(s.context, context); err != nil {
			return s, err
		}
	}
	return r.forTypes(s, o)
}

// within returns the scope that local opens within base.
func (r *reader) within(base *ld.Context, local any) (scope, error) {
	r.scopes++
	r.definitions += definitions(local)
	if r.scopes > maxScopes || r.definitions > maxProcessed {
		return scope{}, ErrTooMany
	}
	context, err := base.Parse(local)
	if err != nil {
		return scope{}, fmt.Errorf("%w: %w", ErrContext, withoutText(err))
	}
	s := scope{context}
	return s, s.checkIRIs(local)
}

// checkIRIs refuses definitions that would make much out of little: a short
// name, of which a document has room for many, that stands for a long IRI.
func (s scope) checkIRIs(local any) error {
	if len(s.iri("undefined")) > maxIRI {
		return ErrTooLarge // "@vocab"
	}
	for _, terms := range listed(local) {
		for name := range terms {
			if term := s.context.GetTermDefinition(name); term != nil && len(term.ID) > maxIRI {
				return ErrTooLarge
			}
		}
	}
	return nil
}

// definitions counts the terms that the processor has to look at.
func definitions(local any) int {
	n := 0
	for _, terms := range listed(local) {
		n += len(terms)
	}
	return n
}

// listed returns the terms of each context in local.
func listed(local any) []map[string]any {
	list, ok := local.([]any)
	if !ok {
		list = []any{local}
	}
	all := make([]map[string]any, 0, len(list))
	for _, context := range list {
		if terms, ok := context.(map[string]any); ok {
			all = append(all, terms)
		}
	}
	return all
}

// withoutText keeps the kind of a processor's error; its details quote the
// document.
func withoutText(err error) error {
	if known, ok := err.(*ld.JsonLdError); ok {
		return fmt.Errorf("%s", known.Code)
	}
	return ErrInnerFault
}

// unprotected lets a member's own context redefine protected terms, as JSON-LD
// has it.
func unprotected(context *ld.Context) *ld.Context {
	open := ld.CopyContext(context)
	clear(open.Protected)
	return open
}

// isReference reports whether o is a value or only names a node, so that the
// context of the node around it still holds.
func (s scope) isReference(o *vocab.Object) bool {
	if o.Has(vocab.Context) || o.Len() > 2 {
		return false
	}
	for name := range o.Members() {
		switch s.iri(name) {
		case "@value":
			return true
		case "@id":
			return o.Len() == 1
		}
	}
	return false
}

func (r *reader) forTypes(s scope, o *vocab.Object) (scope, error) {
	var types []string
	for name, v := range o.Members() {
		if s.iri(name) != "@type" {
			continue
		}
		for element := range v.Elements() {
			if text, ok := element.Text(); ok {
				types = append(types, text)
			}
		}
	}
	slices.Sort(types)
	inner := s
	for _, name := range types {
		definition := s.context.GetTermDefinition(name)
		if definition == nil || !definition.HasContext {
			continue
		}
		var err error
		if inner, err = r.within(inner.context, forThisNode(definition.Context)); err != nil {
			return s, err
		}
	}
	return inner, nil
}

// forThisNode makes a context end with the node, unless it says otherwise.
func forThisNode(local any) any {
	list, ok := local.([]any)
	if !ok {
		list = []any{local}
	}
	if len(list) == 0 {
		return list
	}
	first, ok := list[0].(map[string]any)
	if !ok {
		return append([]any{map[string]any{"@propagate": false}}, list...)
	}
	if _, found := first["@propagate"]; found {
		return list
	}
	first = maps.Clone(first)
	first["@propagate"] = false
	return append([]any{first}, list[1:]...)
}

// iri returns what a name stands for here: a full IRI, a keyword, or "" if the
// context says that it means nothing. Prefixes in use count even where the
// context forgets to define them.
func (s scope) iri(name string) string {
	iri, err := s.context.ExpandIri(name, false, true, nil, nil)
	if err != nil {
		return ""
	}
	prefix, local, isPrefixed := strings.Cut(iri, ":")
	if !isPrefixed || strings.HasPrefix(local, "//") || s.context.GetTermDefinition(prefix) != nil {
		return iri
	}
	if p, found := vocab.PropertyNamed(iri); found {
		return p.IRI()
	}
	if full := vocab.TypeIRI(vocab.CompactType(iri)); full != "" {
		return full
	}
	return iri
}

// reference returns the IRI that a string stands for where one is expected.
// What is no term and has no prefix that is defined stays as it is.
func (s scope) reference(text, kind string) string {
	if kind == "@vocab" && s.context.GetTermDefinition(text) != nil {
		return s.iri(text)
	}
	before, _, found := strings.Cut(text, ":")
	if !found || s.context.GetTermDefinition(before) == nil {
		return text
	}
	iri, err := s.context.ExpandIri(text, false, false, nil, nil)
	if err != nil {
		return text
	}
	return iri
}
