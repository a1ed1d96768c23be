package afterlife_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	forActivity = "application/activity+json"
	forPage     = "text/html,application/xhtml+xml,*/*;q=0.8"
)

type said struct {
	status               int
	location, kind, body string
	header               http.Header
}

// ask asks a handler for a URL.
func ask(t testing.TB, h http.Handler, url, accept string) said {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	answer := w.Result()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return said{answer.StatusCode, answer.Header.Get("Location"), answer.Header.Get("Content-Type"), string(body), answer.Header}
}

func TestHandler(t *testing.T) {
	posts := index(t, mapping(vocab.IRI(status(1)), "https://new.example/notes/1", portability.ForPublic),
		mapping(vocab.IRI(status(4)), "https://new.example/notes/4", portability.ForFollowers))
	door, report := built(t, doorPath(t), &afterlife.Options{Maps: []afterlife.Map{posts}}, afterlife.Account{Source: aShelf(t), MovedTo: there})
	require.NoError(t, door.Verify(t.Context()))
	assert.EqualValues(t, 4, report.Objects, "two public, one unlisted, one share")
	assert.EqualValues(t, 2, report.LeftOut[afterlife.NotPublic])
	h := afterlife.Handler(door, nil, nil)
	old := "https://old.example"
	for name, c := range map[string]struct {
		url, accept    string
		status         int
		location, kind string
		has            string
	}{
		"the actor":                        {string(alice), forActivity, 200, "", forActivity, `"movedTo":"https://new.example/users/alice"`},
		"the actor for who says nothing":   {string(alice), "", 200, "", forActivity, `"preferredUsername":"alice"`},
		"the actor for people":             {string(alice), forPage, 301, string(there), "", ""},
		"the profile for people":           {old + "/@alice", forPage, 301, string(there), "", ""},
		"the profile for servers":          {old + "/@alice", forActivity, 200, "", forActivity, `"preferredUsername":"alice"`},
		"a post that moved":                {status(1), forPage, 301, "https://new.example/notes/1", "", ""},
		"a post that moved, for servers":   {status(1), forActivity, 301, "https://new.example/notes/1", "", ""},
		"its page":                         {old + "/@alice/1", forPage, 301, "https://new.example/notes/1", "", ""},
		"another form of it":               {old + "/web/@alice/1", forPage, 301, "https://new.example/notes/1", "", ""},
		"a post without a new place":       {status(2), forActivity, 200, "", forActivity, "text of 2"},
		"its page for people":              {status(2), forPage, 200, "", "text/html; charset=utf-8", "<p>text of 2</p>"},
		"an unlisted post":                 {status(3), forActivity, 200, "", forActivity, "text of 3"},
		"a post for followers":             {status(4), forActivity, 404, "", "text/plain; charset=utf-8", "not found\n"},
		"a post for one person":            {status(5), forPage, 404, "", "text/plain; charset=utf-8", "not found\n"},
		"what never was":                   {status(7), forActivity, 404, "", "text/plain; charset=utf-8", "not found\n"},
		"a share":                          {status(6) + "/activity", forActivity, 200, "", forActivity, `"object":"https://other.example/3"`},
		"the outbox":                       {string(alice) + "/outbox", forActivity, 200, "", forActivity, `"totalItems":4`},
		"the followers":                    {string(alice) + "/followers?page=1", forActivity, 200, "", forActivity, `"type":"OrderedCollection"`},
		"an inbox is not read":             {string(alice) + "/inbox", forActivity, 404, "", "text/plain; charset=utf-8", ""},
		"a picture":                        {old + "/system/one.png", "", 200, "", "image/png", string(png)},
		"a drawing is a download":          {old + "/system/draw.svg", "", 200, "", "application/octet-stream", "<svg"},
		"a picture of a post for fewer":    {old + "/system/hidden.png", "", 404, "", "text/plain; charset=utf-8", ""},
		"another host":                     {"https://else.example/users/alice", forActivity, 404, "", "text/plain; charset=utf-8", ""},
		"a way round":                      {old + "/users/./alice", forActivity, 404, "", "text/plain; charset=utf-8", ""},
		"a way out":                        {old + "/../users/alice", forActivity, 400, "", "text/plain; charset=utf-8", ""},
		"a handle":                         {old + "/.well-known/webfinger?resource=acct:Alice@old.example", "", 200, "", "application/jrd+json", `"href":"https://old.example/users/alice"`},
		"a handle of nobody":               {old + "/.well-known/webfinger?resource=acct:bob@old.example", "", 404, "", "text/plain; charset=utf-8", ""},
		"the actor as a resource":          {old + "/.well-known/webfinger?resource=https%3A%2F%2Fold.example%2Fusers%2Falice", "", 200, "", "application/jrd+json", `"subject":"acct:alice@old.example"`},
		"host-meta":                        {old + "/.well-known/host-meta", "", 200, "", "application/xrd+xml", "old.example"},
		"what runs here":                   {old + "/.well-known/nodeinfo", "", 200, "", "application/json", "https://old.example/nodeinfo/2.0"},
		"what runs here, the document":     {old + "/nodeinfo/2.0", "", 200, "", `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#"`, "godwit-afterlife"},
		"the form for claims, without any": {old + "/.godwit/claim", forPage, 404, "", "text/plain; charset=utf-8", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, h, c.url, c.accept)
			assert.Equal(t, c.status, got.status)
			assert.Equal(t, c.location, got.location)
			if c.kind == "application/xrd+xml" {
				assert.Contains(t, got.kind, c.kind)
			} else {
				assert.Equal(t, c.kind, got.kind)
			}
			assert.Contains(t, got.body, c.has)
		})
	}
	for _, file := range []string{"/system/one.png", "/system/draw.svg"} {
		got := ask(t, h, old+file, "")
		assert.Equal(t, "sandbox; default-src 'none'", got.header.Get("Content-Security-Policy"), file)
		assert.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"), file)
	}
	assert.Equal(t, "attachment", ask(t, h, old+"/system/draw.svg", "").header.Get("Content-Disposition"))
}
