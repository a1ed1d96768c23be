package redirect_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// Whatever is asked for, however, and whatever the map says: nobody is led anywhere but to
// the host that the move names, and nothing breaks.
func FuzzHandler(f *testing.F) {
	for _, seed := range []struct{ target, accept, old, place string }{
		{"/@alice/1", forBrowsers, "https://old.example/@alice/1", "https://new.example/@alice/n1"},
		{"/users/alice/statuses/1", forActivityPub, "https://old.example/users/alice/statuses/1", "https://evil.example/"},
		{"/users/alice", "*/*;q=0.1", "https://old.example/users/alice", "https://new.example/\r\nX: y"},
		{"//evil.example/@alice/1", "", "https://old.example//evil.example/@alice/1", "//evil.example"},
		{"/%2F%2Fevil.example", "text/html;q=NaN", "https://old.example/", "https://new.example@evil.example/"},
		{"/@alice/999?a=%0d%0a", "a/b;c=\"d,e", "", "javascript:alert(1)"},
		{"/?p=1&redirect_ap_obj=x", "", "https://old.example/?p=1", "https://new.example\\@evil.example"},
		{"/2024/%E4%BD%A0/feed", "text/html", "https://old.example/2024/%e4%bd%a0/", "https://new.example/ü"},
		{"/@alice@old.example/1;x", "application/ld+json;profile=\"x\"", "", "http://new.example/"},
	} {
		f.Add(seed.target, seed.accept, seed.old, seed.place)
	}
	f.Fuzz(func(t *testing.T, target, accept, old, place string) {
		to, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			t.Skip("no request has it")
		}
		links := uriMap{}
		m := post("1", portability.ForPublic)[0]
		m.Old, m.New, m.URL = vocab.IRI(old), vocab.IRI(place), vocab.IRI(place)
		links.add(m)
		accounts := &redirect.AccountTable{}
		accounts.Put(alice())
		h, err := redirect.New(notThere(), &redirect.Options{Finder: links, Accounts: accounts, Origins: []string{oldOrigin}})
		require.NoError(t, err)
		r := &http.Request{Method: http.MethodGet, Host: "old.example", URL: to, Header: http.Header{"Accept": {accept}}, RequestURI: target}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusMovedPermanently && w.Code != http.StatusNotFound {
			t.Errorf("answered %d", w.Code)
		}
		location := w.Header().Get("Location")
		if (w.Code == http.StatusMovedPermanently) != (location != "") {
			t.Errorf("%d with Location %q", w.Code, location)
		}
		checkLocation(t, location, "new.example")
	})
}

func checkLocation(t *testing.T, location, host string) {
	t.Helper()
	if location == "" {
		return
	}
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "https" || u.Host != host || u.User != nil || !strings.HasPrefix(location, "https://"+host) {
		t.Errorf("leads to %q", location)
	}
	for i := range len(location) {
		if location[i] <= ' ' || location[i] >= 0x7f || strings.IndexByte("<>\"\\^`{|}", location[i]) >= 0 {
			t.Errorf("%q in Location %q", location[i], location)
		}
	}
}

// Whatever key arrives, it is a key: nobody is led off the server.
func FuzzResolver(f *testing.F) {
	f.Add("redirect_ap_obj=https%3A%2F%2Fold.example%2Fusers%2Falice%2Fstatuses%2F1", "https://new.example/@alice/n1")
	f.Add("redirect_ap_obj=https://evil.example/", "https://evil.example/")
	f.Add("redirect%5Fap_obj=%zz&redirect_ap_obj=//evil.example", "//evil.example")
	f.Add("a=b;redirect_ap_obj=/x", "https://new.example/\n")
	f.Fuzz(func(t *testing.T, query, place string) {
		m := post("1", portability.ForPublic)[0]
		m.New, m.URL = vocab.IRI(place), ""
		h, err := redirect.NewResolver(notThere(), &redirect.ResolverOptions{Finder: uriMap{m.Old: m}, Origins: []string{newOrigin}})
		require.NoError(t, err)
		r := &http.Request{Method: http.MethodGet, Host: "new.example", Header: http.Header{},
			URL: &url.URL{Path: "/users/alice", RawQuery: query}}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusFound && w.Code != http.StatusNotFound {
			t.Errorf("answered %d", w.Code)
		}
		checkLocation(t, w.Header().Get("Location"), "new.example")
	})
}

// Forms of any URL are bounded, on its origin, and the URL itself is the first.
func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"https://s.example/@al/1", "https://s.example/?p=1&author=2", "https://s.example/%40al@s.example/1/",
		"https://s.example/users/al/statuses/" + ulid, "http://[::1]:8080/x?y#z", "https://s.example", "x", "https://s.example/%25"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id := vocab.IRI(s)
		for _, software := range append(redirect.Families(), "") {
			got := redirect.Normalize(software, id)
			if got[0] != id || len(got) > 32 {
				t.Errorf("%q gives %d, the first %q", s, len(got), got[0])
			}
			for _, one := range got[1:] {
				if one.Origin() != id.Origin() {
					t.Errorf("%q gives %q", s, one)
				}
			}
			redirect.Parse(software, id)
			redirect.Forms(software, id, []vocab.IRI{id})
		}
	})
}
