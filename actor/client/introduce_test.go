package client_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
)

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

func TestAKeyThatWasOnlyAnnouncedVerifiesNothing(t *testing.T) {
	c, w, k := setup(client.Options{})
	before, after := newPerson(t, alice, 0), newPerson(t, alice, 1)
	w.document(string(alice), before.document())
	update := `{"id":"https://a.example/u","type":"Update","actor":"https://a.example/alice","object":` + after.document() + `}`
	r, sent := before.request(t, k, client.Cavage, update)
	v, err := c.Verify(t.Context(), r, sent)
	require.NoError(t, err)
	n, err := c.Introduced(t.Context(), v, parse(t, update))
	require.NoError(t, err)
	require.Equal(t, 1, n)

	for situation, away := range map[string]time.Duration{"the document is read again": time.Hour, "the origin is down": 48 * time.Hour} {
		k.Pass(away)
		if situation == "the origin is down" {
			w.status(string(alice), http.StatusBadGateway)
		}
		r, sent = after.request(t, k, client.Cavage, body)
		_, err = c.Verify(t.Context(), r, sent)
		require.Error(t, err, "%s, and never had the key", situation)
	}
	k.Pass(time.Hour)
	w.document(string(alice), after.document())
	r, sent = after.request(t, k, client.Cavage, body)
	v, err = c.Verify(t.Context(), r, sent)
	require.NoError(t, err, "now it is there")
	assert.Zero(t, v.Withdrawn)
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

func TestVouchingAfterWithdrawal(t *testing.T) {
	c, w, k := setup(client.Options{})
	before, after := newPerson(t, alice, 0), newPerson(t, alice, 1)
	w.document(string(alice), before.document())
	update := `{"id":"https://a.example/u","type":"Update","actor":"https://a.example/alice","object":` + after.document() + `}`
	r, sent := before.request(t, k, client.Cavage, update)
	v, err := c.Verify(t.Context(), r, sent)
	require.NoError(t, err)
	k.Pass(30 * 24 * time.Hour)
	w.document(string(alice), after.document())
	_, err = c.Fetch(t.Context(), alice)
	require.NoError(t, err)
	n, err := c.Introduced(t.Context(), v, parse(t, update))
	require.NoError(t, err)
	assert.Zero(t, n, "the key was withdrawn after the request was verified")
}
