package backup

import (
	"context"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/vocab"
)

// proof judges the last entry: that it is the last, what it is about, and by whose
// key it is. That it is about this manifest and this list was seen on opening.
func (v *verifier) proof(ctx context.Context) error {
	var last string
	for e := range v.reader.Entries() {
		last = e.Name
	}
	proof := v.reader.account.Archive.Proof
	switch {
	case proof == nil:
		v.verdict.find(CheckProof, "missing", Damage, proofEntry)
		return nil
	case last != proofEntry:
		v.verdict.find(CheckProof, "not-last", Damage, last)
	case proof.Entries != v.verdict.Entries-2:
		v.verdict.find(CheckProof, "count-differs", Damage, proofEntry)
	case proof.Actor != documented(v.reader.account.Doc):
		v.verdict.find(CheckProof, "another-actor", Damage, proofEntry)
	}
	if !v.formed(proof) {
		v.verdict.find(CheckProof, "form-differs", Damage, proofEntry)
	}
	v.signed(ctx, proof.Document)
	return nil
}

// formed reports whether the last entry is, byte for byte, what a writer makes of
// what it says: no digest covers it.
func (v *verifier) formed(p *dialect.Proof) bool {
	created := v.reader.account.Archive.Manifest.Created
	text := proofText(p.Actor, created, p.ManifestDigest, p.IntegrityDigest, p.Entries)
	raw := strings.TrimSuffix(string(p.Document.Bytes()), "\n")
	if !p.Document.Has(vocab.Proof) {
		return raw == text
	}
	signed := p.Document.Get(vocab.Proof)
	if raw != text[:len(text)-1]+`,"proof":`+string(signed.Raw())+"}" {
		return false
	}
	o, ok := signed.Object()
	if !ok {
		return false
	}
	for name := range o.Members() {
		if !slices.Contains(proofMembers, name) {
			return false
		}
	}
	return true
}

// proofMembers are those of a proof of FEP-8b32 that is made here.
var proofMembers = []string{"@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}

// documented is the actor of whom an archive has a document, "" if it has none:
// whose the posts seem to be is no matter of the proof.
func documented(doc *vocab.Object) vocab.IRI {
	if doc == nil {
		return ""
	}
	return doc.ID()
}

// signed tells by whose key the proof is.
func (v *verifier) signed(ctx context.Context, doc *vocab.Object) {
	proofs := actor.Proofs(doc)
	if len(proofs) == 0 {
		v.verdict.find(CheckProof, "unsigned", Remark, "")
		return
	}
	v.verdict.SignedBy, v.verdict.Created = proofs[0].VerificationMethod, proofs[0].Created
	keys, trust := v.keys(ctx)
	key, ok := actor.FindKey(keys, v.verdict.SignedBy)
	switch {
	case !ok && renamed(doc, keys):
		v.verdict.Trust = BadProof
		v.verdict.find(CheckProof, "broken", Damage, proofEntry)
	case !ok:
		v.verdict.Trust = UnknownKey
		v.verdict.find(CheckProof, "unknown-key", Remark, string(v.verdict.SignedBy))
	case key.Expired(v.verdict.Created), v.verdict.Created.IsZero() && !key.Expires.IsZero():
		v.verdict.Trust = UnknownKey
		v.verdict.find(CheckProof, "expired-key", Remark, string(v.verdict.SignedBy))
	case actor.VerifyProof(doc, key, nil) != nil:
		v.verdict.Trust = BadProof
		v.verdict.find(CheckProof, "broken", Damage, proofEntry)
	default:
		v.verdict.Trust = trust
	}
}

// renamed reports whether a proof would hold if it named one of the keys: then the
// name was changed behind the signer's back.
func renamed(doc *vocab.Object, keys []actor.Key) bool {
	return slices.ContainsFunc(keys, func(key actor.Key) bool {
		named, err := doc.Edit("/proof/verificationMethod", key.ID)
		return err == nil && actor.VerifyProof(named, key, nil) == nil
	})
}

// keys are those that may have signed. The caller's own outranks the archive's: a
// proof by another is not believed then.
func (v *verifier) keys(ctx context.Context) ([]actor.Key, Trust) {
	if v.options.Key != nil {
		return []actor.Key{*v.options.Key}, KnownKey
	}
	doc, err := v.reader.Actor(ctx)
	if err != nil {
		return nil, UnknownKey
	}
	keys, _ := actor.Keys(doc)
	return keys, OwnKey
}
