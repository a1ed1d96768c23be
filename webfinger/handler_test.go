package webfinger_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/webfinger"
)

// users is a server's own table; moved and renamed accounts stay in it.
type users map[string]*webfinger.JRD

func (u users) Find(_ context.Context, r webfinger.Resource) (*webfinger.JRD, error) {
	switch j, found := u[r.String()]; {
	case !found:
		return nil, webfinger.ErrNotFound
	case j == nil:
		return nil, webfinger.ErrGone
	default:
		return j, nil
	}
}

type broken struct{}

func (broken) Find(context.Context, webfinger.Resource) (*webfinger.JRD, error) {
	return nil, errors.New("database at 10.0.0.7: password rejected")
}

func ask(h http.Handler, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

const wellKnown = "https://example.org/.well-known/webfinger"

func exampleOrg() *webfinger.Handler {
	j := webfinger.Describe(webfinger.Handle{User: "alice", Host: "example.org"}, alice, "https://example.org/@alice")
	return &webfinger.Handler{Finder: users{
		"acct:alice@example.org":     j,
		"https://example.org/@alice": j,
		"acct:old@example.org":       nil,
	}}
}

func TestHandlerAnswers(t *testing.T) {
	for _, c := range []struct {
		situation, query string
		status           int
	}{
		{"a handle", "?resource=acct:alice@example.org", 200},
		{"a handle, escaped", "?resource=acct%3Aalice%40example.org", 200},
		{"a handle without acct:", "?resource=alice@example.org", 200},
		{"a profile page", "?resource=https://example.org/@alice", 200},
		{"nobody", "?resource=acct:bob@example.org", 404},
		{"a handle of another host", "?resource=acct:alice@example.net", 404},
		{"a deleted account", "?resource=acct:old@example.org", 410},
		{"no resource", "", 400},
		{"an empty resource", "?resource=", 400},
		{"two resources", "?resource=acct:alice@example.org&resource=acct:bob@example.org", 400},
		{"a resource that is no name", "?resource=%00", 400},
		{"a query that is broken", "?resource=%zz", 400},
	} {
		w := ask(exampleOrg(), http.MethodGet, wellKnown+c.query)
		assert.Equal(t, c.status, w.Code, c.situation)
		assert.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"), c.situation)
		if c.status == http.StatusOK {
			assert.Equal(t, "application/jrd+json", w.Header().Get("Content-Type"), c.situation)
			assert.Contains(t, w.Body.String(), alice, c.situation)
		}
	}
}

func TestHandlerKeepsTheLinksAskedFor(t *testing.T) {
	w := ask(exampleOrg(), http.MethodGet, wellKnown+"?resource=acct:alice@example.org&rel=self&rel=nothing")
	j, err := webfinger.ParseJRD(w.Body.Bytes())
	require.NoError(t, err)
	require.Len(t, j.Links, 1)
	assert.Equal(t, "self", j.Links[0].Rel)
	assert.Equal(t, "acct:alice@example.org", j.Subject, "only links are left out")
	assert.Len(t, j.Aliases, 2, "only links are left out")
}

func TestHandlerMethods(t *testing.T) {
	server := httptest.NewServer(exampleOrg())
	defer server.Close()
	address := server.URL + "/.well-known/webfinger?resource=acct:alice@example.org"
	head, err := http.Head(address)
	require.NoError(t, err)
	defer head.Body.Close()
	get, err := http.Get(address)
	require.NoError(t, err)
	defer get.Body.Close()
	assert.Equal(t, 200, head.StatusCode)
	assert.Equal(t, get.ContentLength, head.ContentLength, "HEAD tells the length that GET has")
	assert.Positive(t, get.ContentLength)

	w := ask(exampleOrg(), http.MethodPost, wellKnown+"?resource=acct:alice@example.org")
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
	assert.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
	assert.Equal(t, 404, ask(exampleOrg(), http.MethodGet, "https://example.org/.well-known/nodeinfo").Code)
}

func TestHandlerShowsNoInnards(t *testing.T) {
	w := ask(&webfinger.Handler{Finder: broken{}}, http.MethodGet, wellKnown+"?resource=acct:alice@example.org")
	assert.Equal(t, 500, w.Code)
	assert.NotContains(t, w.Body.String(), "password")
}

func TestHostMetaEscapesTheHost(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "https://example.org/.well-known/host-meta", nil)
	r.Host = `x"/><evil`
	w := httptest.NewRecorder()
	exampleOrg().ServeHTTP(w, r)
	assert.Equal(t, 400, w.Code)
	assert.NotContains(t, w.Body.String(), "evil")
}

func TestFindersAskInTurn(t *testing.T) {
	all := webfinger.Finders{users{}, exampleOrg().Finder, broken{}}
	handler := &webfinger.Handler{Finder: all}
	assert.Equal(t, 200, ask(handler, http.MethodGet, wellKnown+"?resource=acct:alice@example.org").Code, "the second knows")
	assert.Equal(t, 410, ask(handler, http.MethodGet, wellKnown+"?resource=acct:old@example.org").Code, "gone is an answer")
	assert.Equal(t, 500, ask(handler, http.MethodGet, wellKnown+"?resource=acct:bob@example.org").Code, "a failure is no ignorance")
	assert.Equal(t, 404, ask(&webfinger.Handler{Finder: all[:2]}, http.MethodGet, wellKnown+"?resource=acct:bob@example.org").Code)
}

// The two ends meet on loopback, by WebFinger and by each form of host-meta.
func TestLookupAsksHandler(t *testing.T) {
	for situation, hidden := range map[string][]string{
		"webfinger where it should be": nil,
		"only by host-meta":            {"/.well-known/webfinger"},
		"only by host-meta in JSON":    {"/.well-known/webfinger", "/.well-known/host-meta"},
	} {
		handler := &webfinger.Handler{}
		elsewhere := http.StripPrefix("/elsewhere", handler)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasPrefix(r.URL.Path, "/elsewhere/"):
				elsewhere.ServeHTTP(w, r)
			case slices.Contains(hidden, r.URL.Path):
				http.NotFound(w, r)
			default:
				handler.ServeHTTP(w, r)
			}
		}))
		defer server.Close()
		host := strings.TrimPrefix(server.URL, "http://")
		handler.Origin = server.URL + "/elsewhere"
		h := webfinger.Handle{User: "alice", Host: host}
		handler.Finder = users{h.Acct(): webfinger.Describe(h, server.URL+"/users/alice", server.URL+"/@alice")}

		got, err := webfinger.Lookup(t.Context(), server.Client(), h.String(), &webfinger.Options{Trusted: []string{host}})
		require.NoError(t, err, situation)
		assert.Equal(t, h, got.Handle, situation)
		assert.Equal(t, []string{server.URL + "/users/alice"}, got.Actors, situation)
		assert.Equal(t, server.URL+"/@alice", got.Profile, situation)
		assert.Equal(t, host, got.AnsweredBy, situation)
	}
}

func TestDescribeWithoutHandle(t *testing.T) {
	j := webfinger.Describe(webfinger.Handle{}, alice, "")
	assert.Equal(t, alice, j.Subject, "an actor without a handle is its own subject")
	assert.Empty(t, j.Aliases)
	assert.Empty(t, j.Profile())
	assert.Equal(t, []string{alice}, j.Actors())
}
