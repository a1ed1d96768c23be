package vocab

import "bytes"

// A ContextKind tells what the "@context" of a document, and those further
// inside it, make of the names that godwit reads.
type ContextKind byte

const (
	// ContextAbsent means that the document has none, or an empty one.
	ContextAbsent ContextKind = iota
	// ContextPlain means that every name can be read as it stands.
	ContextPlain
	// ContextUnknown is like ContextPlain, but one of the contexts is only
	// named, and not known here. It is taken to define nothing that we read.
	ContextUnknown
	// ContextOdd means that the document uses a name that its context gives
	// another meaning, or an alias for one that we read, or that its contexts
	// are too long to be judged. Package vocab/expand rewrites it, or refuses.
	ContextOdd
)

// String returns a word for logs and tests.
func (k ContextKind) String() string {
	switch k {
	case ContextAbsent:
		return "absent"
	case ContextPlain:
		return "plain"
	case ContextUnknown:
		return "unknown"
	}
	return "odd"
}

// ContextKind reports how the names in o are to be read. Nothing is fetched:
// contexts in use are known by their URLs.
//
// Definitions written in the document count only if it uses their names. Values
// that are wrapped in objects ("@value", "@set", "@list") count as odd.
func (o *Object) ContextKind() ContextKind {
	v := o.Get(Context)
	if isEmptyContext(v) {
		return ContextAbsent
	}
	r := &contextReader{}
	if scope := r.enter(nil, v); scope.matters || o.mayHoldKeywords() {
		r.visitMembers(o, scope)
	}
	switch {
	case r.isOdd:
		return ContextOdd
	case r.isUnknown:
		return ContextUnknown
	}
	return ContextPlain
}

func isEmptyContext(v Value) bool {
	for element := range v.Elements() {
		o, ok := element.Object()
		if !ok && element.Kind() != Null || ok && o.Len() > 0 {
			return false
		}
	}
	return true
}

var signs = [...][]byte{[]byte("@context"), []byte(`@value"`), []byte(`@set"`), []byte(`@list"`), []byte(`\u0040`)}

// mayHoldKeywords reports whether something may stand in o, further inside
// than its own context, that only a look at every name can judge. An escaped
// name counts as such.
func (o *Object) mayHoldKeywords() bool {
	for _, m := range o.members {
		if o.named(m, string(Context)) {
			continue
		}
		inner := m.value.of(o.raw)
		for _, sign := range signs {
			if bytes.Contains(inner, sign) {
				return true
			}
		}
	}
	return false
}

// wraps reports whether a member of that name holds what stands in the member
// around it.
func wraps(name string) bool { return name == "@value" || name == "@set" || name == "@list" }

// maxContext is how many bytes of contexts are judged: definitions that build
// on each other can make a lot out of little.
const maxContext = 32 << 10

// A contextReader goes through a document with the definitions that hold at
// each place.
type contextReader struct {
	isOdd, isUnknown bool
	bytes            int // of the contexts so far
}

// enter returns the scope that a context opens within another.
func (r *contextReader) enter(outer *contextScope, context Value) *contextScope {
	s := &contextScope{outer: outer, matters: outer != nil && outer.matters}
	if r.bytes += len(context.raw); r.bytes > maxContext {
		r.isOdd = true
		return s
	}
	if context.Kind() == Null {
		s.outer, s.matters = nil, false
	}
	for v := range context.Elements() {
		switch v.Kind() {
		case String:
			url, _ := v.Text()
			r.isUnknown = !s.defineByURL(url) || r.isUnknown
		case Record:
			o, _ := v.Object()
			r.isOdd = !s.defineInline(o) || r.isOdd
		case Null:
			*s = contextScope{}
		default:
			r.isOdd = true
		}
	}
	return s
}

// visit looks at every name and string in o, except those in contexts.
func (r *contextReader) visit(o *Object, s *contextScope) {
	if inner := o.Get(Context); !inner.IsZero() {
		s = r.enter(s, inner)
	}
	r.visitMembers(o, s)
}

func (r *contextReader) visitMembers(o *Object, s *contextScope) {
	for name, v := range o.Members() {
		if r.isOdd {
			return
		}
		if name != string(Context) {
			r.isOdd = wraps(name) || s.isOdd(name)
			r.visitValue(v, s)
		}
	}
}

func (r *contextReader) visitValue(v Value, s *contextScope) {
	switch v.Kind() {
	case String:
		text, _ := v.Text()
		r.isOdd = r.isOdd || s.isOdd(text)
	case Record:
		o, _ := v.Object()
		r.visit(o, s)
	case Array:
		for element := range v.Elements() {
			r.visitValue(element, s)
		}
	}
}
