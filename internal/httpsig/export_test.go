package httpsig

import (
	"net/http"
	"slices"

	"github.com/dunglas/httpsfv"
)

// Base returns the signature base (RFC 9421) of the first label on r, without
// any rule of what must be covered.
func Base(r *http.Request, body []byte, origin string) ([]byte, error) {
	m, err := receive(r, body, origin)
	if err != nil {
		return nil, err
	}
	labels, read, err := readInputs(r.Header["Signature-Input"])
	if err != nil {
		return nil, err
	}
	in, err := read(labels[0])
	if err != nil {
		return nil, err
	}
	return m.rfc9421Base(in, m.origins[0])
}

// Bases returns the texts that Verify would try.
func (s *Signature) Bases() [][]byte {
	return slices.AppendSeq([][]byte{s.base}, s.others)
}

// Value returns the bytes of the signature.
func (s *Signature) Value() []byte { return s.value }

// ParseParams reads a Signature header of draft-cavage.
func ParseParams(line string) (keyID, headers, value string, err error) {
	p, err := parseParams(line)
	if err != nil {
		return "", "", "", err
	}
	return p.keyID, p.headers, p.value, nil
}

// TwoWays reads a Signature-Input line by the short way and by the general
// one. plain is nil where the short way does not apply.
func TwoWays(line string) (plain, general any, err error) {
	if in, ok := readPlain(line); ok {
		plain = in
	}
	members, err := httpsfv.UnmarshalDictionary([]string{line})
	if err != nil || len(members.Names()) != 1 {
		return plain, nil, err
	}
	label := members.Names()[0]
	member, _ := members.Get(label)
	in, err := readMember(label, member)
	return plain, in, err
}
