package httpsig

import (
	"net/url"
	"slices"
	"strings"

	"github.com/dunglas/httpsfv"
)

// A component is one thing that is covered (RFC 9421, section 2).
type component struct {
	name  string
	param string // which parameter of the query @query-param means
}

func readComponent(item httpsfv.Item) (component, error) {
	name, ok := item.Value.(string)
	if !ok || !lowerToken(name) {
		return component{}, refuse(Unsigned, "a component's name is not one")
	}
	given := item.Params.Names()
	if name != "@query-param" && len(given) == 0 {
		return component{name: name}, nil
	}
	if name == "@query-param" && len(given) == 1 && given[0] == "name" {
		value, _ := item.Params.Get("name")
		if param, ok := value.(string); ok {
			return component{name, param}, nil
		}
	}
	// sf, key, bs, req and tr are for those who rewrite fields on the way.
	return component{}, refuse(Uncovered, "the component %s has parameters that are not supported", printable(name))
}

// covered returns the names of the components, none of which may be there
// twice.
func (in *input) covered() ([]string, error) {
	if len(in.components) > maxCovered {
		return nil, refuse(Unsigned, "it covers more than %d components", maxCovered)
	}
	names := make([]string, len(in.components))
	for i, c := range in.components {
		if slices.Contains(in.components[:i], c) {
			return nil, refuse(Unsigned, "it covers %s twice", printable(c.name))
		}
		names[i] = c.name
	}
	return names, nil
}

// lowerToken reports whether name is a field name in lower case, or the name
// of a derived component.
func lowerToken(name string) bool {
	bare := strings.TrimPrefix(name, "@")
	for i := range len(bare) {
		c := bare[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return bare != ""
}

// appendComponent appends a line of the signature base.
func (m *message) appendComponent(b []byte, c component, origin string) ([]byte, error) {
	if c.name == "@query-param" {
		return m.appendQueryParam(b, c.param)
	}
	b = append(append(append(b, '"'), c.name...), `": `...)
	var err error
	if strings.HasPrefix(c.name, "@") {
		b, err = m.appendDerived(b, c.name, origin)
	} else {
		b, err = m.appendField(b, c.name)
	}
	return append(b, '\n'), err
}

// appendDerived appends the value of a derived component (RFC 9421, section
// 2.2).
func (m *message) appendDerived(b []byte, name, origin string) ([]byte, error) {
	path, query, _ := strings.Cut(m.target, "?")
	scheme, authority, _ := strings.Cut(origin, "://")
	switch name {
	case "@method":
		return append(b, m.method...), nil
	case "@target-uri":
		return append(append(b, origin...), m.target...), nil
	case "@authority":
		return append(b, authority...), nil
	case "@scheme":
		return append(b, scheme...), nil
	case "@request-target":
		return append(b, m.target...), nil
	case "@path":
		return append(b, path...), nil
	case "@query":
		return append(append(b, '?'), query...), nil
	}
	return nil, refuse(Uncovered, "the component %s is not supported", printable(name))
}

// appendQueryParam appends the line of one parameter of the query (RFC 9421,
// section 2.2.8). A parameter that stands there twice cannot be covered.
func (m *message) appendQueryParam(b []byte, want string) ([]byte, error) {
	_, query, _ := strings.Cut(m.target, "?")
	var found []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if reencode(name) == want {
			found = append(found, reencode(value))
		}
	}
	if len(found) != 1 {
		return nil, refuse(Unsigned, "it covers a parameter that the query has %d times", len(found))
	}
	// The name equals one that is percent-encoded, so it needs no escapes.
	return append(b, `"@query-param";name="`+want+`": `+found[0]+"\n"...), nil
}

// reencode decodes a name or value of a form and percent-encodes it again, so
// that all spellings of it are one. Of what forms leave bare, QueryEscape
// leaves other characters bare in two places.
func reencode(s string) string {
	plain, err := url.QueryUnescape(s)
	if err != nil {
		plain = strings.ReplaceAll(s, "+", " ")
	}
	return formBare.Replace(url.QueryEscape(plain))
}

var formBare = strings.NewReplacer("+", "%20", "~", "%7E", "%2A", "*")
