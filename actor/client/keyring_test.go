package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

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
		"an owner whose URL leads to another id": {path, map[vocab.IRI]string{
			path:  document(alice, key(path, alice)),
			alice: document("https://a.example/bob", key(path, "https://a.example/bob")),
		}, client.ErrKeyUnnamed, ""},
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

func TestKeysOfAnActorWithAFragmentAreRemembered(t *testing.T) {
	const me = vocab.IRI("https://a.example/#me")
	memory := actor.NewKeyMemory()
	c, w, k := setup(client.Options{Memory: memory})
	p := personWith(t, me, actor.PrivateKey{ID: "https://a.example/#key", Owner: me, Signer: rsaKeys()[0].Signer})
	w.document("https://a.example/", p.document())
	r, sent := p.request(t, k, client.Cavage, body)
	v, err := c.Verify(t.Context(), r, sent)
	require.NoError(t, err)
	assert.Equal(t, me, v.Owner)
	records, err := memory.Keys(t.Context(), me)
	require.NoError(t, err)
	require.Len(t, records, 1, "who buys the domain would be taken for a newcomer")
	assert.Equal(t, v.Key.Fingerprint(), records[0].Fingerprint)
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

func TestASlowOriginHoldsUpOnlyItsOwn(t *testing.T) {
	p := newPerson(t, alice, 0)
	synctest.Test(t, func(t *testing.T) {
		c, w, k := setup(client.Options{KeyFetches: 200})
		w.document(string(alice), p.document())
		release := make(chan struct{})
		var all sync.WaitGroup
		for i := range 100 {
			id := fmt.Sprintf("https://slow.example/%d", i)
			w.answer(id, func(http.ResponseWriter, *http.Request) { <-release })
			r, sent := signedAs(t, vocab.IRI(id), 1, k)
			all.Go(func() { c.Verify(t.Context(), r, sent) })
		}
		synctest.Wait()
		assert.Equal(t, 8, w.count("slow.example"), "at once")
		r, sent := p.request(t, k, client.Cavage, body)
		_, err := c.Verify(t.Context(), r, sent)
		require.NoError(t, err, "everybody else waits for an origin that does not answer")
		close(release)
		all.Wait()
		assert.Equal(t, 100, w.count("slow.example"))
	})
}

func TestALookUpEndsHoweverSlowEachAnswer(t *testing.T) {
	p := newPerson(t, alice, 0)
	const path = alice + "/main-key"
	synctest.Test(t, func(t *testing.T) {
		c, w, k := setup(client.Options{Signer: newPerson(t, "https://here.example/us", 1).signer})
		slowly := func(r *http.Request) {
			select {
			case <-time.After(9 * time.Second):
			case <-r.Context().Done():
			}
		}
		w.answer(string(path), func(out http.ResponseWriter, r *http.Request) {
			slowly(r)
			out.Header().Set("Content-Type", as2)
			fmt.Fprintf(out, `{"id":%q,"owner":%q,"publicKeyPem":%q}`, path, alice, p.key.Public().PEM())
		})
		w.answer(string(alice), func(out http.ResponseWriter, r *http.Request) {
			slowly(r)
			out.WriteHeader(http.StatusUnauthorized) // so that it is asked again, in the other scheme
		})
		r, sent := signedAs(t, path, 0, k)
		began := time.Now()
		_, err := c.Verify(t.Context(), r, sent)
		require.Error(t, err)
		assert.Len(t, w.requests(), 3)
		assert.Equal(t, 20*time.Second, time.Since(began), "a sender who names slow keys takes all places")
	})
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

// shownUntil is a person's document whose key has an end (FEP-e965).
func (p *person) shownUntil(ends ...string) string {
	var listed []string
	for _, end := range ends {
		listed = append(listed, fmt.Sprintf(`{"id":%q,"owner":%q,"publicKeyPem":%q,"expires":%q}`, p.key.ID, p.id, p.key.Public().PEM(), end))
	}
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Person","inbox":"%s/inbox","publicKey":[%s]}`,
		p.id, p.id, strings.Join(listed, ","))
}

func TestAKeyThatLeftTheDocumentKeepsItsEnd(t *testing.T) {
	memory := actor.NewKeyMemory()
	c, w, k := setup(client.Options{Memory: memory})
	before, after := newPerson(t, alice, 0), newPerson(t, alice, 1)
	verify := func(c *client.Client, p *person) error {
		r, sent := p.request(t, k, client.Cavage, body)
		_, err := c.Verify(t.Context(), r, sent)
		return err
	}
	w.document(string(alice), before.shownUntil("2026-11-24T12:00:00Z"))
	require.NoError(t, verify(c, before))
	w.document(string(alice), after.document())
	require.NoError(t, verify(c, after))

	k.Pass(48*time.Hour - time.Second)
	require.NoError(t, verify(c, before), "mail that was queued, up to the key's end")
	k.Pass(time.Second)
	assert.Equal(t, client.Unsigned, reason(t, verify(c, before)), "the key had an end, and five days of grace are no reason to forget it")

	restarted := client.New(&client.Options{Memory: memory, Transport: w, Clock: k.Now, PublicOrigin: "https://here.example"})
	w.status(string(alice), http.StatusServiceUnavailable)
	require.NoError(t, verify(restarted, after), "what the KeyMemory holds is good enough")
	assert.Error(t, verify(restarted, before), "and it holds the key's end")
}

func TestTheEndThatADocumentGivesAKeyNowIsRemembered(t *testing.T) {
	memory := actor.NewKeyMemory()
	c, w, _ := setup(client.Options{Memory: memory})
	p := newPerson(t, alice, 0)
	for situation, step := range []struct {
		document string
		want     time.Time
	}{
		{p.document(), time.Time{}},
		{p.shownUntil("2026-11-24T12:00:00Z"), time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)},
		{p.shownUntil("2027-01-01T00:00:00+01:00"), time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)},
		{p.shownUntil("2026-12-03T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
		{`{"@context":"https://www.w3.org/ns/activitystreams","id":"` + string(alice) + `","type":"Person","publicKey":"` + string(alice) + `#main-key"}`,
			time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}, // only named
		{p.document(), time.Time{}},
	} {
		w.document(string(alice), step.document)
		_, err := c.FetchFresh(t.Context(), alice)
		require.NoError(t, err)
		records, err := memory.Keys(t.Context(), alice)
		require.NoError(t, err)
		require.Len(t, records, 1, situation)
		assert.True(t, step.want.Equal(records[0].Expires), "%d: %s", situation, records[0].Expires)
		assert.Zero(t, records[0].Withdrawn)
	}
}
