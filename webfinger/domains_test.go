package webfinger_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/webfinger"
)

// hosts answers for several hosts in this process, by their handlers.
type hosts map[string]http.Handler

func (h hosts) Do(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if handler, found := h[req.URL.Host]; found {
		handler.ServeHTTP(w, req)
	} else {
		w.WriteHeader(http.StatusNotFound)
	}
	resp := w.Result()
	resp.Request = req
	return resp, nil
}

func fediverse() hosts {
	there := webfinger.Handle{User: "alice", Host: "social.example"}
	return hosts{
		"social.example": &webfinger.Handler{Finder: users{there.Acct(): webfinger.Describe(there, social, "https://social.example/@alice")}},
		"alice.example": &webfinger.Handler{Finder: webfinger.Domains{
			"alice.example": {"*": {Actor: social, Handle: there, Profile: "https://social.example/@alice", URLs: []string{"https://alice.example/"}}},
		}},
		"family.example": &webfinger.Handler{Finder: webfinger.Domains{
			"family.example": {
				"Alice": {Actor: social, Profile: "https://social.example/@alice"},
				"bob":   {Actor: "https://bob.example/me"},
			},
		}},
	}
}

func TestDomains(t *testing.T) {
	for _, c := range []struct{ situation, name, handle, actor string }{
		{"a domain of one's own leads to the account elsewhere", "@me@alice.example", "@alice@social.example", social},
		{"its front page too", "https://alice.example/", "@alice@social.example", social},
		{"a handle that stays on the domain", "@alice@family.example", "@alice@family.example", social},
		{"another name of the same domain", "@bob@family.example", "@bob@family.example", "https://bob.example/me"},
	} {
		got, err := webfinger.Lookup(t.Context(), fediverse(), c.name, nil)
		require.NoError(t, err, c.situation)
		assert.Equal(t, c.handle, got.Handle.String(), c.situation)
		assert.Equal(t, []string{c.actor}, got.Actors, c.situation)
	}
	for situation, name := range map[string]string{
		"a name that is not listed":           "@carol@family.example",
		"a URL that is nobody's":              "https://family.example/",
		"a handle of a host not in the table": "@alice@social.example.family.example",
	} {
		_, err := webfinger.Lookup(t.Context(), fediverse(), name, nil)
		assert.ErrorIs(t, err, webfinger.ErrNotFound, situation)
	}
}

func TestDomainsAnswerForTheActor(t *testing.T) {
	d := webfinger.Domains{"family.example": {"alice": {Actor: social}, "*": {Actor: "https://bob.example/me"}}}
	j, err := d.Find(t.Context(), webfinger.Resource{URL: social})
	require.NoError(t, err)
	assert.Equal(t, "acct:alice@family.example", j.Subject)
	j, err = d.Find(t.Context(), webfinger.Resource{URL: "https://bob.example/me"})
	require.NoError(t, err)
	assert.Equal(t, "https://bob.example/me", j.Subject, "everyone's name is nobody's handle")
}
