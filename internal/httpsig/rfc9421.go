package httpsig

import (
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

func (m *message) parseRFC9421(p *Policy) (*Signature, error) {
	inputs, err := httpsfv.UnmarshalDictionary(m.header["Signature-Input"])
	if err != nil {
		return nil, refuse(Unsigned, "the Signature-Input header is malformed")
	}
	values, err := httpsfv.UnmarshalDictionary(dictionaryLines(m.header["Signature"]))
	if err != nil {
		return nil, refuse(Unsigned, "the Signature header is malformed")
	}
	labels := inputs.Names()
	if len(labels) == 0 {
		return nil, refuse(Unsigned, "the Signature-Input header is empty")
	}
	return pick(max(len(labels), len(values.Names())), p, func(i int) (*Signature, error) {
		if i >= len(labels) {
			return nil, refuse(Unsigned, "a signature has no Signature-Input")
		}
		return m.readRFC9421(labels[i], inputs, values, p)
	})
}

// dictionaryLines leaves out the lines that are signatures after draft-cavage:
// some senders make both, and the names of the two headers are the same.
func dictionaryLines(lines []string) []string {
	for i, line := range lines {
		if strings.Contains(line, `keyId="`) {
			kept := append([]string(nil), lines[:i]...)
			return append(kept, dictionaryLines(lines[i+1:])...)
		}
	}
	return lines
}

func (m *message) readRFC9421(label string, inputs, values *httpsfv.Dictionary, p *Policy) (*Signature, error) {
	member, _ := inputs.Get(label)
	list, ok := member.(httpsfv.InnerList)
	if !ok {
		return nil, refuse(Unsigned, "the Signature-Input is not a list")
	}
	s := &Signature{Scheme: RFC9421, Label: label}
	if err := s.readValue(label, values); err != nil {
		return nil, err
	}
	if err := s.readParams(list.Params); err != nil {
		return nil, err
	}
	if err := s.readComponents(list.Items); err != nil {
		return nil, err
	}
	if err := m.checkRFC9421(s, p); err != nil {
		return nil, err
	}
	return s, m.rfc9421Bases(s, list)
}

func (s *Signature) readValue(label string, values *httpsfv.Dictionary) error {
	member, _ := values.Get(label)
	item, _ := member.(httpsfv.Item)
	value, ok := item.Value.([]byte)
	if !ok || len(value) == 0 {
		return refuse(Unsigned, "the Signature header has no bytes under the label of the Signature-Input")
	}
	s.value = value
	return nil
}

func (s *Signature) readParams(params *httpsfv.Params) error {
	var ok bool
	for _, name := range params.Names() {
		value, _ := params.Get(name)
		switch name {
		case "keyid":
			s.KeyID, ok = value.(string)
		case "alg":
			s.Algorithm, ok = value.(string)
		case "created":
			s.Created, ok = paramTime(value)
		case "expires":
			s.Expires, ok = paramTime(value)
		default:
			ok = true
		}
		if !ok {
			return refuse(Unsigned, "the parameter %s has the wrong type", name)
		}
	}
	if s.KeyID == "" {
		return refuse(Unsigned, "the Signature-Input has no keyid")
	}
	return nil
}

func paramTime(value any) (time.Time, bool) {
	seconds, ok := value.(int64)
	return time.Unix(seconds, 0).UTC(), ok && seconds >= 0 && seconds <= maxSeconds
}

func (m *message) checkRFC9421(s *Signature, p *Policy) error {
	if err := s.cover("@method", "@target-uri"); err != nil {
		return err
	}
	if m.needsDigest() && !s.covers("content-digest") {
		return refuse(Uncovered, "it does not cover content-digest")
	}
	if err := s.cover(p.Cover...); err != nil {
		return err
	}
	if s.Created.IsZero() {
		return refuse(Stale, "it has no created")
	}
	if err := (window{p.Clock(), p.Age, p.Ahead}).check(s.Created, s.Expires); err != nil {
		return err
	}
	if s.covers("content-digest") {
		return CheckContentDigest(m.header["Content-Digest"], m.body)
	}
	return nil
}

// rfc9421Bases writes the signature base (RFC 9421, section 2.5), once for
// each origin that this server may be meant by.
func (m *message) rfc9421Bases(s *Signature, list httpsfv.InnerList) error {
	for i, origin := range m.origins {
		if i > 0 && !s.namesOrigin() {
			return nil
		}
		base, err := m.rfc9421Base(list, origin)
		if err != nil {
			return err
		}
		s.bases = append(s.bases, base)
	}
	return nil
}

func (s *Signature) namesOrigin() bool {
	return s.covers("@target-uri") || s.covers("@scheme") || s.covers("@authority")
}

func (m *message) rfc9421Base(list httpsfv.InnerList, origin string) ([]byte, error) {
	b := make([]byte, 0, 768)
	var err error
	for _, item := range list.Items {
		if b, err = m.appendComponent(b, item, origin); err != nil {
			return nil, err
		}
	}
	params, err := httpsfv.Marshal(list)
	if err != nil {
		return nil, refuse(Unsigned, "the Signature-Input cannot be written again")
	}
	return append(append(b, `"@signature-params": `...), params...), nil
}
