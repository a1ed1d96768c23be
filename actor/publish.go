package actor

import (
	"bytes"
	"crypto/rsa"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/vocab"
)

// Contexts that give meaning to the members that [WithKeys] writes.
const (
	ContextSecurity = "https://w3id.org/security/v1"
	ContextCID      = "https://www.w3.org/ns/cid/v1"
)

// WithKeys returns a copy of an actor's document that publishes exactly these
// keys: the first RSA key as publicKey, where every server looks for it, and
// all of them as Multikeys in assertionMethod (FEP-521a). Contexts that the
// terms need are added to those that are there. Without keys, it takes away
// what the document published.
func WithKeys(o *vocab.Object, keys ...Key) (*vocab.Object, error) {
	var multikeys []*vocab.Object
	var legacy *vocab.Object
	for _, k := range keys {
		multikey, err := k.published(o.ID())
		if err != nil {
			return nil, fmt.Errorf("publish key: %s: %w", k.ID.Origin(), err)
		}
		multikeys = append(multikeys, multikey)
		if _, isRSA := k.Public.(*rsa.PublicKey); isRSA && legacy == nil {
			if legacy, err = k.PublicKeyObject(); err != nil {
				return nil, err
			}
		}
	}
	shown, err := withLegacy(o, legacy)
	if err != nil {
		return nil, err
	}
	return withMultikeys(shown, multikeys)
}

// published renders the key for the document of owner, if it belongs there.
func (k Key) published(owner vocab.IRI) (*vocab.Object, error) {
	switch {
	case k.ID == "":
		return nil, ErrKeyID
	case k.Owner == "" || k.Owner != owner:
		return nil, ErrKeyOwner
	case !vocab.SameOrigin(k.ID, owner) && k.ID.Document() != owner.Document():
		return nil, ErrKeyOrigin
	}
	return k.MultikeyObject()
}

func withLegacy(o, key *vocab.Object) (*vocab.Object, error) {
	if key == nil {
		return o.Without(vocab.PublicKey)
	}
	// Behind the first, so that the protected terms of a later cid/v1 come last.
	shown, err := withContext(o, `"`+ContextSecurity+`"`, 1)
	if err != nil {
		return nil, err
	}
	return shown.With(vocab.PublicKey, key)
}

func withMultikeys(o *vocab.Object, keys []*vocab.Object) (*vocab.Object, error) {
	if len(keys) == 0 {
		return o.Without(vocab.AssertionMethod)
	}
	shown, err := withContext(o, `"`+ContextCID+`"`, -1)
	if err != nil {
		return nil, err
	}
	entries := make([][]byte, len(keys))
	for i, key := range keys {
		entries[i] = key.Bytes()
	}
	list, err := arrayOf(entries)
	if err != nil {
		return nil, err
	}
	return shown.With(vocab.AssertionMethod, list)
}

// PublicKeyObject renders the key as an entry of publicKey: {id, owner,
// publicKeyPem}.
func (k Key) PublicKeyObject() (*vocab.Object, error) {
	if err := checkPublic(k.Public); err != nil {
		return nil, fmt.Errorf("render key: %s: %w", k.ID.Origin(), err)
	}
	return render(struct {
		ID      vocab.IRI `json:"id"`
		Owner   vocab.IRI `json:"owner"`
		PEM     string    `json:"publicKeyPem"`
		Expires string    `json:"expires,omitzero"`
	}{k.ID, k.Owner, k.PEM(), dateTime(k.Expires)})
}

// MultikeyObject renders the key as an entry of assertionMethod: {id, type,
// controller, publicKeyMultibase} (FEP-521a).
func (k Key) MultikeyObject() (*vocab.Object, error) {
	if err := checkPublic(k.Public); err != nil {
		return nil, fmt.Errorf("render key: %s: %w", k.ID.Origin(), err)
	}
	return render(struct {
		ID         vocab.IRI `json:"id"`
		Type       string    `json:"type"`
		Controller vocab.IRI `json:"controller"`
		Multibase  string    `json:"publicKeyMultibase"`
		Expires    string    `json:"expires,omitzero"`
	}{k.ID, "Multikey", k.Owner, k.Encode(), dateTime(k.Expires)})
}

// render writes a struct as a document of its own.
func render(members any) (*vocab.Object, error) {
	raw, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("render document: %w", err)
	}
	return vocab.Parse(raw)
}

// dateTime writes a time as xsd:dateTime in UTC, whole seconds; zero is "".
func dateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// withContext returns a copy of o whose @context has a JSON value among its
// entries, put at a position (-1: at the end) if it was missing.
func withContext(o *vocab.Object, added string, at int) (*vocab.Object, error) {
	entries := contextEntries(o)
	for _, entry := range entries {
		if string(entry) == added {
			return o, nil
		}
	}
	if len(entries) == 0 {
		entries = [][]byte{[]byte(`"` + vocab.ContextAS + `"`)}
	}
	if at < 0 || at > len(entries) {
		at = len(entries)
	}
	grown := append(append(append([][]byte{}, entries[:at]...), []byte(added)), entries[at:]...)
	list, err := arrayOf(grown)
	if err != nil {
		return nil, err
	}
	return o.With(vocab.Context, list)
}

// contextEntries returns the entries of @context as they stand.
func contextEntries(o *vocab.Object) [][]byte {
	var entries [][]byte
	for v := range o.Get(vocab.Context).Elements() {
		entries = append(entries, v.Raw())
	}
	return entries
}

// arrayOf joins JSON values to an array, keeping their bytes.
func arrayOf(entries [][]byte) (vocab.Value, error) {
	raw := append([]byte(`{"v":[`), bytes.Join(entries, []byte{','})...)
	o, err := vocab.Parse(append(raw, "]}"...))
	if err != nil {
		return vocab.Value{}, err
	}
	return o.Get("v"), nil
}
