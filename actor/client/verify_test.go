package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
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

// signedAs lets a key sign under any id.
func signedAs(t *testing.T, id vocab.IRI, n int, k *clock) (*http.Request, []byte) {
	t.Helper()
	signer, err := client.NewSigner(actor.PrivateKey{ID: id, Signer: rsaKeys()[n].Signer})
	require.NoError(t, err)
	return arriving(t, signer, k.Now(), client.Cavage, body)
}

func TestWhereKeysStand(t *testing.T) {
	key := func(id, owner vocab.IRI) actor.Key {
		return actor.Key{ID: id, Owner: owner, Public: rsaKeys()[0].Signer.Public()}
	}
	bare := func(id, owner vocab.IRI) string {
		return fmt.Sprintf(`{"id":%q,"owner":%q,"publicKeyPem":%q}`, id, owner, key(id, owner).PEM())
	}
	const path = alice + "/main-key"
	for situation, c := range map[string]struct {
		id      vocab.IRI
		world   map[vocab.IRI]string
		want    error         // of a KeyError
		refused client.Reason // or of a refusal
	}{
		"in the actor": {alice + "#main-key", map[vocab.IRI]string{alice: document(alice, key(alice+"#main-key", alice))}, nil, ""},
		"a stub of the actor at a path": {path, map[vocab.IRI]string{
			path:  document(alice, key(path, alice)),
			alice: document(alice, key(path, alice)),
		}, nil, ""},
		"a stub that the actor does not confirm": {path, map[vocab.IRI]string{
			path:  document(alice, key(path, alice)),
			alice: document(alice, actor.Key{ID: alice + "#k", Owner: alice, Public: rsaKeys()[1].Signer.Public()}),
		}, nil, client.Unsigned},
		"a bare key": {path, map[vocab.IRI]string{path: bare(path, alice), alice: document(alice, key(path, alice))}, nil, ""},
		"a bare key that the actor names by its id": {path, map[vocab.IRI]string{
			path:  bare(path, alice),
			alice: fmt.Sprintf(`{"id":%q,"type":"Person","publicKey":%q}`, alice, path),
		}, nil, ""},
		"a bare Multikey": {path, map[vocab.IRI]string{
			path:  fmt.Sprintf(`{"id":%q,"type":"Multikey","controller":%q,"publicKeyMultibase":%q}`, path, alice, key(path, alice).Encode()),
			alice: fmt.Sprintf(`{"id":%q,"type":"Person","assertionMethod":[%q]}`, alice, path),
		}, nil, ""},
		"a bare key that the actor does not name": {path, map[vocab.IRI]string{
			path:  bare(path, alice),
			alice: fmt.Sprintf(`{"id":%q,"type":"Person"}`, alice),
		}, client.ErrKeyUnnamed, ""},
		"a key of an owner on another origin": {"https://evil.example/key", map[vocab.IRI]string{
			"https://evil.example/key": bare("https://evil.example/key", alice),
			alice:                      document(alice, key("https://evil.example/key", alice)),
		}, client.ErrKeyForeign, ""},
		"an actor that claims to be another": {"https://evil.example/eve#main-key", map[vocab.IRI]string{
			"https://evil.example/eve": document(alice, key("https://evil.example/eve#main-key", alice)),
		}, actor.ErrRedirected, ""},
		"a key in an actor that names another owner": {"https://evil.example/eve#k", map[vocab.IRI]string{
			"https://evil.example/eve": fmt.Sprintf(`{"id":"https://evil.example/eve","publicKey":%s}`, bare("https://evil.example/eve#k", alice)),
		}, client.ErrKeyForeign, ""},
		"under a fragment that the actor does not know": {alice + "#renamed", map[vocab.IRI]string{
			alice: document(alice, key(alice+"#main-key", alice)),
		}, nil, ""},
		"the actor under another URL of its origin": {"https://a.example/@alice#main-key", map[vocab.IRI]string{
			"https://a.example/@alice": document(alice, key(alice+"#main-key", alice)),
			alice:                      document(alice, key(alice+"#main-key", alice)),
		}, nil, ""},
		"an actor without keys": {alice + "#main-key", map[vocab.IRI]string{alice: document(alice)}, client.ErrKeyAbsent, ""},
		"nothing":               {alice + "#main-key", nil, actor.ErrNotFound, ""},
		"an expired key": {alice + "#main-key", map[vocab.IRI]string{alice: strings.Replace(
			document(alice, key(alice+"#main-key", alice)), `"owner"`, `"expires":"2026-11-22T11:59:59Z","owner"`, 1)}, nil, client.Unsigned},
		"a key that expires later": {alice + "#main-key", map[vocab.IRI]string{alice: strings.Replace(
			document(alice, key(alice+"#main-key", alice)), `"owner"`, `"expires":"2026-11-22T12:00:01Z","owner"`, 1)}, nil, ""},
	} {
		t.Run(situation, func(t *testing.T) {
			cl, w, k := setup(client.Options{})
			for id, document := range c.world {
				w.document(string(id), document)
			}
			r, sent := signedAs(t, c.id, 0, k)
			v, err := cl.Verify(t.Context(), r, sent)
			switch {
			case c.refused != "":
				assert.Equal(t, c.refused, reason(t, err))
			case c.want != nil:
				require.ErrorIs(t, err, c.want)
				assert.False(t, keyError(t, err).Temporary())
				assert.Equal(t, http.StatusUnauthorized, client.Status(err))
			default:
				require.NoError(t, err)
				assert.Equal(t, alice, v.Owner)
				assert.Equal(t, c.id, v.KeyID)
			}
		})
	}
}

func TestRotation(t *testing.T) {
	memory := actor.NewKeyMemory()
	c, w, k := setup(client.Options{Memory: memory})
	before, after := newPerson(t, alice, 0), newPerson(t, alice, 1)
	verify := func(p *person) (*client.Verified, error) {
		r, sent := p.request(t, k, client.Cavage, body)
		return c.Verify(t.Context(), r, sent)
	}
	w.document(string(alice), before.document())
	_, err := verify(before)
	require.NoError(t, err)
	_, err = verify(before)
	require.NoError(t, err)
	assert.Len(t, w.requests(), 1, "a held key is not fetched again")

	rotated := k.Now()
	w.document(string(alice), after.document())
	v, err := verify(after)
	require.NoError(t, err, "a held key that fails is looked at again")
	assert.Equal(t, after.key.Public().Fingerprint(), v.Key.Fingerprint())
	assert.Zero(t, v.Withdrawn)

	k.Pass(7 * 24 * time.Hour)
	v, err = verify(before)
	require.NoError(t, err, "mail that was queued under the old key")
	assert.Equal(t, rotated, v.Withdrawn)
	k.Pass(24*time.Hour + time.Minute)
	_, err = verify(before)
	assert.Equal(t, client.Unsigned, reason(t, err), "after seven days the old key is no good")

	records, err := memory.Keys(t.Context(), alice)
	require.NoError(t, err)
	require.Len(t, records, 2)
	assert.Equal(t, rotated, records[0].Withdrawn)
	assert.Zero(t, records[1].Withdrawn)
}

func TestForgeriesDoNotHammer(t *testing.T) {
	c, w, k := setup(client.Options{KeyFetches: 10})
	p, forger := newPerson(t, alice, 0), newPerson(t, alice, 1)
	w.document(string(alice), p.document())
	for range 20 {
		r, sent := forger.request(t, k, client.Cavage, body)
		_, err := c.Verify(t.Context(), r, sent)
		assert.Equal(t, client.Unsigned, reason(t, err))
	}
	assert.Len(t, w.requests(), 2, "once to get the key, once to see whether it changed")
	k.Pass(5*time.Minute + time.Second)
	r, sent := forger.request(t, k, client.Cavage, body)
	c.Verify(t.Context(), r, sent)
	assert.Len(t, w.requests(), 3, "and once in five minutes")

	// Signatures that name ever other keys of the victim.
	k.Pass(time.Minute)
	var last error
	for i := range 50 {
		r, sent := signedAs(t, vocab.IRI(fmt.Sprintf("https://a.example/nobody/%d#k", i)), 1, k)
		_, last = c.Verify(t.Context(), r, sent)
		require.Error(t, last)
	}
	assert.Equal(t, 10, w.count("nobody"))
	assert.True(t, keyError(t, last).Temporary(), "the sender may be honest")
	assert.Equal(t, http.StatusServiceUnavailable, client.Status(last))
	r, sent = p.request(t, k, client.Cavage, body)
	_, err := c.Verify(t.Context(), r, sent)
	require.NoError(t, err, "who is known is heard through the flood")
}

func TestMissingKeysAreRemembered(t *testing.T) {
	c, w, k := setup(client.Options{})
	p := newPerson(t, alice, 0)
	verify := func() error {
		r, sent := p.request(t, k, client.Cavage, body)
		_, err := c.Verify(t.Context(), r, sent)
		return err
	}
	for range 5 {
		require.ErrorIs(t, verify(), actor.ErrNotFound)
	}
	assert.Len(t, w.requests(), 1)
	w.document(string(alice), p.document())
	k.Pass(9 * time.Minute)
	require.Error(t, verify())
	k.Pass(2 * time.Minute)
	require.NoError(t, verify())
}

func TestKeysOfAnOriginThatIsDown(t *testing.T) {
	memory := actor.NewKeyMemory()
	p := newPerson(t, alice, 0)
	c, w, k := setup(client.Options{Memory: memory})
	w.document(string(alice), p.document())
	r, sent := p.request(t, k, client.Cavage, body)
	_, err := c.Verify(t.Context(), r, sent)
	require.NoError(t, err)

	restarted, w, _ := setup(client.Options{Memory: memory})
	w.status(string(alice), http.StatusServiceUnavailable)
	for range 2 {
		r, sent = p.request(t, k, client.Cavage, body)
		v, err := restarted.Verify(t.Context(), r, sent)
		require.NoError(t, err, "what the KeyMemory holds is good enough")
		assert.Equal(t, alice, v.Owner)
	}
	r, sent = newPerson(t, alice, 1).request(t, k, client.Cavage, body)
	_, err = restarted.Verify(t.Context(), r, sent)
	assert.True(t, keyError(t, err).Temporary(), "it may be a new key that we cannot see yet")

	stranger, w, _ := setup(client.Options{})
	w.status(string(alice), http.StatusServiceUnavailable)
	_, err = stranger.Verify(t.Context(), r, sent)
	assert.True(t, keyError(t, err).Temporary())
	assert.Equal(t, http.StatusServiceUnavailable, client.Status(err))
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
		"another's account":                 {"https://evil.example/eve#k", del, map[string]int{"https://evil.example/eve": 410}, false},
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

func TestSeen(t *testing.T) {
	c, _, k := setup(client.Options{})
	assert.False(t, c.Seen("https://a.example/1", []byte("x")))
	assert.True(t, c.Seen("https://a.example/1", []byte("x")), "a replay")
	assert.True(t, c.As(nil).Seen("https://a.example/1", []byte("x")), "also to another signer's Client")
	assert.False(t, c.Seen("https://a.example/1", []byte("y")), "another body")
	assert.False(t, c.Seen("https://a.example/2", []byte("x")), "another activity")
	c.Forget("https://a.example/1", []byte("x"))
	assert.False(t, c.Seen("https://a.example/1", []byte("x")), "after Forget")
	k.Pass(64 * time.Minute)
	assert.True(t, c.Seen("https://a.example/1", []byte("x")), "within the window")
	k.Pass(2 * time.Minute)
	assert.False(t, c.Seen("https://a.example/1", []byte("x")), "outside it no signature verifies")

	var news sync.Map
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if !c.Seen("https://a.example/3", []byte("x")) {
				news.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	news.Range(func(any, any) bool { n++; return true })
	assert.Equal(t, 1, n, "of many at once, one is first")
}

func TestIntroduced(t *testing.T) {
	memory := actor.NewKeyMemory()
	c, w, k := setup(client.Options{Memory: memory})
	before, after := newPerson(t, alice, 0), newPerson(t, alice, 1)
	both := document(alice, before.key.Public(), actor.Key{ID: alice + "#new", Owner: alice, Public: after.key.Signer.Public()})
	update := parse(t, `{"id":"https://a.example/u","type":"Update","actor":"https://a.example/alice","object":`+both+`}`)
	verify := func(p *person) *client.Verified {
		r, sent := p.request(t, k, client.Cavage, update.String())
		v, err := c.Verify(t.Context(), r, sent)
		require.NoError(t, err)
		return v
	}
	vouched := func() map[string]bool {
		records, err := memory.Keys(t.Context(), alice)
		require.NoError(t, err)
		got := make(map[string]bool)
		for _, r := range records {
			got[r.Fingerprint] = r.Vouched
		}
		return got
	}
	oldPrint, newPrint := before.key.Public().Fingerprint(), after.key.Public().Fingerprint()

	w.document(string(alice), before.document())
	v := verify(before)
	for situation, u := range map[string]string{
		"another type":   strings.Replace(update.String(), `"Update"`, `"Create"`, 1),
		"another actor":  strings.Replace(update.String(), `"actor":"https://a.example/alice"`, `"actor":"https://a.example/bob"`, 1),
		"another object": strings.Replace(update.String(), `"object":{"@context":"https://www.w3.org/ns/activitystreams","id":"https://a.example/alice"`, `"object":{"id":"https://a.example/bob"`, 1),
	} {
		_, err := c.Introduced(t.Context(), v, parse(t, u))
		assert.ErrorIs(t, err, client.ErrNotIntroduced, situation)
	}
	n, err := c.Introduced(t.Context(), v, parse(t, `{"type":"Update","actor":"https://a.example/alice","object":"https://a.example/alice"}`))
	require.NoError(t, err)
	assert.Zero(t, n, "an Update that shows nothing vouches for nothing")

	k.Pass(time.Hour)
	n, err = c.Introduced(t.Context(), verify(before), update)
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	assert.Equal(t, map[string]bool{oldPrint: true, newPrint: true}, vouched())
	n, err = c.Introduced(t.Context(), verify(before), update)
	require.NoError(t, err)
	assert.Zero(t, n, "again is nothing new")
}

func TestStolenDomainCannotVouch(t *testing.T) {
	memory := actor.NewKeyMemory()
	c, w, k := setup(client.Options{Memory: memory})
	owner, buyer := newPerson(t, alice, 0), newPerson(t, alice, 1)
	w.document(string(alice), owner.document())
	_, err := c.Fetch(t.Context(), alice)
	require.NoError(t, err)
	k.Pass(30 * 24 * time.Hour)

	w.document(string(alice), buyer.document())
	update := `{"id":"https://a.example/u","type":"Update","actor":"https://a.example/alice","object":` + buyer.document() + `}`
	r, sent := buyer.request(t, k, client.Cavage, update)
	v, err := c.Verify(t.Context(), r, sent)
	require.NoError(t, err, "it is what the origin now says")
	n, err := c.Introduced(t.Context(), v, parse(t, update))
	require.NoError(t, err)
	assert.Zero(t, n, "a new key vouched for itself")

	// The withdrawn key of the old owner still verifies, and vouches no more.
	k.Pass(time.Hour)
	r, sent = owner.request(t, k, client.Cavage, update)
	v, err = c.Verify(t.Context(), r, sent)
	require.NoError(t, err)
	require.NotZero(t, v.Withdrawn)
	n, err = c.Introduced(t.Context(), v, parse(t, update))
	require.NoError(t, err)
	assert.Zero(t, n, "a withdrawn key vouched")
}

func TestConcurrentVerify(t *testing.T) {
	c, w, k := setup(client.Options{})
	p := newPerson(t, alice, 0)
	w.document(string(alice), p.document())
	w.hold = make(chan struct{})
	var all sync.WaitGroup
	for range 20 {
		r, sent := p.request(t, k, client.RFC9421, body)
		all.Go(func() {
			_, err := c.Verify(t.Context(), r, sent)
			assert.NoError(t, err)
		})
	}
	require.Eventually(t, func() bool { return len(w.requests()) == 1 }, 5*time.Second, time.Millisecond)
	close(w.hold)
	all.Wait()
	assert.Len(t, w.requests(), 1)
}

func TestRotationSeenByManyAtOnce(t *testing.T) {
	c, w, k := setup(client.Options{})
	before, after := newPerson(t, alice, 0), newPerson(t, alice, 1)
	w.document(string(alice), before.document())
	r, sent := before.request(t, k, client.Cavage, body)
	_, err := c.Verify(t.Context(), r, sent)
	require.NoError(t, err)

	w.document(string(alice), after.document())
	w.hold = make(chan struct{})
	var all sync.WaitGroup
	for range 20 {
		r, sent := after.request(t, k, client.Cavage, body)
		all.Go(func() {
			_, err := c.Verify(t.Context(), r, sent)
			assert.NoError(t, err, "honest mail was refused while the new key was being fetched")
		})
	}
	require.Eventually(t, func() bool { return len(w.requests()) == 2 }, 5*time.Second, time.Millisecond)
	close(w.hold)
	all.Wait()
	assert.Len(t, w.requests(), 2)
}

func TestRotationWhileTheOriginIsDown(t *testing.T) {
	c, w, k := setup(client.Options{})
	before, after := newPerson(t, alice, 0), newPerson(t, alice, 1)
	verify := func(p *person) error {
		r, sent := p.request(t, k, client.Cavage, body)
		_, err := c.Verify(t.Context(), r, sent)
		return err
	}
	w.document(string(alice), before.document())
	require.NoError(t, verify(before))
	w.status(string(alice), 500)
	for range 3 {
		assert.Equal(t, http.StatusServiceUnavailable, client.Status(verify(after)))
	}
	assert.Len(t, w.requests(), 2)
	require.NoError(t, verify(before), "the held key is as good as it was")
	w.document(string(alice), after.document())
	k.Pass(31 * time.Second)
	require.NoError(t, verify(after))
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
