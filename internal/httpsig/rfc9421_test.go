package httpsig_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"codeberg.org/godwit/godwit/internal/httpsig"
	"github.com/dunglas/httpsfv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// RFC 9421, appendix B.2, and the signature of B.2.6.
const (
	rfcRequest = "POST /foo?param=Value&Pet=dog HTTP/1.1\r\n" +
		"Host: example.com\r\n" +
		"Date: Tue, 20 Apr 2021 02:07:55 GMT\r\n" +
		"Content-Type: application/json\r\n" +
		"Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:\r\n" +
		"Content-Length: 18\r\n"
	rfcBody   = `{"hello": "world"}`
	rfcSigned = `Signature-Input: sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"` + "\r\n" +
		"Signature: sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:\r\n"
)

func TestB26Ed25519Verifies(t *testing.T) {
	r := parseRequest(t, rfcRequest+rfcSigned+"\r\n"+rfcBody)
	base, err := httpsig.Base(r, []byte(rfcBody), "https://example.com")
	require.NoError(t, err, "the signature base of B.2.6")
	assert.Equal(t, `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`, string(base))
	key := publicKey(t, rfcEd25519).(ed25519.PublicKey)
	assert.True(t, ed25519.Verify(key, base, value(t, r)), "B.2.6 verifies with the key of B.1.4")
	base[0] ^= 1
	assert.False(t, ed25519.Verify(key, base, value(t, r)), "another text does not")
}

func TestB26CoversTooLittle(t *testing.T) {
	r := parseRequest(t, rfcRequest+rfcSigned+"\r\n"+rfcBody)
	_, err := httpsig.Parse(r, []byte(rfcBody), &httpsig.Policy{Origin: "https://example.com"})
	requireRefused(t, err, httpsig.Uncovered)
}

func value(t testing.TB, r *http.Request) []byte {
	t.Helper()
	values, err := httpsfv.UnmarshalDictionary(r.Header["Signature"])
	require.NoError(t, err, "the Signature header is a dictionary")
	member, _ := values.Get(values.Names()[0])
	return member.(httpsfv.Item).Value.([]byte)
}

// Components of RFC 9421, section 2.2, over one request.
func TestDerivedComponents(t *testing.T) {
	for _, c := range []struct{ name, target, host, component, want string }{
		{"method keeps its case", "/", "a.example", `"@method"`, "GET"},
		{"target with percent and query", "/p%61th/%2F?q=%20", "a.example", `"@target-uri"`, "https://www.example.com/p%61th/%2F?q=%20"},
		{"authority is the public one", "/", "127.0.0.1:8080", `"@authority"`, "www.example.com"},
		{"scheme", "/", "a.example", `"@scheme"`, "https"},
		{"request target", "/path?param=value", "a.example", `"@request-target"`, "/path?param=value"},
		{"path without query", "/path?param=value", "a.example", `"@path"`, "/path"},
		{"query", "/path?param=value&foo=bar&baz=bat%2Dman", "a.example", `"@query"`, "?param=value&foo=bar&baz=bat%2Dman"},
		{"no query", "/path", "a.example", `"@query"`, "?"},
		{"empty query", "/path?", "a.example", `"@query"`, "?"},
		{"parameter", "/path?param=value&foo=bar&baz=batman&qux=", "a.example", `"@query-param";name="baz"`, "batman"},
		{"parameter without value", "/path?param=value&qux=", "a.example", `"@query-param";name="qux"`, ""},
		{"parameter with plus and percent", "/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace", "a.example",
			`"@query-param";name="bar"`, "with%20plus%20whitespace"},
		{"parameter with a line break stays encoded", "/parameters?var=this%20is%20a%20big%0Amultiline%20value", "a.example",
			`"@query-param";name="var"`, "this%20is%20a%20big%0Amultiline%20value"},
		{"parameter with an encoded name", "/parameters?fa%C3%A7ade%22%3A%20=something", "a.example",
			`"@query-param";name="fa%C3%A7ade%22%3A%20"`, "something"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := parseRequest(t, "GET "+c.target+" HTTP/1.1\r\nHost: "+c.host+"\r\nSignature-Input: s=("+c.component+")\r\n\r\n")
			base, err := httpsig.Base(r, nil, "https://www.example.com")
			require.NoError(t, err, "the component can be derived")
			line, _, _ := strings.Cut(string(base), "\n")
			assert.Equal(t, c.component+": "+c.want, line)
		})
	}
}

func TestFieldsAreCombined(t *testing.T) {
	r := parseRequest(t, "GET / HTTP/1.1\r\nHost: a.example\r\nX-One:  a \r\nX-One: b\t\r\nX-Empty:\r\n"+
		`Signature-Input: s=("x-one" "x-empty" "host")`+"\r\n\r\n")
	base, err := httpsig.Base(r, nil, "")
	require.NoError(t, err, "fields that are there")
	assert.Equal(t, "\"x-one\": a, b\n\"x-empty\": \n\"host\": a.example\n\"@signature-params\": (\"x-one\" \"x-empty\" \"host\")", string(base))
}

func TestComponentsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ name, component, reason string }{
		{"status of a request", `"@status"`, httpsig.Uncovered},
		{"unknown derived component", `"@colour"`, httpsig.Uncovered},
		{"structured field", `"x-one";sf`, httpsig.Uncovered},
		{"dictionary member", `"x-one";key="a"`, httpsig.Uncovered},
		{"byte sequence", `"x-one";bs`, httpsig.Uncovered},
		{"of the request", `"@method";req`, httpsig.Uncovered},
		{"trailer", `"x-one";tr`, httpsig.Uncovered},
		{"query parameter without a name", `"@query-param"`, httpsig.Uncovered},
		{"query parameter whose name is a number", `"@query-param";name=1`, httpsig.Uncovered},
		{"query parameter that is not there", `"@query-param";name="c"`, httpsig.Unsigned},
		{"query parameter that is there twice", `"@query-param";name="b"`, httpsig.Unsigned},
		{"field that is not there", `"x-two"`, httpsig.Unsigned},
		{"upper case", `"X-One"`, httpsig.Unsigned},
		{"line break in a name", `"x-one: 1` + "\t" + `"`, httpsig.Unsigned},
		{"same component twice", `"x-one" "x-one"`, httpsig.Unsigned},
		{"a token for a name", `x-one`, httpsig.Unsigned},
		{"empty name", `""`, httpsig.Unsigned},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := parseRequest(t, "GET /?a=1&b=1&b=2 HTTP/1.1\r\nHost: peer.example\r\nX-One: 1\r\n\r\n")
			r.Header.Set("Signature-Input", `s=("@method" "@target-uri" `+c.component+`);created=1795348800;keyid="k"`)
			r.Header.Set("Signature", "s=:AAAA:")
			_, err := httpsig.Parse(r, nil, policy())
			requireRefused(t, err, c.reason)
		})
	}
}

// rfcVectors returns the folder of published messages and keys.
func rfcVectors(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "vectors", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("GODWIT_CI") == "1" {
			require.NoError(t, err, "the published vectors belong to this run")
		}
		t.Skipf("%s is not here; the short ones stand in this file", dir)
	}
	return dir
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err, "read a published vector")
	return data
}

func TestPublishedMessagesOfRFC9421(t *testing.T) {
	dir := filepath.Join(rfcVectors(t, "rfc9421"), "remitly")
	for _, c := range []struct {
		name   string
		verify func(t *testing.T, dir string, base, value []byte) bool
	}{
		{"b21", verifyPSS}, {"b22", verifyPSS}, {"b23", verifyPSS}, {"b25", verifyHMAC}, {"b26", verifyEd25519},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := parseRequest(t, string(bytes.ReplaceAll(readFile(t, filepath.Join(dir, c.name+"_request_signed.txt")), []byte("\n"), []byte("\r\n"))))
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err, "read the body")
			base, err := httpsig.Base(r, body, "https://example.com")
			require.NoError(t, err, "the signature base")
			want := readFile(t, filepath.Join(dir, c.name+"_request_sigbase.txt"))
			assert.Equal(t, strings.TrimSpace(string(want)), string(base))
			assert.True(t, c.verify(t, dir, base, value(t, r)), "the published signature verifies")
			assert.False(t, c.verify(t, dir, append(base, '!'), value(t, r)), "over another text it does not")
			require.NoError(t, httpsig.CheckContentDigest(r.Header["Content-Digest"], body), "the published digest")
		})
	}
}

// B.2.4 is a response; its digest and its signature are facts all the same.
func TestPublishedResponseOfRFC9421(t *testing.T) {
	dir := filepath.Join(rfcVectors(t, "rfc9421"), "remitly")
	base := bytes.TrimSpace(readFile(t, filepath.Join(dir, "b24_response_sigbase.txt")))
	key := publicKey(t, string(readFile(t, filepath.Join(dir, "test-key-ecc-p256.pub")))).(*ecdsa.PublicKey)
	_, after, _ := bytes.Cut(readFile(t, filepath.Join(dir, "b24_response_signed.txt")), []byte("\nSignature: "))
	line, _, _ := bytes.Cut(after, []byte("\n"))
	sig := value(t, &http.Request{Header: http.Header{"Signature": {string(line)}}})
	sum := sha256.Sum256(base)
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	assert.True(t, ecdsa.Verify(key, sum[:], r, s), "B.2.4 verifies")
	digest := "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:"
	assert.NoError(t, httpsig.CheckContentDigest([]string{digest}, []byte(`{"message": "good dog"}`)))
	assert.Error(t, httpsig.CheckContentDigest([]string{digest}, []byte(`{"message": "bad dog"}`)))
}

func verifyPSS(t *testing.T, dir string, base, value []byte) bool {
	text := strings.ReplaceAll(string(readFile(t, filepath.Join(dir, "test-key-rsa-pss.pub"))), " ", "\n")
	text = strings.NewReplacer("BEGIN\nPUBLIC\nKEY", "BEGIN PUBLIC KEY", "END\nPUBLIC\nKEY", "END PUBLIC KEY").Replace(text)
	sum := sha512.Sum512(base)
	return rsa.VerifyPSS(publicKey(t, text).(*rsa.PublicKey), crypto.SHA512, sum[:], value, nil) == nil
}

func verifyHMAC(t *testing.T, dir string, base, value []byte) bool {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(readFile(t, filepath.Join(dir, "test-shared-secret")))))
	require.NoError(t, err, "the shared secret")
	mac := hmac.New(sha256.New, secret)
	mac.Write(base)
	return hmac.Equal(mac.Sum(nil), value)
}

func verifyEd25519(t *testing.T, dir string, base, value []byte) bool {
	return ed25519.Verify(publicKey(t, string(readFile(t, filepath.Join(dir, "test-key-ed25519.pub")))).(ed25519.PublicKey), base, value)
}

// The keys of B.1 that this package takes, and those that it does not.
func TestPublishedKeysOfRFC9421(t *testing.T) {
	dir := filepath.Join(rfcVectors(t, "rfc9421"), "remitly")
	for file, want := range map[string]error{
		"test-key-rsa.pub":      nil,
		"test-key-ed25519.pub":  nil,
		"test-key-ecc-p256.pub": httpsig.ErrKeyType,
		"key-rsa-v15.pub":       httpsig.ErrKeySize,
	} {
		data := readFile(t, filepath.Join(dir, file))
		block, _ := pem.Decode(data)
		require.NotNil(t, block, file)
		assert.ErrorIs(t, httpsig.CheckKey(publicKey(t, string(data))), want, file)
	}
}

func TestPeerShapesOfRFC9421(t *testing.T) {
	created := "created=" + unix(now)
	for _, c := range []struct{ name, input string }{
		{"Mastodon", `sig1=("@method" "@target-uri" "content-digest");` + created + `;keyid="` + keyID + `"`},
		{"WordPress", `wp=("@method" "@target-uri" "@authority" "content-digest");` + created + `;keyid="` + keyID + `";alg="rsa-v1_5-sha256"`},
		{"Fedify", `sig1=("@method" "@target-uri" "@authority" "host" "date" "content-digest");alg="rsa-v1_5-sha256";keyid="` + keyID + `";` + created},
		{"with nonce and tag", `a=("content-digest" "@target-uri" "@method");nonce="n";tag="t";` + created + `;keyid="` + keyID + `"`},
		{"written with other spaces", `sig1=( "@method"  "@target-uri" "content-digest" );` + created + `; keyid="` + keyID + `"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := shaped(t, c.input, rsaKey())
			s, err := httpsig.Parse(r, []byte(move), policy())
			require.NoError(t, err, "the shape is read")
			assert.Equal(t, keyID, s.KeyID)
			assert.Equal(t, httpsig.RFC9421, s.Scheme)
			assert.Equal(t, now, s.Created)
			require.NoError(t, s.Verify(rsaKey().Public()), "the holder of the key signed it")
			requireRefused(t, s.Verify(edKey.Public()), httpsig.Unsigned)
		})
	}
}

func unix(at time.Time) string { return big.NewInt(at.Unix()).String() }

// shaped signs a POST of move as the input says.
func shaped(t testing.TB, input string, key crypto.Signer) *http.Request {
	t.Helper()
	r := parseRequest(t, "POST /users/bob/inbox HTTP/1.1\r\nHost: peer.example\r\nDate: "+now.Format(http.TimeFormat)+
		"\r\nContent-Digest: "+httpsig.MakeContentDigest([]byte(move))+"\r\nSignature-Input: "+input+"\r\n\r\n")
	// Of an input that is refused there is no base, and any value will do.
	base, _ := httpsig.Base(r, []byte(move), origin)
	label, _, _ := strings.Cut(input, "=")
	r.Header.Set("Signature", label+"=:"+base64.StdEncoding.EncodeToString(signBytes(t, key, base))+":")
	return r
}

func signBytes(t testing.TB, key crypto.Signer, text []byte) []byte {
	t.Helper()
	var opts crypto.SignerOpts = crypto.Hash(0)
	if _, ok := key.(*rsa.PrivateKey); ok {
		sum := sha256.Sum256(text)
		text, opts = sum[:], crypto.SHA256
	}
	value, err := key.Sign(nil, text, opts)
	require.NoError(t, err, "sign")
	return value
}
