// Package ldsig verifies LD signatures (RsaSignature2017), which Mastodon and
// its kin put into an activity's signature so that a third server may send the
// activity on.
//
// A server that takes relayed Moves gives [Verify] to move.Rules; nothing else
// in godwit calls it. Such a signature is made over the RDF graph of the
// document, from which everything that the document's contexts do not map is
// missing. So Verify also checks that the members by which an activity is
// judged stand in that graph as the document reads.
//
// Contexts come from tables; a document that names any other is refused. The
// graph is made and canonicalized (URDNA2015) by github.com/piprate/json-gold,
// which cannot be interrupted: the package gives it no network, no files, and
// only documents that are small enough.
//
// The package makes no signatures and reads no clock: how old a signature may
// be is the caller's to judge. FEP-8b32 proofs, which are better, are verified
// by package actor.
package ldsig

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// Why a signature does not hold. The error of [Verify] wraps one of these.
var (
	ErrNone       = errors.New("the document has no LD signature by this key")
	ErrForm       = errors.New("the LD signature is incomplete or not well-formed")
	ErrSuite      = errors.New("the LD signature is of another kind than RsaSignature2017")
	ErrKey        = errors.New("not an RSA key that is believed")
	ErrTooLarge   = errors.New("the document is too large")
	ErrTooDeep    = errors.New("the document is nested too deep")
	ErrTooMany    = errors.New("the document has too many members, contexts or definitions")
	ErrContext    = errors.New("the document has a context that is not known here, or not valid")
	ErrShape      = errors.New("the document is no tree of plain nodes below the activity")
	ErrAlike      = errors.New("the document has too many nodes that cannot be told apart")
	ErrUncovered  = errors.New("the signature is not over what the document says")
	ErrBroken     = errors.New("the signature is not over this document")
	ErrInnerFault = errors.New("the JSON-LD processor failed")
)

// Verify checks that key made the LD signature of an activity, and that the
// signature is over the activity's id, types, actor, object, target and origin
// as package vocab reads them, and over when it was created and expires. Of
// the other members, and of objects inside, any may be one that is not signed.
//
// The signature's creator must be the key's id. Whose key that is, whether it
// has expired, and how old the signature is, the caller judges. The clock is
// read from created and expires of the one object in signature.
//
// A document that its own contexts make say something else than its names do
// is refused, as is one that is not read as a whole below its own id: any node
// of a graph could be taken for the activity.
func Verify(o *vocab.Object, key actor.Key) (err error) {
	// What a peer wrote must not end the process, whatever the processor
	// makes of it.
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("verify LD signature: %w", ErrInnerFault)
		}
	}()
	if err := verify(o, key); err != nil {
		return fmt.Errorf("verify LD signature: %w", err)
	}
	return nil
}

func verify(o *vocab.Object, key actor.Key) error {
	s, err := read(o)
	if err != nil {
		return err
	}
	public, isRSA := key.Public.(*rsa.PublicKey)
	switch {
	case !isRSA || key.Fingerprint() == "":
		return ErrKey
	case s.creator != key.ID:
		return ErrNone
	}
	if err := checkSize(o); err != nil {
		return err
	}
	options, err := s.hash()
	if err != nil {
		return err
	}
	document, err := hashDocument(o)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(options + document))
	if rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], s.value) != nil {
		return ErrBroken
	}
	return nil
}

// hashDocument returns the hash of everything but the signature, once the
// graph was found to say what the document does.
func hashDocument(o *vocab.Object) (string, error) {
	document, err := without(o, memberSignature)
	if err != nil {
		return "", err
	}
	g, err := graphOf(document)
	if err != nil {
		return "", err
	}
	if err := g.covers(o); err != nil {
		return "", err
	}
	return g.hash()
}

const (
	suite           = "RsaSignature2017"
	memberSignature = "signature"
	optionsContext  = "https://w3id.org/identity/v1"

	propertyCreator        vocab.Property = "creator"
	propertyCreated        vocab.Property = "created"
	propertySignatureValue vocab.Property = "signatureValue"
)

// A signature is what stands in the member of that name.
type signature struct {
	entry   *vocab.Object
	creator vocab.IRI
	value   []byte
}

// read takes the one signature of a document, under no name but the one that
// the hash leaves out.
func read(o *vocab.Object) (signature, error) {
	var entry *vocab.Object
	for name, v := range o.Members() {
		if name == memberSignature {
			entry, _ = v.Object()
		}
	}
	entries := 0
	for range o.All(vocab.Signature) {
		entries++
	}
	switch {
	case entries == 0:
		return signature{}, ErrNone
	case entry == nil || entries > 1:
		return signature{}, ErrForm
	case entry.Text(vocab.Type) != suite:
		return signature{}, ErrSuite
	}
	s := signature{entry: entry, creator: vocab.IRI(entry.Text(propertyCreator))}
	value, err := base64.StdEncoding.DecodeString(entry.Text(propertySignatureValue))
	if _, dated := entry.Time(propertyCreated); err != nil || s.creator == "" || !dated {
		return signature{}, ErrForm
	}
	s.value = value
	return s, nil
}

// hash returns the hash of the signature's own members, which are read under a
// context that the suite fixes.
func (s signature) hash() (string, error) {
	options, err := without(s.entry, "type", "id", string(propertySignatureValue))
	if err != nil {
		return "", err
	}
	options[string(vocab.Context)] = optionsContext
	g, err := graphOf(options)
	if err != nil {
		return "", err
	}
	for p, iri := range map[vocab.Property]string{
		propertyCreator: "http://purl.org/dc/terms/creator",
		propertyCreated: "http://purl.org/dc/terms/created",
		vocab.Expires:   "https://w3id.org/security#expiration",
	} {
		if !g.says(iri, s.entry, p) {
			return "", ErrUncovered
		}
	}
	return g.hash()
}
