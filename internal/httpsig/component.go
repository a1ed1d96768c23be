package httpsig

import (
	"net/url"
	"strings"

	"github.com/dunglas/httpsfv"
)

// readComponents checks the list of what is covered (RFC 9421, sections 2.1 to
// 2.3) and keeps the names.
func (s *Signature) readComponents(items []httpsfv.Item) error {
	if len(items) > maxCovered {
		return refuse(Unsigned, "it covers more than %d components", maxCovered)
	}
	s.Covered = make([]string, 0, len(items))
	var params []string
	for _, item := range items {
		name, ok := item.Value.(string)
		if !ok || !lowerToken(name) {
			return refuse(Unsigned, "a component's name is not one")
		}
		param, err := queryParam(name, item.Params)
		if err != nil {
			return err
		}
		for i, other := range s.Covered {
			if other == name && params[i] == param {
				return refuse(Unsigned, "it covers %s twice", printable(name))
			}
		}
		s.Covered = append(s.Covered, name)
		params = append(params, param)
	}
	return nil
}

// queryParam returns which parameter of the query a component means. All other
// parameters of components (sf, key, bs, req, tr) are refused.
func queryParam(name string, params *httpsfv.Params) (string, error) {
	given := params.Names()
	if name != "@query-param" && len(given) == 0 {
		return "", nil
	}
	if name == "@query-param" && len(given) == 1 && given[0] == "name" {
		value, _ := params.Get("name")
		if text, ok := value.(string); ok {
			return text, nil
		}
	}
	return "", refuse(Uncovered, "the component %s has parameters that are not supported", printable(name))
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
func (m *message) appendComponent(b []byte, item httpsfv.Item, origin string) ([]byte, error) {
	name := item.Value.(string)
	if name == "@query-param" {
		return m.appendQueryParam(b, item)
	}
	b = append(append(append(b, '"'), name...), `": `...)
	var err error
	if strings.HasPrefix(name, "@") {
		b, err = m.appendDerived(b, name, origin)
	} else {
		b, err = m.appendField(b, name)
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
func (m *message) appendQueryParam(b []byte, item httpsfv.Item) ([]byte, error) {
	want, err := queryParam("@query-param", item.Params)
	if err != nil {
		return nil, err
	}
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
	identifier, err := httpsfv.Marshal(item)
	if err != nil {
		return nil, refuse(Unsigned, "a component cannot be written again")
	}
	return append(append(append(append(b, identifier...), ": "...), found[0]...), '\n'), nil
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
