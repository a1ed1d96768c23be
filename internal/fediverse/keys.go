package fediverse

import (
	"context"
	"net/http"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// Keys returns the keys that an account signs with: RSA, which its requests
// are signed with, and Ed25519.
func (s *Server) Keys(ctx context.Context, name string) (main, second actor.PrivateKey, err error) {
	a, err := s.Account(ctx, name)
	if err != nil {
		return main, second, err
	}
	return a.keys()
}

// SignWith makes an account sign its requests with another key, or with its
// own by another id, until the process ends or [Server.Rekey] is called.
func (s *Server) SignWith(owner vocab.IRI, key actor.PrivateKey) error {
	signer, err := client.NewSigner(key)
	if err != nil {
		return err
	}
	s.signers.Store(owner, signer)
	return nil
}

// reader signs what the server fetches; nil if nothing is signed.
func (s *Server) reader() client.Signer {
	if s.config.Reader == "" {
		return nil
	}
	return readerSigner{s, s.idOf(s.config.Reader)}
}

// readerSigner looks its key up when there is something to sign: the account is
// made after the client.
type readerSigner struct {
	s     *Server
	owner vocab.IRI
}

// KeyID is [client.Signer.KeyID].
func (r readerSigner) KeyID() vocab.IRI { return actor.MainKeyID(r.owner) }

// Sign is [client.Signer.Sign].
func (r readerSigner) Sign(req *http.Request, body []byte, how client.Signing) error {
	signer, err := r.s.signer(req.Context(), r.owner)
	if err != nil {
		return err
	}
	return signer.Sign(req, body, how)
}
