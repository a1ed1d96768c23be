package webfinger_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/webfinger"
)

func TestParseHandle(t *testing.T) {
	alice := webfinger.Handle{User: "alice", Host: "example.org"}
	for _, c := range []struct {
		situation, text string
		want            webfinger.Handle
	}{
		{"as people write it", "@alice@example.org", alice},
		{"without the first @", "alice@example.org", alice},
		{"as an acct URI", "acct:alice@example.org", alice},
		{"as an acct URI with a loud scheme", "ACCT:alice@example.org", alice},
		{"a host in capitals", "@alice@EXAMPLE.Org", alice},
		{"the port that https has anyway", "alice@example.org:443", alice},
		{"a loopback host with its port", "alice@127.0.0.1:8080", webfinger.Handle{User: "alice", Host: "127.0.0.1:8080"}},
		{"an IPv6 host with its port", "alice@[::1]:8080", webfinger.Handle{User: "alice", Host: "[::1]:8080"}},
		{"an internationalised host in ASCII", "a@xn--bcher-kva.example", webfinger.Handle{User: "a", Host: "xn--bcher-kva.example"}},
		{"a user with capitals, which stay", "@Alice_B.c-d@example.org", webfinger.Handle{User: "Alice_B.c-d", Host: "example.org"}},
		{"a user of another script, escaped", "acct:%C3%A9va@example.org", webfinger.Handle{User: "éva", Host: "example.org"}},
		{"a user of another script", "@éva@example.org", webfinger.Handle{User: "éva", Host: "example.org"}},
	} {
		got, err := webfinger.ParseHandle(c.text)
		if assert.NoError(t, err, c.situation) {
			assert.Equal(t, c.want, got, c.situation)
		}
	}
}

func TestParseHandleRefuses(t *testing.T) {
	for situation, text := range map[string]string{
		"nothing":                         "",
		"an @":                            "@",
		"no host":                         "@alice",
		"an empty host":                   "alice@",
		"no user":                         "@@example.org",
		"a space in the user":             "al ice@example.org",
		"a line break in the user":        "alice\n@example.org",
		"an escaped slash in the user":    "acct:a%2Fb@example.org",
		"a broken escape":                 "acct:a%zz@example.org",
		"a second @ inside":               "alice@bob@example.org",
		"a path behind the host":          "alice@example.org/x",
		"a query behind the host":         "alice@example.org?x",
		"an internationalised host":       "alice@bücher.example",
		"a port that is no number":        "alice@example.org:http",
		"a port of nought":                "alice@example.org:0",
		"a port too large":                "alice@example.org:65536",
		"a port written with a nought":    "alice@example.org:0443",
		"an empty label":                  "alice@example..org",
		"a label that begins with a dash": "alice@-example.org",
		"an IPv6 address without end":     "alice@[::1",
		"an IPv6 address with a zone":     "alice@[fe80::1%25eth0]",
		"a user without end":              strings.Repeat("a", 257) + "@example.org",
		"a host without end":              "alice@" + strings.Repeat("a.", 200) + "org",
		"bytes that are not UTF-8":        "al\xffice@example.org",
	} {
		_, err := webfinger.ParseHandle(text)
		assert.ErrorIs(t, err, webfinger.ErrHandle, situation)
	}
}

func TestParseResource(t *testing.T) {
	r, err := webfinger.ParseResource("@alice@example.org")
	require.NoError(t, err)
	assert.Equal(t, "acct:alice@example.org", r.String())
	assert.Equal(t, "example.org", r.Host())

	r, err = webfinger.ParseResource("https://example.org:443/@alice?x=1")
	require.NoError(t, err)
	assert.Equal(t, "https://example.org:443/@alice?x=1", r.String(), "a URL is asked for as it was written")
	assert.Equal(t, "example.org", r.Host())

	for situation, text := range map[string]string{
		"user information": "https://user:secret@example.org/",
		"a fragment":       "https://example.org/users/alice#main-key",
		"no host":          "https:///users/alice",
		"another scheme":   "ftp://example.org/alice",
		"a control":        "https://example.org/\x00",
		"no end":           "https://example.org/" + strings.Repeat("a", 3000),
	} {
		_, err := webfinger.ParseResource(text)
		assert.ErrorIs(t, err, webfinger.ErrHandle, situation)
		if err != nil {
			assert.NotContains(t, err.Error(), "secret", "an error repeats what was given: %s", situation)
		}
	}
}

func TestHandlesAreComparedAsServersDo(t *testing.T) {
	a := webfinger.Handle{User: "Alice", Host: "example.org"}
	assert.True(t, a.Same(webfinger.Handle{User: "alice", Host: "example.org"}), "case of the user")
	assert.False(t, a.Same(webfinger.Handle{User: "alice", Host: "example.net"}), "another host")
	assert.False(t, webfinger.Handle{}.Same(webfinger.Handle{}), "nobody is not the same as nobody")
	assert.Empty(t, webfinger.Handle{}.String())
	assert.Empty(t, webfinger.Handle{}.Acct())
}

// What was parsed is written in a form that parses to the same, both ways.
func FuzzParseHandle(f *testing.F) {
	for _, seed := range []string{
		"@alice@example.org", "acct:%C3%A9va@example.org", "alice@127.0.0.1:8080", "a@[::1]:443", "a@b@c", "@%25@h",
		"https://example.org/@alice", "http://[::1]:80/x?y", "a@h:443:443",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := webfinger.ParseResource(s)
		if err != nil {
			return
		}
		again, err := webfinger.ParseResource(r.String())
		require.NoError(t, err, "what %q was written as", s)
		require.Equal(t, r, again, "%q changed on the way", s)
		require.NotEmpty(t, r.Host(), "%q has no host to ask", s)
		if r.URL != "" {
			return
		}
		h, err := webfinger.ParseHandle(r.Handle.String())
		require.NoError(t, err, "the handle of %q as people write it", s)
		require.Equal(t, r.Handle, h, "the handle of %q as people write it", s)
	})
}
