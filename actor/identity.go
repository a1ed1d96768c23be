package actor

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// Why an identity proof does not hold, beside what is wrong with its proof.
var (
	ErrNoStatement   = errors.New("not a VerifiableIdentityStatement")
	ErrIdentityKey   = errors.New("the subject is not the key that signed")
	ErrIdentityActor = errors.New("the statement is about another actor")
)

const (
	statementType    = "VerifiableIdentityStatement"
	maxIdentities    = 16
	contextIntegrity = "https://w3id.org/security/data-integrity/v1"
	contextIdentity  = `{"fep":"https://w3id.org/fep#","VerifiableIdentityStatement":"fep:VerifiableIdentityStatement","subject":"fep:subject"}`
)

var statementPrefixes = []string{"", "fep:", "https://w3id.org/fep#", "https://w3id.org/fep/c390/", "https://w3id.org/fep/c390#"}

// An Identity is a key outside any server that an actor has shown to hold
// (FEP-c390). Two actors with one subject are in the same hands, but that alone
// moves nobody (see package move).
type Identity struct {
	Subject vocab.IRI // the key as did:key
	Actor   vocab.IRI
	Key     Key // with the did:key as its ID and Owner
	Created time.Time
}

// SignIdentity makes the statement that a key and an actor are in the same
// hands, signed with the key, to be put on the actor by [WithIdentity]. The
// ID and Owner of the key are not used.
func SignIdentity(actor vocab.IRI, key PrivateKey, created time.Time) (*vocab.Object, error) {
	subject := key.Public().DIDKey()
	if subject == "" {
		return nil, fmt.Errorf("sign identity: %w", ErrKeyKind)
	}
	statement, err := render(struct {
		Type        string    `json:"type"`
		Subject     vocab.IRI `json:"subject"`
		AlsoKnownAs vocab.IRI `json:"alsoKnownAs"`
	}{statementType, subject, actor})
	if err != nil {
		return nil, err
	}
	key.ID, key.Owner = subject, subject
	return SignProof(statement, key, created, nil)
}

// WithIdentity returns a copy of an actor's document with a statement of
// [SignIdentity] among its attachments.
func WithIdentity(o, statement *vocab.Object) (*vocab.Object, error) {
	if _, err := VerifyIdentity(statement, o.ID(), nil); err != nil {
		return nil, fmt.Errorf("add identity: %w", err)
	}
	shown, err := withContext(o, `"`+contextIntegrity+`"`, -1)
	if err != nil {
		return nil, err
	}
	if shown, err = withContext(shown, contextIdentity, -1); err != nil {
		return nil, err
	}
	var entries [][]byte
	for v := range shown.All(vocab.Attachment) {
		entries = append(entries, v.Raw())
	}
	list, err := arrayOf(append(entries, bytes.TrimSpace(statement.Bytes())))
	if err != nil {
		return nil, err
	}
	return shown.With(vocab.Attachment, list)
}

// IdentityProofs lists the identities that an actor's document proves, and says
// of each statement that proves nothing why. At most 16 statements are read.
func IdentityProofs(o *vocab.Object, opts *ProofOptions) ([]Identity, []error) {
	var identities []Identity
	var problems []error
	for _, attachment := range o.Children(vocab.Attachment) {
		if !isStatement(attachment) {
			continue
		}
		if len(identities)+len(problems) == maxIdentities {
			break
		}
		identity, err := VerifyIdentity(attachment, o.ID(), opts)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		identities = append(identities, identity)
	}
	return identities, problems
}

// VerifyIdentity checks one statement that stands on an actor: its subject must
// be the key that signed it, and its alsoKnownAs that actor.
func VerifyIdentity(statement *vocab.Object, actor vocab.IRI, opts *ProofOptions) (Identity, error) {
	identity, err := verifyIdentity(statement, actor, opts)
	if err != nil {
		return Identity{}, fmt.Errorf("verify identity: %w", err)
	}
	return identity, nil
}

func verifyIdentity(statement *vocab.Object, actor vocab.IRI, opts *ProofOptions) (Identity, error) {
	if !isStatement(statement) {
		return Identity{}, ErrNoStatement
	}
	if actor == "" || statement.IRI(vocab.AlsoKnownAs) != actor {
		return Identity{}, ErrIdentityActor
	}
	proofs := Proofs(statement)
	if len(proofs) != 1 {
		return Identity{}, ErrNoProof
	}
	subject := subjectOf(statement)
	if !sameMethod(proofs[0].VerificationMethod, subject) {
		return Identity{}, ErrIdentityKey
	}
	key, err := ParseDIDKey(subject)
	if err != nil {
		return Identity{}, err
	}
	if err := proofs[0].Verify(key, opts); err != nil {
		return Identity{}, err
	}
	return Identity{Subject: key.ID, Actor: actor, Key: key, Created: proofs[0].Created}, nil
}

func isStatement(o *vocab.Object) bool {
	return slices.ContainsFunc(o.Types(), func(name string) bool {
		prefix, found := strings.CutSuffix(name, statementType)
		return found && slices.Contains(statementPrefixes, prefix)
	})
}

// subjectOf returns the only subject of a statement, under whatever spelling.
func subjectOf(o *vocab.Object) vocab.IRI {
	var only vocab.IRI
	for _, prefix := range statementPrefixes {
		for v := range member(o, prefix+"subject").Elements() {
			id := v.IRI()
			if id == "" || only != "" && id != only {
				return ""
			}
			only = id
		}
	}
	return only
}
