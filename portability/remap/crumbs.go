package remap

import (
	"bytes"
	"slices"
	"strings"
)

// A crumbs finds the members that say where a document was before: "previously",
// "migratedFrom" and "migratedAt", under any namespace, and under every name that the
// document's own contexts give to these.
type crumbs struct {
	terms map[string][]string // what names stand for; @vocab too
	known map[string]bool     // what was found of names
}

// isCrumb reports whether a name is one of them.
func (c *crumbs) isCrumb(name string) bool {
	if len(c.terms) == 0 {
		return isCrumbLocal(name)
	}
	is, asked := c.known[name]
	if !asked {
		is = c.resolve(name)
		c.known[name] = is
	}
	return is
}

// mostMeanings is how many names one may stand for, by whichever way. One with more has
// no honest meaning.
const mostMeanings = 16

// resolve follows a name to everything that it may stand for. Which context holds where
// is not looked at.
func (c *crumbs) resolve(name string) bool {
	met := map[string]bool{name: true}
	open := []string{name}
	stand := func(meanings []string, rest string) {
		for _, m := range meanings {
			if len(met) > mostMeanings {
				return
			}
			if m += rest; !met[m] {
				met[m] = true
				open = append(open, m)
			}
		}
	}
	for len(open) > 0 && len(met) <= mostMeanings {
		name, open = open[len(open)-1], open[:len(open)-1]
		if isCrumbLocal(name) {
			return true
		}
		stand(c.terms[name], "")
		if prefix, rest, found := strings.Cut(name, ":"); found {
			stand(c.terms[prefix], rest)
		} else {
			stand(c.terms["@vocab"], name)
		}
	}
	return len(met) > mostMeanings
}

// isCrumbLocal looks at a name without its prefix or namespace. Many readers know no
// upper and lower case.
func isCrumbLocal(name string) bool {
	local := name[strings.LastIndexAny(name, ":#/")+1:]
	switch len(local) {
	case len("previously"): // and of migratedAt
		return strings.EqualFold(local, "previously") || strings.EqualFold(local, "migratedAt")
	case len("migratedFrom"):
		return strings.EqualFold(local, "migratedFrom")
	}
	return false
}

const contextName = `"@context"`

// readCrumbs reads what the contexts in a document define, at every depth.
func readCrumbs(data []byte) *crumbs {
	c := &crumbs{terms: map[string][]string{}, known: map[string]bool{}}
	if bytes.Contains(data, []byte(`\u00`)) && mayEscapeContext(data) {
		c.everywhere(data, skipSpace(data, 0))
		return c
	}
	for i := 0; ; {
		at := bytes.Index(data[i:], []byte(contextName))
		if at < 0 {
			return c
		}
		i = skipSpace(data, i+at+len(contextName))
		if data[i] == ':' {
			i = c.context(data, skipSpace(data, i+1))
		}
	}
}

// mayEscapeContext reports whether a document has escapes for any letter of "@context".
func mayEscapeContext(data []byte) bool {
	for i := 0; ; i++ {
		at := bytes.Index(data[i:], []byte(`\u00`))
		if at < 0 || len(data) < i+at+6 {
			return false
		}
		i += at
		if strings.Contains("40 63 6f 6e 74 65 78", strings.ToLower(string(data[i+4:i+6]))) {
			return true
		}
	}
}

// everywhere looks for contexts in the value that starts at i, name by name, and returns
// the index behind it.
func (c *crumbs) everywhere(data []byte, i int) int {
	switch data[i] {
	case '{':
		return members(data, i, func(name string, value int) int {
			if name == "@context" {
				c.context(data, value)
			}
			return c.everywhere(data, value)
		})
	case '[':
		return elements(data, i, func(element int) int { return c.everywhere(data, element) })
	}
	return skipValue(data, i)
}

// context reads the definitions of one context, and returns the index behind it.
func (c *crumbs) context(data []byte, i int) int {
	switch data[i] {
	case '{':
		return members(data, i, func(name string, value int) int { return c.define(data, name, value) })
	case '[':
		return elements(data, i, func(element int) int { return c.context(data, element) })
	}
	return skipValue(data, i)
}

// define reads one definition: an IRI, or an object that has one as its "@id", and maybe
// a context of its own.
func (c *crumbs) define(data []byte, name string, i int) int {
	switch data[i] {
	case '"':
		end := skipString(data, i)
		means := string(inner(data[i:end]))
		if known := c.terms[name]; len(known) <= mostMeanings && !slices.Contains(known, means) {
			c.terms[name] = append(known, means)
		}
		return end
	case '{':
		return members(data, i, func(inside string, value int) int {
			switch {
			case inside == "@context":
				return c.context(data, value)
			case inside == "@id" || inside == "@reverse":
				return c.define(data, name, value)
			}
			return skipValue(data, value)
		})
	}
	return skipValue(data, i)
}

// members calls each for the members of an object, with where their values start, and
// returns the index behind it. Each returns the index behind the value.
func members(data []byte, i int, each func(name string, value int) int) int {
	for i = skipSpace(data, i+1); data[i] != '}'; {
		nameEnd := skipString(data, i)
		value := skipSpace(data, skipSpace(data, nameEnd)+1)
		i = skipComma(data, each(string(inner(data[i:nameEnd])), value))
	}
	return i + 1
}

// elements does the same for an array.
func elements(data []byte, i int, each func(element int) int) int {
	for i = skipSpace(data, i+1); data[i] != ']'; {
		i = skipComma(data, each(i))
	}
	return i + 1
}
