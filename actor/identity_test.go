package actor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// The statement of FEP-c390, as published.
const fepC390Statement = `{"type":"VerifiableIdentityStatement","subject":"did:key:` + fep8b32Public + `",
	"alsoKnownAs":"https://server.example/users/alice","proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022",
	"created":"2023-02-24T23:36:38Z","verificationMethod":"did:key:` + fep8b32Public + `","proofPurpose":"assertionMethod",
	"proofValue":"z26W7TfJYD9DrGqnem245zNbeCbTwjb8avpduzi1JPhFrwML99CpP6gGXSKSXAcQdpGFBXF4kx7VwtXKhu7VDZJ54"}}`

func carrying(t *testing.T, attachment string) *vocab.Object {
	return parse(t, `{"id":"https://server.example/users/alice","type":"Person","attachment":`+attachment+`}`)
}

func TestIdentity_published(t *testing.T) {
	statement, err := actor.SignIdentity(alice, fepSecret(t), fepCreated)
	require.NoError(t, err)
	assert.JSONEq(t, fepC390Statement, statement.String(), "FEP-c390's own signature")

	identities, problems := actor.IdentityProofs(carrying(t, `[{"type":"PropertyValue","name":"x"},`+fepC390Statement+`]`), nil)
	require.Empty(t, problems)
	require.Len(t, identities, 1)
	assert.EqualValues(t, "did:key:"+fep8b32Public, identities[0].Subject)
	assert.Equal(t, alice, identities[0].Actor)
	assert.Equal(t, fep8b32Public, identities[0].Key.Encode())
	assert.True(t, identities[0].Created.Equal(fepCreated))
}

func TestIdentityProofs_discards(t *testing.T) {
	for _, c := range []struct {
		name, attachment string
		want             error
	}{
		{"a statement about another actor", strings.Replace(fepC390Statement, "users/alice", "users/bob", 1), actor.ErrIdentityActor},
		{"a statement about two actors", strings.Replace(fepC390Statement, `"https://server.example/users/alice"`, `["https://server.example/users/alice","https://b.example/"]`, 1), actor.ErrIdentityActor},
		{"another subject than the key that signed", strings.Replace(fepC390Statement, fep8b32Public, fep521aEd25519, 1), actor.ErrIdentityKey},
		{"subject and method both replaced", strings.ReplaceAll(fepC390Statement, fep8b32Public, fep521aEd25519), actor.ErrProofBroken},
		{"no subject", strings.Replace(fepC390Statement, `"subject"`, `"object"`, 1), actor.ErrIdentityKey},
		{"a subject that is no did:key", strings.ReplaceAll(fepC390Statement, "did:key:"+fep8b32Public, "https://server.example/k"), actor.ErrKeyFormat},
		{"a proof that does not hold", strings.Replace(fepC390Statement, "23:36:38", "23:36:39", 1), actor.ErrProofBroken},
		{"no proof", `{"type":"VerifiableIdentityStatement","subject":"did:key:` + fep8b32Public + `","alsoKnownAs":"https://server.example/users/alice"}`, actor.ErrNoProof},
	} {
		t.Run(c.name, func(t *testing.T) {
			identities, problems := actor.IdentityProofs(carrying(t, c.attachment), nil)
			assert.Empty(t, identities)
			require.Len(t, problems, 1)
			assert.ErrorIs(t, problems[0], c.want)
		})
	}
	identities, problems := actor.IdentityProofs(carrying(t, `[7,"x",{"type":"Note"},null]`), nil)
	assert.Empty(t, identities)
	assert.Empty(t, problems, "other attachments are no business of this")
	_, problems = actor.IdentityProofs(carrying(t, `[`+strings.Repeat(`{"type":"VerifiableIdentityStatement"},`, 1_000)+`5]`), nil)
	assert.Len(t, problems, 16, "a flood of statements")
	_, problems = actor.IdentityProofs(parse(t, `{"attachment":`+fepC390Statement+`}`), nil)
	require.Len(t, problems, 1)
	assert.ErrorIs(t, problems[0], actor.ErrIdentityActor, "a document without an id carries nothing")
}

func TestIdentity_spellings(t *testing.T) {
	for _, prefix := range []string{"fep:", "https://w3id.org/fep#", "https://w3id.org/fep/c390/"} {
		plain := `{"type":"` + prefix + `VerifiableIdentityStatement","` + prefix + `subject":"did:key:` + fep8b32Public + `","alsoKnownAs":"` + string(alice) + `"}`
		key := fepSecret(t)
		key.ID = key.Public().DIDKey()
		statement, err := actor.SignProof(parse(t, plain), key, fepCreated, nil)
		require.NoError(t, err)
		identities, problems := actor.IdentityProofs(carrying(t, statement.String()), nil)
		assert.Empty(t, problems, prefix)
		assert.Len(t, identities, 1, prefix)
	}
	twice := strings.Replace(fepC390Statement, `"type"`, `"fep:subject":"did:key:`+fep521aEd25519+`","type"`, 1)
	_, problems := actor.IdentityProofs(carrying(t, twice), nil)
	require.Len(t, problems, 1)
	assert.ErrorIs(t, problems[0], actor.ErrIdentityKey, "two subjects in two spellings")
}

func TestWithIdentity(t *testing.T) {
	statement, err := actor.SignIdentity(alice, fepSecret(t), fepCreated)
	require.NoError(t, err)
	o := parse(t, `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://server.example/users/alice","attachment":{"type":"PropertyValue","value":"1.0" }}`)
	shown, err := actor.WithIdentity(o, statement)
	require.NoError(t, err)
	identities, problems := actor.IdentityProofs(shown, &actor.ProofOptions{Now: fepCreated.Add(time.Hour)})
	require.Empty(t, problems)
	assert.Len(t, identities, 1)
	assert.Contains(t, shown.String(), `{"type":"PropertyValue","value":"1.0" }`, "the other attachment stays")
	assert.Contains(t, string(shown.Get(vocab.Context).Raw()), `"fep:VerifiableIdentityStatement"`, "the terms have a meaning")

	_, err = actor.WithIdentity(parse(t, `{"id":"https://server.example/users/bob"}`), statement)
	assert.ErrorIs(t, err, actor.ErrIdentityActor, "someone else's statement")
	_, err = actor.SignIdentity(alice, actor.PrivateKey{}, fepCreated)
	assert.ErrorIs(t, err, actor.ErrKeyKind, "no key")
}

func TestDIDKey(t *testing.T) {
	const did = "did:key:" + fep8b32Public
	for _, text := range []vocab.IRI{did, did + "#" + fep8b32Public} {
		key, err := actor.ParseDIDKey(text)
		require.NoError(t, err, text)
		assert.EqualValues(t, did, key.ID)
		assert.EqualValues(t, did, key.DIDKey())
	}
	rsaKey, err := actor.ParseDIDKey(fepRSA(t).DIDKey())
	require.NoError(t, err, "an RSA key")
	assert.True(t, rsaKey.Equal(fepRSA(t)))
	for _, text := range []vocab.IRI{"", "did:key:", "did:web:a.example", "https://a.example/", did + "#z", did + "#" + fep521aEd25519, "DID:KEY:" + fep8b32Public} {
		_, err := actor.ParseDIDKey(text)
		assert.ErrorIs(t, err, actor.ErrKeyFormat, "%q", text)
	}
	assert.Empty(t, actor.Key{}.DIDKey())
}
