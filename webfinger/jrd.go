package webfinger

import (
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Relations and types that godwit reads and writes.
const (
	RelSelf    = "self"
	RelProfile = "http://webfinger.net/rel/profile-page"
	// RelServer leads from https://HOST/ to the server's own actor (FEP-d556).
	RelServer = "https://www.w3.org/ns/activitystreams#Service"

	TypeActivity = "application/activity+json"
	TypeJRD      = "application/jrd+json"

	profileAS = "https://www.w3.org/ns/activitystreams"
)

// A JRD is the answer to a WebFinger query: a JSON Resource Descriptor (RFC
// 7033 section 4.4).
type JRD struct {
	Subject    string             `json:"subject,omitempty"`
	Aliases    []string           `json:"aliases,omitempty"`
	Properties map[string]*string `json:"properties,omitempty"` // a nil value is null
	Links      []Link             `json:"links,omitempty"`
}

// A Link is one link of a [JRD].
type Link struct {
	Rel        string             `json:"rel"`
	Type       string             `json:"type,omitempty"`
	Href       string             `json:"href,omitempty"`
	Template   string             `json:"template,omitempty"` // not in RFC 7033; host-meta and remote interaction use it
	Titles     map[string]string  `json:"titles,omitempty"`
	Properties map[string]*string `json:"properties,omitempty"`
}

// ParseJRD reads a descriptor. What stands in it with a wrong type is left
// out, and one value is taken where a list is usual, because servers do both;
// only what is not a JSON object at all, or has two members of one name, is an
// error ([ErrMalformed]). Nothing in the result has been verified.
func ParseJRD(data []byte) (*JRD, error) {
	top := members(data)
	if top == nil {
		return nil, fmt.Errorf("%w: it is not one JSON object", ErrMalformed)
	}
	j := &JRD{
		Subject:    text(top["subject"]),
		Aliases:    texts(top["aliases"]),
		Properties: properties(top["properties"]),
	}
	for _, v := range list(top["links"]) {
		if l, ok := parseLink(v); ok {
			j.Links = append(j.Links, l)
		}
	}
	return j, nil
}

func parseLink(v jsontext.Value) (Link, bool) {
	m := members(v)
	l := Link{
		Rel:        text(m["rel"]),
		Type:       text(m["type"]),
		Href:       text(m["href"]),
		Template:   text(m["template"]),
		Properties: properties(m["properties"]),
	}
	for lang, v := range members(m["titles"]) {
		if title := text(v); title != "" {
			l.Titles = put(l.Titles, lang, title)
		}
	}
	return l, l.Rel != ""
}

// Bytes returns the descriptor as JSON; the same descriptor gives the same
// bytes. Text that is not UTF-8 is an error.
func (j *JRD) Bytes() ([]byte, error) {
	data, err := json.Marshal(j, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write a JRD: %w", err)
	}
	return data, nil
}

// Actors returns where the links of rel self with an ActivityStreams type
// lead, in order and without repeats. They are as the document has them: of
// any scheme, or no URL at all.
func (j *JRD) Actors() []string { return j.hrefs(RelSelf) }

// Servers returns where the links to a server's own actor lead (FEP-d556), as
// unchecked as those of [JRD.Actors].
func (j *JRD) Servers() []string { return j.hrefs(RelServer) }

func (j *JRD) hrefs(rel string) []string {
	var found []string
	for _, l := range j.Links {
		if l.Rel == rel && l.Href != "" && isActivityType(l.Type) && !slices.Contains(found, l.Href) {
			found = append(found, l.Href)
		}
	}
	return found
}

// Profile returns where people read about the account, or "".
func (j *JRD) Profile() string {
	for _, l := range j.Links {
		if l.Rel == RelProfile && l.Href != "" {
			return l.Href
		}
	}
	return ""
}

// only returns a copy of j with the links of the named relations (RFC 7033
// section 4.3); no relation named keeps them all.
func (j *JRD) only(rels []string) *JRD {
	if len(rels) == 0 {
		return j
	}
	kept := *j
	kept.Links = nil
	for _, l := range j.Links {
		if slices.Contains(rels, l.Rel) {
			kept.Links = append(kept.Links, l)
		}
	}
	return &kept
}

func isActivityType(s string) bool {
	media, params, err := mime.ParseMediaType(s)
	switch {
	case err != nil:
		return false
	case media == TypeActivity:
		return true
	}
	return media == "application/ld+json" && slices.Contains(strings.Fields(params["profile"]), profileAS)
}

// members returns nil for everything that is not an object.
func members(v []byte) map[string]jsontext.Value {
	var m map[string]jsontext.Value
	if json.Unmarshal(v, &m) != nil {
		return nil
	}
	return m
}

func list(v jsontext.Value) []jsontext.Value {
	var all []jsontext.Value
	if v.Kind() != '[' {
		return []jsontext.Value{v}
	}
	if json.Unmarshal(v, &all) != nil {
		return nil
	}
	return all
}

func text(v jsontext.Value) string {
	var s string
	if v.Kind() != '"' || json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

func texts(v jsontext.Value) []string {
	var all []string
	for _, e := range list(v) {
		if s := text(e); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func properties(v jsontext.Value) map[string]*string {
	var all map[string]*string
	for name, v := range members(v) {
		switch v.Kind() {
		case 'n':
			all = put(all, name, nil)
		case '"':
			s := text(v)
			all = put(all, name, &s)
		}
	}
	return all
}

func put[V any](m map[string]V, name string, v V) map[string]V {
	if m == nil {
		m = make(map[string]V)
	}
	m[name] = v
	return m
}
