package client_test

import (
	"context"
	"errors"
	"io"
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

const (
	bobID = vocab.IRI("https://b.example/bob")
	inbox = vocab.IRI("https://here.example/inbox?shared=1")
)

// An inboxServer answers with statuses by scheme, and keeps what it got.
type inboxServer struct {
	cavage, rfc9421 int
	header          http.Header
	got             []*http.Request
	bodies          []string
}

func (s *inboxServer) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.got = append(s.got, r)
	s.bodies = append(s.bodies, string(body))
	for name, values := range s.header {
		w.Header()[name] = values
	}
	if r.Header.Get("Signature-Input") != "" {
		w.WriteHeader(s.rfc9421)
		return
	}
	w.WriteHeader(s.cavage)
}

func (s *inboxServer) schemes() string {
	var names []string
	for _, r := range s.got {
		name := "cavage"
		if r.Header.Get("Signature-Input") != "" {
			name = "rfc9421"
		}
		names = append(names, name)
	}
	s.got, s.bodies = nil, nil
	return strings.Join(names, " ")
}

func deliverySetup(t *testing.T) (*client.Client, *inboxServer, *world, *clock) {
	bob := newPerson(t, bobID, 0)
	c, w, k := setup(client.Options{Signers: signers{bobID: bob.signer}.find})
	server := &inboxServer{cavage: 202, rfc9421: 202}
	w.answer(string(inbox), server.serve)
	return c, server, w, k
}

func TestDeliverSendsExactBytesSigned(t *testing.T) {
	c, server, _, _ := deliverySetup(t)
	activity := parse(t, " {\"id\" :\"https://b.example/1\", \"n\":1.00}\n")
	status, err := c.Deliver(t.Context(), bobID, inbox, activity)
	require.NoError(t, err)
	assert.Equal(t, 202, status)
	require.Len(t, server.got, 1)
	assert.Equal(t, string(activity.Bytes()), server.bodies[0])
	r := server.got[0]
	assert.Equal(t, `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`, r.Header.Get("Content-Type"))
	assert.Contains(t, r.Header.Get("Digest"), "SHA-256=")

	verifier, peers, _ := setup(client.Options{})
	peers.document(string(bobID), newPerson(t, bobID, 0).document())
	r.Host = "here.example"
	v, err := verifier.Verify(t.Context(), r, activity.Bytes())
	require.NoError(t, err)
	assert.Equal(t, bobID, v.Owner)
}

func TestDoubleKnock(t *testing.T) {
	for situation, c := range map[string]struct {
		cavage, rfc9421 int
		header          http.Header
		first, then     string
		status          int
	}{
		"takes what it is given":             {202, 202, nil, "cavage", "cavage", 202},
		"200 is success":                     {200, 401, nil, "cavage", "cavage", 200},
		"RFC 9421 only, 401":                 {401, 202, nil, "cavage rfc9421", "rfc9421", 202},
		"RFC 9421 only, 400":                 {400, 202, nil, "cavage rfc9421", "rfc9421", 202},
		"RFC 9421 only, 403":                 {403, 202, nil, "cavage rfc9421", "rfc9421", 202},
		"neither: the first answer says why": {400, 401, nil, "cavage rfc9421", "cavage rfc9421", 400},
		"not after 5xx":                      {500, 202, nil, "cavage", "cavage", 500},
		"not after 429":                      {429, 202, nil, "cavage", "cavage", 429},
		"not after 404":                      {404, 202, nil, "cavage", "cavage", 404},
		"second knock meets another trouble": {401, 503, nil, "cavage rfc9421", "cavage rfc9421", 503},
		"says that it takes RFC 9421":        {202, 202, http.Header{"Accept-Signature": {`sig1=("@method")`}}, "cavage", "rfc9421", 202},
		"says so and does not":               {202, 401, http.Header{"Accept-Signature": {`sig1=("@method")`}}, "cavage", "rfc9421 cavage", 202},
	} {
		t.Run(situation, func(t *testing.T) {
			cl, server, _, _ := deliverySetup(t)
			server.cavage, server.rfc9421, server.header = c.cavage, c.rfc9421, c.header
			status, _ := cl.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
			assert.Equal(t, c.status, status)
			assert.Equal(t, c.first, server.schemes())
			status, _ = cl.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
			assert.Equal(t, c.status, status)
			assert.Equal(t, c.then, server.schemes())
		})
	}
}

func TestSchemeIsForgotten(t *testing.T) {
	c, server, _, k := deliverySetup(t)
	server.cavage = 401
	deliver := func() string {
		c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
		return server.schemes()
	}
	assert.Equal(t, "cavage rfc9421", deliver())
	k.Pass(29 * 24 * time.Hour)
	assert.Equal(t, "rfc9421", deliver())
	k.Pass(29 * 24 * time.Hour)
	assert.Equal(t, "rfc9421", deliver(), "success begins the 30 days anew")
	k.Pass(31 * 24 * time.Hour)
	assert.Equal(t, "cavage rfc9421", deliver(), "after 30 days")
	server.cavage, server.rfc9421 = 202, 401
	assert.Equal(t, "rfc9421 cavage", deliver(), "the server was exchanged")
	assert.Equal(t, "cavage", deliver())
	server.cavage, server.rfc9421 = 401, 202
	assert.Equal(t, "cavage rfc9421", deliver())
	server.rfc9421 = 401
	assert.Equal(t, "rfc9421 cavage", deliver())
	assert.Equal(t, "cavage rfc9421", deliver(), "after both failed nothing is known")
}

func TestExperienceOutranksAdvertisement(t *testing.T) {
	c, server, _, _ := deliverySetup(t)
	server.rfc9421, server.header = 401, http.Header{"Accept-Signature": {`sig1=("@method")`}}
	for i, want := range []string{"cavage", "rfc9421 cavage", "cavage", "cavage"} {
		_, err := c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
		require.NoError(t, err)
		assert.Equal(t, want, server.schemes(), i)
	}
}

func TestAdvertisedScheme(t *testing.T) {
	actorWith := func(generator string) string {
		return `{"id":"https://here.example/carol","type":"Person","inbox":"https://here.example/inbox","generator":` + generator + `}`
	}
	for generator, want := range map[string]string{
		`{"type":"Application","implements":[{"href":"https://datatracker.ietf.org/doc/html/rfc9421","name":"RFC-9421"}]}`:                   "rfc9421",
		`{"https://w3id.org/fep/844e/implements":{"href":"https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25"}}`: "rfc9421",
		`{"implements":[{"href":"https://datatracker.ietf.org/doc/html/rfc7033"}]}`:                                                          "cavage",
		`"https://here.example/app"`: "cavage",
	} {
		c, server, w, _ := deliverySetup(t)
		w.document("https://here.example/carol", actorWith(generator))
		_, err := c.Fetch(t.Context(), "https://here.example/carol")
		require.NoError(t, err)
		_, err = c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
		require.NoError(t, err)
		assert.Equal(t, want, server.schemes(), generator)
	}
	c, server, _, _ := deliverySetup(t)
	c.Learn(parse(t, strings.Replace(actorWith(`{"implements":{"href":"https://datatracker.ietf.org/doc/html/rfc9421"}}`),
		`"id":"https://here.example/carol"`, `"id":"https://evil.example/carol"`, 1)))
	_, err := c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
	require.NoError(t, err)
	assert.Equal(t, "cavage", server.schemes(), "an actor spoke for another origin")
}

func TestDeliveryFailures(t *testing.T) {
	for status, want := range map[int]struct {
		err       error
		temporary bool
	}{
		301: {actor.ErrRedirected, false}, 308: {actor.ErrRedirected, false},
		400: {actor.ErrForbidden, false}, 401: {actor.ErrForbidden, false}, 404: {actor.ErrNotFound, false},
		410: {actor.ErrGone, false}, 413: {actor.ErrForbidden, false}, 408: {actor.ErrUnavailable, true},
		429: {actor.ErrUnavailable, true}, 500: {actor.ErrUnavailable, true}, 503: {actor.ErrUnavailable, true},
	} {
		c, server, w, _ := deliverySetup(t)
		server.cavage, server.rfc9421 = status, status
		server.header = http.Header{"Retry-After": {"90"}, "Location": {"https://here.example/elsewhere"}}
		got, err := c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
		assert.Equal(t, status, got)
		failure, ok := errors.AsType[*actor.DeliveryError](err)
		require.True(t, ok, status)
		assert.ErrorIs(t, err, want.err, status)
		assert.Equal(t, want.temporary, failure.Temporary(), status)
		assert.NotContains(t, err.Error(), "shared=1")
		assert.Zero(t, w.count("elsewhere"), "a POST was redirected")
		if want.temporary {
			assert.Equal(t, 90*time.Second, failure.RetryAfter, status)
		}
	}
}

func TestDeliveryNeedsASigner(t *testing.T) {
	c, _, w, _ := deliverySetup(t)
	_, err := c.Deliver(t.Context(), "https://b.example/nobody", inbox, parse(t, `{}`))
	require.ErrorIs(t, err, client.ErrNoSigner)
	broken := errors.New("the key store is away")
	c, _, _ = setup(client.Options{Signers: func(context.Context, vocab.IRI) (client.Signer, error) { return nil, broken }})
	_, err = c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
	require.ErrorIs(t, err, broken)
	alone, _, _ := setup(client.Options{Signer: newPerson(t, bobID, 0).signer, Transport: w})
	_, err = alone.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
	require.NoError(t, err, "the Client's own signer signs for its own actor")
	_, err = alone.Deliver(t.Context(), alice, inbox, parse(t, `{}`))
	require.ErrorIs(t, err, client.ErrNoSigner, "and for no other")
	_, err = alone.Deliver(t.Context(), bobID, "mailto:x@y", parse(t, `{}`))
	require.ErrorIs(t, err, actor.ErrScheme)
	assert.Len(t, w.requests(), 1)
}

func TestDeliveryToPrivateAddress(t *testing.T) {
	c := client.New(&client.Options{Signer: newPerson(t, bobID, 0).signer})
	_, err := c.Deliver(t.Context(), bobID, "http://127.0.0.1:9/inbox", parse(t, `{}`))
	require.ErrorIs(t, err, actor.ErrPrivate)
	failure, _ := errors.AsType[*actor.DeliveryError](err)
	assert.False(t, failure.Temporary())
}

func TestOriginsReachedAreTold(t *testing.T) {
	memory := actor.NewKeyMemory()
	bob := newPerson(t, bobID, 0)
	c, w, k := setup(client.Options{Memory: memory, Signer: bob.signer})
	last := func() time.Time {
		record, _, err := memory.Origin(t.Context(), "https://here.example", "")
		require.NoError(t, err)
		return record.LastReached
	}
	w.status(string(inbox), 401)
	c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
	assert.Equal(t, k.Now(), last(), "an answer of any kind")
	told := k.Now()
	k.Pass(30 * time.Second)
	c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
	assert.Equal(t, told, last(), "once a minute is enough")
	k.Pass(31 * time.Second)
	c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
	told = k.Now()
	assert.Equal(t, told, last())

	w.status(string(inbox), 502)
	for range 9 {
		k.Pass(24 * time.Hour)
		c.Deliver(t.Context(), bobID, inbox, parse(t, `{}`))
	}
	assert.Equal(t, told, last(), "a gateway's word is not the origin's")
	record, _, err := memory.Origin(t.Context(), "https://here.example", "")
	require.NoError(t, err)
	assert.Equal(t, told.Add(24*time.Hour), record.OutageFrom)
}
