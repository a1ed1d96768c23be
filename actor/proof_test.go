package actor_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// The example of FEP-8b32, as published.
const (
	fep8b32Document = `{
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962}
    }
}`
	fep8b32Value = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
	fep8b32Proof = `{"@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
    "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022",
    "verificationMethod": "https://server.example/users/alice#ed25519-key", "proofPurpose": "assertionMethod",
    "proofValue": "` + fep8b32Value + `", "created": "2023-02-24T23:36:38Z"}`
)

var fepCreated = time.Date(2023, 2, 24, 23, 36, 38, 0, time.UTC)

func fep8b32Signed(t testing.TB) *vocab.Object {
	return parse(t, strings.TrimSuffix(fep8b32Document, "\n}")+",\n\"proof\": "+fep8b32Proof+"}")
}

func TestSignProof_published(t *testing.T) {
	signed, err := actor.SignProof(parse(t, fep8b32Document), fepSecret(t), fepCreated, nil)
	require.NoError(t, err)
	assert.JSONEq(t, fep8b32Proof, string(signed.Get(vocab.Proof).Raw()), "FEP-8b32's own signature")
	assert.True(t, strings.HasPrefix(signed.String(), strings.TrimSuffix(fep8b32Document, "\n}")), "the rest stays as it was")
	require.NoError(t, actor.VerifyProof(fep8b32Signed(t), fepSecret(t).Public(), nil), "the document as published")
}

// The example of Data Integrity EdDSA Cryptosuites, B.2, as published.
func TestVerifyProof_credential(t *testing.T) {
	o := parse(t, `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],
		"id":"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33","type":["VerifiableCredential","AlumniCredential"],"name":"Alumni Credential",
		"description":"A minimum viable example of an Alumni Credential.","issuer":"https://vc.example/issuers/5678","validFrom":"2023-01-01T00:00:00Z",
		"credentialSubject":{"id":"did:example:abcdefgh","alumniOf":"The School of Examples"},
		"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","created":"2023-02-24T23:36:38Z",
		"verificationMethod":"did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
		"proofPurpose":"assertionMethod","@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],
		"proofValue":"z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"}}`)
	key, err := actor.ParseDIDKey("did:key:" + fep8b32Public)
	require.NoError(t, err)
	require.NoError(t, actor.VerifyProof(o, key, nil))
}

func TestVerifyProof_refuses(t *testing.T) {
	signed := fep8b32Signed(t)
	public := fepSecret(t).Public()
	other := public
	other.Public = fepEd25519(t).Public
	edit := func(path string, value any) *vocab.Object {
		changed, err := signed.Edit(path, value)
		require.NoError(t, err)
		return changed
	}
	cut := func(path string) *vocab.Object {
		changed, err := signed.Cut(path)
		require.NoError(t, err)
		return changed
	}
	wrap := func(entries string) *vocab.Object {
		return edit("/proof", parse(t, `{"v":`+entries+`}`).Get("v"))
	}
	const as = "https://www.w3.org/ns/activitystreams"
	for _, c := range []struct {
		name string
		o    *vocab.Object
		key  actor.Key
		want error
	}{
		{"another key under the same id", signed, other, actor.ErrProofBroken},
		{"another content", edit("/object/content", "Hello, world"), public, actor.ErrProofBroken},
		{"a member more", edit("/target", "https://evil.example/"), public, actor.ErrProofBroken},
		{"a member less", cut("/object/location"), public, actor.ErrProofBroken},
		{"a proof under another spelling, as one more member", edit("/sec:proof", "x"), public, actor.ErrProofBroken},
		{"another created", edit("/proof/created", "2026-02-24T23:36:38Z"), public, actor.ErrProofBroken},
		{"a member more in the proof", edit("/proof/domain", "x"), public, actor.ErrProofBroken},
		{"a created that cannot be read", edit("/proof/created", "now"), public, actor.ErrProofFormat},
		{"an expires that cannot be read", edit("/proof/expires", 5), public, actor.ErrProofFormat},
		{"no value", cut("/proof/proofValue"), public, actor.ErrProofFormat},
		{"a value in another base", edit("/proof/proofValue", "u"+fep8b32Value[1:]), public, actor.ErrProofFormat},
		{"a short value", edit("/proof/proofValue", "z42ff"), public, actor.ErrProofFormat},
		{"an endless value", edit("/proof/proofValue", "z"+strings.Repeat("4", 100_000)), public, actor.ErrProofFormat},
		{"another suite", edit("/proof/cryptosuite", "eddsa-rdfc-2022"), public, actor.ErrProofSuite},
		{"another type", edit("/proof/type", "RsaSignature2017"), public, actor.ErrProofSuite},
		{"another purpose", edit("/proof/proofPurpose", "authentication"), public, actor.ErrProofPurpose},
		{"a link of a chain", edit("/proof/previousProof", "urn:uuid:1"), public, actor.ErrProofChain},
		{"another method", edit("/proof/verificationMethod", "https://server.example/users/alice#main-key"), public, actor.ErrNoProof},
		{"no method", cut("/proof/verificationMethod"), public, actor.ErrNoProof},
		{"no proof", cut("/proof"), public, actor.ErrNoProof},
		{"a proof that is a string", edit("/proof", "proof"), public, actor.ErrNoProof},
		{"a proof that is null", wrap(`null`), public, actor.ErrNoProof},
		{"two proofs by one key", wrap(`[` + fep8b32Proof + `,` + fep8b32Proof + `]`), public, actor.ErrProofAmbiguous},
		{"a bogus twin, to lend its created", wrap(`[` + strings.Replace(fep8b32Proof, "2023", "2099", 1) + `,` + fep8b32Proof + `]`), public, actor.ErrProofAmbiguous},
		{"a key without an id", signed, actor.Key{Public: public.Public}, actor.ErrNoProof},
		{"an RSA key", signed, actor.Key{ID: public.ID, Public: fepRSA(t).Public}, actor.ErrKeyKind},
		{"no key", signed, actor.Key{ID: public.ID}, actor.ErrKeyKind},
		{"no context any more", cut("/@context"), public, actor.ErrProofContext},
		{"a shorter context", edit("/@context", []string{as}), public, actor.ErrProofContext},
		{"another first context", edit("/@context", []string{"https://evil.example/", as}), public, actor.ErrProofContext},
		{"a context that renames, behind", edit("/@context/-", map[string]string{"actor": "as:object"}), public, actor.ErrProofContext},
		{"a strange context behind", edit("/@context/-", "https://evil.example/ns"), public, actor.ErrProofContext},
		{"an integer that others read as another", edit("/object/n", json.RawMessage(`9007199254740993`)), public, actor.ErrCanonical},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.ErrorIs(t, actor.VerifyProof(c.o, c.key, nil), c.want)
		})
	}
}

func TestVerifyProof_forgives(t *testing.T) {
	signed := fep8b32Signed(t)
	edit := func(o *vocab.Object, path string, value any) *vocab.Object {
		changed, err := o.Edit(path, value)
		require.NoError(t, err)
		return changed
	}
	list := parse(t, `{"v":["not a proof",{"type":"Other","verificationMethod":"https://x.example/#k"},`+fep8b32Proof+`]}`).Get("v")
	compact, err := actor.Canonical(signed.Bytes())
	require.NoError(t, err)
	single := edit(parse(t, fep8b32Document), "/@context", "https://www.w3.org/ns/activitystreams")
	single, err = actor.SignProof(single, fepSecret(t), fepCreated, nil)
	require.NoError(t, err)
	listed := edit(single, "/@context", []string{"https://www.w3.org/ns/activitystreams"})
	without, err := actor.SignProof(parse(t, `{"id":"x"}`), fepSecret(t), fepCreated, nil)
	require.NoError(t, err)
	require.NotContains(t, without.String(), "@context", "no context is made up")
	for name, o := range map[string]*vocab.Object{
		"as it is":                          signed,
		"in other words of JSON":            parse(t, string(compact)),
		"an LD signature added":             edit(signed, "/signature", map[string]string{"type": "RsaSignature2017"}),
		"its context added behind":          edit(signed, "/@context/-", "https://w3id.org/security/v1"),
		"among other proofs":                edit(signed, "/proof", list),
		"a context without an array":        single,
		"a context put into an array later": listed,
		"no context in either":              without,
	} {
		t.Run(name, func(t *testing.T) {
			assert.NoError(t, actor.VerifyProof(o, fepSecret(t).Public(), nil))
		})
	}
}

func TestVerifyProof_clock(t *testing.T) {
	key := fepSecret(t).Public()
	signed := fep8b32Signed(t)
	expiring, err := actor.SignProof(parse(t, `{"id":"x"}`), fepSecret(t), fepCreated, nil)
	require.NoError(t, err)
	undated, err := signed.Cut("/proof/created")
	require.NoError(t, err)
	expired := key
	expired.Expires = fepCreated.Add(time.Hour)
	for _, c := range []struct {
		name string
		o    *vocab.Object
		key  actor.Key
		opts *actor.ProofOptions
		want error
	}{
		{"no clock", signed, expired, nil, nil},
		{"years later", signed, key, &actor.ProofOptions{Now: fepCreated.AddDate(10, 0, 0)}, nil},
		{"four minutes before it was made", signed, key, &actor.ProofOptions{Now: fepCreated.Add(-4 * time.Minute)}, nil},
		{"six minutes before it was made", signed, key, &actor.ProofOptions{Now: fepCreated.Add(-6 * time.Minute)}, actor.ErrProofStale},
		{"an hour before, where that is allowed", signed, key, &actor.ProofOptions{Now: fepCreated.Add(-time.Hour), Skew: time.Hour}, nil},
		{"as old as it may be", signed, key, &actor.ProofOptions{Now: fepCreated.Add(time.Hour), MaxAge: time.Hour}, nil},
		{"older", signed, key, &actor.ProofOptions{Now: fepCreated.Add(time.Hour + 1), MaxAge: time.Hour}, actor.ErrProofStale},
		{"the key's last moment", signed, expired, &actor.ProofOptions{Now: fepCreated.Add(time.Hour - 1)}, nil},
		{"the key has expired", signed, expired, &actor.ProofOptions{Now: fepCreated.Add(time.Hour)}, actor.ErrKeyExpired},
		{"no created, with a clock", undated, key, &actor.ProofOptions{Now: fepCreated}, actor.ErrProofStale},
		{"no created, without a clock: not what was signed", undated, key, nil, actor.ErrProofBroken},
		{"for another purpose", signed, key, &actor.ProofOptions{Purpose: "authentication"}, actor.ErrProofPurpose},
		{"a document without anything", expiring, key, &actor.ProofOptions{Now: fepCreated}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.ErrorIs(t, actor.VerifyProof(c.o, c.key, c.opts), c.want)
		})
	}
	late, err := signed.Edit("/proof/expires", "2023-03-01T00:00:00Z")
	require.NoError(t, err)
	assert.ErrorIs(t, actor.VerifyProof(late, key, &actor.ProofOptions{Now: fepCreated.AddDate(1, 0, 0)}), actor.ErrProofStale, "a proof that has expired")
	assert.ErrorIs(t, actor.VerifyProof(late, key, &actor.ProofOptions{Now: fepCreated}), actor.ErrProofBroken, "expires is covered too")
}

func TestProofs(t *testing.T) {
	proofs := actor.Proofs(fep8b32Signed(t))
	require.Len(t, proofs, 1)
	p := proofs[0]
	assert.Equal(t, alice+"#ed25519-key", p.VerificationMethod)
	assert.Equal(t, "assertionMethod", p.Purpose)
	assert.True(t, p.Created.Equal(fepCreated))
	assert.NoError(t, p.Verify(fepSecret(t).Public(), nil))
	assert.ErrorIs(t, actor.Proof{}.Verify(fepSecret(t).Public(), nil), actor.ErrProofFormat, "a proof of nothing")
	many := `{"proof":[` + strings.Repeat(`{},`, 10_000) + `{}]}`
	assert.Len(t, actor.Proofs(parse(t, many)), 16, "a flood of proofs")
	assert.Empty(t, actor.Proofs(parse(t, `{"https://w3id.org/security#proof":{}}`)), "a spelling that canonical JSON does not know")
}

func TestSignProof_keepsOtherProofs(t *testing.T) {
	second, err := actor.GenerateEd25519(alice)
	require.NoError(t, err)
	second.ID = alice + "#second"
	both, err := actor.SignProof(fep8b32Signed(t), second, fepCreated, nil)
	require.NoError(t, err)
	assert.NoError(t, actor.VerifyProof(both, fepSecret(t).Public(), nil), "the first still holds")
	assert.NoError(t, actor.VerifyProof(both, second.Public(), nil), "the second holds")
	assert.Contains(t, both.String(), fep8b32Proof, "and its bytes are the same")
}

func TestSignProof_refuses(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	key := fepSecret(t)
	plain := parse(t, `{"id":"x"}`)
	twice, err := vocab.ParseWith([]byte(`{"id":"x","id":"y"}`), &vocab.Limits{AllowDuplicateNames: true})
	require.NoError(t, err)
	for _, c := range []struct {
		name    string
		o       *vocab.Object
		key     actor.PrivateKey
		created time.Time
		want    error
	}{
		{"an RSA key", plain, actor.PrivateKey{ID: "x", Signer: rsaKey}, fepCreated, actor.ErrKeyKind},
		{"no key", plain, actor.PrivateKey{ID: "x"}, fepCreated, actor.ErrKeyKind},
		{"a key without an id", plain, actor.PrivateKey{Signer: key.Signer}, fepCreated, actor.ErrKeyID},
		{"no time", plain, key, time.Time{}, actor.ErrProofFormat},
		{"a member named twice", twice, key, fepCreated, actor.ErrCanonical},
		{"an integer beyond 2^53", parse(t, `{"n":9007199254740993}`), key, fepCreated, actor.ErrCanonical},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := actor.SignProof(c.o, c.key, c.created, nil)
			assert.ErrorIs(t, err, c.want)
		})
	}
}

func TestOwnerOf(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     vocab.IRI
	}{
		"an activity":                          {`{"id":"https://a.example/1","actor":"https://a.example/u"}`, "https://a.example/u"},
		"an activity of an embedded one":       {`{"actor":{"id":"https://a.example/u"}}`, "https://a.example/u"},
		"an activity of two":                   {`{"actor":["https://a.example/u","https://a.example/v"]}`, ""},
		"an activity of nobody":                {`{"actor":{}}`, ""},
		"a note":                               {`{"attributedTo":"https://a.example/u"}`, "https://a.example/u"},
		"an actor":                             {`{"id":"https://a.example/u","inbox":"https://a.example/u/inbox"}`, "https://a.example/u"},
		"an activity that looks like an actor": {`{"id":"https://a.example/x","inbox":"https://a.example/i","actor":"https://a.example/u"}`, "https://a.example/u"},
		"a key":                                {`{"id":"https://a.example/k","controller":"https://a.example/u"}`, "https://a.example/u"},
		"actor and attributedTo differ":        {`{"actor":"https://a.example/u","attributedTo":"https://a.example/v"}`, ""},
		"nothing":                              {`{}`, ""},
	} {
		assert.Equal(t, c.want, actor.OwnerOf(parse(t, c.document)), name)
	}
}

func TestVerifyProof_everyFlippedByte(t *testing.T) {
	key := fepSecret(t)
	compact, err := actor.Canonical([]byte(fep8b32Document))
	require.NoError(t, err)
	signed, err := actor.SignProof(parse(t, string(compact)), key, fepCreated, nil)
	require.NoError(t, err)
	refused := 0
	for at := range signed.Bytes() {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			flipped := []byte(signed.String())
			flipped[at] ^= flip
			changed, err := vocab.Parse(flipped)
			if err == nil && actor.VerifyProof(changed, key.Public(), nil) == nil {
				t.Errorf("still verifies with byte %d flipped by %#x: %s", at, flip, changed)
			}
			if err == nil {
				refused++
			}
		}
	}
	assert.Greater(t, refused, 500, "most of these documents are well-formed, and refused for their signature")
}

func FuzzVerifyProof(f *testing.F) {
	key := fepSecret(f)
	f.Add([]byte(fep8b32Document), uint(7), byte(1))
	f.Add([]byte(`{}`), uint(0), byte(0))
	f.Add([]byte(`{"@context":[{"é":"\u00e9"}],"a":[1e5,-0,0.1,null,true],"signature":{}}`), uint(30), byte(0x20))
	f.Add([]byte(`{"@context":null,"proof":[{"type":"DataIntegrityProof"}],"sec:proof":1}`), uint(99), byte(0x80))
	f.Fuzz(func(t *testing.T, data []byte, at uint, flip byte) {
		o, err := vocab.Parse(data)
		if err != nil {
			return
		}
		_ = actor.VerifyProof(o, key.Public(), nil)
		signed, err := actor.SignProof(o, key, fepCreated, nil)
		if err != nil || len(actor.Proofs(signed)) != 1 {
			return
		}
		if err := actor.VerifyProof(signed, key.Public(), nil); err != nil {
			t.Fatalf("a document just signed does not verify: %v: %s", err, signed)
		}
		flipped := []byte(signed.String())
		flipped[at%uint(len(flipped))] ^= flip
		changed, err := vocab.Parse(flipped)
		if err == nil && actor.VerifyProof(changed, key.Public(), nil) == nil && !sayTheSame(t, signed, changed) {
			t.Errorf("verifies though changed:\n%s\n%s", signed, changed)
		}
	})
}

// sayTheSame compares two documents, what no proof covers left out, by another
// reader of JSON than the one under test.
func sayTheSame(t *testing.T, a, b *vocab.Object) bool {
	t.Helper()
	var left, right map[string]any
	require.NoError(t, json.Unmarshal(a.Bytes(), &left))
	require.NoError(t, json.Unmarshal(b.Bytes(), &right))
	for _, m := range []map[string]any{left, right} {
		delete(m, "signature")
	}
	return reflect.DeepEqual(left, right)
}
