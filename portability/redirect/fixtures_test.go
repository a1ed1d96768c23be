package redirect_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// A uriMap is a Finder in memory.
type uriMap map[vocab.IRI]portability.Mapping

func (m uriMap) Find(_ context.Context, olds []vocab.IRI) (map[vocab.IRI]portability.Mapping, error) {
	found := map[vocab.IRI]portability.Mapping{}
	for _, old := range olds {
		if mapping, ok := m[old]; ok {
			found[old] = mapping
		}
	}
	return found, nil
}

func (m uriMap) add(mappings ...portability.Mapping) {
	for _, mapping := range mappings {
		m[mapping.Old] = mapping
	}
}

var errDown = errors.New("the database is down")

type brokenMap struct{}

func (brokenMap) Find(context.Context, []vocab.IRI) (map[vocab.IRI]portability.Mapping, error) {
	return nil, errDown
}

type brokenAccounts struct{}

func (brokenAccounts) Moved(context.Context, vocab.IRI) (redirect.MovedAccount, bool, error) {
	return redirect.MovedAccount{}, false, errDown
}

const (
	oldOrigin = "https://old.example"
	oldAlice  = vocab.IRI("https://old.example/users/alice")
	newAlice  = vocab.IRI("https://new.example/users/alice")
	lastAlice = vocab.IRI("https://last.example/u/alice")

	forActivityPub = `application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
	forBrowsers    = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
)

func alice() redirect.MovedAccount {
	return redirect.MovedAccount{
		Old: oldAlice, New: newAlice, Pages: []vocab.IRI{"https://old.example/@alice"}, NewPage: "https://new.example/@alice",
		Inbox: oldAlice + "/inbox",
		Kept: []vocab.IRI{oldAlice + "/outbox", oldAlice + "/followers", oldAlice + "/following", oldAlice + "/collections/featured",
			oldAlice + "#main-key", oldAlice + "/main-key", "https://old.example/keys/1"},
	}
}

// post returns the mappings of one post of alice, as an engine makes them.
func post(number string, audience portability.Audience) []portability.Mapping {
	m := portability.Mapping{
		ID: oldAlice + "/statuses/" + vocab.IRI(number), New: newAlice + "/statuses/n" + vocab.IRI(number),
		URL: "https://new.example/@alice/n" + vocab.IRI(number), Kind: portability.Content,
		From: oldAlice, To: newAlice, Audience: audience,
	}
	id, page := m, m
	id.Old, page.Old = m.ID, vocab.IRI("https://old.example/@alice/"+number)
	return []portability.Mapping{id, page}
}

// A world is an old server, and what its owner has set.
type world struct {
	t        *testing.T
	links    uriMap
	accounts *redirect.AccountTable
	next     http.Handler
	options  redirect.Options
	problems []error
}

// newWorld has alice, who moved, with public post 1, unlisted 2, followers-only 3, direct 4, 5 which
// is gone, and 6 which was for followers and is gone.
func newWorld(t *testing.T) *world {
	w := &world{t: t, links: uriMap{}, accounts: &redirect.AccountTable{}, next: notThere()}
	w.accounts.Put(alice())
	w.links.add(post("1", portability.ForPublic)...)
	w.links.add(post("2", portability.ForUnlisted)...)
	w.links.add(post("3", portability.ForFollowers)...)
	w.links.add(post("4", portability.ForMentioned)...)
	for number, audience := range map[string]portability.Audience{"5": portability.ForPublic, "6": portability.ForFollowers} {
		for _, m := range post(number, audience) {
			m.Gone = true
			w.links.add(m)
		}
	}
	w.options = redirect.Options{Finder: w.links, Accounts: w.accounts, Origins: []string{oldOrigin}}
	w.options.Problem = func(_ *http.Request, err error) { w.problems = append(w.problems, err) }
	return w
}

// notThere is an old server that has nothing any more, and says so in its own words.
func notThere() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Server", "old")
		http.NotFound(w, r)
	})
}

// there is an old server that has everything.
func there() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write([]byte(`{"here":true}`))
	})
}

func (w *world) do(method, target, accept string) *http.Response {
	w.t.Helper()
	h, err := redirect.New(w.next, &w.options)
	require.NoError(w.t, err)
	r := httptest.NewRequest(method, target, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return recorder.Result()
}

func (w *world) get(target, accept string) *http.Response {
	w.t.Helper()
	return w.do(http.MethodGet, target, accept)
}
