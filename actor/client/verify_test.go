package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

const body = `{"id":"https://a.example/1","type":"Like","actor":"https://a.example/alice"}`

func reason(t *testing.T, err error) client.Reason {
	t.Helper()
	refused, ok := errors.AsType[*client.RefusedError](err)
	require.True(t, ok, "not a RefusedError: %v", err)
	assert.Equal(t, http.StatusUnauthorized, client.Status(err))
	return refused.Reason
}

func keyError(t *testing.T, err error) *client.KeyError {
	t.Helper()
	failure, ok := errors.AsType[*client.KeyError](err)
	require.True(t, ok, "not a KeyError: %v", err)
	return failure
}

func TestVerifyBothSchemesAndKinds(t *testing.T) {
	ed, err := actor.GenerateEd25519(alice)
	require.NoError(t, err)
	for situation, p := range map[string]*person{"RSA": newPerson(t, alice, 0), "Ed25519": personWith(t, alice, ed)} {
		for _, scheme := range []client.Scheme{client.Cavage, client.RFC9421} {
			c, w, k := setup(client.Options{})
			w.document(string(alice), p.document())
			r, sent := p.request(t, k, scheme, body)
			signed := k.Now()
			k.Pass(3 * time.Second)
			v, err := c.Verify(t.Context(), r, sent)
			require.NoError(t, err, "%s %s", situation, scheme)
			assert.Equal(t, &client.Verified{
				KeyID: p.key.ID, Owner: alice, Key: p.key.Public(), Scheme: scheme,
				At: v.At, Received: k.Now(),
			}, v)
			assert.True(t, signed.Equal(v.At), "%s %s: %v", situation, scheme, v.At)
			assert.Equal(t, http.StatusAccepted, client.Status(nil))
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	p := newPerson(t, alice, 0)
	forger := newPerson(t, alice, 1)
	for situation, c := range map[string]struct {
		scheme client.Scheme
		change func(t *testing.T, k *clock, r *http.Request, body []byte) (*http.Request, []byte)
		want   client.Reason
	}{
		"no signature": {client.Cavage, func(_ *testing.T, _ *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			r.Header.Del("Signature")
			return r, b
		}, client.Unsigned},
		"signed with another key": {client.Cavage, func(t *testing.T, k *clock, _ *http.Request, _ []byte) (*http.Request, []byte) {
			return forger.request(t, k, client.Cavage, body)
		}, client.Unsigned},
		"another body": {client.Cavage, func(_ *testing.T, _ *clock, r *http.Request, _ []byte) (*http.Request, []byte) {
			return r, []byte(`{"type":"Move"}`)
		}, client.Digest},
		"another body, RFC 9421": {client.RFC9421, func(_ *testing.T, _ *clock, r *http.Request, _ []byte) (*http.Request, []byte) {
			return r, []byte(`{"type":"Move"}`)
		}, client.Digest},
		"another path": {client.Cavage, func(_ *testing.T, _ *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			r.RequestURI = "/users/bob/inbox"
			return r, b
		}, client.Unsigned},
		"for another server": {client.RFC9421, func(t *testing.T, k *clock, _ *http.Request, _ []byte) (*http.Request, []byte) {
			r, err := http.NewRequest("POST", "https://elsewhere.example/inbox", strings.NewReader(body))
			require.NoError(t, err)
			require.NoError(t, p.signer.Sign(r, []byte(body), client.Signing{Scheme: client.RFC9421, At: k.Now()}))
			return r, []byte(body)
		}, client.Unsigned},
		"digest not covered": {client.Cavage, func(_ *testing.T, _ *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), "host date digest", "host date", 1))
			return r, b
		}, client.Uncovered},
		"content-digest not covered": {client.RFC9421, func(_ *testing.T, _ *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), ` "content-digest"`, "", 1))
			return r, b
		}, client.Uncovered},
		"two labels": {client.RFC9421, func(_ *testing.T, _ *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			r.Header.Set("Signature-Input", r.Header.Get("Signature-Input")+", "+strings.Replace(r.Header.Get("Signature-Input"), "sig1", "sig2", 1))
			r.Header.Set("Signature", r.Header.Get("Signature")+", "+strings.Replace(r.Header.Get("Signature"), "sig1", "sig2", 1))
			return r, b
		}, client.Ambiguous},
		"66 minutes old": {client.Cavage, func(_ *testing.T, k *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			k.Pass(66 * time.Minute)
			return r, b
		}, client.Stale},
		"61 minutes ahead": {client.Cavage, func(_ *testing.T, k *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			k.Pass(-61 * time.Minute)
			return r, b
		}, client.Stale},
		"RFC 9421, 61 minutes old": {client.RFC9421, func(_ *testing.T, k *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			k.Pass(61 * time.Minute)
			return r, b
		}, client.Stale},
		"RFC 9421, 2 minutes ahead": {client.RFC9421, func(_ *testing.T, k *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			k.Pass(-2 * time.Minute)
			return r, b
		}, client.Stale},
		"a key id that is no URL": {client.Cavage, func(_ *testing.T, _ *clock, r *http.Request, b []byte) (*http.Request, []byte) {
			r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), "https://a.example/", "did:key:", 1))
			return r, b
		}, client.Unsigned},
	} {
		t.Run(situation, func(t *testing.T) {
			cl, w, k := setup(client.Options{})
			w.document(string(alice), p.document())
			r, sent := p.request(t, k, c.scheme, body)
			r, sent = c.change(t, k, r, sent)
			_, err := cl.Verify(t.Context(), r, sent)
			require.Error(t, err)
			assert.Equal(t, c.want, reason(t, err))
		})
	}
}

func TestSelfDelete(t *testing.T) {
	del := `{"id":"https://a.example/d","type":"Delete","actor":"https://a.example/alice","object":"https://a.example/alice"}`
	for situation, c := range map[string]struct {
		keyID  vocab.IRI
		body   string
		status map[string]int
		gone   bool
	}{
		"deletes itself and is gone":        {alice + "#main-key", del, map[string]int{string(alice): 410}, true},
		"with a key at a path":              {alice + "/main-key", del, map[string]int{string(alice): 410, string(alice) + "/main-key": 410}, true},
		"the key is gone, the actor is not": {alice + "/main-key", del, map[string]int{string(alice): 404, string(alice) + "/main-key": 410}, false},
		"404 is not gone":                   {alice + "#main-key", del, map[string]int{string(alice): 404}, false},
		"deletes a post":                    {alice + "#main-key", strings.Replace(del, `"object":"https://a.example/alice"`, `"object":"https://a.example/post"`, 1), map[string]int{string(alice): 410}, false},
		"another activity":                  {alice + "#main-key", strings.Replace(del, "Delete", "Move", 1), map[string]int{string(alice): 410}, false},
		"another's account":                 {"https://evil.example/eve#k", del, map[string]int{"https://evil.example/eve": 410, string(alice): 410}, false},
	} {
		t.Run(situation, func(t *testing.T) {
			cl, w, k := setup(client.Options{})
			for url, status := range c.status {
				w.status(url, status)
			}
			signer, err := client.NewSigner(actor.PrivateKey{ID: c.keyID, Signer: rsaKeys()[0].Signer})
			require.NoError(t, err)
			r, sent := arriving(t, signer, k.Now(), client.Cavage, c.body)
			_, err = cl.Verify(t.Context(), r, sent)
			require.Error(t, err)
			gone, ok := errors.AsType[*client.GoneError](err)
			assert.Equal(t, c.gone, ok)
			if ok {
				assert.Equal(t, alice, gone.Actor)
				assert.Equal(t, http.StatusAccepted, client.Status(err))
			} else {
				assert.Equal(t, http.StatusUnauthorized, client.Status(err))
			}
		})
	}
}

func TestAKeyThatDeletesItselfIsNoActor(t *testing.T) {
	c, w, k := setup(client.Options{})
	p := newPerson(t, alice, 0)
	const path = string(alice) + "/main-key"
	w.document(path, fmt.Sprintf(`{"id":%q,"owner":%q,"publicKeyPem":%q}`, path, alice, p.key.Public().PEM()))
	w.status(string(alice), http.StatusGone)
	signer, err := client.NewSigner(actor.PrivateKey{ID: vocab.IRI(path), Signer: p.key.Signer})
	require.NoError(t, err)
	r, sent := arriving(t, signer, k.Now(), client.Cavage, fmt.Sprintf(`{"type":"Delete","actor":%[1]q,"object":%[1]q}`, path))
	_, err = c.Verify(t.Context(), r, sent)
	require.ErrorIs(t, keyError(t, err), actor.ErrGone)
}

func TestKeyIDsThatAreNotLookedFor(t *testing.T) {
	p := newPerson(t, alice, 0)
	for situation, id := range map[string]string{
		"so long that 50,000 fill the memory":      string(alice) + strings.Repeat("/x", 512),
		"one of a host's countless names for IDNA": "https://a.ｅxample/alice",
		"no URL":                "acct:alice@a.example",
		"with user information": "https://me@a.example/alice",
		"at a host that two parsers read in two ways":     `https://a.example\\@b.example/`,
		"with a trailing dot, as one more name of a host": "https://a.example./alice",
	} {
		c, w, k := setup(client.Options{})
		w.document(string(alice), p.document())
		r, sent := p.request(t, k, client.Cavage, body)
		r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), string(p.key.ID), id, 1))
		_, err := c.Verify(t.Context(), r, sent)
		assert.Equal(t, client.Unsigned, reason(t, err), situation)
		assert.Empty(t, w.requests(), situation)
	}
}

func TestPublicOrigin(t *testing.T) {
	p := newPerson(t, alice, 0)
	w, k := newWorld(), newClock()
	w.document(string(alice), p.document())
	for origin, status := range map[string]int{
		"https://here.example": 202, "https://HERE.example/": 202, "https://here.example:443": 202, "": 202,
		"https://elsewhere.example": 401, "http://here.example": 401, "here.example": 500,
	} {
		c := client.New(&client.Options{PublicOrigin: origin, Transport: w, Clock: k.Now})
		r, sent := p.request(t, k, client.RFC9421, body)
		r.Header.Set("X-Forwarded-Host", "elsewhere.example")
		_, err := c.Verify(t.Context(), r, sent)
		assert.Equal(t, status, client.Status(err), "%q: %v", origin, err)
	}
}
