package httpsig

import (
	"encoding/base64"
	"strings"

	"github.com/dunglas/httpsfv"
)

func (m *message) parseRFC9421(p *Policy) (*Signature, error) {
	labels, read, err := readInputs(m.header["Signature-Input"])
	if err != nil {
		return nil, err
	}
	signed, value, err := readValues(m.header["Signature"])
	if err != nil {
		return nil, err
	}
	return pick(max(len(labels), len(signed)), p, func(i int) (*Signature, error) {
		if i >= len(labels) {
			return nil, refuse(Unsigned, "a signature has no Signature-Input")
		}
		in, err := read(labels[i])
		if err != nil {
			return nil, err
		}
		return m.readRFC9421(in, value(labels[i]), p)
	})
}

func (m *message) readRFC9421(in *input, value []byte, p *Policy) (*Signature, error) {
	if len(value) == 0 {
		return nil, refuse(Unsigned, "the Signature header has no bytes under the label of the Signature-Input")
	}
	if in.keyID == "" {
		return nil, refuse(Unsigned, "the Signature-Input has no keyid")
	}
	s := &Signature{
		Scheme: RFC9421, KeyID: in.keyID, Label: in.label, Algorithm: in.alg,
		Created: in.created, Expires: in.expires, value: value,
	}
	var err error
	if s.Covered, err = in.covered(); err != nil {
		return nil, err
	}
	if err := m.checkRFC9421(s, p); err != nil {
		return nil, err
	}
	return s, m.rfc9421Bases(s, in)
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

// rfc9421Bases writes the signature base, and another for every further origin
// that this server may be meant by.
func (m *message) rfc9421Bases(s *Signature, in *input) error {
	s.others = func(yield func([]byte) bool) {
		for _, origin := range m.origins[1:] {
			base, err := m.rfc9421Base(in, origin)
			if err != nil || !yield(base) {
				return
			}
		}
	}
	var err error
	s.base, err = m.rfc9421Base(in, m.origins[0])
	return err
}

// rfc9421Base writes a signature base (RFC 9421, section 2.5).
func (m *message) rfc9421Base(in *input, origin string) ([]byte, error) {
	b := make([]byte, 0, 768)
	var err error
	for _, c := range in.components {
		if b, err = m.appendComponent(b, c, origin); err != nil {
			return nil, err
		}
	}
	return append(append(b, `"@signature-params": `...), in.text...), nil
}

// readValues reads the Signature header. The form that all senders give it
// needs no parser of dictionaries.
func readValues(lines []string) (labels []string, value func(label string) []byte, err error) {
	if only, sig, ok := readPlainValue(lines); ok {
		return []string{only}, func(label string) []byte {
			if label != only {
				return nil
			}
			return sig
		}, nil
	}
	values, err := httpsfv.UnmarshalDictionary(dictionaryLines(lines))
	if err != nil {
		return nil, nil, refuse(Unsigned, "the Signature header is malformed")
	}
	return values.Names(), func(label string) []byte {
		member, _ := values.Get(label)
		item, _ := member.(httpsfv.Item)
		sig, _ := item.Value.([]byte)
		return sig
	}, nil
}

// readPlainValue reads a line of the form label=:base64: and nothing else.
func readPlainValue(lines []string) (label string, value []byte, ok bool) {
	if len(lines) != 1 {
		return "", nil, false
	}
	label, rest, _ := strings.Cut(lines[0], "=:")
	text, ok := strings.CutSuffix(rest, ":")
	if !ok || !isKey(label) || breaksLine(text) {
		return "", nil, false
	}
	value, err := base64.StdEncoding.DecodeString(text)
	return label, value, err == nil
}

// dictionaryLines leaves out the lines that are signatures after draft-cavage:
// some senders make both, and the names of the two headers are the same.
func dictionaryLines(lines []string) []string {
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		if !strings.Contains(line, `keyId="`) {
			kept = append(kept, line)
		}
	}
	return kept
}
