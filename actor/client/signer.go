package client

import (
	"crypto"
	"fmt"
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/httpsig"
	"codeberg.org/godwit/godwit/vocab"
)

// A Scheme is a way of signing requests.
type Scheme string

// The schemes in use between servers.
const (
	Cavage  Scheme = "draft-cavage" // draft-cavage-http-signatures-12, taken by nearly all
	RFC9421 Scheme = "rfc9421"      // RFC 9421
)

// other is the scheme to knock with when s was refused.
func (s Scheme) other() Scheme {
	if s == RFC9421 {
		return Cavage
	}
	return RFC9421
}

// A Signing says how a request is to be signed.
type Signing struct {
	Scheme Scheme
	// OmitQuery leaves the query out of what draft-cavage signs: some servers
	// verify the path alone. The query is sent all the same.
	OmitQuery bool
	// At is the time that the signature carries.
	At time.Time
}

// A Signer signs requests as one actor. Implementations are safe for
// concurrent use.
type Signer interface {
	// KeyID is the id under which others find the public key.
	KeyID() vocab.IRI
	// Sign sets the Date, digest and signature headers of r, which goes out
	// next with body as its body. It does not touch r.Body.
	Sign(r *http.Request, body []byte, how Signing) error
}

// A KeySigner signs with an RSA or Ed25519 key that is at hand.
type KeySigner struct {
	id  vocab.IRI
	key crypto.Signer
}

var _ Signer = (*KeySigner)(nil)

// NewSigner returns a Signer for a key: RSA of 2048 to 4096 bits, or Ed25519.
// Anything but an *rsa.PrivateKey or an ed25519.PrivateKey, such as a key in a
// hardware module, signs RFC 9421 only.
func NewSigner(key actor.PrivateKey) (*KeySigner, error) {
	if !key.ID.IsHTTP() {
		return nil, fmt.Errorf("make signer: the key's id: %w", actor.ErrScheme)
	}
	if key.Signer == nil {
		return nil, fmt.Errorf("make signer: %w", httpsig.ErrKeyType)
	}
	if err := httpsig.CheckKey(key.Signer.Public()); err != nil {
		return nil, fmt.Errorf("make signer: %w", err)
	}
	return &KeySigner{id: key.ID, key: key.Signer}, nil
}

// KeyID is [Signer.KeyID].
func (s *KeySigner) KeyID() vocab.IRI { return s.id }

// Sign is [Signer.Sign].
func (s *KeySigner) Sign(r *http.Request, body []byte, how Signing) error {
	options := &httpsig.SignOptions{OmitQuery: how.OmitQuery}
	return httpsig.Sign(r, body, httpsig.Scheme(how.Scheme), string(s.id), s.key, how.At, options)
}
