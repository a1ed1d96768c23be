package actor

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Key is a public key that an actor publishes.
type Key struct {
	ID      vocab.IRI
	Owner   vocab.IRI        // the actor; the document claims it, nothing here proves it
	Public  crypto.PublicKey // *rsa.PublicKey of 2048 to 4096 bits, or ed25519.PublicKey
	Expires time.Time        // zero if it does not (FEP-e965)
}

// Sizes of RSA keys, in bits, that are believed. Below, a key can be broken;
// above, verifying costs a peer nothing and us much. Servers make keys of 2048
// bits, Fedify of 4096.
const (
	MinRSABits = 2048
	MaxRSABits = 4096
)

// maxExponent is the exponent that all libraries make keys with. A larger one
// makes verifying nearly twice as dear, and nothing better.
const maxExponent = 65537

// Why a key is refused. Errors of this package about keys wrap one of these.
var (
	ErrKeyFormat   = errors.New("not a key in a known form")
	ErrKeyKind     = errors.New("neither an RSA nor an Ed25519 key")
	ErrKeySize     = errors.New("an RSA key of fewer than 2048 or more than 4096 bits")
	ErrKeyWeak     = errors.New("an RSA key whose modulus or exponent is no good")
	ErrKeyOwner    = errors.New("the key names another owner than the actor")
	ErrKeyOrigin   = errors.New("the key's id is not on the origin of its owner")
	ErrKeyID       = errors.New("the key has no id")
	ErrKeyExpiry   = errors.New("the key says when it expires in no known form")
	ErrKeyElse     = errors.New("the key is in a document of its own")
	ErrTooManyKeys = errors.New("the actor publishes more keys than are read")
)

// Expired reports whether the key's time was over at now.
func (k Key) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// Fingerprint tells keys apart by their bytes, whatever id they go by: "sha256:"
// and the hash of the key's SubjectPublicKeyInfo in hexadecimal. It is "" for a
// key of an unknown kind.
func (k Key) Fingerprint() string {
	der, err := k.spki()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Equal reports whether both are the same key, whatever ids they go by.
func (k Key) Equal(other Key) bool {
	mine := k.Fingerprint()
	return mine != "" && mine == other.Fingerprint()
}

func (k Key) spki() ([]byte, error) {
	if err := checkPublic(k.Public); err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(k.Public)
}

// checkPublic refuses keys that crypto would panic on, or that nobody should
// believe.
func checkPublic(public crypto.PublicKey) error {
	switch key := public.(type) {
	case ed25519.PublicKey:
		if len(key) != ed25519.PublicKeySize {
			return ErrKeyFormat
		}
		return nil
	case *rsa.PublicKey:
		return checkRSA(key)
	}
	return ErrKeyKind
}

func checkRSA(key *rsa.PublicKey) error {
	switch {
	case key == nil || key.N == nil:
		return ErrKeyFormat
	case key.N.Sign() <= 0 || key.N.Bit(0) == 0:
		return ErrKeyWeak
	case key.N.BitLen() < MinRSABits || key.N.BitLen() > MaxRSABits:
		return ErrKeySize
	case key.E < 3 || key.E%2 == 0 || key.E > maxExponent:
		return ErrKeyWeak
	}
	return nil
}

// Encode writes the key as a Multikey: multibase base58btc, "z6Mk…" for Ed25519
// and "z4MX…" for RSA of 2048 bits (FEP-521a). It is "" for a key of an unknown
// kind.
func (k Key) Encode() string {
	if checkPublic(k.Public) != nil {
		return ""
	}
	switch key := k.Public.(type) {
	case ed25519.PublicKey:
		return multibase(codecEd25519, key)
	case *rsa.PublicKey:
		return multibase(codecRSA, x509.MarshalPKCS1PublicKey(key))
	}
	return ""
}

// DecodeKey reads what [Key.Encode] wrote.
func DecodeKey(id, owner vocab.IRI, encoded string) (Key, error) {
	public, err := ParseMultikey(encoded)
	if err != nil {
		return Key{}, fmt.Errorf("decode key: %s: %w", id.Origin(), err)
	}
	return Key{ID: id, Owner: owner, Public: public}, nil
}
