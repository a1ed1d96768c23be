package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// A discreet server shows itself only to requests that somebody has signed.
type discreet struct {
	fediverse
	host    string
	keys    *client.Client
	askedBy map[vocab.IRI]int
}

func (d discreet) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != d.host {
		return d.fediverse.RoundTrip(r)
	}
	asked := r.Clone(r.Context())
	asked.RequestURI, asked.Host = r.URL.RequestURI(), r.URL.Host
	verified, err := d.keys.Verify(r.Context(), asked, nil)
	if err != nil {
		return answer(r, http.StatusUnauthorized, "application/json", []byte(`{}`)), nil
	}
	d.askedBy[verified.Owner]++
	return d.fediverse.RoundTrip(r)
}

// With -as and -key, what a server hides from strangers is seen.
func TestCheckAsAnActor(t *testing.T) {
	const me, alice, next vocab.IRI = "https://me.example/actor", "https://old.example/alice", "https://secret.example/alice"
	key, err := actor.GenerateRSA(me)
	require.NoError(t, err)
	text, err := key.PEM()
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, text string) string {
		place := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(place), 0o700))
		require.NoError(t, os.WriteFile(place, []byte(text), 0o600))
		return place
	}
	person := func(id vocab.IRI, further string) string {
		return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Person","preferredUsername":"alice",
			"inbox":"%s/inbox","publicKey":{"id":"%s#main-key","owner":%q,"publicKeyPem":%q}%s}`,
			id, id, id, id, key.Public().PEM(), further)
	}
	write("me.example/actor.json", person(me, ""))
	write("old.example/alice.json", person(alice, ""))
	write("secret.example/alice.json", person(next, `,"alsoKnownAs":["`+string(alice)+`"]`))
	pem := write("private.pem", text)
	files := fediverse{dir}
	secret := discreet{files, "secret.example", client.New(&client.Options{Transport: files}), map[vocab.IRI]int{}}
	check := func(args ...string) (status int, stdout, stderr string) {
		var out, problems strings.Builder
		status = world{transport: secret}.run(t.Context(), append([]string{"check", string(alice), string(next)}, args...), nil, &out, &problems)
		return status, out.String(), problems.String()
	}

	status, stdout, _ := check()
	assert.Equal(t, statusCannotTell, status, "a stranger sees nothing")
	assert.NotContains(t, stdout, "\nignored")

	status, stdout, stderr := check("-as", string(me), "-key", pem)
	// WebFinger is asked unsigned, and hidden here.
	assert.Equal(t, statusCannotTell, status, stderr)
	assert.Regexp(t, `(?m)^cannot-tell: mastodon\n  webfinger: `, stdout)
	assert.Regexp(t, `(?m)^honoured: .*\bgotosocial\b`, stdout)
	assert.Contains(t, stderr, "cannot tell for mastodon\n")
	assert.NotZero(t, secret.askedBy[me])
	assert.Len(t, secret.askedBy, 1)

	stranger, err := actor.GenerateEd25519(me)
	require.NoError(t, err)
	text, err = stranger.PEM()
	require.NoError(t, err)
	status, stdout, _ = check("-as", string(me), "-key", write("other.pem", text))
	assert.Equal(t, statusCannotTell, status, "a key that is not the actor's opens nothing")
	assert.NotRegexp(t, `(?m)^honoured: .*\bgotosocial\b`, stdout)
}
