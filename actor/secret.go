package actor

import (
	"crypto/ed25519"
	"fmt"
)

// SecretMultikey writes an Ed25519 private key in multibase ("z3u2…"), as
// [ParseSecretMultikey] reads it. It fails for other keys, and for a Signer that
// does not give its key away.
func (k PrivateKey) SecretMultikey() (string, error) {
	key, ok := k.Signer.(ed25519.PrivateKey)
	if !ok || len(key) != ed25519.PrivateKeySize {
		return "", fmt.Errorf("write secret Multikey: %s: %w", k.ID.Origin(), ErrKeyKind)
	}
	return multibase(codecSecretEd25519, key.Seed()), nil
}
