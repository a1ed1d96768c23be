package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

const alice = vocab.IRI("https://a.example/alice")

func fetchError(t *testing.T, err error) *actor.FetchError {
	t.Helper()
	failure, ok := errors.AsType[*actor.FetchError](err)
	require.True(t, ok, "not a FetchError: %v", err)
	return failure
}

func TestFetchKeepsBytes(t *testing.T) {
	c, w, _ := setup(client.Options{})
	body := " {\"id\":\"https://a.example/alice\" , \"x\":1.0}\n"
	w.document(string(alice), body)
	o, err := c.Fetch(t.Context(), alice+"#main-key")
	require.NoError(t, err)
	assert.Equal(t, body, string(o.Bytes()))
	assert.Equal(t, []string{"GET " + string(alice)}, w.requests(), "the fragment was sent")
	assert.Equal(t, `application/ld+json; profile="https://www.w3.org/ns/activitystreams",application/activity+json`, w.heads[0].Get("Accept"))
}

func TestContentTypes(t *testing.T) {
	for value, taken := range map[string]bool{
		"application/activity+json":                                                               true,
		"Application/Activity+JSON; charset=utf-8":                                                true,
		`application/ld+json; profile="https://www.w3.org/ns/activitystreams"`:                    true,
		`application/ld+json; profile=https://www.w3.org/ns/activitystreams`:                      true,
		`application/ld+json;charset=utf-8;profile='https://www.w3.org/ns/activitystreams'`:       true,
		`application/ld+json; profile="https://w3id.org/x https://www.w3.org/ns/activitystreams"`: true,
		`application/ld+json; profile="https://www.w3.org/ns/activitystreams-evil"`:               false,
		`application/ld+json`:                  false,
		`application/json`:                     false,
		`text/html`:                            false,
		`application/activity+json, text/html`: false,
		`image/png; application/activity+json`: false,
		``:                                     false,
	} {
		c, w, _ := setup(client.Options{})
		w.answer(string(alice), func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Content-Type", value)
			io.WriteString(out, `{"id":"https://a.example/alice"}`)
		})
		_, err := c.Fetch(t.Context(), alice)
		if taken {
			assert.NoError(t, err, value)
			continue
		}
		assert.ErrorIs(t, err, actor.ErrContentType, value)
	}
	c, w, _ := setup(client.Options{})
	w.answer(string(alice), func(out http.ResponseWriter, _ *http.Request) {
		out.Header()["Content-Type"] = []string{as2, "text/html"}
		io.WriteString(out, `{"id":"https://a.example/alice"}`)
	})
	_, err := c.Fetch(t.Context(), alice)
	assert.ErrorIs(t, err, actor.ErrContentType, "two content types")
}

func TestOriginOfDocuments(t *testing.T) {
	redirect := func(w *world, from, to string) { w.status(from, http.StatusFound, "Location", to) }
	for situation, c := range map[string]struct {
		arrange func(*world)
		want    error
		id      vocab.IRI
	}{
		"the id that was asked for":     {func(w *world) { w.document(string(alice), `{"id":"https://a.example/alice"}`) }, nil, alice},
		"another id on the same origin": {func(w *world) { w.document(string(alice), `{"id":"https://a.example/users/1"}`) }, nil, "https://a.example/users/1"},
		"an id on another origin":       {func(w *world) { w.document(string(alice), `{"id":"https://b.example/alice"}`) }, actor.ErrRedirected, ""},
		"an id on another port":         {func(w *world) { w.document(string(alice), `{"id":"https://a.example:8443/alice"}`) }, actor.ErrRedirected, ""},
		"an id in another scheme":       {func(w *world) { w.document(string(alice), `{"id":"http://a.example/alice"}`) }, actor.ErrRedirected, ""},
		"an id that is no URL":          {func(w *world) { w.document(string(alice), `{"id":"did:key:z6Mk"}`) }, actor.ErrRedirected, ""},
		"no id":                         {func(w *world) { w.document(string(alice), `{"type":"CollectionPage"}`) }, nil, ""},
		"redirected, and the id is there": {func(w *world) {
			redirect(w, string(alice), "https://b.example/alice")
			w.document("https://b.example/alice", `{"id":"https://b.example/alice"}`)
		}, nil, "https://b.example/alice"},
		"redirected away from the id": {func(w *world) {
			redirect(w, string(alice), "https://b.example/copy")
			w.document("https://b.example/copy", `{"id":"https://a.example/alice"}`)
		}, actor.ErrRedirected, ""},
		"redirected, and no id": {func(w *world) {
			redirect(w, string(alice), "https://b.example/copy")
			w.document("https://b.example/copy", `{"type":"Person"}`)
		}, actor.ErrRedirected, ""},
		"by another origin and back": {func(w *world) {
			redirect(w, string(alice), "https://b.example/")
			redirect(w, "https://b.example/", "https://a.example/real")
			w.document("https://a.example/real", `{"id":"https://a.example/alice"}`)
		}, nil, alice},
		"a loop":    {func(w *world) { redirect(w, string(alice), string(alice)) }, actor.ErrRedirects, ""},
		"to a file": {func(w *world) { redirect(w, string(alice), "file:///etc/passwd") }, actor.ErrScheme, ""},
	} {
		t.Run(situation, func(t *testing.T) {
			cl, w, _ := setup(client.Options{})
			c.arrange(w)
			o, err := cl.Fetch(t.Context(), alice)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
				assert.False(t, fetchError(t, err).Temporary())
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.id, o.ID())
		})
	}
}

func TestStatuses(t *testing.T) {
	for status, want := range map[int]struct {
		err       error
		temporary bool
	}{
		401: {actor.ErrForbidden, false}, 403: {actor.ErrForbidden, false}, 404: {actor.ErrNotFound, false},
		410: {actor.ErrGone, false}, 418: {actor.ErrNotFound, false}, 408: {actor.ErrUnavailable, true},
		429: {actor.ErrUnavailable, true}, 500: {actor.ErrUnavailable, true}, 503: {actor.ErrUnavailable, true},
		304: {actor.ErrMalformed, false},
	} {
		c, w, _ := setup(client.Options{})
		w.status(string(alice), status)
		_, err := c.Fetch(t.Context(), alice+"?secret=1")
		require.Error(t, err)
		w.status(string(alice)+"?secret=1", status)
		_, err = c.FetchFresh(t.Context(), alice+"?secret=1")
		require.ErrorIs(t, err, want.err, status)
		failure := fetchError(t, err)
		assert.Equal(t, status, failure.StatusCode)
		assert.Equal(t, want.temporary, failure.Temporary(), status)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func TestBadDocuments(t *testing.T) {
	for situation, c := range map[string]struct {
		body string
		want error
	}{
		"no JSON":         {`<html>`, actor.ErrMalformed},
		"an array":        {`[]`, actor.ErrMalformed},
		"a name twice":    {`{"id":"https://a.example/alice","id":"https://a.example/bob"}`, actor.ErrMalformed},
		"nested too deep": {strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), actor.ErrMalformed},
		"too large":       {`{"a":"` + strings.Repeat("x", 1<<20) + `"}`, actor.ErrTooLarge},
		"nothing":         {``, actor.ErrMalformed},
	} {
		cl, w, _ := setup(client.Options{})
		w.document(string(alice), c.body)
		_, err := cl.Fetch(t.Context(), alice)
		require.ErrorIs(t, err, c.want, situation)
		assert.False(t, fetchError(t, err).Temporary(), situation)
	}
}

func TestWhatIsNeverFetched(t *testing.T) {
	c, w, _ := setup(client.Options{})
	for _, id := range []vocab.IRI{"", "did:key:z6Mk", "ftp://a.example/", "https://me:word@a.example/", "/alice", "https://"} {
		_, err := c.Fetch(t.Context(), id)
		require.ErrorIs(t, err, actor.ErrScheme, id)
		assert.NotContains(t, err.Error(), "word")
	}
	assert.Empty(t, w.requests())
}

func TestCaching(t *testing.T) {
	c, w, k := setup(client.Options{})
	w.document(string(alice), `{"id":"https://a.example/alice","v":1}`)
	first, err := c.Fetch(t.Context(), alice)
	require.NoError(t, err)
	w.document(string(alice), `{"id":"https://a.example/alice","v":2}`)
	k.Pass(59 * time.Second)
	cached, err := c.Fetch(t.Context(), alice)
	require.NoError(t, err)
	assert.Same(t, first, cached)

	fresh, err := c.FetchFresh(t.Context(), alice)
	require.NoError(t, err)
	assert.Contains(t, fresh.String(), `"v":2`)
	assert.Equal(t, "no-cache", w.heads[len(w.heads)-1].Get("Cache-Control"))
	assert.Equal(t, "GET "+string(alice), w.requests()[1], "going past caches must not touch the URL")
	cached, err = c.Fetch(t.Context(), alice)
	require.NoError(t, err)
	assert.Same(t, fresh, cached, "what was fetched fresh is what is cached")
	k.Pass(61 * time.Second)
	_, err = c.Fetch(t.Context(), alice)
	require.NoError(t, err)
	assert.Len(t, w.requests(), 3)
}

func TestFailuresAreRemembered(t *testing.T) {
	for situation, c := range map[string]struct {
		status int
		held   time.Duration
	}{"a lasting one": {404, 5 * time.Minute}, "a passing one": {500, 30 * time.Second}} {
		cl, w, k := setup(client.Options{})
		w.status(string(alice), c.status)
		for range 3 {
			_, err := cl.Fetch(t.Context(), alice)
			require.Error(t, err)
		}
		assert.Len(t, w.requests(), 1, situation)
		k.Pass(c.held - time.Second)
		cl.Fetch(t.Context(), alice)
		assert.Len(t, w.requests(), 1, situation)
		k.Pass(2 * time.Second)
		cl.Fetch(t.Context(), alice)
		assert.Len(t, w.requests(), 2, situation)
		_, err := cl.FetchFresh(t.Context(), alice)
		require.Error(t, err)
		assert.Len(t, w.requests(), 3, "FetchFresh goes past it: %s", situation)
	}
}

func TestRetryAfter(t *testing.T) {
	for situation, c := range map[string]struct {
		header        string
		told, shut    time.Duration
		nothingToHeed bool
	}{
		"seconds":   {header: "120", told: 2 * time.Minute, shut: 2 * time.Minute},
		"a date":    {header: "Sun, 22 Nov 2026 12:10:00 GMT", told: 10 * time.Minute, shut: 10 * time.Minute},
		"long":      {header: "43200", told: 12 * time.Hour, shut: time.Hour},
		"too long":  {header: "4294967295", told: 24 * time.Hour, shut: time.Hour},
		"past":      {header: "Sun, 22 Nov 2020 12:10:00 GMT", nothingToHeed: true},
		"negative":  {header: "-5", nothingToHeed: true},
		"nonsense":  {header: "soon", nothingToHeed: true},
		"overflown": {header: "99999999999999999999", nothingToHeed: true},
	} {
		t.Run(situation, func(t *testing.T) {
			cl, w, k := setup(client.Options{})
			w.status(string(alice), http.StatusTooManyRequests, "Retry-After", c.header)
			w.document("https://a.example/bob", `{"id":"https://a.example/bob"}`)
			_, err := cl.FetchFresh(t.Context(), alice)
			assert.Equal(t, c.told, fetchError(t, err).RetryAfter)
			_, err = cl.FetchFresh(t.Context(), "https://a.example/bob")
			if c.nothingToHeed {
				require.NoError(t, err)
				return
			}
			failure := fetchError(t, err)
			assert.Equal(t, 429, failure.StatusCode)
			assert.Equal(t, c.shut, failure.RetryAfter, "the whole origin is left alone")
			assert.True(t, failure.Temporary())
			assert.Len(t, w.requests(), 1)
			k.Pass(c.shut)
			_, err = cl.FetchFresh(t.Context(), "https://a.example/bob")
			require.NoError(t, err)
		})
	}
}

func TestIdenticalFetchesAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, w, _ := setup(client.Options{})
		w.document(string(alice), `{"id":"https://a.example/alice"}`)
		w.hold = make(chan struct{})
		giveUp, cancel := context.WithCancel(t.Context())
		impatient := make(chan error, 1)
		go func() {
			_, err := c.Fetch(giveUp, alice)
			impatient <- err
		}()
		synctest.Wait()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				_, err := c.Fetch(t.Context(), alice)
				assert.NoError(t, err)
			})
		}
		synctest.Wait()
		require.Len(t, w.requests(), 1, "identical fetches went out side by side")
		cancel()
		assert.ErrorIs(t, <-impatient, context.Canceled)
		synctest.Wait()
		require.Len(t, w.requests(), 2, "one, and only one, takes over from the one who gave up")
		close(w.hold)
		all.Wait()
		assert.Len(t, w.requests(), 2)
	})
}

func TestSignedFetch(t *testing.T) {
	bob := newPerson(t, "https://here.example/bob", 0)
	c, w, k := setup(client.Options{Signer: bob.signer})
	verifier, peers, _ := setup(client.Options{})
	peers.document(string(bob.id), bob.document())
	demand := func(url string, only client.Scheme, withoutQuery bool) {
		w.answer(url, func(out http.ResponseWriter, r *http.Request) {
			arrived := r.Clone(r.Context())
			if withoutQuery {
				arrived.URL.RawQuery = ""
			}
			arrived.Host = "here.example" // the verifier's own name in these tests
			v, err := verifier.Verify(r.Context(), arrived, nil)
			if err != nil || v.Scheme != only {
				out.WriteHeader(http.StatusUnauthorized)
				return
			}
			out.Header().Set("Content-Type", as2)
			io.WriteString(out, `{"id":"`+url+`"}`)
		})
	}
	demand("https://here.example/cavage?page=1", client.Cavage, false)
	demand("https://here.example/path?page=1", client.Cavage, true)
	demand("https://here.example/rfc", client.RFC9421, false)

	for _, url := range []vocab.IRI{"https://here.example/cavage?page=1", "https://here.example/path?page=1", "https://here.example/rfc"} {
		_, err := c.Fetch(t.Context(), url)
		require.NoError(t, err, url)
	}
	assert.Equal(t, 1, w.count("cavage"))
	assert.Equal(t, 2, w.count("path"), "with the query, then without it in the signature")
	assert.Equal(t, 2, w.count("rfc"), "draft-cavage first where nothing is known")
	k.Pass(time.Second)
	_, err := c.FetchFresh(t.Context(), "https://here.example/rfc")
	require.NoError(t, err)
	assert.Equal(t, 3, w.count("rfc"), "what it took is remembered")

	_, err = c.As(nil).Fetch(t.Context(), "https://here.example/rfc")
	require.ErrorIs(t, err, actor.ErrForbidden, "what one signer was shown must not be shown to another")
}

func TestUnkindServers(t *testing.T) {
	release := make(chan struct{})
	private := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a private address was reached") }))
	defer private.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", as2)
		switch r.URL.Path {
		case "/inwards":
			http.Redirect(w, r, private.URL+"/secret", http.StatusFound)
		case "/slow":
			io.WriteString(w, `{"id":`)
			w.(http.Flusher).Flush()
			<-release
		case "/endless":
			for {
				if _, err := io.WriteString(w, strings.Repeat(" ", 4096)); err != nil {
					return
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	c := client.New(&client.Options{Trusted: []string{host}, Timeout: time.Minute})
	defer c.CloseIdleConnections()
	impatient := client.New(&client.Options{Trusted: []string{host}, Timeout: 200 * time.Millisecond})
	defer impatient.CloseIdleConnections()
	for path, want := range map[string]error{
		"/inwards": actor.ErrPrivate, "/slow": actor.ErrTimeout, "/endless": actor.ErrTooLarge,
	} {
		asking := c
		if errors.Is(want, actor.ErrTimeout) {
			asking = impatient
		}
		_, err := asking.Fetch(t.Context(), vocab.IRI(server.URL+path))
		require.ErrorIs(t, err, want, path)
		assert.Equal(t, errors.Is(want, actor.ErrTimeout), fetchError(t, err).Temporary(), path)
	}
	_, err := c.Fetch(t.Context(), vocab.IRI(private.URL+"/x"))
	require.ErrorIs(t, err, actor.ErrPrivate)
	close(release)
	server.Close()
	_, err = c.FetchFresh(t.Context(), vocab.IRI(server.URL+"/x?token=abc"))
	require.ErrorIs(t, err, actor.ErrConnection)
	assert.True(t, fetchError(t, err).Temporary())
	assert.NotContains(t, err.Error(), "token")
}

func TestCachedDocumentsAreBounded(t *testing.T) {
	c, w, _ := setup(client.Options{CacheBytes: 20_000})
	for _, name := range []string{"1", "2", "3"} {
		id := "https://a.example/" + name
		w.document(id, `{"id":"`+id+`","x":"`+strings.Repeat("x", 8000)+`"}`)
	}
	w.document(string(alice), `{"id":"https://a.example/alice","x":"`+strings.Repeat("x", 30_000)+`"}`)
	fetch := func(id vocab.IRI) int {
		before := len(w.requests())
		_, err := c.Fetch(t.Context(), id)
		require.NoError(t, err)
		return len(w.requests()) - before
	}
	assert.Equal(t, 1, fetch("https://a.example/1"))
	assert.Equal(t, 1, fetch("https://a.example/2"))
	assert.Equal(t, 0, fetch("https://a.example/1"), "two fit")
	assert.Equal(t, 1, fetch("https://a.example/3"))
	assert.Equal(t, 0, fetch("https://a.example/1"), "the one used last stays")
	assert.Equal(t, 1, fetch("https://a.example/2"), "the one longest unused went")
	assert.Equal(t, 1, fetch(alice))
	assert.Equal(t, 1, fetch(alice), "what is larger than the whole cache is not kept")
}

func TestTheImpatientSayNothingOfAnOrigin(t *testing.T) {
	memory := actor.NewKeyMemory()
	c, w, k := setup(client.Options{Memory: memory})
	w.document(string(alice), `{"id":"https://a.example/alice"}`)
	w.hold = make(chan struct{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := c.Fetch(ctx, alice)
	require.ErrorIs(t, err, actor.ErrTimeout)
	k.Pass(8 * 24 * time.Hour)
	close(w.hold)
	_, err = c.Fetch(t.Context(), alice)
	require.NoError(t, err)
	record, _, err := memory.Origin(t.Context(), "https://a.example", "")
	require.NoError(t, err)
	assert.Zero(t, record.OutageFrom, "a caller's haste was taken for an outage")
}

// A listener is a KeyMemory that writes down what it is told of origins.
type listener struct {
	actor.KeyMemory
	told []bool
}

func (l *listener) Reached(_ context.Context, _ string, _ time.Time, answered bool) error {
	l.told = append(l.told, answered)
	return nil
}

type brokenSigner struct{ client.Signer }

func (brokenSigner) Sign(*http.Request, []byte, client.Signing) error {
	return errors.New("the key is in a safe that is shut")
}

func TestWhatAFailureSaysOfItsOrigin(t *testing.T) {
	away := httptest.NewServer(nil)
	away.Close()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, away.URL, http.StatusFound)
		case "/slow":
			w.(http.Flusher).Flush()
			<-release
		}
	}))
	defer server.Close()
	defer close(release)
	trusted := []string{strings.TrimPrefix(server.URL, "http://"), strings.TrimPrefix(away.URL, "http://")}
	for situation, test := range map[string]struct {
		id     string
		signer client.Signer
		want   []bool
	}{
		"it leads to a host that is away":       {server.URL + "/redirect", nil, []bool{true}},
		"it begins to answer and does not end":  {server.URL + "/slow", nil, []bool{true}},
		"it is away":                            {away.URL, nil, []bool{false}},
		"its name leads to a private address":   {"https://127.0.0.1:1/", nil, []bool{false}},
		"it was not asked, since nobody signed": {server.URL, brokenSigner{newPerson(t, alice, 0).signer}, nil},
	} {
		t.Run(situation, func(t *testing.T) {
			memory := &listener{KeyMemory: actor.NewKeyMemory()}
			c := client.New(&client.Options{Trusted: trusted, Timeout: 200 * time.Millisecond, Memory: memory, Signer: test.signer})
			defer c.CloseIdleConnections()
			_, err := c.Fetch(t.Context(), vocab.IRI(test.id))
			require.Error(t, err)
			assert.Equal(t, test.want, memory.told)
		})
	}
	t.Run("it leads to another that is down", func(t *testing.T) {
		memory := &listener{KeyMemory: actor.NewKeyMemory()}
		c, w, _ := setup(client.Options{Memory: memory})
		w.status(string(alice), http.StatusFound, "Location", "https://down.example/")
		w.status("https://down.example/", http.StatusBadGateway)
		_, err := c.Fetch(t.Context(), alice)
		require.ErrorIs(t, err, actor.ErrUnavailable)
		assert.Equal(t, []bool{true}, memory.told)
	})
}
