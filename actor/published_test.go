package actor_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// published reads a file of the vectors that standards publish, which lie
// beside the project's root where it is developed.
func published(t *testing.T, name string) string {
	t.Helper()
	root := filepath.Join("..", "..", "shared", "vectors")
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			t.Fatalf("the published vectors are not at %s", root)
		}
		t.Skipf("the published vectors are not at %s", root)
	}
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(data)
}

// feature takes a value in quotes and the documents in triple quotes out of a
// .feature file.
type feature string

func (f feature) quoted(t *testing.T, before string) string {
	t.Helper()
	match := regexp.MustCompile(regexp.QuoteMeta(before) + ` "([^"]+)"`).FindStringSubmatch(string(f))
	require.NotNil(t, match, "%q is in the file", before)
	return match[1]
}

func (f feature) documents(t *testing.T, want int) []*vocab.Object {
	t.Helper()
	parts := strings.Split(string(f), `"""`)
	var documents []*vocab.Object
	for i := 1; i < len(parts); i += 2 {
		documents = append(documents, parse(t, parts[i]))
	}
	require.Len(t, documents, want)
	return documents
}

func TestPublished_fep521a(t *testing.T) {
	f := feature(published(t, "fep/fep-521a.feature"))
	owner := vocab.IRI(f.quoted(t, "actor ID"))
	documents := f.documents(t, 2)
	for i, before := range []string{
		"the Ed25519 public key as a hex string", "the RSA public key in PKCS#1 DER format as a hex string",
	} {
		raw, err := hex.DecodeString(f.quoted(t, before))
		require.NoError(t, err)
		keys, problems := actor.KeysIn(documents[i])
		require.Empty(t, problems)
		require.Len(t, keys, 1)
		assert.Equal(t, owner, keys[0].Owner)
		want := fepEd25519(t)
		if i == 1 {
			want = fepRSA(t)
			assert.Equal(t, fep521aRSAHex, hex.EncodeToString(raw))
		} else {
			assert.Equal(t, fep521aEd25519Hex, hex.EncodeToString(raw))
		}
		assert.True(t, want.Equal(keys[0]), "the key is read")
		rendered, err := keys[0].MultikeyObject()
		require.NoError(t, err)
		assert.JSONEq(t, documents[i].String(), rendered.String(), "and written")
	}
}

func TestPublished_fep8b32(t *testing.T) {
	f := feature(published(t, "fep/fep-8b32.feature"))
	documents := f.documents(t, 4)
	key, err := actor.ParseSecretMultikey(vocab.IRI(f.quoted(t, "for key")), alice, f.quoted(t, "secret key"))
	require.NoError(t, err)
	signed, err := actor.SignProof(documents[0], key, fepCreated, nil)
	require.NoError(t, err)
	assert.Equal(t, "2023-02-24T23:36:38Z", f.quoted(t, "current time"))
	assert.JSONEq(t, documents[1].String(), signed.String(), "signing")

	keys, problems := actor.Keys(documents[3])
	require.Empty(t, problems)
	require.Len(t, keys, 1)
	assert.NoError(t, actor.VerifyProof(documents[2], keys[0], nil), "verifying")
	assert.Equal(t, keys[0].Owner, actor.OwnerOf(documents[2]))
}

func TestPublished_fepC390(t *testing.T) {
	f := feature(published(t, "fep/fep-c390.feature"))
	documents := f.documents(t, 3)
	owner := vocab.IRI(f.quoted(t, "actor ID"))
	key, err := actor.ParseSecretMultikey("", "", f.quoted(t, "private Key"))
	require.NoError(t, err)
	assert.EqualValues(t, f.quoted(t, "the decentralized identifier"), key.Public().DIDKey())
	statement, err := actor.SignIdentity(owner, key, fepCreated)
	require.NoError(t, err)
	assert.JSONEq(t, documents[1].String(), statement.String(), "creating")
	claim, err := statement.Without(vocab.Proof)
	require.NoError(t, err)
	assert.JSONEq(t, documents[0].String(), claim.String(), "the claim")

	identities, problems := actor.IdentityProofs(documents[2], nil)
	require.Empty(t, problems)
	require.Len(t, identities, 1, "verifying")
	assert.Equal(t, owner, identities[0].Actor)
}

func TestPublished_eddsaJCS2022(t *testing.T) {
	const folder = "vc-di-eddsa/eddsa-jcs-2022/"
	var pair struct{ PublicKeyMultibase, PrivateKeyMultibase string }
	require.NoError(t, json.Unmarshal([]byte(published(t, "vc-di-eddsa/keyPair.json")), &pair))
	unsigned := parse(t, published(t, "vc-di-eddsa/unsigned.json"))
	signed := parse(t, published(t, folder+"signedJCS.json"))
	config := parse(t, published(t, folder+"proofConfigJCS.json"))

	for file, data := range map[string][]byte{"canonDocJCS.txt": unsigned.Bytes(), "proofCanonJCS.txt": config.Bytes()} {
		canonical, err := actor.Canonical(data)
		require.NoError(t, err)
		assert.Equal(t, strings.TrimSpace(published(t, folder+file)), string(canonical), file)
	}
	key, err := actor.ParseSecretMultikey(vocab.IRI(config.Text(vocab.VerificationMethod)), "", pair.PrivateKeyMultibase)
	require.NoError(t, err)
	assert.Equal(t, pair.PublicKeyMultibase, key.Public().Encode())
	again, err := actor.SignProof(unsigned, key, fepCreated, nil)
	require.NoError(t, err)
	assert.JSONEq(t, signed.String(), again.String(), "signing")
	assert.Equal(t, strings.TrimSpace(published(t, folder+"sigBTC58JCS.txt")), again.Child(vocab.Proof).Text("proofValue"))
	assert.NoError(t, actor.VerifyProof(signed, key.Public(), nil), "verifying")
}

// The published sets and chains are of another suite: they must be refused by
// name, and a chain as a chain.
func TestPublished_setsAndChains(t *testing.T) {
	for file, want := range map[string]int{"signedProofSet1.json": 1, "signedProofSet2.json": 2, "signedProofChain1.json": 3, "signedProofChain2.json": 4} {
		o := parse(t, published(t, "vc-di-eddsa/proof-set-chain/"+file))
		proofs := actor.Proofs(o)
		require.Len(t, proofs, want, file)
		for i, p := range proofs {
			key, err := actor.ParseDIDKey(p.VerificationMethod)
			require.NoError(t, err, file)
			assert.ErrorIs(t, actor.VerifyProof(o, key, nil), actor.ErrProofSuite, file)
			assert.Equal(t, i >= 2, p.Previous, file)
		}
	}
}

func TestPublished_jcs(t *testing.T) {
	for _, name := range []string{"arrays", "french", "structures", "unicode", "values", "weird"} {
		canonical, err := actor.Canonical([]byte(published(t, "jcs/input/"+name+".json")))
		require.NoError(t, err, name)
		assert.Equal(t, published(t, "jcs/output/"+name+".json"), string(canonical), name)
		assert.Equal(t, strings.Join(strings.Fields(published(t, "jcs/outhex/"+name+".txt")), ""), hex.EncodeToString(canonical), name)
	}
}
