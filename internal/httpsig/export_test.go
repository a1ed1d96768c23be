package httpsig

import (
	"net/http"

	"github.com/dunglas/httpsfv"
)

// Base returns the signature base (RFC 9421) of the first label on r, without
// any rule of what must be covered.
func Base(r *http.Request, body []byte, origin string) ([]byte, error) {
	m, err := receive(r, body, origin)
	if err != nil {
		return nil, err
	}
	inputs, err := httpsfv.UnmarshalDictionary(r.Header["Signature-Input"])
	if err != nil {
		return nil, err
	}
	member, _ := inputs.Get(inputs.Names()[0])
	list := member.(httpsfv.InnerList)
	if err := (&Signature{}).readComponents(list.Items); err != nil {
		return nil, err
	}
	return m.rfc9421Base(list, m.origins[0])
}

// Bases returns the texts that Verify would try.
func (s *Signature) Bases() [][]byte { return s.bases }

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
