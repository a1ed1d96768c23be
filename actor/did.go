package actor

import (
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

const didKey = "did:key:"

// DIDKey returns the key as a decentralized identifier, "did:key:z6Mk…". It is
// "" for a key of an unknown kind.
func (k Key) DIDKey() vocab.IRI {
	encoded := k.Encode()
	if encoded == "" {
		return ""
	}
	return vocab.IRI(didKey + encoded)
}

// ParseDIDKey reads a did:key, with or without the fragment by which
// verification methods name it. The key's ID and Owner are the did:key without
// the fragment: it belongs to nobody else.
func ParseDIDKey(did vocab.IRI) (Key, error) {
	plain := withoutMethod(did)
	encoded, found := strings.CutPrefix(string(plain), didKey)
	if !found || strings.Contains(encoded, "#") {
		return Key{}, fmt.Errorf("parse did:key: %w", ErrKeyFormat)
	}
	public, err := ParseMultikey(encoded)
	if err != nil {
		return Key{}, fmt.Errorf("parse did:key: %w", err)
	}
	return Key{ID: plain, Owner: plain, Public: public}, nil
}

// withoutMethod turns "did:key:z…#z…" into "did:key:z…" and leaves everything
// else as it is.
func withoutMethod(method vocab.IRI) vocab.IRI {
	rest, found := strings.CutPrefix(string(method), didKey)
	if !found {
		return method
	}
	if encoded, fragment, found := strings.Cut(rest, "#"); found && encoded == fragment {
		return vocab.IRI(didKey + encoded)
	}
	return method
}

// sameMethod reports whether two verification methods are one.
func sameMethod(a, b vocab.IRI) bool {
	return a != "" && withoutMethod(a) == withoutMethod(b)
}
