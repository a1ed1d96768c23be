package redirect_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	leavingOrigin vocab.IRI = "https://leaving.example"
	comingOrigin  vocab.IRI = "https://coming.example"
)

// rehomed are the documents at both ends; what is not there is out of reach.
type rehomed map[vocab.IRI]string

func (d rehomed) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	text, ok := d[id]
	if !ok {
		return nil, errDown
	}
	return vocab.Parse([]byte(text))
}

// pair puts a person at both ends.
func (d rehomed) pair(name, oldSays, newSays string) {
	d[leavingOrigin+"/users/"+vocab.IRI(name)] = fmt.Sprintf(`{"id":"%s/users/%s","type":"Person","url":"%s/@%s","inbox":"%s/users/%s/inbox"%s}`,
		leavingOrigin, name, leavingOrigin, name, leavingOrigin, name, oldSays)
	d[comingOrigin+"/users/"+vocab.IRI(name)] = fmt.Sprintf(`{"id":"%s/users/%s","type":"Person","url":"%s/@%s"%s}`,
		comingOrigin, name, comingOrigin, name, newSays)
}

type owned map[vocab.IRI]portability.Mapping

func (o owned) Owner(_ context.Context, old vocab.IRI) (vocab.IRI, portability.Audience, bool, error) {
	m, ok := o[old]
	return m.From, m.Audience, ok, nil
}

func named(names ...string) iter.Seq2[vocab.IRI, error] {
	return func(yield func(vocab.IRI, error) bool) {
		for _, name := range names {
			if !yield(leavingOrigin+"/users/"+vocab.IRI(name), nil) {
				return
			}
		}
	}
}

func TestRehoming(t *testing.T) {
	documents := rehomed{}
	both := func(name string) (string, string) {
		return fmt.Sprintf(`,"movedTo":"%s/users/%s"`, comingOrigin, name), fmt.Sprintf(`,"alsoKnownAs":["%s/users/%s"]`, leavingOrigin, name)
	}
	posts := owned{}
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		me := leavingOrigin + "/users/" + vocab.IRI(name)
		posts[me+"/statuses/1"] = portability.Mapping{From: me, Audience: portability.ForPublic}
		posts[me+"/statuses/2"] = portability.Mapping{From: me, Audience: portability.ForFollowers}
	}
	old, new := both("alice")
	documents.pair("alice", old, new)
	old, new = both("bob")
	documents.pair("bob", old, "") // the new one does not say so
	documents.pair("carol", "", new)
	old, new = both("dave")
	documents.pair("dave", old, new)
	delete(documents, comingOrigin+"/users/dave") // out of reach now

	h, err := redirect.NewRehoming(leavingOrigin, comingOrigin, posts)
	require.NoError(t, err)
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	server, err := redirect.New(next, &redirect.Options{Finder: h, Accounts: h, Origins: []string{string(leavingOrigin)}})
	require.NoError(t, err)
	ask := func(path, accept string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, string(leavingOrigin)+path, nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w.Code, w.Header().Get("Location")
	}
	status, _ := ask("/users/alice/statuses/1", forActivityPub)
	require.Equal(t, http.StatusTeapot, status, "nobody is led before both ends were read")

	came := map[vocab.IRI]consent.Unproven{}
	failed := 0
	for r, err := range h.Prove(t.Context(), documents, named("alice", "dave", "bob", "carol")) {
		if err != nil {
			require.ErrorIs(t, err, errDown)
			failed++
			continue
		}
		came[r.Old] = r.Why
	}
	assert.Equal(t, 1, failed, "one is out of reach; those behind it were read")
	assert.Equal(t, map[vocab.IRI]consent.Unproven{
		leavingOrigin + "/users/alice": "", leavingOrigin + "/users/bob": consent.NotNamed, leavingOrigin + "/users/carol": consent.NotNamed,
	}, came)
	for name, c := range map[string]struct{ path, accept, location string }{
		"a post":                              {"/users/alice/statuses/1", forActivityPub, "/users/alice/statuses/1"},
		"the page of a post":                  {"/@alice/1", forBrowsers, "/users/alice/statuses/1"},
		"the profile":                         {"/@alice", forBrowsers, "/@alice"},
		"the actor, which servers still need": {"/users/alice", forActivityPub, ""},
		"the inbox":                           {"/users/alice/inbox", forActivityPub, ""},
		"WebFinger":                           {"/.well-known/webfinger?resource=acct:alice@leaving.example", forActivityPub, ""},
		"somebody who was not proved":         {"/users/bob/statuses/1", forActivityPub, ""},
		"nor anybody whose old end is mute":   {"/users/carol/statuses/1", forActivityPub, ""},
		"somebody out of reach":               {"/users/dave/statuses/1", forActivityPub, ""},
		"what is nobody's":                    {"/about", forBrowsers, ""},
	} {
		status, location := ask(c.path, c.accept)
		if c.location == "" {
			assert.Equal(t, http.StatusTeapot, status, name)
			continue
		}
		assert.Equal(t, http.StatusMovedPermanently, status, name)
		assert.Equal(t, string(comingOrigin)+c.location, location, name)
	}
	_, hidden := ask("/users/alice/statuses/2", forActivityPub)
	_, never := ask("/users/alice/statuses/3", forActivityPub)
	assert.NotEqual(t, string(comingOrigin)+"/users/alice/statuses/2", hidden, "what is for followers is not led by the map")
	assert.Equal(t, len(never), len(hidden), "and looks as what never was")

	documents.pair("alice", "", new)
	for r, err := range h.Prove(t.Context(), documents, named("alice")) {
		require.NoError(t, err)
		assert.Equal(t, consent.NotNamed, r.Why)
	}
	status, _ = ask("/users/alice/statuses/1", forActivityPub)
	assert.Equal(t, http.StatusTeapot, status, "who takes it back is led no longer")
}

func TestRehoming_refuses(t *testing.T) {
	for name, pair := range map[string][2]vocab.IRI{
		"no origins": {"", ""}, "one origin": {leavingOrigin, leavingOrigin + "/x"}, "no address": {leavingOrigin, "acct:a@b"},
	} {
		_, err := redirect.NewRehoming(pair[0], pair[1], owned{})
		require.ErrorIs(t, err, redirect.ErrOptions, name)
	}
	_, err := redirect.NewRehoming(leavingOrigin, comingOrigin, nil)
	require.ErrorIs(t, err, redirect.ErrOptions)
	h, err := redirect.NewRehoming(leavingOrigin, comingOrigin, owned{})
	require.NoError(t, err)
	strangers := func(yield func(vocab.IRI, error) bool) { yield("https://else.example/users/alice", nil) }
	seen := 0
	for r, err := range h.Prove(t.Context(), rehomed{}, strangers) {
		require.NoError(t, err)
		assert.Equal(t, consent.AnotherID, r.Why)
		seen++
	}
	assert.Equal(t, 1, seen)
}
