package redirect_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

const newOrigin = "https://new.example"

// arrived is the map of the new server: what alice brought, and what eve did.
func arrived() uriMap {
	m := uriMap{}
	for number, audience := range map[string]portability.Audience{"1": portability.ForPublic, "2": portability.ForUnlisted,
		"3": portability.ForFollowers, "4": portability.ForMentioned} {
		m.add(post(number, audience)...)
	}
	for _, p := range post("5", portability.ForPublic) {
		p.Gone = true
		m.add(p)
	}
	elsewhere := post("6", portability.ForPublic)[0]
	elsewhere.New, elsewhere.URL = "https://evil.example/6", "https://evil.example/6"
	m.add(elsewhere)
	eves := post("7", portability.ForPublic)[0]
	eves.To = "https://new.example/users/eve"
	m.add(eves)
	self := post("8", portability.ForPublic)[0]
	self.New, self.URL = newAlice, ""
	m.add(self)
	return m
}

func resolve(t *testing.T, o *redirect.ResolverOptions, target string, header http.Header) *http.Response {
	t.Helper()
	h, err := redirect.NewResolver(there(), o)
	require.NoError(t, err)
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header = header
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func lola(actor vocab.IRI, key string) string {
	return string(redirect.Unmapped(actor, vocab.IRI(key)))
}

func TestResolver_leads(t *testing.T) {
	o := &redirect.ResolverOptions{Finder: arrived(), Origins: []string{newOrigin}}
	for name, c := range map[string]struct{ target, accept, location string }{
		"for a browser":        {lola(newAlice, string(oldAlice)+"/statuses/1"), forBrowsers, "https://new.example/@alice/n1"},
		"for a server":         {lola(newAlice, string(oldAlice)+"/statuses/1"), forActivityPub, "https://new.example/users/alice/statuses/n1"},
		"an unlisted one":      {lola(newAlice, string(oldAlice)+"/statuses/2"), "", "https://new.example/@alice/n2"},
		"by its page":          {lola(newAlice, "https://old.example/@alice/1"), "", "https://new.example/@alice/n1"},
		"by another form":      {lola(newAlice, "https://old.example/deck/@alice/1"), "", "https://new.example/@alice/n1"},
		"beside another query": {string(newAlice) + "?" + redirect.Parameter + "=" + url.QueryEscape(string(oldAlice)+"/statuses/1"), "", "https://new.example/@alice/n1"},
	} {
		got := resolve(t, o, c.target, http.Header{"Accept": {c.accept}})
		assert.Equal(t, http.StatusFound, got.StatusCode, name)
		assert.Equal(t, c.location, got.Header.Get("Location"), name)
		assert.Equal(t, "private, no-store", got.Header.Get("Cache-Control"), "who may read it may change")
	}
}

// Everything but a hit is one and the same answer.
func TestResolver_hides(t *testing.T) {
	o := &redirect.ResolverOptions{Finder: arrived(), Origins: []string{newOrigin}}
	unknown := asSeen(t, resolve(t, o, lola(newAlice, string(oldAlice)+"/statuses/999"), nil), "999")
	require.Contains(t, unknown, "404")
	id := string(oldAlice) + "/statuses/"
	for name, target := range map[string]string{
		"for followers":           lola(newAlice, id+"3"),
		"a direct message":        lola(newAlice, id+"4"),
		"gone":                    lola(newAlice, id+"5"),
		"mapped to another host":  lola(newAlice, id+"6"),
		"another actor's":         lola(newAlice, id+"7"),
		"at another actor":        lola("https://new.example/users/eve", id+"1"),
		"at no actor":             lola("https://new.example/", id+"1"),
		"mapped to the actor":     lola(newAlice, id+"8"),
		"a location on this host": lola(newAlice, "https://new.example/@alice/n1"),
		"a location elsewhere":    lola(newAlice, "https://evil.example/"),
		"a path":                  lola(newAlice, "/@alice/n1"),
		"a script":                lola(newAlice, "javascript:alert(1)"),
		"empty":                   string(newAlice) + "?redirect_ap_obj=",
		"without a value":         string(newAlice) + "?redirect_ap_obj",
		"twice":                   lola(newAlice, id+"1") + "&redirect_ap_obj=" + url.QueryEscape(id+"1"),
		"broken":                  string(newAlice) + "?redirect_ap_obj=%zz",
		"too long":                string(newAlice) + "?redirect_ap_obj=" + url.QueryEscape("https://old.example/"+strings.Repeat("x", 2048)),
		"with something else":     string(newAlice) + "?x=y&redirect_ap_obj=" + url.QueryEscape(id+"1"),
	} {
		got := asSeen(t, resolve(t, o, target, nil), "NONE")
		assert.Equal(t, unknown, got, name)
	}
}

func TestResolver_asksWhoMayRead(t *testing.T) {
	fails := false
	o := &redirect.ResolverOptions{Finder: arrived(), Origins: []string{newOrigin},
		Readable: func(r *http.Request, m portability.Mapping) (bool, error) {
			if fails {
				return false, errDown
			}
			return r.Header.Get("X-Follower") != "" && m.Audience == portability.ForFollowers, nil
		}}
	target := lola(newAlice, string(oldAlice)+"/statuses/3")
	assert.Equal(t, http.StatusFound, resolve(t, o, target, http.Header{"X-Follower": {"yes"}}).StatusCode)
	assert.Equal(t, http.StatusNotFound, resolve(t, o, target, nil).StatusCode)
	assert.Equal(t, http.StatusNotFound, resolve(t, o, lola(newAlice, string(oldAlice)+"/statuses/4"), http.Header{"X-Follower": {"yes"}}).StatusCode)
	fails = true
	assert.Equal(t, http.StatusServiceUnavailable, resolve(t, o, target, nil).StatusCode)
	o.Finder = brokenMap{}
	assert.Equal(t, http.StatusServiceUnavailable, resolve(t, o, target, nil).StatusCode)
}

func TestResolver_leavesTheRest(t *testing.T) {
	o := &redirect.ResolverOptions{Finder: arrived(), Origins: []string{newOrigin}}
	for _, target := range []string{string(newAlice), newOrigin + "/?redirect_ap=x", "https://other.example/u?redirect_ap_obj=x"} {
		assert.Equal(t, http.StatusOK, resolve(t, o, target, nil).StatusCode, target)
	}
	for _, bad := range []*redirect.ResolverOptions{nil, {Origins: []string{newOrigin}}, {Finder: uriMap{}}} {
		_, err := redirect.NewResolver(there(), bad)
		require.ErrorIs(t, err, redirect.ErrOptions)
	}
}

// Two servers that each know the other by its moved account never send anybody round.
func TestOldAndNewSideTogether(t *testing.T) {
	w := newWorld(t)
	w.accounts.Put(redirect.MovedAccount{Old: newAlice, New: oldAlice})
	w.accounts.Put(alice())
	w.options.Origins = []string{oldOrigin, newOrigin}
	old, err := redirect.New(notThere(), &w.options)
	require.NoError(t, err)
	both, err := redirect.NewResolver(old, &redirect.ResolverOptions{Finder: w.links, Origins: w.options.Origins})
	require.NoError(t, err)
	for _, start := range []string{"/@alice/1", "/@alice/999", "/users/alice/statuses/3", "/@alice", "/users/alice"} {
		target := oldOrigin + start
		for hop := 0; ; hop++ {
			require.Less(t, hop, 4, "%s goes round", start)
			r := httptest.NewRequest(http.MethodGet, target, nil)
			recorder := httptest.NewRecorder()
			both.ServeHTTP(recorder, r)
			if target = recorder.Header().Get("Location"); target == "" {
				break
			}
		}
	}
}
