package actor_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

const alice vocab.IRI = "https://server.example/users/alice"

// The keys of FEP-521a and FEP-8b32, as published.
const (
	fep521aEd25519Hex = "2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6"
	fep521aEd25519    = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
	fep521aRSAHex     = "3082010a0282010100b1b5fcd8d4d5e88ca5c4287b31f578865caf6a78826a3b8ff7b1b23aa4af4e6a0474139f945bd9" +
		"d3a911ffd0fa72db78e4593a86c91f9da836186ebd3402d51f6a3844247ab5088b46929c311b43604fed84499f06f0f3" +
		"9bf55590e2187f1bbe229ba8f49fd2e570cd0e3733c76bfede80e1e7e0881e4538ea1bc5782be9512f8bf132526e05f4" +
		"923564fe6e1e21bf7087adebb660fa533fca06d0a8e66991e1312d70b64a61da8ca77c028cdf939601e2cffe2855759b" +
		"1d479f0847bcac59d7d62427a431d4e3dfd2697428b9dd6309a7b1167db99fe01af1ff1b739566fb949e47089d1dae84" +
		"aef1214ef7f5773e86a0d3e9da246f9bec09d60c705891183d0203010001"
	fep521aRSA = "z4MXj1wBzi9jUstyPMS4jQqB6KdJaiatPkAtVtGc6bQEQEEsKTic4G7Rou3iBf9vPmT5dbkm9qsZsuVNjq8HCuW1w24nhBFG" +
		"kRE4cd2Uf2tfrB3N7h4mnyPp1BF3ZttHTYv3DLUPi1zMdkULiow3M1GfXkoC6DoxDUm1jmN6GBj22SjVsr6dxezRVQc7aj9T" +
		"xE7JLbMH1wh5X3kA58H3DFW8rnYMakFGbca5CB2Jf6CnGQZmL7o5uJAdTwXfy2iiiyPxXEGerMhHwhjTA1mKYobyk2CpeEcm" +
		"vynADfNZ5MBvcCS7m3XkFCMNUYBS9NQ3fze6vMSUPsNa6GVYmKx2x6JrdEjCk3qRMMmyjnjCMfR4pXbRMZa3i"

	fep8b32Secret = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
	fep8b32Public = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
)

func parse(t testing.TB, text string) *vocab.Object {
	t.Helper()
	o, err := vocab.Parse([]byte(text))
	require.NoError(t, err, "the test's own document")
	return o
}

// fepSecret is the key that FEP-8b32 and FEP-c390 sign with.
func fepSecret(t testing.TB) actor.PrivateKey {
	t.Helper()
	key, err := actor.ParseSecretMultikey(actor.Ed25519KeyID(alice), alice, fep8b32Secret)
	require.NoError(t, err)
	return key
}

func fepRSA(t testing.TB) actor.Key {
	t.Helper()
	der, err := hex.DecodeString(fep521aRSAHex)
	require.NoError(t, err)
	public, err := x509.ParsePKCS1PublicKey(der)
	require.NoError(t, err)
	return actor.Key{ID: actor.MainKeyID(alice), Owner: alice, Public: public}
}

func fepEd25519(t testing.TB) actor.Key {
	t.Helper()
	raw, err := hex.DecodeString(fep521aEd25519Hex)
	require.NoError(t, err)
	return actor.Key{ID: actor.Ed25519KeyID(alice), Owner: alice, Public: ed25519.PublicKey(raw)}
}

func pemOf(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}
