package redirect_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// A restored server keeps ids, and answers under addresses of its own.
type restored map[vocab.IRI]redirect.Place

func (s restored) Locate(_ context.Context, form redirect.Form, names []vocab.IRI) (redirect.Place, bool, error) {
	if form.Shape == redirect.Kept && form.User == "alice" {
		return redirect.Place{Path: "/actors/1/" + form.Name}, true, nil
	}
	for _, name := range names {
		if place, ok := s[name]; ok {
			return place, true, nil
		}
	}
	return redirect.Place{}, false, nil
}

func TestRouter(t *testing.T) {
	server := restored{
		oldAlice:                 {Path: "/actors/1", Page: "/profile/alice"},
		oldAlice + "/statuses/1": {Path: "/things/1?format=as2", Page: "/post/1"},
		"https://old.example/system/media_attachments/files/1/original/a.png": {Path: "/blobs/a"},
		"https://old.example/@alice/2":                                        {Path: "/things/2"},
	}
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.RequestURI(), r.RequestURI)
	})
	h, err := redirect.NewRouter(next, server, oldOrigin, redirect.Mastodon, nil)
	require.NoError(t, err)
	ask := func(method, target, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, oldOrigin+target, nil)
		r.RequestURI = target
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for name, c := range map[string]struct{ method, target, answer string }{
		"an actor's id":             {http.MethodGet, "/users/alice", "GET /actors/1 /users/alice"},
		"a post's id":               {http.MethodGet, "/users/alice/statuses/1", "GET /things/1?format=as2 /users/alice/statuses/1"},
		"an activity's id":          {http.MethodGet, "/users/alice/statuses/1/activity", "GET /things/1?format=as2 /users/alice/statuses/1/activity"},
		"an inbox":                  {http.MethodPost, "/users/alice/inbox", "POST /actors/1/inbox /users/alice/inbox"},
		"followers":                 {http.MethodGet, "/users/alice/followers", "GET /actors/1/followers /users/alice/followers"},
		"what is featured":          {http.MethodGet, "/users/alice/collections/featured", "GET /actors/1/featured /users/alice/collections/featured"},
		"a file":                    {http.MethodGet, "/system/media_attachments/files/1/small/a.png", "GET /blobs/a /system/media_attachments/files/1/small/a.png"},
		"an id in an address's way": {http.MethodGet, "/web/@alice/2", "GET /things/2 /web/@alice/2"},
		"an address of its own":     {http.MethodGet, "/things/9?x", "GET /things/9?x /things/9?x"},
		"WebFinger":                 {http.MethodGet, "/.well-known/webfinger?resource=acct:a@b", "GET /.well-known/webfinger?resource=acct:a@b /.well-known/webfinger?resource=acct:a@b"},
	} {
		w := ask(c.method, c.target, forActivityPub)
		assert.Equal(t, http.StatusOK, w.Code, name)
		assert.Equal(t, c.answer, w.Body.String(), "%s: the signature is over what was sent", name)
	}
	w := ask(http.MethodGet, "/@alice/1", forBrowsers)
	assert.Equal(t, http.StatusMovedPermanently, w.Code)
	assert.Equal(t, "https://old.example/post/1", w.Header().Get("Location"))
	assert.Equal(t, "Accept", w.Header().Get("Vary"))
	assert.Equal(t, http.StatusOK, ask(http.MethodGet, "/@alice/1", "*/*").Code)
	assert.Equal(t, http.StatusOK, ask(http.MethodGet, "/@alice/2", forBrowsers).Code, "it has no page")
}

type misled struct{ place redirect.Place }

func (m misled) Locate(context.Context, redirect.Form, []vocab.IRI) (redirect.Place, bool, error) {
	if m.place.Path == "" {
		return m.place, false, errDown
	}
	return m.place, true, nil
}

func TestRouter_neverLeadsAway(t *testing.T) {
	for _, place := range []redirect.Place{{}, {Path: "//evil.example"}, {Path: "https://evil.example/"}, {Path: "x"},
		{Path: "/a", Page: "//evil.example"}, {Path: "/a", Page: "/\r\nX: y"}, {Path: "/a", Page: `/\evil.example`}, {Path: "/%"}} {
		var problems []error
		h, err := redirect.NewRouter(there(), misled{place}, oldOrigin, "", func(_ *http.Request, err error) { problems = append(problems, err) })
		require.NoError(t, err)
		r := httptest.NewRequest(http.MethodGet, oldOrigin+"/x", nil)
		r.Header.Set("Accept", forBrowsers)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, http.StatusServiceUnavailable, w.Code, "%v", place)
		assert.Empty(t, w.Header().Get("Location"), "%v", place)
		assert.Len(t, problems, 1, "%v", place)
	}
	_, err := redirect.NewRouter(there(), nil, oldOrigin, "", nil)
	require.ErrorIs(t, err, redirect.ErrOptions)
}
