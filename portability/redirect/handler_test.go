package redirect_test

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/portability/uriindex"
	"codeberg.org/godwit/godwit/vocab"
)

func TestHandler_leads(t *testing.T) {
	for name, c := range map[string]struct {
		target, accept, location string
	}{
		"a public post's id, for a server":      {"/users/alice/statuses/1", forActivityPub, "https://new.example/users/alice/statuses/n1"},
		"a public post's id, for a browser":     {"/users/alice/statuses/1", forBrowsers, "https://new.example/@alice/n1"},
		"a public post's page, for a browser":   {"/@alice/1", forBrowsers, "https://new.example/@alice/n1"},
		"a public post's page, for a server":    {"/@alice/1", forActivityPub, "https://new.example/users/alice/statuses/n1"},
		"without Accept":                        {"/@alice/1", "", "https://new.example/@alice/n1"},
		"an unlisted post":                      {"/@alice/2", forBrowsers, "https://new.example/@alice/n2"},
		"another form of a post":                {"/deck/@alice/1", forBrowsers, "https://new.example/@alice/n1"},
		"the Create of a post":                  {"/users/alice/statuses/1/activity", forActivityPub, "https://new.example/users/alice/statuses/n1"},
		"a post's page with what trackers add":  {"/@alice/1?utm_source=x", forBrowsers, "https://new.example/@alice/n1"},
		"a page whose @ was encoded":            {"/%40alice/1", forBrowsers, "https://new.example/@alice/n1"},
		"a page with a slash at the end":        {"/@alice/1/", forBrowsers, "https://new.example/@alice/n1"},
		"a name in capitals":                    {"/@Alice/1", forBrowsers, "https://new.example/@alice/n1"},
		"a name with the server's own host":     {"/@alice@old.example/1", forBrowsers, "https://new.example/@alice/n1"},
		"the profile page":                      {"/@alice", forBrowsers, "https://new.example/@alice"},
		"the profile page, without Accept":      {"/@alice", "", "https://new.example/@alice"},
		"another form of the profile page":      {"/web/@alice", forBrowsers, "https://new.example/@alice"},
		"the profile page, with a query":        {"/@alice?utm_source=x", "", "https://new.example/@alice"},
		"a post as JSON":                        {"/@alice/1.json", forActivityPub, "https://new.example/users/alice/statuses/n1"},
		"the actor id, for a browser":           {"/users/alice", forBrowsers, "https://new.example/@alice"},
		"a page that the map lacks":             {"/@alice/999", forBrowsers, "https://new.example/users/alice?redirect_ap_obj=https%3A%2F%2Fold.example%2Fusers%2Falice%2Fstatuses%2F999"},
		"an id that the map lacks":              {"/users/alice/statuses/999", forActivityPub, "https://new.example/users/alice?redirect_ap_obj=https%3A%2F%2Fold.example%2Fusers%2Falice%2Fstatuses%2F999"},
		"an id of no known form, under a actor": {"/users/alice/x/y", "", "https://new.example/users/alice?redirect_ap_obj=https%3A%2F%2Fold.example%2Fusers%2Falice%2Fx%2Fy"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			got := w.get(oldOrigin+c.target, c.accept)
			assert.Equal(t, http.StatusMovedPermanently, got.StatusCode)
			assert.Equal(t, c.location, got.Header.Get("Location"))
			want := "public, max-age=3600"
			if strings.Contains(c.location, redirect.Parameter) {
				want = "private, no-store"
			}
			assert.Equal(t, want, got.Header.Get("Cache-Control"), "it can be taken back")
			assert.Empty(t, got.Header.Get("X-Server"), "nothing of the other answer is left")
			assert.Empty(t, w.problems)
		})
	}
}

func TestHandler_staysForActivityPub(t *testing.T) {
	hostile := []string{"/users/alice", "/users/alice/inbox", "/users/alice/outbox", "/users/alice/followers", "/users/alice/following",
		"/users/alice/collections/featured", "/users/alice/main-key", "/keys/1", "/.well-known/webfinger?resource=acct:alice@old.example",
		"/inbox", "/nodeinfo/2.0", "/api/v1/statuses/1", "/actor", "/users/alice/outbox?page=true"}
	for _, target := range hostile {
		t.Run(target, func(t *testing.T) {
			w := newWorld(t)
			w.next = there()
			// A map that would lead them away is not followed.
			m := post("1", portability.ForPublic)[0]
			m.Old = vocab.IRI(oldOrigin + target)
			w.links.add(m)
			for _, accept := range []string{forActivityPub, "", "*/*", "application/json"} {
				got := w.get(oldOrigin+target, accept)
				assert.Equal(t, http.StatusOK, got.StatusCode, accept)
				assert.Empty(t, got.Header.Get("Location"), accept)
			}
		})
	}
	t.Run("collections and keys stay for browsers, too", func(t *testing.T) {
		w := newWorld(t)
		for _, target := range hostile[1:] {
			assert.Equal(t, http.StatusNotFound, w.get(oldOrigin+target, forBrowsers).StatusCode, target)
		}
	})
}

func TestHandler_profilePageIsTheID(t *testing.T) {
	w := newWorld(t)
	w.next = there()
	a := alice()
	a.Pages = []vocab.IRI{oldAlice}
	w.accounts.Put(a)
	for accept, status := range map[string]int{
		forActivityPub: http.StatusOK,
		forBrowsers:    http.StatusMovedPermanently,
		"*/*":          http.StatusOK,
		"":             http.StatusOK,
		"text/html;q=0.5, application/activity+json;q=0.9":  http.StatusOK,
		"text/html;q=0.9, application/activity+json;q=0.5":  http.StatusMovedPermanently,
		"text/html, application/activity+json":              http.StatusOK,
		`APPLICATION/LD+JSON; Profile="a,b", text/html;q=0`: http.StatusOK,
		"text/html;q=9":             http.StatusOK,
		"application/json;q=0,,; ,": http.StatusOK,
	} {
		got := w.get(string(oldAlice), accept)
		assert.Equal(t, status, got.StatusCode, accept)
		assert.Equal(t, []string{"Accept"}, got.Header.Values("Vary"), accept)
	}
}

func TestHandler_actorWithAQuery(t *testing.T) {
	w := newWorld(t)
	w.next = there()
	for _, target := range []string{"/users/alice?x", "/users/alice/?x=y", "/users/Alice"} {
		for _, accept := range []string{forActivityPub, "", "*/*"} {
			assert.Equal(t, http.StatusOK, w.get(oldOrigin+target, accept).StatusCode, "%s for %q", target, accept)
		}
	}
}

// What a stranger may not know of answers exactly as what never was.
func TestHandler_hidesWhatIsNotForStrangers(t *testing.T) {
	for _, next := range []http.Handler{notThere(), there()} {
		for _, form := range []string{"/users/alice/statuses/%s", "/@alice/%s", "/notes/%s"} {
			for _, accept := range []string{forActivityPub, forBrowsers, ""} {
				w := newWorld(t)
				w.next = next
				note := post("3", portability.ForFollowers)[0]
				note.Old = oldOrigin + "/notes/3"
				w.links.add(note)
				unknown := asSeen(t, w.get(oldOrigin+strings.Replace(form, "%s", "7", 1), accept), "7")
				for _, number := range []string{"3", "4", "6"} {
					got := asSeen(t, w.get(oldOrigin+strings.Replace(form, "%s", number, 1), accept), number)
					assert.Equal(t, unknown, got, "%s of %s for %q", form, number, accept)
				}
			}
		}
	}
}

// asSeen is all that a stranger sees of an answer, with the number of the post left out.
func asSeen(t *testing.T, r *http.Response, number string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(r.Status + "\n")
	require.NoError(t, r.Header.Write(&b))
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return strings.ReplaceAll(b.String()+string(body), "%2F"+number, "%2FNUMBER")
}

func TestHandler_gone(t *testing.T) {
	w := newWorld(t)
	takenBack := []string{"/users/alice/statuses/5", "/@alice/5", "/deck/@alice/5"}
	for _, target := range takenBack {
		got := w.get(oldOrigin+target, forActivityPub)
		assert.Equal(t, http.StatusGone, got.StatusCode, target)
		assert.Equal(t, "private, no-store", got.Header.Get("Cache-Control"), "the next one may be shown it")
	}
	w.next = there()
	for _, target := range takenBack {
		assert.Equal(t, http.StatusOK, w.get(oldOrigin+target, forActivityPub).StatusCode, "the old server still has %s", target)
	}
	w.options.Gone = func(_ context.Context, ids []vocab.IRI) (bool, error) {
		for _, id := range ids {
			if id == oldAlice+"/statuses/1" {
				return true, nil
			}
		}
		return false, nil
	}
	for _, target := range []string{"/users/alice/statuses/1", "/@alice/1", "/users/alice/statuses/1/activity"} {
		assert.Equal(t, http.StatusGone, w.get(oldOrigin+target, "").StatusCode, "what was forgotten outranks the map: %s", target)
	}
	assert.Equal(t, http.StatusMovedPermanently, w.get(oldOrigin+"/@alice/2", "").StatusCode)
}

func TestHandler_headIsGetWithoutBody(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/@alice/1", "/@alice/5", "/@alice/999", "/@alice", "/users/alice", "/nothing"} {
		get, head := w.get(oldOrigin+target, forBrowsers), w.do(http.MethodHead, oldOrigin+target, forBrowsers)
		assert.Equal(t, get.StatusCode, head.StatusCode, target)
		assert.Equal(t, get.Header, head.Header, target)
	}
	gone := w.do(http.MethodHead, oldOrigin+"/@alice/5", "")
	body, err := io.ReadAll(gone.Body)
	require.NoError(t, err)
	assert.Empty(t, body)
}

func TestHandler_leavesToTheNext(t *testing.T) {
	for name, c := range map[string]struct {
		method, target string
		change         func(*world)
	}{
		"another method":                         {http.MethodPost, oldOrigin + "/@alice/1", nil},
		"another host":                           {http.MethodGet, "https://other.example/@alice/1", nil},
		"another port":                           {http.MethodGet, "https://old.example:8443/@alice/1", nil},
		"a request that carries the key":         {http.MethodGet, oldOrigin + "/@alice/1?redirect_ap_obj=x", nil},
		"the key in another spelling":            {http.MethodGet, oldOrigin + "/@alice/999?a=b;redirect%5fap_obj=x", nil},
		"an unknown post of the key":             {http.MethodGet, oldOrigin + "/@alice/999?x&redirect_ap_obj", nil},
		"the post of somebody who is here":       {http.MethodGet, oldOrigin + "/@bob/1", nil},
		"a post that would be there, elsewhere":  {http.MethodGet, oldOrigin + "/@alice@other.example/1", nil},
		"forwarding is off":                      {http.MethodGet, oldOrigin + "/@alice/1", func(w *world) { w.accounts.Forward(oldAlice, false) }},
		"forwarding is off, the profile":         {http.MethodGet, oldOrigin + "/@alice", func(w *world) { w.accounts.Forward(oldAlice, false) }},
		"forwarding is off, an unknown post":     {http.MethodGet, oldOrigin + "/@alice/999", func(w *world) { w.accounts.Forward(oldAlice, false) }},
		"a map of somebody who did not move":     {http.MethodGet, oldOrigin + "/@alice/1", func(w *world) { w.accounts.Remove(oldAlice) }},
		"a list":                                 {http.MethodGet, oldOrigin + "/lists/1", func(w *world) { w.mapAs(portability.Lists, "/lists/1") }},
		"a new id that is the old one":           {http.MethodGet, oldOrigin + "/users/alice/statuses/8", func(w *world) { w.stays("8") }},
		"an unknown post of who moved back here": {http.MethodGet, oldOrigin + "/@alice/999", func(w *world) { w.comesBack() }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.change != nil {
				c.change(w)
			}
			got := w.do(c.method, c.target, forBrowsers)
			assert.Equal(t, http.StatusNotFound, got.StatusCode)
			assert.Equal(t, "old", got.Header.Get("X-Server"))
		})
	}
}

// stays is a rename on one server, where posts keep their ids.
func (w *world) stays(number string) {
	a := alice()
	a.New = "https://old.example/users/alicia"
	w.accounts.Put(a)
	w.mapTo(number, oldAlice+"/statuses/"+vocab.IRI(number), a.New)
}

func (w *world) mapAs(k portability.Kind, path vocab.IRI) {
	m := post("1", portability.ForPublic)[0]
	m.Kind, m.Old = k, oldOrigin+path
	w.links.add(m)
}

func (w *world) mapTo(number string, target, actor vocab.IRI) {
	for _, m := range post(number, portability.ForPublic) {
		m.New, m.URL, m.To = target, "", actor
		w.links.add(m)
	}
}

// comesBack is what the accounts say after A→B→A, if they keep both.
func (w *world) comesBack() {
	w.accounts.Put(redirect.MovedAccount{Old: newAlice, New: oldAlice})
}

func TestHandler_forwardingOffAndOnAgain(t *testing.T) {
	w := newWorld(t)
	for _, on := range []bool{false, true, false, true} {
		require.True(t, w.accounts.Forward(oldAlice, on))
		want := http.StatusNotFound
		if on {
			want = http.StatusMovedPermanently
		}
		assert.Equal(t, want, w.get(oldOrigin+"/@alice/1", "").StatusCode)
		assert.Equal(t, want, w.get(oldOrigin+"/@alice", "").StatusCode)
		assert.Equal(t, want, w.get(oldOrigin+"/@alice/999", "").StatusCode)
	}
	assert.False(t, w.accounts.Forward("https://old.example/users/bob", true))
}

func TestHandler_refusesTargets(t *testing.T) {
	for name, target := range map[string]vocab.IRI{
		"without TLS":           "http://new.example/x",
		"another host":          "https://evil.example/x",
		"another port":          "https://new.example:444/x",
		"a subdomain":           "https://a.new.example/x",
		"no scheme":             "//new.example/x",
		"a script":              "javascript:alert(1)",
		"a line break":          "https://new.example/\r\nSet-Cookie: a=b",
		"a space":               "https://new.example/ x",
		"user information":      "https://new.example@evil.example/",
		"a backslash":           "https://new.example\\@evil.example/",
		"broken percent":        "https://new.example/%",
		"another script's host": "https://nеw.example/",
		"relative":              "/x",
		"too long":              "https://new.example/" + vocab.IRI(strings.Repeat("x", 9000)),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.mapTo("8", target, newAlice)
			got := w.get(oldOrigin+"/notes/8", "")
			assert.Equal(t, http.StatusNotFound, got.StatusCode)
			m := post("8", portability.ForPublic)[0]
			m.Old, m.New, m.URL = oldOrigin+"/notes/8", target, target
			w.links.add(m)
			got = w.get(oldOrigin+"/notes/8", "")
			assert.Equal(t, http.StatusNotFound, got.StatusCode)
			assert.Empty(t, got.Header.Get("Location"))
			assert.NotEmpty(t, w.problems, "who runs the server is told")
		})
	}
}

func TestLocation_encodes(t *testing.T) {
	for target, want := range map[vocab.IRI]string{
		"https://new.example/ünïcode?q=日本#é":  "https://new.example/%C3%BCn%C3%AFcode?q=%E6%97%A5%E6%9C%AC#%C3%A9",
		"https://new.example/a%20b":           "https://new.example/a%20b",
		"https://new.example/<\"'>`{|}^[]":    "https://new.example/%3C%22'%3E%60%7B%7C%7D%5E%5B%5D",
		"https://new.example//evil.example":   "https://new.example//evil.example",
		"HTTPS://NEW.example:443/A":           "https://new.example/A",
		"https://new.example":                 "https://new.example",
		"https://new.example?a=https://x/?b#": "https://new.example?a=https://x/?b#",
	} {
		got, err := redirect.Location(target, newAlice, nil)
		require.NoError(t, err, target)
		assert.Equal(t, want, got)
	}
	const loopback = "http://127.0.0.1:8080"
	_, err := redirect.Location(loopback+"/a", loopback+"/u", nil)
	require.ErrorIs(t, err, redirect.ErrInsecure)
	got, err := redirect.Location(loopback+"/a", loopback+"/u", []string{loopback})
	require.NoError(t, err, "the origin was trusted by name")
	assert.Equal(t, loopback+"/a", got)
	_, err = redirect.Location("http://127.0.0.1:8081/a", "http://127.0.0.1:8081/u", []string{loopback})
	require.ErrorIs(t, err, redirect.ErrInsecure, "another port is another origin")
}

func TestUnmapped(t *testing.T) {
	assert.EqualValues(t, "https://n.example/?author=1&redirect_ap_obj=https%3A%2F%2Fo.example%2F%3Fp%3D1%26x",
		redirect.Unmapped("https://n.example/?author=1", "https://o.example/?p=1&x"))
	assert.EqualValues(t, "https://n.example/u?redirect_ap_obj=x#me", redirect.Unmapped("https://n.example/u#me", "x"))
	assert.Empty(t, redirect.Unmapped(newAlice, vocab.IRI(strings.Repeat("x", 2049))), "no resolver takes it")
}

func TestHandler_asksTheNextForWhatTheMapLacks(t *testing.T) {
	w := newWorld(t)
	w.next = there()
	got := w.get(oldOrigin+"/@alice/999", "")
	body, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, got.StatusCode, "what is still here is still shown")
	assert.JSONEq(t, `{"here":true}`, string(body))
	assert.Equal(t, "application/activity+json", got.Header.Get("Content-Type"))

	for name, next := range map[string]http.HandlerFunc{
		"nothing written":    func(http.ResponseWriter, *http.Request) {},
		"written in pieces":  func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"two statuses":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); w.WriteHeader(404) },
		"403 of its own":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) },
		"410 of its own":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) },
		"a 404 and then 200": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(200) },
	} {
		w.next = next
		status := w.get(oldOrigin+"/@alice/999", "").StatusCode
		want := map[string]int{"403 of its own": 403, "410 of its own": 410, "a 404 and then 200": 301}[name]
		if want == 0 {
			want = 200
		}
		assert.Equal(t, want, status, name)
	}
}

func TestHandler_passesEarlyHints(t *testing.T) {
	w := newWorld(t)
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
	})
	h, err := redirect.New(next, &w.options)
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "old.example"
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	got, err := server.Client().Get(server.URL + "/@alice/999")
	require.NoError(t, err)
	require.NoError(t, got.Body.Close())
	assert.Equal(t, http.StatusAccepted, got.StatusCode)
}

func TestHandler_faultsAreTemporary(t *testing.T) {
	for name, change := range map[string]func(*world){
		"map":      func(w *world) { w.options.Finder = brokenMap{} },
		"accounts": func(w *world) { w.options.Accounts = brokenAccounts{} },
		"tombstones": func(w *world) {
			w.options.Gone = func(context.Context, []vocab.IRI) (bool, error) { return false, errDown }
		},
	} {
		w := newWorld(t)
		change(w)
		got := w.get(oldOrigin+"/@alice/1", "")
		body, err := io.ReadAll(got.Body)
		require.NoError(t, err)
		assert.Equal(t, http.StatusServiceUnavailable, got.StatusCode, name)
		assert.Equal(t, "60", got.Header.Get("Retry-After"), name)
		assert.NotContains(t, string(body), "database", name)
		require.Len(t, w.problems, 1, name)
		require.ErrorIs(t, w.problems[0], errDown, name)
	}
}

func TestNew_needsWhatItNeeds(t *testing.T) {
	whole := redirect.Options{Finder: uriMap{}, Accounts: &redirect.AccountTable{}, Origins: []string{oldOrigin}}
	_, err := redirect.New(notThere(), &whole)
	require.NoError(t, err)
	for name, change := range map[string]func(*redirect.Options){
		"no finder":     func(o *redirect.Options) { o.Finder = nil },
		"no accounts":   func(o *redirect.Options) { o.Accounts = nil },
		"no origin":     func(o *redirect.Options) { o.Origins = nil },
		"no URL at all": func(o *redirect.Options) { o.Origins = []string{"old.example"} },
	} {
		o := whole
		change(&o)
		_, err := redirect.New(notThere(), &o)
		require.ErrorIs(t, err, redirect.ErrOptions, name)
	}
	_, err = redirect.New(notThere(), nil)
	require.ErrorIs(t, err, redirect.ErrOptions)
}

// An index that is mapped into memory answers one address at a time.
func TestFinderFunc(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "uri.index")
	_, err := uriindex.Build(t.Context(), path, w.links.Mappings(t.Context(), "", ""), nil)
	require.NoError(t, err)
	index, err := uriindex.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, index.Close()) }()
	w.options.Finder = redirect.FinderFunc(index.Look)
	assert.Equal(t, "https://new.example/@alice/n1", w.get(oldOrigin+"/deck/@alice/1", "").Header.Get("Location"))
	assert.Equal(t, http.StatusGone, w.get(oldOrigin+"/@alice/5", "").StatusCode)
	assert.Equal(t, http.StatusNotFound, w.get(oldOrigin+"/@bob/5", "").StatusCode)
}

func TestAnIndexThatCannotBeReadKillsNoLink(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "uri.index")
	_, err := uriindex.Build(t.Context(), path, w.links.Mappings(t.Context(), "", ""), nil)
	require.NoError(t, err)
	index, err := uriindex.Open(path)
	require.NoError(t, err)
	w.options.Finder = redirect.FinderFunc(index.Look)
	require.Equal(t, "https://new.example/@alice/n1", w.get(oldOrigin+"/@alice/1", "").Header.Get("Location"))
	require.NoError(t, index.Close())
	for name, path := range map[string]string{
		"a post that was mapped": "/@alice/1", "its id": "/users/alice/statuses/1", "one under the account that is not in the map": "/@alice/999",
	} {
		got := w.get(oldOrigin+path, forBrowsers)
		assert.Equal(t, http.StatusServiceUnavailable, got.StatusCode, name)
		assert.Empty(t, got.Header.Get("Location"), "%s: nobody is led on by a map that was not read", name)
		assert.Equal(t, "60", got.Header.Get("Retry-After"), name)
	}
	require.Len(t, w.problems, 3)
	require.ErrorIs(t, w.problems[0], fs.ErrClosed)
}

// What the next handler shows to some and not to others must not be cached for all, nor
// for the same person until they have logged in.
func TestWhatIsNotFoundByAStrangerIsCachedForNobody(t *testing.T) {
	w := newWorld(t)
	w.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=180")
		http.NotFound(w, r)
	})
	for name, path := range map[string]string{
		"a post for followers": "/users/alice/statuses/3", "a direct message": "/@alice/4", "what never was": "/@alice/999",
	} {
		got := w.get(oldOrigin+path, forActivityPub)
		require.Equal(t, http.StatusMovedPermanently, got.StatusCode, name)
		assert.Equal(t, []string{"private, no-store"}, got.Header.Values("Cache-Control"), name)
	}
	assert.Equal(t, "public, max-age=3600", w.get(oldOrigin+"/@alice/1", "").Header.Get("Cache-Control"), "what is for all may be kept by all")
}

func TestHandler_maxAge(t *testing.T) {
	w := newWorld(t)
	w.options.MaxAge = time.Minute
	assert.Equal(t, "public, max-age=60", w.get(oldOrigin+"/@alice/1", "").Header.Get("Cache-Control"))
}

func TestAccountOf(t *testing.T) {
	o, err := vocab.Parse([]byte(`{"id":"https://old.example/users/alice","type":"Person","url":"https://old.example/@alice",
		"inbox":"https://old.example/users/alice/inbox","outbox":"https://old.example/users/alice/outbox",
		"followers":"https://old.example/users/alice/followers","following":"https://old.example/users/alice/following",
		"featured":"https://old.example/users/alice/collections/featured",
		"assertionMethod":[{"id":"https://old.example/users/alice#ed25519-key","type":"Multikey",
			"controller":"https://old.example/users/alice","publicKeyMultibase":"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"},
			"https://old.example/keys/1"]}`))
	require.NoError(t, err)
	a := redirect.AccountOf(o, newAlice)
	assert.Equal(t, redirect.MovedAccount{
		Old: oldAlice, New: newAlice, Pages: []vocab.IRI{"https://old.example/@alice"}, Inbox: oldAlice + "/inbox",
		Kept: []vocab.IRI{oldAlice + "/outbox", oldAlice + "/followers", oldAlice + "/following",
			oldAlice + "/collections/featured", oldAlice + "#ed25519-key", "https://old.example/keys/1"},
	}, a)
}

func TestAccountTable_firstComeFirstServed(t *testing.T) {
	var table redirect.AccountTable
	table.Put(alice())
	thief := redirect.MovedAccount{Old: "https://old.example/users/thief", New: "https://evil.example/u", Pages: []vocab.IRI{"https://old.example/@alice"}}
	table.Put(thief)
	got, ok, err := table.Moved(t.Context(), "https://old.example/@alice")
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, oldAlice, got.Old)
	table.Remove(thief.Old)
	_, ok, err = table.Moved(t.Context(), "https://old.example/@alice")
	require.NoError(t, err)
	assert.True(t, ok, "taking the other away takes nothing else")
	table.Remove(oldAlice)
	_, ok, _ = table.Moved(t.Context(), oldAlice)
	assert.False(t, ok)
}
