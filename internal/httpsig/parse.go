package httpsig

import (
	"iter"
	"net/http"
	"slices"
	"time"
)

// A Signature is one that [Parse] found on a request. Its fields are what the
// sender says; only [Signature.Verify] makes them true.
type Signature struct {
	Scheme    Scheme
	KeyID     string
	Label     string    // RFC 9421 only
	Algorithm string    // as stated, often wrongly; "" if not stated
	Created   time.Time // zero if not given, or not signed
	Expires   time.Time // zero if not given
	// Covered lists the names of what is signed, in lower case and in order.
	Covered []string

	value []byte
	// base is the text that was most likely signed. The others are tried after
	// it: peers differ on whether the query belongs to the target, and write
	// the parameters in their own way.
	base   []byte
	others iter.Seq[[]byte]
}

// Parse finds the signature of a request and checks everything that needs no
// key: that there is exactly one, what it covers, that it is within its
// window, and that body is the one it was made for. A request with a
// Signature-Input header is read after RFC 9421 and nothing else.
//
// body is the whole body; r.Body is not touched, and nothing of r is changed.
// Errors are of type [*RefusedError] unless p is at fault.
func Parse(r *http.Request, body []byte, p *Policy) (*Signature, error) {
	policy := p.orDefault()
	m, err := receive(r, body, policy.Origin)
	if err != nil {
		return nil, err
	}
	if size(r.Header["Signature"])+size(r.Header["Signature-Input"]) > maxHeader {
		return nil, refuse(Unsigned, "the signature headers are longer than %d bytes", maxHeader)
	}
	if len(r.Header["Signature-Input"]) > 0 {
		return m.parseRFC9421(&policy)
	}
	return m.parseCavage(&policy)
}

func size(lines []string) int {
	n := 0
	for _, line := range lines {
		n += len(line)
	}
	return n
}

// pick returns the first of n signatures that read accepts, or why the first
// one is refused.
func pick(n int, p *Policy, read func(i int) (*Signature, error)) (*Signature, error) {
	if n > 1 && !p.FirstAcceptable {
		return nil, refuse(Ambiguous, "the request has %d signatures", n)
	}
	var first error
	for i := range n {
		s, err := read(i)
		if err == nil {
			return s, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// cover checks that all the names are covered.
func (s *Signature) cover(names ...string) error {
	for _, name := range names {
		if !s.covers(name) {
			return refuse(Uncovered, "it does not cover %s", name)
		}
	}
	return nil
}

func (s *Signature) covers(name string) bool { return slices.Contains(s.Covered, name) }
