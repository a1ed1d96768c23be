package httpsig

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func (m *message) parseCavage(p *Policy) (*Signature, error) {
	lines := m.header["Signature"]
	if len(lines) == 0 {
		return nil, refuse(Unsigned, "the request has no signature")
	}
	return pick(len(lines), p, func(i int) (*Signature, error) {
		return m.readCavage(lines[i], p)
	})
}

func (m *message) readCavage(line string, p *Policy) (*Signature, error) {
	params, err := parseParams(line)
	if err != nil {
		return nil, err
	}
	s, err := params.signature()
	if err != nil {
		return nil, err
	}
	if err := m.checkCavage(s, p); err != nil {
		return nil, err
	}
	return s, m.cavageBases(s, params)
}

func (m *message) checkCavage(s *Signature, p *Policy) error {
	if err := s.cover("(request-target)", "host"); err != nil {
		return err
	}
	if !s.covers("date") && !s.covers("(created)") {
		return refuse(Uncovered, "it covers neither date nor (created)")
	}
	if m.needsDigest() && !s.covers("digest") {
		return refuse(Uncovered, "it does not cover digest")
	}
	if err := s.cover(p.Cover...); err != nil {
		return err
	}
	if err := m.checkCavageTime(s, p); err != nil {
		return err
	}
	if s.covers("digest") {
		return CheckDigest(m.header["Digest"], m.body)
	}
	return nil
}

func (m *message) checkCavageTime(s *Signature, p *Policy) error {
	w := window{p.Clock(), p.CavageAge, p.CavageAhead}
	if s.covers("(created)") {
		if s.Created.IsZero() {
			return refuse(Stale, "it covers (created) and has no created")
		}
		if err := w.check(s.Created, s.Expires); err != nil {
			return err
		}
	}
	if !s.covers("date") {
		return nil
	}
	dates := m.header["Date"]
	if len(dates) != 1 {
		return refuse(Stale, "the request has %d Date headers", len(dates))
	}
	date, err := http.ParseTime(dates[0])
	if err != nil {
		return refuse(Stale, "the Date header is no date")
	}
	return w.check(date, s.Expires)
}

// cavageBases writes the text that was signed with the query in it, and then,
// for peers that leave it out, without.
func (m *message) cavageBases(s *Signature, params *cavageParams) error {
	path, _, hasQuery := strings.Cut(m.target, "?")
	s.others = func(yield func([]byte) bool) {
		if hasQuery {
			base, _ := m.cavageBase(s.Covered, params, path)
			yield(base)
		}
	}
	var err error
	s.base, err = m.cavageBase(s.Covered, params, m.target)
	return err
}

func (m *message) cavageBase(covered []string, params *cavageParams, target string) ([]byte, error) {
	b := make([]byte, 0, 512)
	var err error
	for i, name := range covered {
		if i > 0 {
			b = append(b, '\n')
		}
		b = append(append(b, name...), ": "...)
		switch name {
		case "(request-target)":
			b = append(append(append(b, strings.ToLower(m.method)...), ' '), target...)
		case "(created)":
			b = append(b, params.created...)
		case "(expires)":
			b = append(b, params.expires...)
		default:
			if b, err = m.appendField(b, name); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// cavageParams holds the parameters of a Signature header as they stand there,
// quotes opened.
type cavageParams struct {
	keyID, algorithm, headers, value, created, expires string
}

func (p *cavageParams) field(name string) *string {
	switch name {
	case "keyId":
		return &p.keyID
	case "algorithm":
		return &p.algorithm
	case "headers":
		return &p.headers
	case "signature":
		return &p.value
	case "created":
		return &p.created
	case "expires":
		return &p.expires
	}
	return nil
}

// parseParams reads the parameters of a Signature header: name="value" or
// name=value, separated by commas, with white space wherever senders put it.
// Unknown ones are skipped; a known one that stands there twice is a second
// signature joined to the first.
func parseParams(line string) (*cavageParams, error) {
	p := &cavageParams{}
	for rest := line; ; {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return p, nil
		}
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, refuse(Unsigned, "the Signature header is malformed")
		}
		value, after, ok := cutValue(strings.TrimLeft(after, " \t"))
		if !ok {
			return nil, refuse(Unsigned, "the Signature header is malformed")
		}
		rest = after
		into := p.field(strings.TrimRight(name, " \t"))
		if into == nil {
			continue
		}
		if *into != "" {
			return nil, refuse(Ambiguous, "the Signature header names a parameter twice")
		}
		*into = value
	}
}

// cutValue returns the value at the start of s, and what follows it; a comma
// or the end must.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s, ',')
		if end < 0 {
			end = len(s)
		}
		return strings.TrimRight(s[:end], " \t"), s[end:], true
	}
	end, escaped := 1, false
	for ; end < len(s) && s[end] != '"'; end++ {
		if s[end] == '\\' {
			escaped = true
			end++
		}
	}
	if end >= len(s) {
		return "", "", false
	}
	value, rest = s[1:end], strings.TrimLeft(s[end+1:], " \t")
	if escaped {
		value = unescape(value)
	}
	return value, rest, rest == "" || rest[0] == ','
}

// unescape takes away each backslash that stands before a character.
func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

func (p *cavageParams) signature() (*Signature, error) {
	s := &Signature{Scheme: Cavage, KeyID: p.keyID, Algorithm: p.algorithm}
	if p.keyID == "" || p.value == "" {
		return nil, refuse(Unsigned, "the Signature header lacks keyId or signature")
	}
	var err error
	if s.value, err = base64.StdEncoding.DecodeString(p.value); err != nil {
		return nil, refuse(Unsigned, "the signature is not base64")
	}
	s.Covered = strings.Fields(strings.ToLower(p.headers))
	if len(s.Covered) > maxCovered {
		return nil, refuse(Unsigned, "it covers more than %d fields", maxCovered)
	}
	if s.covers("(expires)") && p.expires == "" {
		return nil, refuse(Unsigned, "it covers (expires) and has no expires")
	}
	if s.Created, err = unixTime(p.created); err != nil {
		return nil, err
	}
	if !s.covers("(created)") {
		s.Created = time.Time{} // anybody may have written it
	}
	s.Expires, err = unixTime(p.expires)
	return s, err
}

// unixTime reads seconds since 1970, and the zero time from the empty text.
func unixTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil || seconds < 0 || seconds > maxSeconds {
		return time.Time{}, refuse(Unsigned, "created or expires is no time")
	}
	return time.Unix(seconds, 0).UTC(), nil
}

const maxSeconds = 1 << 38 // year 10680; beyond, time.Duration arithmetic is not worth reasoning about
