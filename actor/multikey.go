package actor

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"fmt"
	"strings"
)

// Multicodec prefixes of what stands in a Multikey, as varints.
var (
	codecEd25519       = []byte{0xed, 0x01}
	codecRSA           = []byte{0x85, 0x24} // PKCS#1 in DER
	codecSecretEd25519 = []byte{0x80, 0x26} // the seed
)

// ParseMultikey reads a publicKeyMultibase (FEP-521a): an Ed25519 key, or an
// RSA key of 2048 to 4096 bits, in base58btc.
func ParseMultikey(text string) (crypto.PublicKey, error) {
	codec, data, err := readMultibase(text)
	if err != nil {
		return nil, fmt.Errorf("parse Multikey: %w", err)
	}
	public, err := publicOf(codec, data)
	if err != nil {
		return nil, fmt.Errorf("parse Multikey: %w", err)
	}
	return public, nil
}

func publicOf(codec, data []byte) (crypto.PublicKey, error) {
	switch {
	case bytes.Equal(codec, codecEd25519):
		if len(data) != ed25519.PublicKeySize {
			return nil, ErrKeyFormat
		}
		return ed25519.PublicKey(data), nil
	case bytes.Equal(codec, codecRSA):
		return parsePKCS1(data)
	}
	return nil, ErrKeyKind
}

func parsePKCS1(der []byte) (crypto.PublicKey, error) {
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		return nil, ErrKeyFormat
	}
	if err := checkRSA(key); err != nil {
		return nil, err
	}
	return key, nil
}

// multibase writes codec and data as base58btc with its prefix.
func multibase(codec, data []byte) string {
	return "z" + encodeBase58(append(bytes.Clone(codec), data...))
}

// readMultibase splits a multibase text into its two-byte codec and the rest.
func readMultibase(text string) (codec, data []byte, err error) {
	text, found := strings.CutPrefix(text, "z")
	if !found {
		return nil, nil, ErrKeyFormat
	}
	all, err := decodeBase58(text)
	if err != nil || len(all) < 2 {
		return nil, nil, ErrKeyFormat
	}
	return all[:2], all[2:], nil
}
