package actor

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/vocab"
)

// SignProof returns a copy of o that carries a proof by an Ed25519 key
// (FEP-8b32, eddsa-jcs-2022), created at a time that is written in whole
// seconds. The document's context is copied into the proof. Every other byte of
// o stays as it was; proofs that it already has are kept beside the new one.
//
// Readers that process JSON-LD see the proof only if the context defines "proof",
// as https://w3id.org/security/data-integrity/v1 does; it must stand in o before.
//
// An LD signature must be made after the proof, over it: one that o already
// has is kept, but holds no longer.
func SignProof(o *vocab.Object, key PrivateKey, created time.Time, opts *ProofOptions) (*vocab.Object, error) {
	entry, err := newProof(o, key, created, opts.orDefault())
	if err != nil {
		return nil, fmt.Errorf("sign document: %w", err)
	}
	have := member(o, memberProof)
	if have.IsZero() || have.Kind() == vocab.Null {
		return o.Edit("/"+memberProof, entry)
	}
	var entries [][]byte
	for v := range have.Elements() {
		entries = append(entries, v.Raw())
	}
	list, err := arrayOf(append(entries, entry.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("sign document: %w", err)
	}
	return o.Edit("/"+memberProof, list)
}

// proofConfig is a proof in the order in which it is written.
type proofConfig struct {
	Context            jsontext.Value `json:"@context,omitzero"`
	Type               string         `json:"type"`
	Suite              string         `json:"cryptosuite"`
	VerificationMethod vocab.IRI      `json:"verificationMethod"`
	Purpose            string         `json:"proofPurpose"`
	Value              string         `json:"proofValue,omitzero"`
	Created            string         `json:"created"`
}

func newProof(o *vocab.Object, key PrivateKey, created time.Time, opts ProofOptions) (*vocab.Object, error) {
	switch {
	case key.ID == "":
		return nil, ErrKeyID
	case created.IsZero():
		return nil, fmt.Errorf("no time of creation: %w", ErrProofFormat)
	}
	if public, ok := key.Public().Public.(ed25519.PublicKey); !ok || len(public) != ed25519.PublicKeySize {
		return nil, ErrKeyKind
	}
	proof := proofConfig{
		Context: jsontext.Value(member(o, memberContext).Raw()), Type: proofType, Suite: proofSuite,
		VerificationMethod: key.ID, Purpose: opts.Purpose, Created: dateTime(created),
	}
	config, err := render(proof)
	if err != nil {
		return nil, err
	}
	canonical, err := Canonical(config.Bytes())
	if err != nil {
		return nil, err
	}
	hash, err := proofHash(o, vocab.Value{}, canonical)
	if err != nil {
		return nil, err
	}
	signature, err := key.Signer.Sign(rand.Reader, hash, crypto.Hash(0))
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", key.ID.Origin(), err)
	}
	proof.Value = "z" + encodeBase58(signature)
	return render(proof)
}

// OwnerOf returns whom a document belongs to (FEP-fe34): an activity to its
// actor, a key to its owner or controller, an actor to itself, anything else to
// whom it is attributed. It is "" if there is none or more than one, or if the
// document says two of these things about different owners. A proof counts only
// if the owner of its key is the owner of the document.
func OwnerOf(o *vocab.Object) vocab.IRI {
	if o.Has(vocab.Inbox) && !o.Has(vocab.Actor) {
		return o.ID()
	}
	var owner vocab.IRI
	for _, p := range []vocab.Property{vocab.Actor, vocab.AttributedTo, vocab.Owner, vocab.Controller} {
		if !o.Has(p) {
			continue
		}
		named := o.IRI(p)
		if named == "" || owner != "" && owner != named {
			return ""
		}
		owner = named
	}
	return owner
}
