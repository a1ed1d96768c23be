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
	terms   map[string]localTerm // what this scope's own definitions say
	names   map[string]bool      // whether a name is odd here; absent: ask outer
	prefix  map[string]bool      // the same for what stands before a colon
	isCore  bool                 // ActivityStreams' own terms are as usual here, whatever outer says
	matters bool                 // some name is odd here or further out
}

// A localTerm is one definition, its IRI as it was written.
type localTerm struct {
	id   string  // "" if it means nothing
	long *Object // the definition, if it is written as an object
}

func (t localTerm) isPrefix(iri string) bool {
	if t.long != nil {
		return t.long.Bool("@prefix")
	}
	return iri != "" && strings.IndexByte(":/?#[]@", iri[len(iri)-1]) >= 0
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
	}
	return false
}

func isCoreName(name string) bool { return propertyMeanings[name].core || typeMeanings[name].core }

// set notes whether a name is odd here. That one is not needs no note where none
// was.
func (s *contextScope) set(table *map[string]bool, name string, odd bool) {
	if !odd && !s.matters {
		return
	}
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
}

// defineInline takes in the definitions that o has, and reports whether they
// are all such as can be judged name by name.
func (s *contextScope) defineInline(o *Object) bool {
	if s.terms == nil {
		s.terms = make(map[string]localTerm, o.Len())
	}
	for name, v := range o.Members() {
		s.terms[name] = localTermOf(name, v)
	}
	for name, v := range o.Members() {
		if strings.HasPrefix(name, "@") {
			if !isHarmless(name, v) {
				return false
			}
			continue
		}
		if !s.define(name) {
			return false
		}
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

func localTermOf(name string, v Value) localTerm {
	if text, ok := v.Text(); ok {
		return localTerm{id: text}
	}
	o, ok := v.Object()
	if !ok {
		return localTerm{}
	}
	t := localTerm{id: name, long: o}
	if id := o.Get("@id"); !id.IsZero() {
		t.id, _ = id.Text()
	}
	return t
}

// define judges one term definition, and reports whether it could. What takes
// a prefix that is known here, or a name with any prefix, for something of its
// own cannot be judged alone: other definitions may build on it.
func (s *contextScope) define(name string) bool {
	term := s.terms[name]
	if term.isUsual(name) {
		s.set(&s.names, name, false)
		return true
	}
	iri := s.expand(term.id, 0)
	if usual, isKnown := namespaceOf[name]; isKnown {
		return slices.Contains(usual, iri) && term.isPrefix(iri)
	}
	if strings.Contains(name, ":") {
		return false
	}
	s.set(&s.names, name, term.isOdd(name, iri))
	if term.isPrefix(iri) {
		s.set(&s.prefix, name, true)
	}
	return true
}

// isUsual recognises the definitions that most servers write, without
// expanding them.
func (t localTerm) isUsual(name string) bool {
	if t.long != nil && (t.reshapes() || t.revalues()) {
		return false
	}
	return t.id != "" && (slices.Contains(spellings[Property(name)], t.id) || typeOf[t.id] == name)
}

func (t localTerm) isOdd(name, iri string) bool {
	ours, isOurs := meaningOf(name)
	if !isOurs {
		return strings.HasPrefix(iri, "@") || isReadIRI(iri) || t.reshapes()
	}
	if iri == "" || t.reshapes() || t.revalues() {
		return true
	}
	return !ours.has(iri) && iri != "_:"+name && iri != name
}

// reshapes reports whether the definition changes what stands inside the
// member.
func (t localTerm) reshapes() bool {
	return t.long != nil && (t.long.find("@context") >= 0 || t.long.find("@reverse") >= 0 || t.long.find("@nest") >= 0)
}

// revalues reports whether the definition changes how the member's value is
// read.
func (t localTerm) revalues() bool {
	if t.long == nil {
		return false
	}
	for container := range t.long.Get("@container").Elements() {
		switch text, _ := container.Text(); text {
		case "@set", "@list", "@graph":
		default:
			return true
		}
	}
	return t.long.Text("@type") == "@vocab"
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
	if namespace, found := s.namespace(before, depth); found {
		if namespace == "" {
			return text
		}
		return namespace + after
	}
	if usual, found := namespaceOf[before]; found {
		return usual[0] + after
	}
	return text
}

func (s *contextScope) expandTerm(text string, depth int) string {
	if defined, found := s.term(text); found && defined.id != text {
		return s.expand(defined.id, depth+1)
	}
	if m, found := propertyMeanings[text]; found {
		return m.iris[0]
	}
	if m, found := typeMeanings[text]; found {
		return m.iris[0]
	}
	return "_:" + text
}

// namespace returns what a prefix that is defined here stands for, or "" if the
// term cannot be a prefix.
func (s *contextScope) namespace(prefix string, depth int) (string, bool) {
	defined, found := s.term(prefix)
	if !found || defined.id == prefix {
		return "", found
	}
	iri := s.expand(defined.id, depth+1)
	if !defined.isPrefix(iri) {
		return "", true
	}
	return iri, true
}

func (s *contextScope) term(name string) (localTerm, bool) {
	for ; s != nil; s = s.outer {
		if defined, found := s.terms[name]; found {
			return defined, true
		}
	}
	return localTerm{}, false
}
