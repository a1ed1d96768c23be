package actor

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/vocab"
)

// VerifyProof checks the proof that key made over o (FEP-8b32, eddsa-jcs-2022):
// the one whose verificationMethod is the key's id. More than one such proof is
// refused, so that created is never read from one and verified by another. What
// else a document may have in proof is not looked at.
//
// A proof covers everything but proof itself and signature (of LD signatures,
// which other servers add and drop). If the document's context goes on behind
// the one that was signed, only contexts of security terms are let through
// there: any other could give signed members another meaning.
//
// It does not tell whose document it is: the caller also compares the key's
// owner with the document's, see [OwnerOf].
func VerifyProof(o *vocab.Object, key Key, opts *ProofOptions) error {
	var by []Proof
	for _, p := range Proofs(o) {
		if sameMethod(p.VerificationMethod, key.ID) {
			by = append(by, p)
		}
	}
	switch len(by) {
	case 0:
		return fmt.Errorf("verify proof: %w", ErrNoProof)
	case 1:
		return by[0].Verify(key, opts)
	}
	return fmt.Errorf("verify proof: %w", ErrProofAmbiguous)
}

// Verify is [VerifyProof] for this proof alone.
func (p Proof) Verify(key Key, opts *ProofOptions) error {
	if err := p.verify(key, opts.orDefault()); err != nil {
		return fmt.Errorf("verify proof: %w", err)
	}
	return nil
}

func (p Proof) verify(key Key, opts ProofOptions) error {
	if err := p.acceptable(key, opts); err != nil {
		return err
	}
	public, ok := key.Public.(ed25519.PublicKey)
	if !ok || len(public) != ed25519.PublicKeySize {
		return ErrKeyKind
	}
	signature, err := p.signature()
	if err != nil {
		return err
	}
	context, err := p.context()
	if err != nil {
		return err
	}
	config, err := withoutMembers(p.entry, vocab.Value{}, "proofValue")
	if err != nil {
		return err
	}
	signed, err := proofHash(p.document, context, config)
	if err != nil {
		return err
	}
	if !ed25519.Verify(public, signed, signature) {
		return ErrProofBroken
	}
	return nil
}

// acceptable checks all but the mathematics.
func (p Proof) acceptable(key Key, opts ProofOptions) error {
	switch {
	case p.err != nil:
		return p.err
	case p.entry == nil || p.VerificationMethod == "":
		return ErrProofFormat
	case p.Type != proofType || p.Suite != proofSuite:
		return ErrProofSuite
	case p.Previous:
		return ErrProofChain
	case !sameMethod(p.VerificationMethod, key.ID):
		return ErrNoProof
	case p.Purpose != opts.Purpose:
		return ErrProofPurpose
	case opts.Now.IsZero():
		return nil
	case key.Expired(opts.Now):
		return ErrKeyExpired
	case p.Created.IsZero(), p.Created.After(opts.Now.Add(opts.Skew)):
		return ErrProofStale
	case !p.Expires.IsZero() && opts.Now.After(p.Expires.Add(opts.Skew)):
		return ErrProofStale
	case opts.MaxAge > 0 && opts.Now.Sub(p.Created) > opts.MaxAge:
		return ErrProofStale
	}
	return nil
}

func (p Proof) signature() ([]byte, error) {
	text, found := strings.CutPrefix(p.entry.Text("proofValue"), "z")
	if !found {
		return nil, ErrProofFormat
	}
	signature, err := decodeBase58(text)
	if err != nil || len(signature) != ed25519.SignatureSize {
		return nil, ErrProofFormat
	}
	return signature, nil
}

// signedBehind are the contexts that servers put behind the signed ones when
// they add something to a document. They define security terms alone.
var signedBehind = []string{
	`"https://w3id.org/security/v1"`, `"https://w3id.org/security/data-integrity/v1"`,
	`"https://w3id.org/security/data-integrity/v2"`, `"https://w3id.org/security/multikey/v1"`,
}

// context returns the context that was signed: the proof's own, with which the
// document's must begin, or that of the document if the proof has none.
func (p Proof) context() (vocab.Value, error) {
	have, signed := member(p.document, memberContext), member(p.entry, memberContext)
	if signed.IsZero() {
		return have, nil
	}
	all, begin := slices.Collect(have.Elements()), slices.Collect(signed.Elements())
	if have.IsZero() || len(all) < len(begin) {
		return signed, ErrProofContext
	}
	for i := range begin {
		same, err := sameJSON(all[i].Raw(), begin[i].Raw())
		if err != nil {
			return signed, err
		}
		if !same {
			return signed, ErrProofContext
		}
	}
	for _, v := range all[len(begin):] {
		if !slices.Contains(signedBehind, string(v.Raw())) {
			return signed, ErrProofContext
		}
	}
	return signed, nil
}

func sameJSON(a, b []byte) (bool, error) {
	a, err := Canonical(a)
	if err != nil {
		return false, err
	}
	b, err = Canonical(b)
	return bytes.Equal(a, b), err
}

// proofHash returns what is signed: the hash of the proof without its value,
// and that of the document without proofs.
func proofHash(document *vocab.Object, context vocab.Value, config []byte) ([]byte, error) {
	bare, err := withoutMembers(document, context, memberProof, memberSigned)
	if err != nil {
		return nil, err
	}
	ofConfig, ofDocument := sha256.Sum256(config), sha256.Sum256(bare)
	return append(ofConfig[:], ofDocument[:]...), nil
}

// withoutMembers returns o in canonical form without some members, and with
// another context unless that is zero.
func withoutMembers(o *vocab.Object, context vocab.Value, names ...string) ([]byte, error) {
	raw := []byte{'{'}
	for name, v := range o.Members() {
		if slices.Contains(names, name) {
			continue
		}
		if name == memberContext && !context.IsZero() {
			v = context
		}
		quoted, err := jsontext.AppendQuote(nil, name)
		if err != nil {
			return nil, ErrCanonical
		}
		if len(raw) > 1 {
			raw = append(raw, ',')
		}
		raw = append(append(append(raw, quoted...), ':'), v.Raw()...)
	}
	return Canonical(append(raw, '}'))
}
