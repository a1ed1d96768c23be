package move

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// Evidence says how a received Move was authenticated.
type Evidence struct {
	By          string    // "http", "proof" or "origin" (read at its own id)
	Signer      vocab.IRI // the actor who vouches for it
	KeyID       vocab.IRI
	Fingerprint string    // of the key, see actor.Key
	At          time.Time // when it was signed or read
	Delivered   time.Time // when it came here first
}

// CaseID returns the id of a case, the same in every process.
func CaseID(side Side, old, claimed vocab.IRI, generation int) string {
	return digest(string(side), string(old), string(claimed), strconv.Itoa(generation))
}

// ActivityID returns the id of the activity by which a case makes a follower
// do something. A crash sends the same id again, so that doing it twice is
// doing it once. It is a name, not a URL: the host builds one from it.
func ActivityID(caseID string, follower vocab.IRI, verb string, object vocab.IRI) string {
	return digest(caseID, string(follower), verb, string(object))
}

func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
