package actor

import (
	"errors"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// Why a proof does not hold. Errors about proofs wrap one of these, one of
// keys, or [ErrCanonical].
var (
	ErrNoProof        = errors.New("the document has no proof by this key")
	ErrProofFormat    = errors.New("the proof is incomplete or not well-formed")
	ErrProofSuite     = errors.New("the proof is of another kind than eddsa-jcs-2022")
	ErrProofChain     = errors.New("the proof depends on another proof")
	ErrProofAmbiguous = errors.New("several proofs name this key")
	ErrProofPurpose   = errors.New("the proof was made for another purpose")
	ErrProofContext   = errors.New("the proof was made under another context")
	ErrProofStale     = errors.New("the proof is too old, has expired, or is from the future")
	ErrProofBroken    = errors.New("the signature is not over this document")
	ErrKeyExpired     = errors.New("the key has expired")
)

const (
	proofType     = "DataIntegrityProof"
	proofSuite    = "eddsa-jcs-2022"
	proofPurpose  = "assertionMethod"
	maxProofs     = 16
	defaultSkew   = 5 * time.Minute
	memberProof   = "proof"
	memberSigned  = "signature" // of LD signatures; never covered
	memberContext = "@context"
)

// A Proof is one entry of a document's proof: a claim until it is verified.
type Proof struct {
	Type               string
	Suite              string // "cryptosuite"
	VerificationMethod vocab.IRI
	Purpose            string
	Created            time.Time // zero if it says none
	Expires            time.Time // zero if it says none
	Previous           bool      // it is a link of a chain ("previousProof")

	document *vocab.Object // that carries it
	entry    *vocab.Object
	err      error // what is wrong with its form
}

// ProofOptions adjusts [VerifyProof] and [SignProof]. A nil *ProofOptions is
// the same as a zero one.
type ProofOptions struct {
	// Now is the time by which created, expires and the key's own end are
	// judged. Zero means that they are not.
	Now time.Time
	// MaxAge is how long ago a proof may have been created. Zero means ever.
	MaxAge time.Duration
	// Skew is how far ahead of Now created may be, and how long past expires
	// still counts. Zero means 5 minutes.
	Skew time.Duration
	// Purpose is what the proof is made for. "" means assertionMethod.
	Purpose string
}

func (o *ProofOptions) orDefault() ProofOptions {
	var options ProofOptions
	if o != nil {
		options = *o
	}
	if options.Skew == 0 {
		options.Skew = defaultSkew
	}
	if options.Purpose == "" {
		options.Purpose = proofPurpose
	}
	return options
}

// Proofs lists what stands in proof, unverified: an object or an array of
// them, at most 16. Only the member of exactly this name counts, since
// canonical JSON (which is what is signed) knows no other spelling.
func Proofs(o *vocab.Object) []Proof {
	var proofs []Proof
	for v := range member(o, memberProof).Elements() {
		if len(proofs) == maxProofs {
			break
		}
		if entry, ok := v.Object(); ok {
			proofs = append(proofs, readProof(o, entry))
		}
	}
	return proofs
}

func readProof(document, entry *vocab.Object) Proof {
	p := Proof{
		Type:               entry.Type(),
		Suite:              entry.Text("cryptosuite"),
		VerificationMethod: entry.IRI("verificationMethod"),
		Purpose:            entry.Text("proofPurpose"),
		Previous:           entry.Has("previousProof"),
		document:           document,
		entry:              entry,
	}
	var err error
	if p.Created, err = proofTime(entry, "created"); err != nil {
		p.err = err
	}
	if p.Expires, err = proofTime(entry, "expires"); err != nil {
		p.err = err
	}
	return p
}

func proofTime(entry *vocab.Object, name vocab.Property) (time.Time, error) {
	if !entry.Has(name) {
		return time.Time{}, nil
	}
	t, ok := entry.Time(name)
	if !ok {
		return t, ErrProofFormat
	}
	return t, nil
}

// member returns the member of exactly this name.
func member(o *vocab.Object, name string) vocab.Value {
	var found vocab.Value
	for have, v := range o.Members() {
		if have == name {
			found = v
		}
	}
	return found
}
