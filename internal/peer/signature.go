package peer

import (
	"errors"
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/httpsig"
	"codeberg.org/godwit/godwit/vocab"
)

// A Signature is what a host makes of the signature of a request.
type Signature struct {
	Scheme  string   `json:"scheme,omitzero"` // draft-cavage or rfc9421
	KeyID   string   `json:"keyId,omitzero"`
	Covered []string `json:"covered,omitzero"`
	// Verdict is good, refused, no-key (the key cannot be had), or unchecked:
	// the signatures of GETs are looked at only where they are demanded.
	Verdict string `json:"verdict"`
	// Owner is the account whose key it is, if the verdict is good.
	Owner vocab.IRI `json:"owner,omitzero"`
	// Reason and Detail say why it is not.
	Reason string `json:"reason,omitzero"`
	Detail string `json:"detail,omitzero"`
}

// Verdicts.
const (
	good      = "good"
	refused   = "refused"
	noKey     = "no-key"
	unchecked = "unchecked"
)

const century = 100 * 365 * 24 * time.Hour

// inspect reads the signature of a request; nil if there is none. Those of GETs
// are not verified: two servers that each demand a signature would wait for
// each other's keys.
func (h *host) inspect(r *http.Request, body []byte) *Signature {
	if r.Header.Get("Signature") == "" && r.Header.Get("Signature-Input") == "" {
		return nil
	}
	s := &Signature{Verdict: unchecked}
	// What it says is told even if it is too old.
	says, err := httpsig.Parse(r, body, &httpsig.Policy{
		Origin: h.Base(), CavageAge: century, CavageAhead: century, Age: century, Ahead: century, FirstAcceptable: true,
	})
	if err == nil {
		s.Scheme, s.KeyID, s.Covered = string(says.Scheme), says.KeyID, says.Covered
	}
	if r.Method == http.MethodPost {
		h.verify(s, r, body)
	}
	return s
}

// verify asks whether the signature is good.
func (h *host) verify(s *Signature, r *http.Request, body []byte) {
	verified, err := h.Client().Verify(r.Context(), r, body)
	if err == nil {
		s.Verdict, s.Owner = good, verified.Owner
		return
	}
	s.Verdict, s.Detail = noKey, err.Error()
	if why, ok := errors.AsType[*client.RefusedError](err); ok {
		s.Verdict, s.Reason, s.Detail = refused, string(why.Reason), why.Detail
	}
}
