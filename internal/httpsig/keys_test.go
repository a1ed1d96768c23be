package httpsig_test

import (
	"bufio"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"codeberg.org/godwit/godwit/internal/httpsig"
	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const (
	origin = "https://peer.example"
	keyID  = "https://old.example/users/al#main-key"
	move   = `{"type":"Move","actor":"https://old.example/users/al"}`
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

var edKey = ed25519.NewKeyFromSeed([]byte("thirty-two bytes of a test's key"))

// RFC 9421, appendix B.1.4.
const rfcEd25519 = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----`

func publicKey(t testing.TB, text string) crypto.PublicKey {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	require.NotNil(t, block, "the key is PEM")
	if block.Type == "RSA PUBLIC KEY" {
		key, err := x509.ParsePKCS1PublicKey(block.Bytes)
		require.NoError(t, err, "the key is PKCS #1")
		return key
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	require.NoError(t, err, "the key is PKIX")
	return key
}

func policy() *httpsig.Policy {
	return &httpsig.Policy{Origin: origin, Clock: func() time.Time { return now }}
}

// signed returns a request as a server reads it from the wire after the sender
// signed it.
func signed(t testing.TB, method, target, body string, scheme httpsig.Scheme, key crypto.Signer, at time.Time) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, origin+target, nil)
	require.NoError(t, err, "make a request")
	if body != "" {
		r.Header.Set("Content-Type", "application/activity+json")
	}
	require.NoError(t, httpsig.Sign(r, []byte(body), scheme, keyID, key, at, nil), "sign")
	return received(t, r)
}

// received writes the head of r to the wire and reads it as a server does.
func received(t testing.TB, r *http.Request) *http.Request {
	t.Helper()
	var wire strings.Builder
	require.NoError(t, r.Write(&wire), "write the request")
	in, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire.String())))
	require.NoError(t, err, "read the request")
	return in
}

func parseRequest(t testing.TB, text string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	require.NoError(t, err, "read the request")
	return r
}
