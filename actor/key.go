package actor

import (
	"crypto"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Key is a public key that an actor publishes.
type Key struct {
	ID      vocab.IRI
	Owner   vocab.IRI        // the actor; the document claims it, nothing here proves it
	Public  crypto.PublicKey // *rsa.PublicKey of 2048 bits or more, or ed25519.PublicKey
	Expires time.Time        // zero if it does not (FEP-e965)
}
