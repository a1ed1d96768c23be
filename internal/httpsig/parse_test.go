package httpsig_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"codeberg.org/godwit/godwit/internal/httpsig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func requireRefused(t testing.TB, err error, reason string) {
	t.Helper()
	var refused *httpsig.RefusedError
	require.ErrorAs(t, err, &refused, "it is refused")
	require.Equal(t, reason, refused.Reason, "the reason, of %v", err)
	require.NotEmpty(t, refused.Hint(), "a refusal has a hint")
}

var schemes = []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421}

func TestWhatSignMakesVerifies(t *testing.T) {
	for _, scheme := range schemes {
		for _, key := range []crypto.Signer{rsaKey(), edKey} {
			for _, c := range []struct{ name, method, target, body string }{
				{"delivery", "POST", "/users/bob/inbox", move},
				{"delivery without a body", "POST", "/inbox", ""},
				{"fetch", "GET", "/users/bob", ""},
				{"fetch with a query", "GET", "/users/bob/followers?page=2&x=%20", ""},
				{"fetch with an encoded path", "GET", "/tags/%E2%98%83/a%2Fb", ""},
				{"fetch of the root", "GET", "", ""},
			} {
				t.Run(string(scheme)+" "+c.name, func(t *testing.T) {
					r := signed(t, c.method, c.target, c.body, scheme, key, now)
					s, err := httpsig.Parse(r, []byte(c.body), policy())
					require.NoError(t, err, "the request is read")
					assert.Equal(t, scheme, s.Scheme)
					assert.Equal(t, keyID, s.KeyID)
					require.NoError(t, s.Verify(key.Public()), "the key verifies it")
					requireRefused(t, s.Verify(otherKey(key)), httpsig.Unsigned)
				})
			}
		}
	}
}

var otherEd = ed25519.NewKeyFromSeed([]byte("another thirty-two bytes of key!"))

func otherKey(key crypto.Signer) crypto.PublicKey {
	if _, ok := key.(*rsa.PrivateKey); ok {
		return edKey.Public()
	}
	return otherEd.Public()
}

// Each change is one that somebody on the way, or the holder of an old
// request, could make.
func TestForgedRequests(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		forge        func(r *http.Request, body *string)
	}{
		{"another body", httpsig.Digest, func(_ *http.Request, body *string) { *body += " " }},
		{"no body", httpsig.Digest, func(_ *http.Request, body *string) { *body = "" }},
		{"another path", httpsig.Unsigned, func(r *http.Request, _ *string) { r.RequestURI = "/users/eve/inbox" }},
		{"another spelling of the path", httpsig.Unsigned, func(r *http.Request, _ *string) { r.RequestURI = "/users/bo%62/inbox" }},
		{"another method", httpsig.Unsigned, func(r *http.Request, _ *string) { r.Method = "PUT" }},
		{"a query more", httpsig.Unsigned, func(r *http.Request, _ *string) { r.RequestURI += "/?x" }},
		{"unsigned", httpsig.Unsigned, func(r *http.Request, _ *string) { r.Header.Del("Signature"); r.Header.Del("Signature-Input") }},
		{"truncated", httpsig.Unsigned, func(r *http.Request, _ *string) {
			s := r.Header.Get("Signature")
			r.Header.Set("Signature", s[:len(s)-40]+s[len(s)-1:])
		}},
		{"digest removed", httpsig.Digest, func(r *http.Request, _ *string) { r.Header.Del("Digest"); r.Header.Del("Content-Digest") }},
		{"two signatures", httpsig.Ambiguous, func(r *http.Request, _ *string) { twice(r) }},
		{"digest taken from the list", httpsig.Uncovered, func(r *http.Request, _ *string) {
			r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), " digest", "", 1))
			if input := r.Header.Get("Signature-Input"); input != "" {
				r.Header.Set("Signature-Input", strings.Replace(input, ` "content-digest"`, "", 1))
			}
		}},
	} {
		for _, scheme := range schemes {
			for _, key := range []crypto.Signer{rsaKey(), edKey} {
				t.Run(c.name+" "+string(scheme), func(t *testing.T) {
					body := move
					r := signed(t, "POST", "/users/bob/inbox", body, scheme, key, now)
					c.forge(r, &body)
					requireRefused(t, verify(r, body, policy(), key.Public()), c.reason)
				})
			}
		}
	}
}

func verify(r *http.Request, body string, p *httpsig.Policy, pub crypto.PublicKey) error {
	s, err := httpsig.Parse(r, []byte(body), p)
	if err != nil {
		return err
	}
	return s.Verify(pub)
}

func twice(r *http.Request) {
	if input := r.Header.Get("Signature-Input"); input != "" {
		r.Header.Set("Signature-Input", input+", "+strings.Replace(input, "sig1", "sig2", 1))
		value := r.Header.Get("Signature")
		r.Header.Set("Signature", value+", "+strings.Replace(value, "sig1", "sig2", 1))
		return
	}
	r.Header.Add("Signature", r.Header.Get("Signature"))
}

func TestFirstAcceptableOfSeveral(t *testing.T) {
	for _, scheme := range schemes {
		r := signed(t, "POST", "/inbox", move, scheme, edKey, now)
		twice(r)
		p := policy()
		p.FirstAcceptable = true
		require.NoError(t, verify(r, move, p, edKey.Public()), "%s: the first of two is good", scheme)
	}
	r := signed(t, "POST", "/inbox", move, httpsig.Cavage, edKey, now)
	r.Header["Signature"] = []string{`keyId="k",headers="date",signature="AAAA"`, r.Header.Get("Signature")}
	p := policy()
	p.FirstAcceptable = true
	require.NoError(t, verify(r, move, p, edKey.Public()), "the first covers too little, the second is taken")
}

func TestWindows(t *testing.T) {
	for _, c := range []struct {
		name   string
		scheme httpsig.Scheme
		at     time.Duration
		stale  bool
	}{
		{"64 minutes old", httpsig.Cavage, -64 * time.Minute, false},
		{"65 minutes old", httpsig.Cavage, -65 * time.Minute, false},
		{"a second more", httpsig.Cavage, -65*time.Minute - time.Second, true},
		{"an hour ahead", httpsig.Cavage, time.Hour, false},
		{"a second more ahead", httpsig.Cavage, time.Hour + time.Second, true},
		{"an hour old", httpsig.RFC9421, -time.Hour, false},
		{"an hour and a second old", httpsig.RFC9421, -time.Hour - time.Second, true},
		{"a minute ahead", httpsig.RFC9421, time.Minute, false},
		{"61 seconds ahead", httpsig.RFC9421, time.Minute + time.Second, true},
		{"twenty years old", httpsig.Cavage, -20 * 365 * 24 * time.Hour, true},
	} {
		t.Run(string(c.scheme)+" "+c.name, func(t *testing.T) {
			r := signed(t, "POST", "/inbox", move, c.scheme, edKey, now.Add(c.at))
			err := verify(r, move, policy(), edKey.Public())
			if c.stale {
				requireRefused(t, err, httpsig.Stale)
				return
			}
			require.NoError(t, err, "within the window")
		})
	}
	r := signed(t, "POST", "/inbox", move, httpsig.Cavage, edKey, now.Add(-6*time.Minute))
	p := policy()
	p.CavageAge = 5 * time.Minute
	requireRefused(t, verify(r, move, p, edKey.Public()), httpsig.Stale)
}

func TestTimesOfRFC9421(t *testing.T) {
	for _, c := range []struct{ name, params, reason string }{
		{"no created", `keyid="k"`, httpsig.Stale},
		{"expired", "created=" + unix(now.Add(-time.Minute)) + ";expires=" + unix(now.Add(-time.Second)) + `;keyid="k"`, httpsig.Stale},
		{"expires later", "created=" + unix(now) + ";expires=" + unix(now.Add(time.Second)) + `;keyid="k"`, ""},
		{"created is a string", `created="` + unix(now) + `";keyid="k"`, httpsig.Unsigned},
		{"created is negative", `created=-5;keyid="k"`, httpsig.Unsigned},
		{"created beyond all years", `created=999999999999999;keyid="k"`, httpsig.Unsigned},
		{"no keyid", "created=" + unix(now), httpsig.Unsigned},
		{"keyid is a token", "created=" + unix(now) + ";keyid=k", httpsig.Unsigned},
		{"alg for another key", "created=" + unix(now) + `;keyid="k";alg="rsa-v1_5-sha256"`, httpsig.Unsigned},
		{"alg of a shared secret", "created=" + unix(now) + `;keyid="k";alg="hmac-sha256"`, httpsig.Unsigned},
		{"alg for the key", "created=" + unix(now) + `;keyid="k";alg="ed25519"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := shaped(t, `sig1=("@method" "@target-uri" "content-digest");`+c.params, edKey)
			err := verify(r, move, policy(), edKey.Public())
			if c.reason == "" {
				require.NoError(t, err, "good")
				return
			}
			requireRefused(t, err, c.reason)
		})
	}
}

func TestBothHeadersAreReadAsRFC9421(t *testing.T) {
	r := signed(t, "POST", "/inbox", move, httpsig.RFC9421, edKey, now)
	cavage := signed(t, "POST", "/inbox", move, httpsig.Cavage, edKey, now)
	r.Header["Digest"] = cavage.Header["Digest"]
	r.Header["Signature"] = append(r.Header["Signature"], cavage.Header.Get("Signature"))
	s, err := httpsig.Parse(r, []byte(move), policy())
	require.NoError(t, err, "the line of the other scheme is left out")
	assert.Equal(t, httpsig.RFC9421, s.Scheme)
	require.NoError(t, s.Verify(edKey.Public()))

	cavage.Header.Set("Signature-Input", "nonsense")
	requireRefused(t, verify(cavage, move, policy(), edKey.Public()), httpsig.Unsigned)
	cavage.Header.Set("Signature-Input", "")
	requireRefused(t, verify(cavage, move, policy(), edKey.Public()), httpsig.Unsigned)
}

func TestTheHostIsThePublicOne(t *testing.T) {
	for _, scheme := range schemes {
		r := signed(t, "POST", "/inbox", move, scheme, edKey, now)
		r.Host = "127.0.0.1:8080"
		require.NoError(t, verify(r, move, policy(), edKey.Public()), "%s: a proxy wrote another Host", scheme)

		r = signed(t, "POST", "/inbox", move, scheme, edKey, now)
		p := policy()
		p.Origin = "https://elsewhere.example"
		requireRefused(t, verify(r, move, p, edKey.Public()), httpsig.Unsigned)

		r.Header.Set("Host", "elsewhere.example")
		r.Header.Set("X-Forwarded-Host", "peer.example")
		requireRefused(t, verify(r, move, p, edKey.Public()), httpsig.Unsigned)

		p.Origin = ""
		require.NoError(t, verify(r, move, p, edKey.Public()), "%s: without an origin r.Host is believed", scheme)
	}
	for _, broken := range []string{"peer.example", "https://", "https://peer.example/", "https://u@peer.example"} {
		_, err := httpsig.Parse(&http.Request{}, nil, &httpsig.Policy{Origin: broken})
		var refused *httpsig.RefusedError
		require.Error(t, err, "the origin %q is none", broken)
		require.NotErrorAs(t, err, &refused, "a mistake of ours is no refusal of theirs")
	}
}

func TestFurtherCoverage(t *testing.T) {
	r := signed(t, "POST", "/inbox", move, httpsig.Cavage, edKey, now)
	p := policy()
	p.Cover = []string{"content-type"}
	require.NoError(t, verify(r, move, p, edKey.Public()), "it is covered")
	p.Cover = []string{"content-length"}
	requireRefused(t, verify(r, move, p, edKey.Public()), httpsig.Uncovered)
}

func TestKeysThatAreRefused(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	s, err := httpsig.Parse(signed(t, "GET", "/", "", httpsig.Cavage, edKey, now), nil, policy())
	require.NoError(t, err)
	for name, pub := range map[string]crypto.PublicKey{
		"none":                     nil,
		"nil RSA":                  (*rsa.PublicKey)(nil),
		"RSA without a modulus":    &rsa.PublicKey{},
		"RSA of 1024 bits":         &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537},
		"RSA of a million bits":    &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1<<20), E: 65537},
		"RSA with an even modulus": &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537},
		"RSA with exponent 1":      &rsa.PublicKey{N: rsaKey().N, E: 1},
		"RSA with exponent -3":     &rsa.PublicKey{N: rsaKey().N, E: -3},
		"RSA by value":             rsaKey().PublicKey,
		"short Ed25519":            ed25519.PublicKey{1, 2, 3},
		"empty Ed25519":            ed25519.PublicKey{},
		"private Ed25519":          edKey,
		"ECDSA":                    &p256.PublicKey,
		"a string":                 "key",
	} {
		t.Run(name, func(t *testing.T) { requireRefused(t, s.Verify(pub), httpsig.Unsigned) })
	}
}

func TestHugeHeaders(t *testing.T) {
	r := signed(t, "GET", "/", "", httpsig.Cavage, edKey, now)
	r.Header.Set("Signature", r.Header.Get("Signature")+strings.Repeat(",x=y", 1<<13))
	requireRefused(t, verify(r, "", policy(), edKey.Public()), httpsig.Unsigned)

	r = signed(t, "GET", "/", "", httpsig.Cavage, edKey, now)
	r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), `headers="`, `headers="`+strings.Repeat("x ", 70), 1))
	requireRefused(t, verify(r, "", policy(), edKey.Public()), httpsig.Unsigned)
}

// A line break inside a value could stand for a further signed line.
func TestLineBreaksAreRefused(t *testing.T) {
	for name, change := range map[string]func(r *http.Request){
		"method": func(r *http.Request) { r.Method = "GET\nx: y" },
		"host":   func(r *http.Request) { r.Host = "peer.example\nx: y" },
		"target": func(r *http.Request) { r.RequestURI = "/\nx: y" },
		"date":   func(r *http.Request) { r.Header.Set("Date", r.Header.Get("Date")+"\n") },
	} {
		r := signed(t, "GET", "/", "", httpsig.Cavage, edKey, now)
		change(r)
		p := policy()
		p.Origin = ""
		require.Error(t, verify(r, "", p, edKey.Public()), name)
	}
}
