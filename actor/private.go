package actor

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A PrivateKey signs as an actor. Printing it, or writing it as JSON, shows its
// id alone.
type PrivateKey struct {
	ID    vocab.IRI
	Owner vocab.IRI
	// Signer is an *rsa.PrivateKey, an ed25519.PrivateKey, or anything that
	// signs like one of them, such as a key in a hardware module.
	Signer crypto.Signer `json:"-"`
}

// Format prints the key's id, whatever the verb.
func (k PrivateKey) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "private key %s", k.ID) }

// Public returns the public half.
func (k PrivateKey) Public() Key {
	key := Key{ID: k.ID, Owner: k.Owner}
	if k.Signer != nil {
		key.Public = k.Signer.Public()
	}
	return key
}

// MainKeyID is where an actor's RSA key stands: its id with "#main-key". Peers
// cut the fragment to find the actor.
func MainKeyID(owner vocab.IRI) vocab.IRI { return fragment(owner, "main-key") }

// Ed25519KeyID is where an actor's Ed25519 key stands: its id with
// "#ed25519-key".
func Ed25519KeyID(owner vocab.IRI) vocab.IRI { return fragment(owner, "ed25519-key") }

func fragment(owner vocab.IRI, name string) vocab.IRI {
	if strings.Contains(string(owner), "#") {
		return owner + vocab.IRI("-"+name)
	}
	return owner + vocab.IRI("#"+name)
}

// GenerateRSA makes an RSA key of 2048 bits at [MainKeyID]. It takes about a
// tenth of a second.
func GenerateRSA(owner vocab.IRI) (PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, MinRSABits)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("generate RSA key: %w", err)
	}
	return PrivateKey{ID: MainKeyID(owner), Owner: owner, Signer: key}, nil
}

// GenerateEd25519 makes an Ed25519 key at [Ed25519KeyID].
func GenerateEd25519(owner vocab.IRI) (PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("generate Ed25519 key: %w", err)
	}
	return PrivateKey{ID: Ed25519KeyID(owner), Owner: owner, Signer: key}, nil
}

// ParsePrivatePEM reads a private key from PKCS#8 ("PRIVATE KEY") or PKCS#1
// ("RSA PRIVATE KEY"), as tolerantly as [ParsePEM]. An encrypted one is
// refused. No error holds anything of the text.
func ParsePrivatePEM(id, owner vocab.IRI, text string) (PrivateKey, error) {
	der, err := readPEM(text, "PRIVATE KEY", "RSA PRIVATE KEY")
	if err != nil {
		return PrivateKey{}, fmt.Errorf("parse private key: %w", err)
	}
	signer, err := parsePrivate(der)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("parse private key: %w", err)
	}
	if err := checkPublic(signer.Public()); err != nil {
		return PrivateKey{}, fmt.Errorf("parse private key: %w", err)
	}
	return PrivateKey{ID: id, Owner: owner, Signer: signer}, nil
}

func parsePrivate(der []byte) (crypto.Signer, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if parsed, err = x509.ParsePKCS1PrivateKey(der); err != nil {
			return nil, ErrKeyFormat
		}
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, ErrKeyKind
	}
	return signer, nil
}

// PEM writes the private key as PKCS#8. It fails for a Signer that does not
// give its key away.
func (k PrivateKey) PEM() (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.Signer)
	if err != nil {
		return "", fmt.Errorf("write private key: %s: %w", k.ID.Origin(), ErrKeyKind)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// ParseSecretMultikey reads an Ed25519 private key in multibase ("z3u2…"), as
// Controlled Identifiers write it. No error holds anything of the text.
func ParseSecretMultikey(id, owner vocab.IRI, text string) (PrivateKey, error) {
	codec, seed, err := readMultibase(strings.TrimSpace(text))
	switch {
	case err != nil:
		return PrivateKey{}, fmt.Errorf("parse secret Multikey: %w", err)
	case !bytes.Equal(codec, codecSecretEd25519):
		return PrivateKey{}, fmt.Errorf("parse secret Multikey: %w", ErrKeyKind)
	case len(seed) != ed25519.SeedSize:
		return PrivateKey{}, fmt.Errorf("parse secret Multikey: %w", ErrKeyFormat)
	}
	return PrivateKey{ID: id, Owner: owner, Signer: ed25519.NewKeyFromSeed(seed)}, nil
}
