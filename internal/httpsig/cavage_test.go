package httpsig_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"codeberg.org/godwit/godwit/internal/httpsig"
	fed "github.com/go-fed/httpsig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cavage signs, without the code under test, a POST of move to path whose
// target is signed as signedTarget. The template has %s for the signature.
func cavage(t testing.TB, covered, template, path, signedTarget string, key crypto.Signer) *http.Request {
	t.Helper()
	values := map[string]string{
		"(request-target)": "post " + signedTarget,
		"(created)":        unix(now),
		"(expires)":        unix(now.Add(5 * time.Minute)),
		"host":             "peer.example",
		"date":             now.Format(http.TimeFormat),
		"digest":           httpsig.MakeDigest([]byte(move)),
		"content-type":     "application/activity+json",
		"content-length":   "54",
		"user-agent":       "test",
	}
	require.Len(t, move, 54, "content-length stands in the table")
	var lines []string
	r := parseRequest(t, "POST "+path+" HTTP/1.1\r\nHost: peer.example\r\n\r\n")
	for _, name := range strings.Fields(covered) {
		lines = append(lines, name+": "+values[name])
		if name[0] != '(' && name != "host" {
			r.Header.Set(name, values[name])
		}
	}
	value := base64.StdEncoding.EncodeToString(signBytes(t, key, []byte(strings.Join(lines, "\n"))))
	r.Header.Set("Signature", strings.NewReplacer("%k", keyID, "%h", covered, "%s", value,
		"%c", unix(now), "%e", unix(now.Add(5*time.Minute))).Replace(template))
	return r
}

const plain = `keyId="%k",algorithm="rsa-sha256",headers="%h",signature="%s"`

func TestTimesThatNobodySignedAreNotBelieved(t *testing.T) {
	r := cavage(t, "(request-target) host date digest", `keyId="%k",created=%c,headers="%h",signature="%s"`, "/inbox", "/inbox", edKey)
	s, err := httpsig.Parse(r, []byte(move), policy())
	require.NoError(t, err)
	require.NoError(t, s.Verify(edKey.Public()))
	assert.Zero(t, s.Created, "created is not covered: whoever passed the request on may have written it")
}

func TestPeerShapesOfCavage(t *testing.T) {
	for _, c := range []struct{ name, covered, template string }{
		{"Mastodon", "host date digest content-type (request-target)", plain},
		{"GoToSocial", "(request-target) host date digest", `keyId="%k",algorithm="hs2019",headers="%h",signature="%s"`},
		{"Misskey", "(request-target) date host digest", plain},
		{"Akkoma", "(request-target) content-length date digest host", plain},
		{"snac", "(request-target) host digest date", plain},
		{"Fedify", "(request-target) content-type date digest host", plain},
		{"Lemmy", "(request-target) (created) (expires) content-type date digest host",
			`keyId="%k",algorithm="hs2019",created=%c,expires=%e,headers="%h",signature="%s"`},
		{"created alone, quoted", "(request-target) (created) digest host", `keyId="%k",created="%c",headers="%h",signature="%s"`},
		{"no algorithm", "(request-target) host date digest", `keyId="%k",headers="%h",signature="%s"`},
		{"spaces after commas", "(request-target) host date digest", `keyId="%k", algorithm="rsa-sha256",	headers="%h" , signature="%s"`},
		{"comma and equals sign in a value", "(request-target) host date digest", `note="a, b=\"c\"",keyId="%k",headers="%h",signature="%s"`},
		{"names in upper case", "(request-target) host date digest", `keyId="%k",headers="(Request-Target) Host Date Digest",signature="%s"`},
		{"an algorithm that was not used", "(request-target) host date digest", `keyId="%k",algorithm="hmac-sha256",headers="%h",signature="%s"`},
	} {
		for _, key := range []crypto.Signer{rsaKey(), edKey} {
			t.Run(c.name, func(t *testing.T) {
				r := cavage(t, c.covered, c.template, "/inbox", "/inbox", key)
				s, err := httpsig.Parse(r, []byte(move), policy())
				require.NoError(t, err, "the shape is read")
				assert.Equal(t, httpsig.Cavage, s.Scheme)
				assert.Equal(t, keyID, s.KeyID)
				assert.Equal(t, strings.Fields(c.covered), s.Covered)
				require.NoError(t, s.Verify(key.Public()), "the holder of the key signed it")
			})
		}
	}
}

func TestWhatCavageMustCover(t *testing.T) {
	for _, c := range []struct{ name, covered, reason string }{
		{"date alone", "date", httpsig.Uncovered},
		{"no target", "host date digest", httpsig.Uncovered},
		{"no host", "(request-target) date digest", httpsig.Uncovered},
		{"no time", "(request-target) host digest", httpsig.Uncovered},
		{"no digest", "(request-target) host date", httpsig.Uncovered},
		{"nothing", "", httpsig.Uncovered},
		{"created without its value", "(request-target) host (created) digest", httpsig.Stale},
		{"expires without its value", "(request-target) host date (expires) digest", httpsig.Unsigned},
		{"a field that is not there", "(request-target) host date digest", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := cavage(t, c.covered, plain, "/inbox", "/inbox", edKey)
			err := verify(r, move, policy(), edKey.Public())
			if c.reason != "" {
				requireRefused(t, err, c.reason)
				return
			}
			require.NoError(t, err, "all is there")
			r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), "host", "host x-none", 1))
			requireRefused(t, verify(r, move, policy(), edKey.Public()), httpsig.Unsigned)
		})
	}
}

func TestQuerySignedOrNot(t *testing.T) {
	for _, target := range []string{"/inbox?a=%62&c", "/inbox"} {
		r := cavage(t, "(request-target) host date digest", plain, "/inbox?a=%62&c", target, edKey)
		require.NoError(t, verify(r, move, policy(), edKey.Public()), "signed as %s", target)
	}
	r := cavage(t, "(request-target) host date digest", plain, "/inbox?a=%62&c", "/inbox?a=b&c", edKey)
	requireRefused(t, verify(r, move, policy(), edKey.Public()), httpsig.Unsigned)

	r = cavage(t, "(request-target) host date digest", plain, "/inbox", "/inbox", edKey)
	r.RequestURI = "https://peer.example/inbox"
	require.NoError(t, verify(r, move, policy(), edKey.Public()), "the absolute form of the same target")
}

func TestHS2019MayMeanSHA512(t *testing.T) {
	r := cavage(t, "(request-target) host date digest", plain, "/inbox", "/inbox", edKey)
	s, err := httpsig.Parse(r, []byte(move), policy())
	require.NoError(t, err)
	sum := sha512.Sum512(s.Bases()[0])
	value, err := rsa.SignPKCS1v15(rand.Reader, rsaKey(), crypto.SHA512, sum[:])
	require.NoError(t, err)
	r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"),
		base64.StdEncoding.EncodeToString(s.Value()), base64.StdEncoding.EncodeToString(value), 1))
	require.NoError(t, verify(r, move, policy(), rsaKey().Public()))
}

func TestMalformedSignatureHeaders(t *testing.T) {
	for _, c := range []struct{ header, reason string }{
		{``, httpsig.Unsigned},
		{`nonsense`, httpsig.Unsigned},
		{`keyId="k"`, httpsig.Unsigned},
		{`signature="AAAA"`, httpsig.Unsigned},
		{`keyId="k,headers="(request-target) host date",signature="AAAA"`, httpsig.Unsigned},
		{`keyId="k",signature="AAAA`, httpsig.Unsigned},
		{`keyId="k",signature="not base64!"`, httpsig.Unsigned},
		{`keyId="k"signature="AAAA"`, httpsig.Unsigned},
		{`keyId="k\`, httpsig.Unsigned},
		{`keyId="k",signature="AAAA",created=tomorrow`, httpsig.Unsigned},
		{`keyId="k",signature="AAAA",created=-1`, httpsig.Unsigned},
		{`keyId="k",signature="AAAA",created=99999999999999999999`, httpsig.Unsigned},
		{`keyId="k",signature="AAAA",keyId="l",signature="BBBB"`, httpsig.Ambiguous},
	} {
		r := parseRequest(t, "GET / HTTP/1.1\r\nHost: peer.example\r\n\r\n")
		r.Header.Set("Signature", c.header)
		_, err := httpsig.Parse(r, nil, policy())
		requireRefused(t, err, c.reason)
	}
}

func TestDatesThatAreNone(t *testing.T) {
	for _, dates := range [][]string{nil, {""}, {"yesterday"}, {now.Format(http.TimeFormat), now.Format(http.TimeFormat)}} {
		r := cavage(t, "(request-target) host date digest", plain, "/inbox", "/inbox", edKey)
		r.Header["Date"] = dates
		requireRefused(t, verify(r, move, policy(), edKey.Public()), httpsig.Stale)
	}
}

// What go-fed/httpsig accepts of ours, and we of its, is what keeps the two
// writings of the signed text the same.
func TestGoFedVerifiesWhatWeSign(t *testing.T) {
	for algorithm, key := range map[fed.Algorithm]crypto.Signer{fed.RSA_SHA256: rsaKey(), fed.ED25519: edKey} {
		for _, target := range []string{"/users/bob/inbox", "/users/bob?page=1"} {
			r := signed(t, "POST", target, move, httpsig.Cavage, key, now)
			v, err := fed.NewVerifier(r)
			require.NoError(t, err, "go-fed reads it")
			assert.Equal(t, keyID, v.KeyId())
			require.NoError(t, v.Verify(key.Public(), algorithm), "go-fed verifies it")
		}
	}
}

func TestWeVerifyWhatGoFedSigns(t *testing.T) {
	for algorithm, key := range map[fed.Algorithm]crypto.Signer{fed.RSA_SHA256: rsaKey(), fed.ED25519: edKey} {
		signer, _, err := fed.NewSigner([]fed.Algorithm{algorithm}, fed.DigestSha256,
			[]string{"date", "digest", "host", "(request-target)"}, fed.Signature, 0)
		require.NoError(t, err)
		r := parseRequest(t, "POST /inbox?x=1 HTTP/1.1\r\nHost: peer.example\r\nDate: "+now.Format(http.TimeFormat)+"\r\n\r\n")
		r.Header.Set("Host", "peer.example")
		require.NoError(t, signer.SignRequest(key, keyID, r, []byte(move)))
		r.Header.Del("Host")
		require.NoError(t, verify(r, move, policy(), key.Public()))
	}
}
