package actor_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
)

func TestEncode(t *testing.T) {
	assert.Equal(t, fep521aEd25519, fepEd25519(t).Encode(), "the Ed25519 key of FEP-521a")
	assert.Equal(t, fep521aRSA, fepRSA(t).Encode(), "the RSA key of FEP-521a")
	assert.Equal(t, fep8b32Public, fepSecret(t).Public().Encode(), "the public half of FEP-8b32's secret")
	assert.Empty(t, actor.Key{}.Encode(), "no key")
	assert.Empty(t, actor.Key{Public: ed25519.PublicKey("short")}.Encode(), "a short Ed25519 key")
	assert.Empty(t, actor.Key{Public: rsa.PublicKey{}}.Encode(), "an RSA key by value")
	assert.Empty(t, actor.Key{Public: (*rsa.PublicKey)(nil)}.Encode(), "no RSA key")
}

func TestKeyRoundTrips(t *testing.T) {
	for _, key := range []actor.Key{fepEd25519(t), fepRSA(t)} {
		decoded, err := actor.DecodeKey(key.ID, key.Owner, key.Encode())
		require.NoError(t, err)
		assert.Equal(t, key, decoded, "by Multikey")
		public, err := actor.ParsePEM(key.PEM())
		require.NoError(t, err)
		assert.Equal(t, key.Public, public, "by PEM")
		assert.Equal(t, key.Fingerprint(), actor.Key{ID: "x", Public: public}.Fingerprint(), "the id does not count")
		assert.True(t, key.Equal(decoded))
	}
	assert.NotEqual(t, fepEd25519(t).Fingerprint(), fepRSA(t).Fingerprint())
	assert.Equal(t, "sha256:0c326299d2fa5b9d1bf843a8fce6c946f03cdfc1e429f5431aa9bc202c41c4c1",
		fepEd25519(t).Fingerprint(), "the fingerprint is stored by others: it must stay the same")
	assert.False(t, actor.Key{}.Equal(actor.Key{}), "no key is no key's equal")
}

func TestParsePEM(t *testing.T) {
	key := fepRSA(t)
	plain := key.PEM()
	public, ok := key.Public.(*rsa.PublicKey)
	require.True(t, ok)
	pkcs1 := pemOf("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public))
	for name, text := range map[string]string{
		"as it should be":         plain,
		"without the last line":   strings.TrimSuffix(plain, "\n"),
		"newlines written out":    strings.ReplaceAll(plain, "\n", `\n`),
		"CRLF":                    strings.ReplaceAll(plain, "\n", "\r\n"),
		"CRLF written out":        strings.ReplaceAll(plain, "\n", `\r\n`),
		"white space around":      "\n\t  " + plain + "\n\n  ",
		"indented":                strings.ReplaceAll(plain, "\n", "\n    "),
		"PKCS#1":                  pkcs1,
		"PKCS#1 under PKIX label": strings.ReplaceAll(pkcs1, "RSA PUBLIC KEY", "PUBLIC KEY"),
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := actor.ParsePEM(text)
			require.NoError(t, err)
			assert.Equal(t, key.Public, parsed)
		})
	}
}

func TestParsePEM_refuses(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	spki := func(public any) string {
		der, err := x509.MarshalPKIXPublicKey(public)
		require.NoError(t, err)
		return pemOf("PUBLIC KEY", der)
	}
	n := fepRSA(t).Public.(*rsa.PublicKey).N
	huge := new(big.Int).SetBit(big.NewInt(1), 4096, 1)
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"nothing", "", actor.ErrKeyFormat},
		{"no PEM", "hello", actor.ErrKeyFormat},
		{"too long", strings.Repeat(" ", 20_000) + fepRSA(t).PEM(), actor.ErrKeyFormat},
		{"two keys", fepRSA(t).PEM() + fepRSA(t).PEM(), actor.ErrKeyFormat},
		{"a certificate", pemOf("CERTIFICATE", []byte("x")), actor.ErrKeyFormat},
		{"bytes that are no key", pemOf("PUBLIC KEY", []byte("x")), actor.ErrKeyFormat},
		{"a private key", pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)), actor.ErrKeyFormat},
		{"RSA of 1024 bits", spki(&small.PublicKey), actor.ErrKeySize},
		{"RSA of 4097 bits", spki(&rsa.PublicKey{N: huge, E: 65537}), actor.ErrKeySize},
		{"exponent 1", spki(&rsa.PublicKey{N: n, E: 1}), actor.ErrKeyWeak},
		{"an even exponent", spki(&rsa.PublicKey{N: n, E: 65536}), actor.ErrKeyWeak},
		{"an exponent that is dear to verify with", spki(&rsa.PublicKey{N: n, E: 65539}), actor.ErrKeyWeak},
		{"an exponent of 33 bits", spki(&rsa.PublicKey{N: n, E: 1<<32 + 1}), actor.ErrKeyWeak},
		{"an even modulus", spki(&rsa.PublicKey{N: new(big.Int).Lsh(n, 1), E: 65537}), actor.ErrKeyWeak},
		{"a curve of NIST", spki(&curve.PublicKey), actor.ErrKeyKind},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := actor.ParsePEM(c.text)
			assert.ErrorIs(t, err, c.want)
		})
	}
}

func TestParseMultikey_refuses(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	assert.Empty(t, actor.Key{Public: &small.PublicKey}.Encode(), "a key that nobody should believe is not written")
	for name, text := range map[string]string{
		"nothing":              "",
		"the prefix alone":     "z",
		"another base":         "u" + fep521aEd25519[1:],
		"no prefix":            fep521aEd25519[1:],
		"a letter not in it":   "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do0",
		"cut short":            fep521aEd25519[:30],
		"a secret key":         fep8b32Secret,
		"an RSA key cut short": fep521aRSA[:300],
		"longer than any":      "z" + strings.Repeat("2", 100_000),
		"zeros":                "z" + strings.Repeat("1", 34),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := actor.ParseMultikey(text)
			assert.True(t, isKeyError(err), "got %v", err)
		})
	}
}

func TestExpired(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	assert.False(t, actor.Key{}.Expired(now), "a key without a date")
	assert.False(t, actor.Key{Expires: now.Add(time.Second)}.Expired(now))
	assert.True(t, actor.Key{Expires: now}.Expired(now), "its last moment is over")
}

func TestPrivatePEM(t *testing.T) {
	rsaKey, err := actor.GenerateRSA(alice)
	require.NoError(t, err)
	edKey, err := actor.GenerateEd25519(alice)
	require.NoError(t, err)
	assert.EqualValues(t, alice+"#main-key", rsaKey.ID)
	assert.EqualValues(t, alice+"#ed25519-key", edKey.ID)
	for _, key := range []actor.PrivateKey{rsaKey, edKey} {
		text, err := key.PEM()
		require.NoError(t, err)
		parsed, err := actor.ParsePrivatePEM(key.ID, key.Owner, strings.ReplaceAll(text, "\n", `\n`))
		require.NoError(t, err)
		assert.Equal(t, key.Public(), parsed.Public())
		_, err = actor.ParsePEM(text)
		require.ErrorIs(t, err, actor.ErrKeyFormat, "a private key is not taken for a public one")
	}
	pkcs1 := pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey.Signer.(*rsa.PrivateKey)))
	parsed, err := actor.ParsePrivatePEM(rsaKey.ID, alice, pkcs1)
	require.NoError(t, err, "PKCS#1")
	assert.Equal(t, rsaKey.Public(), parsed.Public())
	_, err = actor.PrivateKey{ID: "x"}.PEM()
	require.ErrorIs(t, err, actor.ErrKeyKind, "no signer")
}

func TestParsePrivate_refuses(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(curve)
	require.NoError(t, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"a public key":     fepRSA(t).PEM(),
		"a curve of NIST":  pemOf("PRIVATE KEY", der),
		"RSA of 1024 bits": pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)),
		"noise":            pemOf("PRIVATE KEY", []byte("noise")),
	} {
		_, err := actor.ParsePrivatePEM("x", alice, text)
		assert.True(t, isKeyError(err), "%s: got %v", name, err)
	}
	for name, text := range map[string]string{"a public key": fep8b32Public, "cut": fep8b32Secret[:20], "noise": "noise"} {
		_, err := actor.ParseSecretMultikey("x", alice, text)
		assert.True(t, isKeyError(err), "%s: got %v", name, err)
	}
}

func TestPrivateKeyIsNeverPrinted(t *testing.T) {
	key := fepSecret(t)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "pointer", &key)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key, "pointer", &key)
	written, err := json.Marshal(key)
	require.NoError(t, err)
	for _, text := range []string{
		fmt.Sprint(key), fmt.Sprintf("%v %+v %#v %s %q %x %d", key, key, key, key, key, key, key),
		fmt.Sprintf("%+v", struct{ K *actor.PrivateKey }{&key}), fmt.Sprintf("%#v", &key), log.String(), string(written),
	} {
		assert.Contains(t, strings.ReplaceAll(text, "K:0x", string(key.ID)), string(key.ID))
		assert.NotContains(t, text, "Signer", "the secret half in %q", text)
	}
}

func isKeyError(err error) bool {
	for _, want := range []error{actor.ErrKeyFormat, actor.ErrKeyKind, actor.ErrKeySize, actor.ErrKeyWeak} {
		if errors.Is(err, want) {
			return true
		}
	}
	return false
}
