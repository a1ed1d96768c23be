package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
)

const schema = "http://nodeinfo.diaspora.software/ns/schema/"

// jsonAnswer answers with a JSON document.
func jsonAnswer(kind, body string) http.HandlerFunc {
	return func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", kind)
		io.WriteString(out, body)
	}
}

func infoLinks(links ...string) string {
	var list []string
	for i := 0; i+1 < len(links); i += 2 {
		list = append(list, fmt.Sprintf(`{"rel":%q,"href":%q}`, links[i], links[i+1]))
	}
	return `{"links":[` + strings.Join(list, ",") + `]}`
}

// telling lets a.example say what it runs.
func telling(w *world, index, info string) {
	w.answer("https://a.example/.well-known/nodeinfo", jsonAnswer("application/json", index))
	w.answer("https://a.example/nodeinfo/2.0", jsonAnswer(`application/json; profile="`+schema+`2.0#"; charset=utf-8`, info))
}

func software(name, version string) string {
	return fmt.Sprintf(`{"version":"2.0","software":{"name":%q,"version":%q},"usage":{"users":{"total":3}}}`, name, version)
}

var ownLink = infoLinks(schema+"2.0", "https://a.example/nodeinfo/2.0")

func TestSoftware(t *testing.T) {
	for situation, test := range map[string]struct {
		index, info string
		want        client.Software
		err         error
	}{
		"Mastodon":                          {ownLink, software("mastodon", "4.5.1+glitch"), client.Software{Name: "mastodon", Version: "4.5.1+glitch"}, nil},
		"an odd name, as it stands":         {ownLink, software("Iceshrimp.NET", "2026.1 (x)"), client.Software{Name: "Iceshrimp.NET", Version: "2026.1 (x)"}, nil},
		"an old version":                    {infoLinks(schema+"1.0", "https://a.example/nodeinfo/2.0"), software("x", "1"), client.Software{Name: "x", Version: "1"}, nil},
		"by https":                          {infoLinks("https"+schema[4:]+"2.1", "https://a.example/nodeinfo/2.0"), software("x", "1"), client.Software{Name: "x", Version: "1"}, nil},
		"the newest of several":             {infoLinks(schema+"1.0", "https://a.example/1", schema+"2.0", "https://a.example/nodeinfo/2.0", "x:y", "https://a.example/2"), software("x", "1"), client.Software{Name: "x", Version: "1"}, nil},
		"no version":                        {ownLink, `{"software":{"name":"x"}}`, client.Software{Name: "x"}, nil},
		"a version with a line break":       {ownLink, software("x", "1\n2"), client.Software{Name: "x"}, nil},
		"a version that clears the screen":  {ownLink, `{"software":{"name":"x","version":"\u001b[2J"}}`, client.Software{Name: "x"}, nil},
		"an endless version":                {ownLink, software("x", strings.Repeat("1", 300)), client.Software{Name: "x"}, nil},
		"no links":                          {`{"links":[]}`, "", client.Software{}, actor.ErrNotFound},
		"no known version":                  {infoLinks(schema+"9.0", "https://a.example/nodeinfo/2.0"), "", client.Software{}, actor.ErrNotFound},
		"on another origin":                 {infoLinks(schema+"2.0", "https://evil.example/nodeinfo/2.0"), "", client.Software{}, actor.ErrRedirected},
		"on another port":                   {infoLinks(schema+"2.0", "https://a.example:8443/nodeinfo/2.0"), "", client.Software{}, actor.ErrRedirected},
		"by http":                           {infoLinks(schema+"2.0", "http://a.example/nodeinfo/2.0"), "", client.Software{}, actor.ErrRedirected},
		"a file":                            {infoLinks(schema+"2.0", "file:///etc/passwd"), "", client.Software{}, actor.ErrRedirected},
		"a relative link":                   {infoLinks(schema+"2.0", "/nodeinfo/2.0"), "", client.Software{}, actor.ErrRedirected},
		"a link with a name in it":          {infoLinks(schema+"2.0", "https://a.example@evil.example/nodeinfo/2.0"), "", client.Software{}, actor.ErrRedirected},
		"an index that is no JSON":          {`<html>`, "", client.Software{}, actor.ErrMalformed},
		"an index that is a list":           {`[]`, "", client.Software{}, actor.ErrMalformed},
		"an index with links of other kind": {`{"links":{"rel":"x"}}`, "", client.Software{}, actor.ErrMalformed},
		"an index nested without end":       {strings.Repeat(`{"a":`, 20_000), "", client.Software{}, actor.ErrMalformed},
		"an index that is too large":        {`{"links":[],"x":"` + strings.Repeat("x", 600<<10) + `"}`, "", client.Software{}, actor.ErrTooLarge},
		"an index larger than is read":      {`{"links":[],"x":"` + strings.Repeat("x", 2<<20) + `"}`, "", client.Software{}, actor.ErrTooLarge},
		"no software":                       {ownLink, `{}`, client.Software{}, actor.ErrMalformed},
		"a name that is a number":           {ownLink, `{"software":{"name":5}}`, client.Software{}, actor.ErrMalformed},
		"a name twice":                      {ownLink, `{"software":{"name":"x","name":"y"}}`, client.Software{}, actor.ErrMalformed},
		"a name with a tag":                 {ownLink, software("<b>", "1"), client.Software{}, actor.ErrMalformed},
		"a name of another script":          {ownLink, software("mаstodon", "1"), client.Software{}, actor.ErrMalformed},
		"an endless name":                   {ownLink, software(strings.Repeat("x", 65), "1"), client.Software{}, actor.ErrMalformed},
	} {
		t.Run(situation, func(t *testing.T) {
			c, w, _ := setup(client.Options{})
			telling(w, test.index, test.info)
			got, err := c.Software(t.Context(), "https://a.example")
			assert.Equal(t, test.want, got)
			assert.Zero(t, w.count("evil"), "another origin was asked")
			if test.err == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.err)
			assert.False(t, fetchError(t, err).Temporary())
			assert.NotContains(t, err.Error(), "<", "nothing of the answer stands in the error")
		})
	}
}

func TestSoftwareBehindRedirects(t *testing.T) {
	to := func(url string) http.HandlerFunc {
		return func(out http.ResponseWriter, r *http.Request) { http.Redirect(out, r, url, http.StatusFound) }
	}
	c, w, _ := setup(client.Options{})
	w.answer("https://a.example/.well-known/nodeinfo", to("https://social.a.example/.well-known/nodeinfo"))
	w.answer("https://social.a.example/.well-known/nodeinfo", jsonAnswer("application/jrd+json", infoLinks(schema+"2.1", "https://social.a.example/2.1")))
	w.answer("https://social.a.example/2.1", jsonAnswer("application/json", software("akkoma", "3")))
	got, err := c.Software(t.Context(), "https://a.example")
	require.NoError(t, err, "an origin may say that another speaks for it")
	assert.Equal(t, "akkoma", got.Name)

	w.answer("https://b.example/.well-known/nodeinfo", jsonAnswer("application/json", infoLinks(schema+"2.1", "https://b.example/2.1")))
	w.answer("https://b.example/2.1", to("https://social.a.example/2.1"))
	_, err = c.Software(t.Context(), "https://b.example")
	require.ErrorIs(t, err, actor.ErrRedirected, "the second document is somebody else's")
}

func TestSoftwareIsKeptForADay(t *testing.T) {
	c, w, k := setup(client.Options{})
	telling(w, ownLink, software("mastodon", "4.5"))
	for range 3 {
		got, err := c.Software(t.Context(), "https://A.example:443/users/alice?x")
		require.NoError(t, err)
		assert.Equal(t, "mastodon", got.Name)
	}
	assert.Len(t, w.requests(), 2)
	telling(w, ownLink, software("gotosocial", "0.20"))
	k.Pass(24*time.Hour - time.Second)
	got, err := c.Software(t.Context(), "https://a.example")
	require.NoError(t, err)
	assert.Equal(t, "mastodon", got.Name)
	k.Pass(time.Second)
	got, err = c.Software(t.Context(), "https://a.example")
	require.NoError(t, err)
	assert.Equal(t, "gotosocial", got.Name, "a day later it is asked again")
}

func TestSoftwareThatCannotBeHad(t *testing.T) {
	const index = "https://a.example/.well-known/nodeinfo"
	for situation, test := range map[string]struct {
		set   func(*world)
		err   error
		again time.Duration // before then it is not asked
	}{
		"none":          {func(w *world) {}, actor.ErrNotFound, time.Hour},
		"hidden":        {func(w *world) { w.status(index, http.StatusForbidden) }, actor.ErrForbidden, time.Hour},
		"a page":        {func(w *world) { w.answer(index, jsonAnswer("text/html", `{"links":[]}`)) }, actor.ErrMalformed, time.Hour},
		"down":          {func(w *world) { w.status(index, http.StatusInternalServerError) }, actor.ErrUnavailable, 30 * time.Second},
		"asked to wait": {func(w *world) { w.status(index, http.StatusTooManyRequests, "Retry-After", "600") }, actor.ErrUnavailable, 10 * time.Minute},
		"half there":    {func(w *world) { telling(w, ownLink, ""); w.status("https://a.example/nodeinfo/2.0", 503) }, actor.ErrUnavailable, 30 * time.Second},
	} {
		t.Run(situation, func(t *testing.T) {
			c, w, k := setup(client.Options{})
			test.set(w)
			_, err := c.Software(t.Context(), "https://a.example")
			require.ErrorIs(t, err, test.err)
			asked := len(w.requests())
			k.Pass(test.again - time.Second)
			_, err = c.Software(t.Context(), "https://a.example")
			require.ErrorIs(t, err, test.err)
			assert.Len(t, w.requests(), asked)
			k.Pass(time.Second)
			telling(w, ownLink, software("snac", "2"))
			got, err := c.Software(t.Context(), "https://a.example")
			require.NoError(t, err)
			assert.Equal(t, "snac", got.Name)
		})
	}
	c, w, _ := setup(client.Options{})
	for _, none := range []string{"", "a.example", "ftp://a.example", "did:key:z6Mk"} {
		_, err := c.Software(t.Context(), none)
		require.ErrorIs(t, err, actor.ErrScheme, none)
	}
	assert.Empty(t, w.requests())
}

func TestSoftwareOfAPrivateAddress(t *testing.T) {
	_, err := client.New(nil).Software(t.Context(), "http://127.0.0.1:9")
	require.ErrorIs(t, err, actor.ErrPrivate)
}

func TestSoftwareIsAskedOnceByMany(t *testing.T) {
	c, w, _ := setup(client.Options{})
	telling(w, ownLink, software("mastodon", "4.5"))
	w.hold = make(chan struct{})
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, err := c.Software(gone, "https://a.example")
	require.ErrorIs(t, err, context.Canceled)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			got, err := c.Software(t.Context(), "https://a.example")
			assert.NoError(t, err, "that somebody else did not wait says nothing of the origin")
			assert.Equal(t, "mastodon", got.Name)
		})
	}
	require.Eventually(t, func() bool { return len(w.requests()) == 2 }, 5*time.Second, time.Millisecond)
	close(w.hold)
	all.Wait()
	assert.Equal(t, 1, w.count("nodeinfo/2.0"))
}

func FuzzSoftware(f *testing.F) {
	f.Add(ownLink, software("mastodon", "4.5"))
	f.Add(infoLinks(schema+"2.0", "https://a.example@evil.example/"), `{"software":{"name":"x","version":"\u001b"}}`)
	f.Add(`{"links":[{"rel":5}]}`, `{"software":[]}`)
	f.Fuzz(func(t *testing.T, index, info string) {
		c, w, _ := setup(client.Options{})
		telling(w, index, info)
		got, err := c.Software(t.Context(), "https://a.example")
		if err == nil && (got.Name == "" || strings.ContainsAny(got.Name, "<>&\"'\n\x1b")) {
			t.Fatalf("a name that is none: %q", got)
		}
		if strings.ContainsAny(got.Version, "\n\r\x1b") {
			t.Fatalf("a version that is no line: %q", got)
		}
		for _, asked := range w.requests() {
			if !strings.HasPrefix(asked, "GET https://a.example/") && !strings.HasPrefix(asked, "GET https://a.example?") &&
				!strings.EqualFold(asked, "GET https://a.example") {
				t.Fatalf("another origin was asked: %s", asked)
			}
		}
	})
}
