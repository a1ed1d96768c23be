package httpsig_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"codeberg.org/godwit/godwit/internal/httpsig"
	"github.com/stretchr/testify/require"
)

// What is read from the parameters of draft-cavage comes out the same when it
// is written in the plainest way and read again.
func FuzzParseParams(f *testing.F) {
	f.Add(`keyId="k",headers="(request-target) host",signature="AAAA"`)
	f.Add(`keyId="k", algorithm="rsa-sha256" ,	headers="date",x="a, \"b\\",signature=AAAA`)
	f.Add(`keyId="a\`)
	f.Add(`,,=,"=`)
	f.Fuzz(func(t *testing.T, line string) {
		keyID, headers, value, err := httpsig.ParseParams(line)
		if err != nil {
			requireRefusedSomehow(t, err)
			return
		}
		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
		k, h, v, err := httpsig.ParseParams(`keyId="` + quote(keyID) + `", headers="` + quote(headers) + `",signature="` + quote(value) + `"`)
		require.NoError(t, err, "what was read can be written")
		require.Equal(t, []string{keyID, headers, value}, []string{k, h, v})
	})
}

// The short way of reading a Signature-Input and the general one never differ.
func FuzzSignatureInput(f *testing.F) {
	f.Add(`sig1=("@method" "@target-uri" "content-digest");created=1618884473;keyid="test-key"`)
	f.Add(`wp=("a");alg="x";n=0;b=?1;c=:AAAA:;d=1.5;e`)
	f.Add(`a=("a";req "b");created=1;created=2`)
	f.Add(`a=("a"  "b" );keyid="\""`)
	f.Add(`a=("a"),a=("b")`)
	f.Add(`a=();created=01`)
	f.Add(`a=("é");keyid="k"`)
	f.Fuzz(func(t *testing.T, line string) {
		plain, general, err := httpsig.TwoWays(line)
		if plain == nil {
			return
		}
		require.NoError(t, err, "the short way reads nothing that the general one refuses")
		require.Equal(t, general, plain)
	})
}

// Whatever the headers are, Parse refuses with a reason or gives a signature
// that covers what must be covered; and a key that did not sign verifies
// nothing.
func FuzzParse(f *testing.F) {
	f.Add("POST", "/inbox?x", "peer.example", `keyId="k",headers="(request-target) host date digest",signature="AAAA"`, "", now.Format(http.TimeFormat), httpsig.MakeDigest([]byte(move)), move)
	f.Add("POST", "/inbox", "peer.example", "s=:AAAA:", `s=("@method" "@target-uri" "content-digest" "@query-param";name="x");created=1795348800;keyid="k"`, "", httpsig.MakeContentDigest([]byte(move)), move)
	f.Add("GET", "*", "[::1]:443", "s=:AAAA:, t=:AAAA:", `s=("@method" "@target-uri");created=1795348800;keyid="k", t=()`, "", "", "")
	f.Add("GET", "http://x?y", "", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, method, target, host, signature, input, date, digest, body string) {
		r := &http.Request{Method: method, RequestURI: target, Host: host, Header: http.Header{
			"Signature": {signature}, "Date": {date}, "Digest": {digest}, "Content-Digest": {digest},
		}}
		if input != "" {
			r.Header["Signature-Input"] = []string{input}
		}
		p := policy()
		p.FirstAcceptable = len(body)%2 == 0
		s, err := httpsig.Parse(r, []byte(body), p)
		if err != nil {
			requireRefusedSomehow(t, err)
			return
		}
		if body != "" && httpsig.CheckDigest([]string{digest}, []byte(body)) != nil {
			require.NoError(t, httpsig.CheckContentDigest([]string{digest}, []byte(body)), "the body is the one that was signed")
		}
		requireRefused(t, s.Verify(otherEd.Public()), httpsig.Unsigned)
	})
}

// A signature that is changed anywhere verifies no more.
func FuzzVerify(f *testing.F) {
	f.Add(0, byte(1))
	f.Add(63, byte(0x80))
	f.Fuzz(func(t *testing.T, at int, flip byte) {
		r := signed(t, "GET", "/users/bob", "", httpsig.RFC9421, edKey, now)
		v := value(t, r)
		v[uint(at)%uint(len(v))] ^= flip
		r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(v)+":")
		err := verify(r, "", policy(), edKey.Public())
		require.Equal(t, flip == 0, err == nil, "it verifies only if nothing was changed")
	})
}

func requireRefusedSomehow(t *testing.T, err error) {
	t.Helper()
	var refused *httpsig.RefusedError
	require.ErrorAs(t, err, &refused, "an error is a refusal")
	require.Contains(t, []string{httpsig.Unsigned, httpsig.Uncovered, httpsig.Digest, httpsig.Stale, httpsig.Ambiguous}, refused.Reason)
}
