package afterlife_test

import (
	"bytes"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/portability/uriindex"
	"codeberg.org/godwit/godwit/vocab"
)

// hostilePaths are ids that an archive may give its posts, as the path of a URL,
// decoded, and whether a post can be there.
var hostilePaths = map[string]bool{
	"/p/plain": true, "/p/with space": true, "/p/'single'": true, `/p/"double"`: true, "/p/$uri": true, "/p/${godwit_dollar}": true,
	"/p/$": true, "/p/{braces}": true, "/p/{$http_host}": true, "/p/semi;colon": true, "/p/#number": true, "/p/que?stion": true,
	"/p/per%cent": true, "/p/%2e%2e": true, `/p/back\slash`: true, `/p/\n`: true, "/p/~tilde": true, "/p/*star*": true, "/p/:colon": true,
	"/p/ünïcödé": true, "/p/日本語": true, "/p/\U0001F426": true, "/p/a\u0301": true, "/p/á": true, "/p/&amp;": true, "/p/a=b&c=d": true,
	"/p/CASE": true, "/p/case": true, "/p/Case": true, "/p/cASE": true, "/p/STRASSE": true, "/p/straße": true, "/p/İ": true, "/p/K": true, "/p/k": true,
	"/p/return 301 https:__evil.example;": true, "/p/default": true, "/p/\u202Egnirts": true, "/p/end.": true, "/p/ lead": true,
	"/p/" + strings.Repeat("long", 400): true, "/p/index.html": true, "/p/.hidden": true, "/p/<script>alert(1)</script>": true,
	"/p/line\nbreak": false, "/p/return\r\nSet-Cookie: a=b": false, "/p/tab\tin": false, "/p/nul\x00": false, "/p/\x7f": false, "/p/\u2028": false,
	"/p/../users/alice": false, "/p/./dot": false, "/p/..": false, "/p//double": false, "/.godwit/e/404.txt": false, "/.godwit/a/x": false,
	"/p/" + strings.Repeat("longer", 1000): false, "/p/\xff": false,
}

// hostile is an account with a post at every hostile path, and those it shows to
// nobody; the maps lead half of them to hostile places.
func hostile(t testing.TB) (*shelf, *uriindex.Index, []vocab.IRI) {
	s := newShelf(t, alice, "alice")
	var maps []portability.Mapping
	var urls []vocab.IRI
	n := 0
	for _, path := range sortedPaths() {
		n++
		id := old + (&url.URL{Path: path}).EscapedPath()
		if path == "/p/\xff" {
			id = old + "/p/%FF"
		}
		urls = append(urls, vocab.IRI(id))
		post := note(id, public)
		post["content"] = fmt.Sprintf("<p>number %d &lt;b&gt;</p><script>alert('RUN')</script><img src=x onerror=alert(1)>", n)
		s.add(portability.Content, post)
		if n%2 == 0 && hostilePaths[path] {
			maps = append(maps, mapping(vocab.IRI(id), vocab.IRI(fmt.Sprintf("https://new.example/n/%d", n)), portability.ForPublic))
		}
	}
	for i, target := range hostileTargets {
		id := vocab.IRI(fmt.Sprintf("%s/t/%d", old, i))
		urls = append(urls, id)
		s.add(portability.Content, note(string(id), public))
		maps = append(maps, mapping(id, target, portability.ForPublic))
	}
	// Posts that claim what is not theirs.
	for _, id := range []string{string(alice), old + "/users/bob", old + "/users/alice/inbox", "https://victim.example/1", old + "/.well-known/webfinger"} {
		s.add(portability.Content, note(id, public))
		urls = append(urls, vocab.IRI(id))
	}
	other := note(old+"/o/1", public)
	other["attributedTo"] = old + "/users/bob"
	s.add(portability.Content, other)
	secret := note(old+"/p/secret", old+"/users/alice/followers")
	secret["content"] = "HOSTILE-PRIVATE-TEXT"
	s.add(portability.Content, secret)
	twice := note(old+"/p/secret-twice", public)
	s.add(portability.Content, twice)
	twice = note(old+"/p/secret-twice", "https://other.example/bob")
	twice["content"] = "HOSTILE-SECOND-TEXT"
	s.add(portability.Content, twice)
	return s, index(t, maps...), append(urls, vocab.IRI(old+"/o/1"), vocab.IRI(old+"/p/secret"), vocab.IRI(old+"/p/secret-twice"))
}

var hostileTargets = []vocab.IRI{
	"https://evil.example/1", "http://new.example/1", "https://new.example@evil.example/", "https://new.example:8443/1",
	"https://new.example/\r\nSet-Cookie:a=b", "https://new.example/\"; return 200 x; #", "https://new.example/$host/$uri/${uri}", "https://new.example/{http.request.uri}",
	"https://new.example/ü/日本", "https://new.example/a b", "https://new.example/?redirect=https://evil.example/", "https://new.example/a\tb", "https://new.example/#x",
	"https://new.example/a%0d%0ab", "https://new.example/*:splat", "https://NEW.example/1", "https://new.example", "javascript:alert(1)", "//evil.example/1",
}

func sortedPaths() []string {
	all := make([]string, 0, len(hostilePaths))
	for path := range hostilePaths {
		all = append(all, path)
	}
	// In the order of their bytes, so that each run makes the same.
	for i := range all {
		for j := i + 1; j < len(all); j++ {
			if all[j] < all[i] {
				all[i], all[j] = all[j], all[i]
			}
		}
	}
	return all
}

func TestHostileAccount(t *testing.T) {
	s, maps, urls := hostile(t)
	path := doorPath(t)
	door, report := built(t, path, &afterlife.Options{Maps: []afterlife.Map{maps}}, afterlife.Account{Source: s, MovedTo: there}, account(newShelf(t, old+"/users/bob", "bob")))
	require.NoError(t, door.Verify(t.Context()))
	assert.NotZero(t, report.LeftOut[afterlife.Unsayable])
	assert.NotZero(t, report.LeftOut[afterlife.BadTarget])
	assert.NotZero(t, report.LeftOut[afterlife.ForeignID])
	assert.NotZero(t, report.LeftOut[afterlife.NotTheirs])
	assert.NotZero(t, report.LeftOut[afterlife.Taken])
	h := afterlife.Handler(door, nil, nil)
	assert.Contains(t, ask(t, h, string(alice), forActivity).body, `"type":"Person"`, "no post takes the place of an account")
	assert.Contains(t, ask(t, h, old+"/users/bob", forActivity).body, "The bob", "nor of another")
	for _, u := range urls {
		for _, accept := range []string{forActivity, forPage} {
			got := ask(t, h, string(u), accept)
			if got.location != "" {
				assert.True(t, strings.HasPrefix(got.location+"/", "https://new.example/"), "%q leads to %q", u, got.location)
				assert.NotContains(t, got.location, "evil.example/1")
			}
			if strings.HasPrefix(got.kind, "text/html") {
				assert.NotContains(t, got.body, "<script", u)
				assert.NotContains(t, got.body, "<img", u)
				assert.NotContains(t, got.body, "RUN", u)
			}
		}
	}
	for path, is := range hostilePaths {
		u := old + (&url.URL{Path: path}).EscapedPath()
		if got := ask(t, h, u, forActivity); is {
			assert.Contains(t, []int{200, 301}, got.status, "%q", path)
		} else if !strings.Contains(path, "..") {
			assert.Contains(t, []int{404}, got.status, "%q", path)
		}
	}
	all := withStatic(t, path, door)
	for _, secret := range []string{"HOSTILE-PRIVATE-TEXT", "HOSTILE-SECOND-TEXT", "/p/secret", "SECRET-OF"} {
		assert.False(t, bytes.Contains(all, []byte(secret)), "%q is in the door file", secret)
	}
}

func TestNginxSaysTheSameOfHostileAccounts(t *testing.T) {
	s, maps, urls := hostile(t)
	path := doorPath(t)
	accounts := []afterlife.Account{{Source: s, MovedTo: there}, account(newShelf(t, old+"/users/bob", "bob")), account(newShelf(t, old+"/users/BOB", "BOB"))}
	forgotten := tombstones(t, path+".forgotten")
	for _, u := range urls[:len(urls):len(urls)] {
		// What nobody wrote, though it looks alike.
		urls = append(urls, vocab.IRI(strings.ToUpper(string(u)[len(old):])), vocab.IRI(strings.ToLower(string(u)[len(old):])), u+"/", u+"x", u+"?a=b", u+"%09301%20https://evil.example/%09%09")
	}
	for i, u := range urls {
		if strings.HasPrefix(string(u), "/") {
			urls[i] = vocab.IRI(old) + u
		}
	}
	for _, more := range []string{"/a%09b", "/%09301%20https://evil.example/%09%09%09%09/x", "/p/%2e/plain", "/p%2f..%2fp/plain", "/p/plain%2f", "/P/plain",
		"/p%2Fplain", "/.godwit/e/404.txt", "/.godwit/", "/server/nginx-rules.map", "/%00", "/?a=%09b", "/users/Bob", "/users/BOB", "/p/pl%61in", "/p/.", "/p/plain/.."} {
		urls = append(urls, vocab.IRI(old+more))
	}
	urls = sendable(urls)
	require.Greater(t, len(urls), 200)
	door, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{maps}}, accounts...)
	compare := func(door *afterlife.Door) map[int]int {
		static := filepath.Join(t.TempDir(), "static")
		written, err := afterlife.WriteStatic(t.Context(), door, static, &afterlife.StaticOptions{Tombstones: forgotten})
		require.NoError(t, err)
		assert.Zero(t, written.Unsaid)
		assert.NotZero(t, written.UnsaidElsewhere, "Caddy cannot be told all")
		both := newTwin(t, afterlife.Handler(door, forgotten, nil), nginxOver(t, static))
		both.same(urls)
		return both.statuses
	}
	before := compare(door)
	assert.Greater(t, before[200], 40)
	assert.Greater(t, before[301], 40)
	assert.Greater(t, before[404], 200)
	for _, u := range []string{"/p/case", "/p/$uri", "/p/%7Bbraces%7D"} {
		require.NoError(t, forgotten.Forget(door, vocab.IRI(old+u)))
	}
	again, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{maps}, Tombstones: forgotten}, accounts...)
	assert.GreaterOrEqual(t, compare(again)[410], 6)
	require.NoError(t, forgotten.Forget(again, alice))
	last, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{maps}, Tombstones: forgotten}, accounts...)
	assert.Greater(t, compare(last)[410], 80)
}

// sendable leaves out what no client sends.
func sendable(urls []vocab.IRI) []vocab.IRI {
	var all []vocab.IRI
	for _, u := range urls {
		if parsed, err := url.Parse(string(u)); err == nil && parsed.Host != "" && !strings.Contains(parsed.Path, "\x00") && len(u) < 7000 {
			all = append(all, u.Document())
		}
	}
	return all
}

// Who answers there speaks for the whole server, as to those who issue certificates.
func TestNothingOfAnArchiveAnswersForTheHost(t *testing.T) {
	s := newShelf(t, alice, "alice")
	s.files["tok"] = []byte("TOKEN.thumbprint")
	n := note(status(1), public)
	s.add(portability.Content, n, portability.Medium{URL: old + "/.well-known/acme-challenge/TOKEN", Path: "tok", Size: -1})
	m := note(old+"/.well-known/matrix/server", public)
	m["m.server"] = "evil.example:443"
	s.add(portability.Content, m)
	s.files["robots"] = []byte("User-agent: *")
	s.add(portability.Content, note(status(2), public), portability.Medium{URL: old + "/Robots.txt", Path: "robots", Size: -1})
	s.add(portability.Content, note(old+"/NodeInfo/2.1", public))
	door, _ := built(t, doorPath(t), nil, account(s))
	h := afterlife.Handler(door, nil, nil)
	for _, path := range []string{"/.well-known/acme-challenge/TOKEN", "/.well-known/matrix/server", "/Robots.txt", "/NodeInfo/2.1"} {
		a := ask(t, h, old+path, "")
		assert.Equal(t, 404, a.status, "%s: %s", path, a.body)
	}
	assert.Equal(t, 200, ask(t, h, status(2), forActivity).status, "the post itself stays")
}
