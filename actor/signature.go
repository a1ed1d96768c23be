package actor

import (
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Signature is an HTTP signature that was verified, as actor/client tells of
// it and package move asks for it.
type Signature struct {
	Owner       vocab.IRI // the actor whose key it is
	KeyID       vocab.IRI
	Fingerprint string    // of the key, see [Key.Fingerprint]
	At          time.Time // when it was made, by the sender's clock
	// Received is when the request came, before its key was looked for. Zero
	// means now; a host that fetches keys should tell, so that a key fetched
	// for this request does not count as known before it.
	Received time.Time
}
