package peer_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/peer"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// A victim is somebody who meets one unkindness: al, on the unkind host, and
// what the host answers.
type victim struct {
	*lab
	t    *testing.T
	n    int
	al   account
	base string
}

// get asks for an address of the host, and follows no redirect.
func (v victim) get(path string) (*http.Response, []byte, error) { return v.ask("GET", path, nil) }

func (v victim) ask(method, path string, header map[string]string) (*http.Response, []byte, error) {
	v.t.Helper()
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader(`{}`)
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	require.NoError(v.t, err)
	r.Header.Set("Accept", "application/activity+json")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	straight := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := straight.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	return answer, data, err
}

func (v victim) status(want int, method, path string) *http.Response {
	v.t.Helper()
	answer, _, err := v.ask(method, path, nil)
	require.NoError(v.t, err)
	assert.Equal(v.t, want, answer.StatusCode, "%s %s", method, path)
	return answer
}

func (v victim) path() string { return "/users/" + strings.Split(v.al.Handle, "@")[1] }

// follows makes a new account of the tested server ask to follow al.
func (v victim) follows() (name string, id vocab.IRI) {
	v.t.Helper()
	name = fmt.Sprintf("fan%d", v.n)
	id, err := v.tested.Create(v.t.Context(), name, false)
	require.NoError(v.t, err)
	require.NoError(v.t, v.tested.FollowAs(v.t.Context(), name, v.al.ID))
	return name, id
}

// received are the entries of the host's journal.
func (v victim) received(kind string) (entries []peer.Entry) {
	v.t.Helper()
	v.must("GET", "/v1/received?"+url.Values{"host": {v.hosts[0]}, "type": {kind}, "object": {string(v.al.ID)}}.Encode(), nil, &entries)
	return entries
}

// probes say what each unkindness looks like from outside.
var probes = map[string]struct {
	seconds float64
	look    func(v victim)
}{
	"busy": {7, func(v victim) {
		assert.Equal(v.t, "7", v.status(429, "POST", "/inbox").Header.Get("Retry-After"))
		v.status(200, "GET", v.path())
	}},
	"down": {3, func(v victim) {
		assert.Equal(v.t, "3", v.status(503, "GET", v.path()).Header.Get("Retry-After"))
		v.status(503, "POST", "/inbox")
		v.status(503, "GET", "/.well-known/nodeinfo")
	}},
	"gone":     {0, func(v victim) { v.status(410, "GET", v.path()) }},
	"no-inbox": {0, func(v victim) { v.status(404, "POST", "/inbox") }},
	"deaf": {0, func(v victim) {
		v.status(202, "POST", "/inbox")
		name, _ := v.follows()
		v.eventually("the Follow is taken", func() bool { return len(v.received("Follow")) == 1 })
		assert.Empty(v.t, v.following(name))
	}},
	"drop": {0, func(v victim) {
		_, _, err := v.get(v.path())
		assert.ErrorIs(v.t, err, io.EOF)
	}},
	"drop-inbox": {0, func(v victim) {
		_, _, err := v.ask("POST", "/inbox", nil)
		assert.ErrorIs(v.t, err, io.EOF)
		_, id := v.follows()
		v.expects(v.al, "follower", string(id))
	}},
	"slow-answer": {0.3, func(v victim) {
		began := time.Now()
		v.status(200, "GET", v.path())
		assert.GreaterOrEqual(v.t, time.Since(began), 300*time.Millisecond)
	}},
	"slow-body": {0.3, func(v victim) {
		began := time.Now()
		_, data, err := v.get(v.path())
		require.NoError(v.t, err)
		assert.GreaterOrEqual(v.t, time.Since(began), 250*time.Millisecond)
		assert.Contains(v.t, string(data), `"inbox"`, "the whole document comes")
	}},
	"endless-body": {0, func(v victim) {
		_, data, err := v.get(v.path())
		require.NoError(v.t, err)
		assert.Len(v.t, data, 4<<20, "it does not end before we do")
		_, err = v.tested.Client().FetchFresh(v.t.Context(), v.al.ID)
		assert.ErrorIs(v.t, err, actor.ErrTooLarge)
	}},
	"short-body": {0, func(v victim) {
		_, _, err := v.get(v.path())
		assert.ErrorIs(v.t, err, io.ErrUnexpectedEOF)
	}},
	"gzip-bomb": {0, func(v victim) {
		answer, data, err := v.get(v.path())
		require.NoError(v.t, err)
		assert.True(v.t, answer.Uncompressed)
		assert.Len(v.t, data, 4<<20)
		_, err = v.tested.Client().FetchFresh(v.t.Context(), v.al.ID)
		assert.ErrorIs(v.t, err, actor.ErrTooLarge)
	}},
	"html": {0, func(v victim) {
		assert.Contains(v.t, v.status(200, "GET", v.path()).Header.Get("Content-Type"), "text/html")
		_, err := v.tested.Client().FetchFresh(v.t.Context(), v.al.ID)
		assert.ErrorIs(v.t, err, actor.ErrContentType)
	}},
	"plain-json": {0, func(v victim) {
		assert.Equal(v.t, "application/json", v.status(200, "GET", v.path()).Header.Get("Content-Type"))
	}},
	"redirect-loop": {0, func(v victim) {
		assert.Equal(v.t, v.path(), v.status(302, "GET", v.path()).Header.Get("Location"))
		_, err := v.tested.Client().FetchFresh(v.t.Context(), v.al.ID)
		assert.ErrorIs(v.t, err, actor.ErrRedirects)
	}},
	"redirect-private": {0, func(v victim) {
		_, err := v.tested.Client().FetchFresh(v.t.Context(), v.al.ID)
		assert.ErrorIs(v.t, err, actor.ErrPrivate)
		var trapped []peer.Entry
		v.must("GET", "/v1/received?host=trap", nil, &trapped)
		assert.Empty(v.t, trapped)
		careless, err := http.Get(v.base + v.path())
		require.NoError(v.t, err)
		careless.Body.Close()
		v.must("GET", "/v1/received?host=trap", nil, &trapped)
		assert.Len(v.t, trapped, 1, "who follows the redirect is noted")
	}},
	"signed-gets": {0, func(v victim) {
		v.status(401, "GET", v.path())
		v.status(200, "GET", "/users/reader")
		_, err := v.tested.Client().FetchFresh(v.t.Context(), v.al.ID)
		assert.NoError(v.t, err, "who signs is shown the document")
	}},
	"cavage-only": {0, func(v victim) {
		answer, data, err := v.ask("POST", "/inbox", map[string]string{"Signature-Input": `sig1=();keyid="x"`, "Signature": "sig1=:AA==:"})
		require.NoError(v.t, err)
		assert.Equal(v.t, 401, answer.StatusCode)
		assert.Contains(v.t, string(data), "draft-cavage only")
		_, id := v.follows()
		v.expects(v.al, "follower", string(id))
	}},
	"rfc9421-only": {0, func(v victim) {
		_, id := v.follows()
		v.expects(v.al, "follower", string(id))
		for _, e := range v.received("Follow") {
			assert.Equal(v.t, e.Signature.Scheme == "rfc9421", e.Status == 202, "%s is answered %d", e.Signature.Scheme, e.Status)
		}
		v.status(401, "POST", "/inbox")
	}},
	"webfinger-missing": {0, func(v victim) {
		v.status(404, "GET", "/.well-known/webfinger?resource=acct:"+v.al.Handle[1:])
		v.status(200, "GET", v.path())
	}},
	"webfinger-garbled": {0, func(v victim) {
		_, data, err := v.get("/.well-known/webfinger?resource=acct:" + v.al.Handle[1:])
		require.NoError(v.t, err)
		_, err = vocab.Parse(data)
		assert.ErrorIs(v.t, err, vocab.ErrSyntax)
	}},
	"webfinger-elsewhere": {0, func(v victim) {
		_, data, err := v.get("/.well-known/webfinger?resource=acct:" + v.al.Handle[1:])
		require.NoError(v.t, err)
		assert.Contains(v.t, string(data), "/users/reader")
		assert.NotContains(v.t, string(data), string(v.al.ID))
	}},
	"late-accept": {0.3, func(v victim) {
		began := time.Now()
		_, id := v.follows()
		v.expects(v.al, "request", string(id))
		v.expects(v.al, "follower", string(id))
		assert.GreaterOrEqual(v.t, time.Since(began), 300*time.Millisecond)
	}},
	"reject": {0, func(v victim) {
		name, id := v.follows()
		v.eventually("the Follow comes", func() bool { return len(v.received("Follow")) == 1 })
		v.eventually("the Reject arrives", func() bool {
			in, err := v.tested.Received(v.t.Context(), 0)
			require.NoError(v.t, err)
			return len(in) > 0 && in[len(in)-1].Type == "Reject" && in[len(in)-1].Actor == v.al.ID
		})
		assert.Empty(v.t, v.following(name))
		v.expects(v.al, "not.request", string(id))
	}},
	"no-answer": {0, func(v victim) {
		_, id := v.follows()
		v.expects(v.al, "request", string(id))
		v.expects(v.al, "not.follower", string(id))
	}},
	"undo-first": {3600, func(v victim) {
		ctx := v.t.Context()
		old, err := v.tested.Create(ctx, fmt.Sprintf("old%d", v.n), false)
		require.NoError(v.t, err)
		next, err := v.tested.Create(ctx, fmt.Sprintf("new%d", v.n), false)
		require.NoError(v.t, err)
		require.NoError(v.t, v.tested.Alias(ctx, fmt.Sprintf("new%d", v.n), old))
		v.must("POST", "/v1/accounts/"+v.al.Handle+"/follow", map[string]any{"target": old}, nil)
		v.expects(v.al, "follows", string(old))
		_, err = v.tested.Depart(ctx, fmt.Sprintf("old%d", v.n), next)
		require.NoError(v.t, err)
		v.expects(v.al, "not.follows", string(old))
		v.expects(v.al, "not.follows", string(next))
		v.eventually("the Undo arrives", func() bool {
			ids, err := v.tested.Followers(ctx, fmt.Sprintf("old%d", v.n))
			return err == nil && len(ids) == 0
		})
		ids, err := v.tested.Followers(ctx, fmt.Sprintf("new%d", v.n))
		require.NoError(v.t, err)
		assert.Empty(v.t, ids, "the Follow has not been sent")
	}},
	"bare-alias": {0, func(v victim) {
		v.must("PATCH", "/v1/accounts/"+v.al.Handle, map[string]any{"aliases": []string{"https://old.example/al"}}, nil)
		_, data, err := v.get(v.path())
		require.NoError(v.t, err)
		assert.Contains(v.t, string(data), `"alsoKnownAs":"https://old.example/al"`)
	}},
	"no-moved-to": {0, func(v victim) {
		v.must("PATCH", "/v1/accounts/"+v.al.Handle, map[string]any{"movedTo": "https://new.example/al"}, nil)
		_, data, err := v.get(v.path())
		require.NoError(v.t, err)
		assert.NotContains(v.t, string(data), "https://new.example/al")
	}},
	"no-shared-inbox": {0, func(v victim) {
		_, data, err := v.get(v.path())
		require.NoError(v.t, err)
		assert.NotContains(v.t, string(data), "sharedInbox")
	}},
	"key-path": {0, func(v victim) {
		_, data, err := v.get(v.path())
		require.NoError(v.t, err)
		assert.Contains(v.t, string(data), `"`+string(v.al.ID)+`/main-key"`)
		assert.NotContains(v.t, string(data), "#main-key")
		_, data, err = v.get(v.path() + "/main-key")
		require.NoError(v.t, err)
		assert.Contains(v.t, string(data), `"publicKeyPem"`)
		assert.NotContains(v.t, string(data), `"inbox"`, "it is a stub")
		name, id := v.follows()
		v.expects(v.al, "follower", string(id))
		v.eventually("an Accept signed with it is believed", func() bool { return contains(v.following(name), v.al.ID) })
	}},
}

// Each unkindness shows what it says, and ends.
func TestUnkindnesses(t *testing.T) {
	var all []peer.Unkindness
	l := open(t, move.Rules{})
	l.must("GET", "/v1/unkindnesses", nil, &all)
	require.NotEmpty(t, all)
	require.Len(t, probes, len(all))
	for i, u := range all {
		t.Run(u.Name, func(t *testing.T) {
			probe, found := probes[u.Name]
			require.True(t, found, "nothing looks at it")
			v := victim{lab: l, t: t, n: i, al: l.create(0, fmt.Sprintf("al%d", i), nil), base: "http://" + l.hosts[0]}
			setting := map[string]any{"name": u.Name}
			if probe.seconds > 0 {
				setting["seconds"] = probe.seconds
			}
			l.must("PUT", "/v1/hosts/"+l.hosts[0]+"/unkind", setting, nil)
			probe.look(v)
			l.must("DELETE", "/v1/hosts/"+l.hosts[0]+"/unkind", nil, nil)
			v.status(200, "GET", v.path())
			_, data, err := v.get(v.path())
			require.NoError(t, err)
			assert.Contains(t, string(data), "#main-key")
			assert.Contains(t, string(data), "sharedInbox")
		})
	}
}

func TestUnkindnessesAreCounted(t *testing.T) {
	l := open(t, move.Rules{})
	v := victim{lab: l, t: t, al: l.create(0, "al", nil), base: "http://" + l.hosts[0]}
	unkind := "/v1/hosts/" + l.hosts[0] + "/unkind"
	l.must("PUT", unkind, map[string]any{"name": "down", "times": 2}, nil)
	v.status(503, "GET", v.path())
	v.status(503, "GET", v.path())
	v.status(200, "GET", v.path())

	l.must("PUT", unkind, map[string]any{"name": "down"}, nil)
	l.must("PUT", unkind, map[string]any{"name": "reject"}, nil)
	v.status(200, "GET", v.path())

	assert.Equal(t, 404, l.call("PUT", unkind, map[string]any{"name": "rude"}, nil))
	assert.Equal(t, 400, l.call("PUT", unkind, map[string]any{"name": "reject", "times": 1}, nil), "what is on or off counts nothing")
	assert.Equal(t, 400, l.call("PUT", unkind, map[string]any{}, nil))
	assert.Equal(t, 404, l.call("PUT", "/v1/hosts/nowhere.test/unkind", map[string]any{"name": "down"}, nil))
}

// Closing the peer does not wait for an answer that never ends.
func TestCloseEndsEndlessAnswers(t *testing.T) {
	l := open(t, move.Rules{})
	al := l.create(0, "al", nil)
	l.must("PUT", "/v1/hosts/"+l.hosts[0]+"/unkind", map[string]any{"name": "endless-body"}, nil)
	answer, err := http.Get(string(al.ID))
	require.NoError(t, err)
	defer answer.Body.Close()
	_, err = io.ReadFull(answer.Body, make([]byte, 1<<20))
	require.NoError(t, err, "the answer is under way")

	l.close()

	_, err = io.Copy(io.Discard, answer.Body)
	assert.Error(t, err, "the answer ends")
}
