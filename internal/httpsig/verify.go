package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
)

// Bits that an RSA key may have, and the largest exponent. Below, keys can be
// broken; above, one peer's key could keep a processor busy.
const (
	minBits     = 2048
	maxBits     = 4096
	maxExponent = 65537
)

// Why [CheckKey] refuses a key.
var (
	ErrKeyType = errors.New("the key is neither RSA nor Ed25519")
	ErrKeySize = errors.New("the key is too short or too long, or its exponent too large")
)

// CheckKey reports whether a public key is one that signatures are made and
// verified with: an *rsa.PublicKey of 2048 to 4096 bits, or an
// ed25519.PublicKey of the right length.
func CheckKey(pub crypto.PublicKey) error {
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if key == nil || key.N == nil {
			return ErrKeyType
		}
		if bits := key.N.BitLen(); bits < minBits || bits > maxBits || key.E > maxExponent {
			return ErrKeySize
		}
	case ed25519.PublicKey:
		// crypto/ed25519 panics on another length.
		if len(key) != ed25519.PublicKeySize {
			return ErrKeySize
		}
	default:
		return ErrKeyType
	}
	return nil
}

// Verify reports whether the holder of pub signed the request; nil means yes.
// The type of the key decides the algorithm. What a draft-cavage header says
// about it is not looked at, since hs2019 means anything; an alg of RFC 9421
// that contradicts the key is refused. It may be called with several keys, and
// by several goroutines. The error is a [*RefusedError] of reason [Unsigned].
func (s *Signature) Verify(pub crypto.PublicKey) error {
	if err := CheckKey(pub); err != nil {
		return refuse(Unsigned, "%v", err)
	}
	if !s.agrees(pub) {
		return refuse(Unsigned, "its alg is not for such a key")
	}
	if s.matches(s.base, pub) {
		return nil
	}
	for base := range s.others {
		if s.matches(base, pub) {
			return nil
		}
	}
	return refuse(Unsigned, "this key did not sign this request")
}

func (s *Signature) agrees(pub crypto.PublicKey) bool {
	if s.Scheme != RFC9421 || s.Algorithm == "" {
		return true
	}
	switch pub.(type) {
	case *rsa.PublicKey:
		return s.Algorithm == "rsa-v1_5-sha256"
	case ed25519.PublicKey:
		return s.Algorithm == "ed25519"
	}
	return false
}

// matches checks the value over one base. CheckKey has passed the key.
func (s *Signature) matches(base []byte, pub crypto.PublicKey) bool {
	switch key := pub.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, base, s.value)
	case *rsa.PublicKey:
		if len(s.value) != key.Size() {
			return false
		}
		sum := sha256.Sum256(base)
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], s.value) == nil {
			return true
		}
		// hs2019 once meant SHA-512, and some senders still mean it.
		if s.Scheme != Cavage {
			return false
		}
		long := sha512.Sum512(base)
		return rsa.VerifyPKCS1v15(key, crypto.SHA512, long[:], s.value) == nil
	}
	return false
}
