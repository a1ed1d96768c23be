package vocab_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/vocab"
)

func TestOrigin(t *testing.T) {
	for iri, want := range map[vocab.IRI]string{
		"https://a.example/users/alice":         "https://a.example",
		"https://a.example":                     "https://a.example",
		"https://a.example?x":                   "https://a.example",
		"https://a.example#main-key":            "https://a.example",
		"HTTPS://A.Example:443/X":               "https://a.example",
		"http://a.example:80":                   "http://a.example",
		"http://a.example:443":                  "http://a.example:443",
		"https://a.example:/":                   "https://a.example",
		"https://a.example:8443/":               "https://a.example:8443",
		"http://127.0.0.1:9101/x":               "http://127.0.0.1:9101",
		"https://[2001:DB8:0::1]:8443/":         "https://[2001:db8::1]:8443",
		"https://ÖKO.Example/":                  "https://Öko.example",
		"https://xn--bcher-kva.example/a%20b":   "https://xn--bcher-kva.example",
		"https://a_b.example/":                  "https://a_b.example",
		"https://a.example/ünïcode":             "https://a.example",
		"":                                      "",
		"https://":                              "",
		"https:///x":                            "",
		"https:a.example":                       "",
		"//a.example/x":                         "",
		"acct:alice@a.example":                  "",
		"ftp://a.example/":                      "",
		"javascript://a.example/":               "",
		"https://alice@a.example/":              "",
		"https://alice:secret@a.example/":       "",
		"https://a.example@b.example/":          "",
		`https://a.example\@b.example/`:         "",
		`https://a.example\.b.example/`:         "",
		" https://a.example/":                   "",
		"https://a.example /":                   "",
		"https://a.example/x y":                 "",
		"https://a.example/x\n":                 "",
		"https://a.example\t.b.example/":        "",
		"https://a.example\u00a0/":              "",
		"https://a.example\u2028.b/":            "",
		"https://a\x00.example/":                "",
		"https://\xff.example/":                 "",
		"https://a.example/%zz":                 "",
		"https://a.example/%4":                  "",
		"https://%61.example/":                  "",
		"https://[fe80::1%25eth0]/":             "",
		"https://[fe80::1%eth0]/":               "",
		"https://[1.2.3.4]/":                    "",
		"https://[2001:db8::1/":                 "",
		"https://2001:db8::1/":                  "",
		"https://a.example:0/":                  "",
		"https://a.example:065/":                "",
		"https://a.example:65536/":              "",
		"https://a.example:-1/":                 "",
		"https://a.example:x/":                  "",
		"https://a..example/":                   "",
		"https://.a.example/":                   "",
		"https://a.example./":                   "",
		"https://a.example<b>/":                 "",
		"https://a,b.example/":                  "",
		"http+unix://a.example/":                "",
		"https://a.example:443:443/":            "",
		"https://[2001:db8::1]x/":               "",
		"https://x[2001:db8::1]/":               "",
		"https://[::ffff:192.0.2.1]/":           "https://[::ffff:192.0.2.1]",
		"https://a.example/@alice":              "https://a.example",
		"https://a.example/users/alice?x=@:443": "https://a.example",
	} {
		assert.Equal(t, want, iri.Origin(), "origin of %q", string(iri))
		assert.Equal(t, want != "", iri.IsHTTP(), "%q", string(iri))
		_, host, _ := strings.Cut(want, "://")
		assert.Equal(t, host, iri.Host(), "host of %q", string(iri))
	}
}

func TestSameOriginNeedsAnOrigin(t *testing.T) {
	assert.True(t, vocab.SameOrigin("https://a.example/x", "https://A.example:443/y"))
	assert.False(t, vocab.SameOrigin("https://a.example/", "http://a.example/"))
	assert.False(t, vocab.SameOrigin("acct:a@a.example", "acct:a@a.example"), "two IRIs without origin are on no common one")
}

func TestIsPublic(t *testing.T) {
	for _, iri := range []vocab.IRI{vocab.Public, "as:Public", "Public"} {
		assert.True(t, iri.IsPublic(), string(iri))
	}
	assert.False(t, vocab.IRI("https://a.example/followers").IsPublic())
}

// An origin never disagrees with what net/url will connect to.
func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"https://a.example/x", "http://[::1]:80/", "https://a@b/", "https://ü.example:8/%41", "https://a\\b/", "HTTP://A"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		origin := vocab.IRI(s).Origin()
		if origin == "" {
			return
		}
		u, err := url.Parse(s)
		if err != nil {
			t.Fatalf("%q has origin %q, but net/url refuses it: %v", s, origin, err)
		}
		o, err := url.Parse(origin)
		if err != nil {
			t.Fatalf("origin %q of %q is no URL: %v", origin, s, err)
		}
		if u.User != nil || u.Scheme != o.Scheme || !strings.EqualFold(u.Hostname(), o.Hostname()) && !strings.Contains(u.Host, "[") {
			t.Fatalf("%q: net/url sees %q, Origin %q", s, u.Host, origin)
		}
		if again := vocab.IRI(origin).Origin(); again != origin {
			t.Fatalf("origin of the origin of %q: %q, then %q", s, origin, again)
		}
	})
}

func BenchmarkOrigin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = vocab.IRI("https://old.example/users/alice#main-key").Origin()
	}
}
