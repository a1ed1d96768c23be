package httpsig_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	"codeberg.org/godwit/godwit/internal/httpsig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func outgoing(t testing.TB, method, target string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, target, nil)
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/activity+json")
	return r
}

func TestSignedShapes(t *testing.T) {
	r := outgoing(t, "POST", "https://peer.example:8443/inbox?x=1")
	require.NoError(t, httpsig.Sign(r, []byte(move), httpsig.Cavage, keyID, rsaKey(), now, nil))
	assert.Regexp(t, `^keyId="https://old.example/users/al#main-key",algorithm="rsa-sha256",headers="\(request-target\) host date digest content-type",signature="[A-Za-z0-9+/=]{344}"$`, r.Header.Get("Signature"))
	assert.Equal(t, "Sun, 22 Nov 2026 12:00:00 GMT", r.Header.Get("Date"))
	assert.Equal(t, httpsig.MakeDigest([]byte(move)), r.Header.Get("Digest"))
	assert.NotContains(t, r.Header, "Host", "the library's Host header stays out")
	p := policy()
	p.Origin = "https://peer.example:8443"
	require.NoError(t, verify(received(t, r), move, p, rsaKey().Public()), "the port is signed")

	require.NoError(t, httpsig.Sign(r, []byte(move), httpsig.RFC9421, keyID, edKey, now, nil), "sign again, in the other way")
	assert.Equal(t, `sig1=("@method" "@target-uri" "content-digest");created=1795348800;keyid="https://old.example/users/al#main-key"`, r.Header.Get("Signature-Input"))
	assert.Regexp(t, `^sig1=:[A-Za-z0-9+/=]{88}:$`, r.Header.Get("Signature"))
	assert.NotContains(t, r.Header, "Digest", "what the first way needed is gone")
	require.NoError(t, verify(received(t, r), move, p, edKey.Public()))

	r = outgoing(t, "GET", "https://peer.example/users/bob")
	require.NoError(t, httpsig.Sign(r, nil, httpsig.Cavage, keyID, edKey, now, nil))
	assert.Contains(t, r.Header.Get("Signature"), `algorithm="hs2019",headers="(request-target) host date",`)
	assert.NotContains(t, r.Header, "Digest", "a GET has no body to digest")
}

func TestSignKnownBytes(t *testing.T) {
	r := outgoing(t, "GET", "https://peer.example:443/users/bob?page=1")
	require.NoError(t, httpsig.Sign(r, nil, httpsig.RFC9421, keyID, edKey, now, nil))
	base := "\"@method\": GET\n\"@target-uri\": https://peer.example/users/bob?page=1\n" +
		"\"@signature-params\": (\"@method\" \"@target-uri\");created=1795348800;keyid=\"https://old.example/users/al#main-key\""
	assert.True(t, ed25519.Verify(edKey.Public().(ed25519.PublicKey), []byte(base), value(t, r)), "the base is written by hand here")
}

func TestQueryLeftOut(t *testing.T) {
	r := outgoing(t, "GET", "https://peer.example/users/bob?page=1")
	require.NoError(t, httpsig.Sign(r, nil, httpsig.Cavage, keyID, edKey, now, &httpsig.SignOptions{OmitQuery: true}))
	in := received(t, r)
	assert.Equal(t, "/users/bob?page=1", in.RequestURI, "it is sent")
	require.NoError(t, verify(in, "", policy(), edKey.Public()))
	in.RequestURI = "/users/bob?page=2"
	require.NoError(t, verify(in, "", policy(), edKey.Public()), "and it is not signed")
}

func TestSignRefuses(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	for _, c := range []struct {
		name, host, keyID string
		scheme            httpsig.Scheme
		key               crypto.Signer
		want              error
	}{
		{"no key", "peer.example", keyID, httpsig.Cavage, nil, httpsig.ErrKeyType},
		{"nil RSA key", "peer.example", keyID, httpsig.Cavage, (*rsa.PrivateKey)(nil), httpsig.ErrKeyType},
		{"empty RSA key", "peer.example", keyID, httpsig.Cavage, &rsa.PrivateKey{}, httpsig.ErrKeyType},
		{"RSA of 1024 bits", "peer.example", keyID, httpsig.Cavage, short, httpsig.ErrKeySize},
		{"short Ed25519 key", "peer.example", keyID, httpsig.Cavage, ed25519.PrivateKey("short"), httpsig.ErrKeySize},
		{"short Ed25519 key", "peer.example", keyID, httpsig.RFC9421, ed25519.PrivateKey{}, httpsig.ErrKeySize},
		{"unknown scheme", "peer.example", keyID, "oauth", edKey, httpsig.ErrScheme},
		{"no scheme", "peer.example", keyID, "", edKey, httpsig.ErrScheme},
		{"host in Unicode", "straße.example", keyID, httpsig.Cavage, edKey, httpsig.ErrHost},
		{"no host", "", keyID, httpsig.Cavage, edKey, httpsig.ErrHost},
		{"no key id", "peer.example", "", httpsig.Cavage, edKey, httpsig.ErrKeyID},
		{"key id with a quote", "peer.example", `k",x="`, httpsig.Cavage, edKey, httpsig.ErrKeyID},
		{"key id with a line break", "peer.example", "k\r\nX: y", httpsig.RFC9421, edKey, httpsig.ErrKeyID},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &http.Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: c.host, Path: "/"}}
			require.ErrorIs(t, httpsig.Sign(r, nil, c.scheme, c.keyID, c.key, now, nil), c.want)
		})
	}
}

func TestSignWithoutURL(t *testing.T) {
	require.ErrorIs(t, httpsig.Sign(&http.Request{Host: "peer.example"}, nil, httpsig.Cavage, keyID, edKey, now, nil), httpsig.ErrHost)
}

// held is a key whose bytes are elsewhere.
type held struct{ key crypto.Signer }

func (h held) Public() crypto.PublicKey { return h.key.Public() }

func (h held) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return h.key.Sign(r, digest, opts)
}

func TestKeysHeldElsewhere(t *testing.T) {
	for _, key := range []crypto.Signer{rsaKey(), edKey} {
		r := outgoing(t, "POST", "https://peer.example/inbox")
		require.NoError(t, httpsig.Sign(r, []byte(move), httpsig.RFC9421, keyID, held{key}, now, nil))
		require.NoError(t, verify(received(t, r), move, policy(), key.Public()))
		require.Error(t, httpsig.Sign(r, []byte(move), httpsig.Cavage, keyID, held{key}, now, nil), "go-fed wants the key itself")
	}
	public := held{&rsa.PrivateKey{PublicKey: rsa.PublicKey{N: big.NewInt(15), E: 3}}}
	require.ErrorIs(t, httpsig.Sign(outgoing(t, "GET", "https://peer.example/"), nil, httpsig.RFC9421, keyID, public, time.Time{}, nil), httpsig.ErrKeySize)
}
