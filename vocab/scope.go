package vocab

import (
	"slices"
	"strings"
)

// A contextScope has what the contexts in force at one place of a document
// define, as far as it differs from what godwit takes names to mean. JSON-LD
// 1.1 is followed as far as its answer can be "this name is odd".
type contextScope struct {
	outer   *contextScope
	terms   map[string]string // what this scope's own definitions say, unexpanded
	names   map[string]bool   // whether a name is odd here; absent: ask outer
	prefix  map[string]bool   // the same for what stands before a colon
	isCore  bool              // ActivityStreams' own terms are as usual here, whatever outer says
	matters bool              // some name is odd here or further out
}

// isOdd reports whether a name, or a string that might stand for one, means
// something else than it says.
func (s *contextScope) isOdd(text string) bool {
	if s == nil || !s.matters {
		return false
	}
	if odd, found := s.look(text); found {
		return odd
	}
	before, after, found := strings.Cut(text, ":")
	return found && !strings.HasPrefix(after, "//") && s.isOddPrefix(before)
}

func (s *contextScope) look(name string) (odd, found bool) {
	for ; s != nil; s = s.outer {
		if odd, found = s.names[name]; found {
			return odd, true
		}
		if s.isCore && isCoreName(name) {
			return false, true
		}
	}
	return false, false
}

func (s *contextScope) isOddPrefix(name string) bool {
	for ; s != nil; s = s.outer {
		if odd, found := s.prefix[name]; found {
			return odd
		}
		if s.isCore && (name == "as" || name == "ldp") {
			return false
		}
	}
	return false
}

func isCoreName(name string) bool { return propertyMeanings[name].core || typeMeanings[name].core }

func (s *contextScope) set(table *map[string]bool, name string, odd bool) {
	if *table == nil {
		*table = map[string]bool{}
	}
	(*table)[name] = odd
	s.matters = s.matters || odd
}

// defineByURL takes in a context that is only named, and reports whether it is
// known.
func (s *contextScope) defineByURL(url string) bool {
	known, found := knownContext(url)
	if !found {
		return false
	}
	if known.isCore {
		s.restoreCore()
	}
	for _, name := range known.odd {
		s.set(&s.names, name, true)
	}
	for _, name := range known.prefixes {
		s.set(&s.prefix, name, true)
	}
	return true
}

func (s *contextScope) restoreCore() {
	s.isCore = true
	for name := range s.names {
		if isCoreName(name) {
			delete(s.names, name)
		}
	}
	delete(s.prefix, "as")
	delete(s.prefix, "ldp")
}

// defineInline takes in the definitions that o has, and reports whether they
// are all such as can be judged name by name.
func (s *contextScope) defineInline(o *Object) bool {
	if s.terms == nil {
		s.terms = make(map[string]string, o.Len())
	}
	for name, v := range o.Members() {
		s.terms[name] = definedID(name, v)
	}
	for name, v := range o.Members() {
		if strings.HasPrefix(name, "@") {
			if !isHarmless(name, v) {
				return false
			}
			continue
		}
		s.define(name, v)
	}
	return true
}

// isHarmless reports whether a keyword in a context leaves the meaning of all
// names alone.
func isHarmless(keyword string, v Value) bool {
	switch keyword {
	case "@language", "@version", "@protected", "@direction":
		return true
	case "@vocab":
		text, _ := v.Text()
		return text == "_:" || v.Kind() == Null
	}
	return false
}

// definedID returns what a term definition says that its term is, or "".
func definedID(name string, v Value) string {
	if text, ok := v.Text(); ok {
		return text
	}
	o, ok := v.Object()
	if !ok {
		return ""
	}
	if id := o.Get("@id"); !id.IsZero() {
		text, _ := id.Text()
		return text
	}
	return name
}

// define judges one term definition.
func (s *contextScope) define(name string, v Value) {
	iri := s.expand(s.terms[name], 0)
	s.set(&s.names, name, isOddDefinition(name, iri, v))
	usual, isKnown := namespaceOf[name]
	switch {
	case isKnown:
		s.set(&s.prefix, name, !slices.Contains(usual, iri))
	case isPrefix(iri, v):
		s.set(&s.prefix, name, true)
	}
}

func isPrefix(iri string, v Value) bool {
	if o, ok := v.Object(); ok {
		return o.Bool("@prefix")
	}
	return iri != "" && strings.IndexByte(":/?#[]@", iri[len(iri)-1]) >= 0
}

func isOddDefinition(name, iri string, v Value) bool {
	ours, isOurs := meaningOf(name)
	if !isOurs {
		return strings.HasPrefix(iri, "@") || isReadIRI(iri) || reshapes(v)
	}
	if iri == "" || v.Kind() == Null || reshapes(v) || revalues(v) {
		return true
	}
	return !ours.has(iri) && iri != "_:"+name && iri != name
}

// reshapes reports whether a definition changes what stands inside the member.
func reshapes(v Value) bool {
	o, ok := v.Object()
	return ok && (o.Has("@context") || o.Has("@reverse") || o.Has("@nest"))
}

// revalues reports whether a definition changes how the member's value is read.
func revalues(v Value) bool {
	o, ok := v.Object()
	if !ok {
		return false
	}
	for container := range o.Get("@container").Elements() {
		switch text, _ := container.Text(); text {
		case "@set", "@list", "@graph":
		default:
			return true
		}
	}
	return o.Text("@type") == "@vocab"
}

// meaningOf returns what godwit takes a name to mean, compact or spelled out.
func meaningOf(name string) (meaning, bool) {
	if m, found := propertyMeanings[name]; found {
		return m, true
	}
	if m, found := typeMeanings[name]; found {
		return m, true
	}
	iri := (*contextScope)(nil).expand(name, 0)
	if p, found := propertyOf[iri]; found {
		return propertyMeanings[string(p)], true
	}
	m, found := typeMeanings[typeOf[iri]]
	return m, found
}

func isReadIRI(iri string) bool {
	_, isProperty := propertyOf[iri]
	_, isType := typeOf[iri]
	return isProperty || isType
}

// expand returns the full IRI that text stands for within a context: a term,
// a prefixed name, a keyword or an IRI. Terms that nothing defines are below
// "_:", as the ActivityStreams context has it.
func (s *contextScope) expand(text string, depth int) string {
	const deepest = 16 // definitions may refer to each other in a circle
	before, after, found := strings.Cut(text, ":")
	switch {
	case text == "" || depth > deepest:
		return ""
	case text[0] == '@' || found && (before == "_" || strings.HasPrefix(after, "//")):
		return text
	case !found:
		return s.expandTerm(text, depth)
	}
	if defined, found := s.term(before); found && defined != before {
		return s.expand(defined, depth+1) + after
	}
	if usual, found := namespaceOf[before]; found {
		return usual[0] + after
	}
	return text
}

func (s *contextScope) expandTerm(text string, depth int) string {
	if defined, found := s.term(text); found && defined != text {
		return s.expand(defined, depth+1)
	}
	if m, found := propertyMeanings[text]; found {
		return m.iris[0]
	}
	if m, found := typeMeanings[text]; found {
		return m.iris[0]
	}
	return "_:" + text
}

func (s *contextScope) term(name string) (string, bool) {
	for ; s != nil; s = s.outer {
		if defined, found := s.terms[name]; found {
			return defined, true
		}
	}
	return "", false
}
