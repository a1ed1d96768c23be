// Package jsonld restates the JSON-LD contexts that servers in use name by
// URL, as tables of terms, so that no document is ever fetched to be read.
//
// [Lookup] finds a context by its URL; [Context.Local] is the form that a
// JSON-LD processor takes. The processor itself is used in vocab/expand and
// vocab/ldsig only.
package jsonld

import (
	"maps"
	"slices"
	"strings"
)

// A Term is what a context says of one name.
type Term struct {
	ID        string
	Type      string   // "@id", "@vocab" or a datatype; "" if it says nothing
	Container string   // "@set", "@list", "@graph", "@language"; "" if none
	Inner     *Context // holds inside the member, or for nodes of the type
}

// Terms are definitions by name.
type Terms map[string]Term

// A Context is one published context.
type Context struct {
	Before    []string // URLs of contexts that it builds on
	Vocab     string   // what names without definition are put behind
	Protected bool     // later contexts may not redefine its terms
	Terms     Terms
}

// Lookup returns the context that is published under url. LitePub's is
// published by every server under its own host.
func Lookup(url string) (*Context, bool) {
	if strings.HasSuffix(url, "/schemas/litepub-0.1.jsonld") {
		return litePub, true
	}
	known, found := contexts[url]
	return known, found
}

// URLs returns all URLs of known contexts, sorted.
func URLs() []string { return slices.Sorted(maps.Keys(contexts)) }

// Local returns the context as encoding/json would decode it, in values that
// the caller owns, without what it builds on.
func (c *Context) Local() map[string]any {
	local := make(map[string]any, len(c.Terms)+2)
	if c.Protected {
		local["@protected"] = true
	}
	if c.Vocab != "" {
		local["@vocab"] = c.Vocab
	}
	for name, term := range c.Terms {
		local[name] = term.local()
	}
	return local
}

func (t Term) local() any {
	if t.Type == "" && t.Container == "" && t.Inner == nil {
		return t.ID
	}
	definition := map[string]any{"@id": t.ID}
	if t.Type != "" {
		definition["@type"] = t.Type
	}
	if t.Container != "" {
		definition["@container"] = t.Container
	}
	if t.Inner != nil {
		definition["@context"] = t.Inner.Local()
	}
	return definition
}

// named returns a term of one kind for every name in a list: its IRI is the
// name behind prefix.
func named(prefix string, like Term, names string) Terms {
	terms := Terms{}
	for name := range strings.FieldsSeq(names) {
		term := like
		term.ID = prefix + name
		terms[name] = term
	}
	return terms
}

// join puts groups of terms together.
func join(groups ...Terms) Terms {
	all := Terms{}
	for _, group := range groups {
		maps.Copy(all, group)
	}
	return all
}

var (
	plain   = Term{}
	ref     = Term{Type: "@id"}
	keyword = Terms{"id": {ID: "@id"}, "type": {ID: "@type"}}
)
