package webfinger_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/webfinger"
)

// A page is what one address answers; the zero status is 200.
type page struct {
	status int
	kind   string // "" means application/jrd+json
	body   string
	header http.Header
	at     string // the address that finally answers
	err    error
	open   io.Reader // instead of body
}

// A web is all there is of the network: addresses that are not in it are 404.
type web struct {
	pages map[string]page
	asked []string
}

func (w *web) Do(req *http.Request) (*http.Response, error) {
	address, err := url.QueryUnescape(req.URL.String())
	if err != nil {
		return nil, err
	}
	w.asked = append(w.asked, address)
	p, found := w.pages[address]
	switch {
	case !found:
		p = page{status: http.StatusNotFound, kind: "text/html"}
	case p.err != nil:
		return nil, &url.Error{Op: "Get", URL: req.URL.String(), Err: p.err}
	}
	if p.status == 0 {
		p.status = http.StatusOK
	}
	if p.kind == "" {
		p.kind = webfinger.TypeJRD
	}
	body := p.open
	if body == nil {
		body = strings.NewReader(p.body)
	}
	resp := &http.Response{StatusCode: p.status, Header: p.header.Clone(), Body: io.NopCloser(body), Request: req}
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	if p.kind != "none" {
		resp.Header.Set("Content-Type", p.kind)
	}
	if p.at != "" {
		resp.Request = httptest.NewRequest(http.MethodGet, p.at, nil)
	}
	return resp, nil
}

func jrd(subject string, actors ...string) string {
	j := &webfinger.JRD{Subject: subject}
	for _, a := range actors {
		j.Links = append(j.Links, webfinger.Link{Rel: webfinger.RelSelf, Type: webfinger.TypeActivity, Href: a})
	}
	data, err := j.Bytes()
	if err != nil {
		panic(err)
	}
	return string(data)
}

const (
	askAlice  = "https://example.org/.well-known/webfinger?resource=acct:alice@example.org"
	askSocial = "https://social.example/.well-known/webfinger?resource=acct:alice@social.example"
	alice     = "https://example.org/users/alice"
	social    = "https://social.example/users/alice"
)

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		situation, name string
		pages           map[string]page
		handle          string
		actors          []string
	}{
		{"the plain case", "@alice@example.org",
			map[string]page{askAlice: {body: jrd("acct:alice@example.org", alice)}},
			"@alice@example.org", []string{alice}},
		{"the host writes the name in another case", "@ALICE@example.org",
			map[string]page{"https://example.org/.well-known/webfinger?resource=acct:ALICE@example.org": {body: jrd("acct:Alice@Example.ORG", alice)}},
			"@Alice@example.org", []string{alice}},
		{"no subject", "alice@example.org",
			map[string]page{askAlice: {body: jrd("", alice)}},
			"@alice@example.org", []string{alice}},
		{"a subject that is a URL", "alice@example.org",
			map[string]page{askAlice: {body: jrd(alice, alice)}},
			"@alice@example.org", []string{alice}},
		{"an actor on another host under a handle here", "alice@example.org",
			map[string]page{askAlice: {body: jrd("acct:alice@example.org", social)}},
			"@alice@example.org", []string{social}},
		{"a handle here for an account there, which confirms", "alice@example.org",
			map[string]page{
				askAlice:  {body: jrd("acct:alice@social.example", social)},
				askSocial: {body: jrd("acct:alice@social.example", social)}},
			"@alice@social.example", []string{social}},
		{"the answer of the handle's own host counts", "alice@example.org",
			map[string]page{
				askAlice:  {body: jrd("acct:alice@social.example", "https://example.org/forged")},
				askSocial: {body: jrd("acct:alice@social.example", social)}},
			"@alice@social.example", []string{social}},
		{"several actors", "alice@example.org",
			map[string]page{askAlice: {body: jrd("acct:alice@example.org", alice, social, alice)}},
			"@alice@example.org", []string{alice, social}},
		{"an actor that cannot be fetched beside one that can", "alice@example.org",
			map[string]page{askAlice: {body: jrd("acct:alice@example.org", "http://example.org/u", "did:key:z6Mk", "file:///etc/passwd", "/users/alice", alice)}},
			"@alice@example.org", []string{alice}},
		{"a URL", "https://example.org/@alice",
			map[string]page{
				"https://example.org/.well-known/webfinger?resource=https://example.org/@alice": {body: jrd("acct:alice@example.org", alice)},
				askAlice: {body: jrd("acct:alice@example.org", alice)}},
			"@alice@example.org", []string{alice}},
		{"a URL of an actor without a handle", "https://example.org/@alice",
			map[string]page{"https://example.org/.well-known/webfinger?resource=https://example.org/@alice": {body: jrd(alice, alice)}},
			"", []string{alice}},
		{"a static site that gives the file no type", "alice@example.org",
			map[string]page{askAlice: {kind: "application/octet-stream", body: jrd("acct:alice@example.org", alice)}},
			"@alice@example.org", []string{alice}},
		{"plain JSON with a charset", "alice@example.org",
			map[string]page{askAlice: {kind: "application/json; charset=utf-8", body: jrd("acct:alice@example.org", alice)}},
			"@alice@example.org", []string{alice}},
		{"host-meta in XML", "alice@example.org",
			map[string]page{
				"https://example.org/.well-known/host-meta": {kind: "application/xrd+xml; charset=utf-8",
					body: `<?xml version="1.0" encoding="UTF-8"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
						<Link rel="lrdd" template="https://wf.example/find?q={uri}"/></XRD>`},
				"https://wf.example/find?q=acct:alice@example.org": {body: jrd("acct:alice@example.org", alice)}},
			"@alice@example.org", []string{alice}},
		{"host-meta in JSON, the template of JSON before the one of XML", "alice@example.org",
			map[string]page{
				"https://example.org/.well-known/host-meta.json": {kind: "application/json",
					body: `{"links":[{"rel":"lrdd","type":"application/xrd+xml","template":"https://wf.example/xml?q={uri}"},
						{"rel":"lrdd","type":"application/jrd+json","template":"https://wf.example/json?q={uri}"}]}`},
				"https://wf.example/json?q=acct:alice@example.org": {body: jrd("acct:alice@example.org", alice)}},
			"@alice@example.org", []string{alice}},
	} {
		got, err := webfinger.Lookup(t.Context(), &web{pages: c.pages}, c.name, nil)
		if !assert.NoError(t, err, c.situation) {
			continue
		}
		assert.Equal(t, c.handle, got.Handle.String(), c.situation)
		assert.Equal(t, c.actors, got.Actors, c.situation)
	}
}

func TestLookupRefuses(t *testing.T) {
	refused := errors.New("connection refused")
	for _, c := range []struct {
		situation string
		name      string
		pages     map[string]page
		want      error
		temporary bool
	}{
		{"nobody of that name", "", nil, webfinger.ErrNotFound, false},
		{"a deleted account", "", map[string]page{askAlice: {status: 410}}, webfinger.ErrGone, false},
		{"a host that answers only its friends", "", map[string]page{askAlice: {status: 401}}, webfinger.ErrForbidden, false},
		{"a busy host", "", map[string]page{askAlice: {status: 429}}, webfinger.ErrUnavailable, true},
		{"a broken host", "", map[string]page{askAlice: {status: 502}}, webfinger.ErrUnavailable, true},
		{"a host that is down", "", map[string]page{askAlice: {err: refused}}, refused, true},
		{"a redirect that the client would not follow", "", map[string]page{askAlice: {status: 302}}, webfinger.ErrRedirected, false},
		{"an empty answer", "", map[string]page{askAlice: {status: 204}}, webfinger.ErrMalformed, false},
		{"a page for people", "", map[string]page{askAlice: {kind: "text/html", body: "<p>hello"}}, webfinger.ErrContentType, false},
		{"a file of no type behind a redirect", "",
			map[string]page{askAlice: {kind: "none", at: "https://example.org/uploads/1", body: jrd("acct:alice@example.org", alice)}},
			webfinger.ErrContentType, false},
		{"a redirect to plain http", "",
			map[string]page{askAlice: {at: "http://example.org/webfinger?resource=acct:alice@example.org", body: jrd("acct:alice@example.org", alice)}},
			webfinger.ErrPlain, false},
		{"text that is no JSON", "", map[string]page{askAlice: {body: "hello"}}, webfinger.ErrMalformed, false},
		{"no actor", "", map[string]page{askAlice: {body: jrd("acct:alice@example.org")}}, webfinger.ErrNoActor, false},
		{"an actor that only plain http reaches", "", map[string]page{askAlice: {body: jrd("acct:alice@example.org", "http://example.org/u")}},
			webfinger.ErrNoActor, false},
		{"an actor in a local file", "", map[string]page{askAlice: {body: jrd("acct:alice@example.org", "file:///etc/passwd")}},
			webfinger.ErrNoActor, false},
		{"an actor with a password", "", map[string]page{askAlice: {body: jrd("acct:alice@example.org", "https://a:b@example.org/u")}},
			webfinger.ErrNoActor, false},
		{"a handle of another's domain, which knows nothing of it", "",
			map[string]page{askAlice: {body: jrd("acct:alice@social.example", "https://example.org/forged")}},
			webfinger.ErrNotFound, false},
		{"a handle that its own host passes on again", "",
			map[string]page{
				askAlice:  {body: jrd("acct:alice@social.example", social)},
				askSocial: {body: jrd("acct:alice@third.example", social)}},
			webfinger.ErrUnconfirmed, false},
		{"two hosts that point at each other", "",
			map[string]page{
				askAlice:  {body: jrd("acct:alice@social.example", social)},
				askSocial: {body: jrd("acct:alice@example.org", social)}},
			webfinger.ErrUnconfirmed, false},
		{"a URL that takes another's handle", "https://evil.example/me",
			map[string]page{
				"https://evil.example/.well-known/webfinger?resource=https://evil.example/me": {body: jrd("acct:alice@example.org", "https://evil.example/me")},
				askAlice: {body: jrd("acct:alice@example.org", alice)}},
			webfinger.ErrUnconfirmed, false},
		{"a URL over plain http", "http://example.org/@alice", nil, webfinger.ErrPlain, false},
		{"a name that is none", "alice", nil, webfinger.ErrHandle, false},
		{"a template without a place for the account", "",
			map[string]page{"https://example.org/.well-known/host-meta": {kind: "application/xrd+xml",
				body: `<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="https://wf.example/all"/></XRD>`}},
			webfinger.ErrNotFound, false},
		{"a template over plain http", "",
			map[string]page{"https://example.org/.well-known/host-meta": {kind: "application/xrd+xml",
				body: `<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="http://10.0.0.1/?q={uri}"/></XRD>`}},
			webfinger.ErrNotFound, false},
		{"a template with the account as host", "",
			map[string]page{"https://example.org/.well-known/host-meta.json": {
				body: `{"links":[{"rel":"lrdd","template":"https://{uri}/x"}]}`}},
			webfinger.ErrNotFound, false},
		{"host-meta that is a bomb of entities", "",
			map[string]page{"https://example.org/.well-known/host-meta": {kind: "application/xrd+xml",
				body: `<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">&b;</XRD>`}},
			webfinger.ErrNotFound, false},
	} {
		if c.name == "" {
			c.name = "@alice@example.org"
		}
		w := &web{pages: c.pages}
		got, err := webfinger.Lookup(t.Context(), w, c.name, nil)
		assert.Nil(t, got, c.situation)
		if !assert.ErrorIs(t, err, c.want, c.situation) {
			continue
		}
		assert.NotContains(t, err.Error(), "resource=", "an error names the query: %s", c.situation)
		assert.LessOrEqual(t, len(w.asked), 4, "too many requests: %s", c.situation)
		if failed, ok := errors.AsType[*webfinger.LookupError](err); ok {
			assert.Equal(t, c.temporary, failed.Temporary(), c.situation)
		}
	}
}

func TestLookupReadsNoEndlessAnswer(t *testing.T) {
	endless := &counter{}
	_, err := webfinger.Lookup(t.Context(), &web{pages: map[string]page{askAlice: {open: endless}}}, "alice@example.org", nil)
	assert.ErrorIs(t, err, webfinger.ErrTooLarge)
	assert.Less(t, endless.read, 2<<20, "bytes read of an answer without end")

	exact := jrd("acct:alice@example.org", alice)
	pages := map[string]page{askAlice: {body: exact}}
	_, err = webfinger.Lookup(t.Context(), &web{pages: pages}, "alice@example.org", &webfinger.Options{MaxBytes: int64(len(exact))})
	assert.NoError(t, err, "an answer as long as is allowed")
	_, err = webfinger.Lookup(t.Context(), &web{pages: pages}, "alice@example.org", &webfinger.Options{MaxBytes: int64(len(exact)) - 1})
	assert.ErrorIs(t, err, webfinger.ErrTooLarge, "an answer one byte longer than is allowed")
}

type counter struct{ read int }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	c.read += len(p)
	return len(p), nil
}

// silence answers nothing until it is given up.
type silence struct{}

func (silence) Do(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestLookupGivesUpInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := webfinger.Lookup(t.Context(), silence{}, "alice@example.org", nil)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 10*time.Second, time.Since(began), "the default")
		failed, ok := errors.AsType[*webfinger.LookupError](err)
		require.True(t, ok)
		assert.True(t, failed.Temporary(), "a slow host may be quicker later")

		began = time.Now()
		_, err = webfinger.Lookup(t.Context(), silence{}, "alice@example.org", &webfinger.Options{Timeout: time.Second})
		assert.Error(t, err)
		assert.Equal(t, time.Second, time.Since(began), "as asked for")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = webfinger.Lookup(ctx, silence{}, "alice@example.org", nil)
		failed, ok = errors.AsType[*webfinger.LookupError](err)
		require.True(t, ok)
		assert.False(t, failed.Temporary(), "the caller gave up")
	})
}

type knowing struct{ temporary bool }

func (knowing) Error() string     { return "the guard says no" }
func (k knowing) Temporary() bool { return k.temporary }

func TestTheClientsOwnErrorsAreAsked(t *testing.T) {
	for _, temporary := range []bool{true, false} {
		w := &web{pages: map[string]page{askAlice: {err: knowing{temporary}}}}
		_, err := webfinger.Lookup(t.Context(), w, "alice@example.org", nil)
		failed, ok := errors.AsType[*webfinger.LookupError](err)
		require.True(t, ok)
		assert.Equal(t, temporary, failed.Temporary())
	}
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		situation string
		header    http.Header
		want      time.Duration
	}{
		{"seconds", http.Header{"Retry-After": {"90"}}, 90 * time.Second},
		{"a date, by the host's own clock", http.Header{
			"Retry-After": {"Sun, 22 Nov 2026 12:10:00 GMT"}, "Date": {"Sun, 22 Nov 2026 12:00:00 GMT"}}, 10 * time.Minute},
		{"a date gone by", http.Header{
			"Retry-After": {"Sun, 22 Nov 2026 11:00:00 GMT"}, "Date": {"Sun, 22 Nov 2026 12:00:00 GMT"}}, 0},
		{"a date of a host without a clock", http.Header{"Retry-After": {"Sun, 22 Nov 2026 12:10:00 GMT"}}, 0},
		{"nothing", nil, 0},
		{"nonsense", http.Header{"Retry-After": {"soon"}}, 0},
		{"a negative number", http.Header{"Retry-After": {"-5"}}, 0},
	} {
		w := &web{pages: map[string]page{askAlice: {status: 503, header: c.header}}}
		_, err := webfinger.Lookup(t.Context(), w, "alice@example.org", nil)
		failed, ok := errors.AsType[*webfinger.LookupError](err)
		require.True(t, ok, c.situation)
		assert.Equal(t, c.want, failed.RetryAfter, c.situation)
		assert.Equal(t, 503, failed.StatusCode, c.situation)
	}
}

func TestLookupNamesTheHostThatAnswered(t *testing.T) {
	w := &web{pages: map[string]page{askAlice: {at: "https://wf.example/x", body: jrd("acct:alice@example.org", alice)}}}
	got, err := webfinger.Lookup(t.Context(), w, "alice@example.org", nil)
	require.NoError(t, err)
	assert.Equal(t, "wf.example", got.AnsweredBy)
}

func TestLookupOfAServer(t *testing.T) {
	w := &web{pages: map[string]page{
		"https://example.org/.well-known/webfinger?resource=https://example.org/": {
			body: `{"subject":"https://example.org/","links":[{"rel":"https://www.w3.org/ns/activitystreams#Service",
				"type":"application/activity+json","href":"https://example.org/actor"}]}`}}}
	got, err := webfinger.Lookup(t.Context(), w, "https://example.org/", nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"https://example.org/actor"}, got.Servers)
	assert.Empty(t, got.Actors)
	assert.True(t, got.Handle.IsZero())
}

func TestConfirm(t *testing.T) {
	w := &web{pages: map[string]page{askAlice: {body: jrd("acct:alice@example.org", alice)}}}
	handle := webfinger.Handle{User: "alice", Host: "example.org"}
	got, err := webfinger.Confirm(t.Context(), w, handle, alice, nil)
	require.NoError(t, err)
	assert.Equal(t, handle, got.Handle)

	_, err = webfinger.Confirm(t.Context(), w, handle, "https://evil.example/alice", nil)
	assert.ErrorIs(t, err, webfinger.ErrUnconfirmed, "an actor that claims the handle of another")
	_, err = webfinger.Confirm(t.Context(), w, webfinger.Handle{}, alice, nil)
	assert.ErrorIs(t, err, webfinger.ErrHandle, "an actor without a handle")
}

func TestTrustedHostsAreAskedOverHTTP(t *testing.T) {
	const actor = "http://127.0.0.1:8080/users/alice"
	trusted := &webfinger.Options{Trusted: []string{"127.0.0.1:8080", "old.test:443"}}
	w := &web{pages: map[string]page{
		"http://127.0.0.1:8080/.well-known/webfinger?resource=acct:alice@127.0.0.1:8080": {body: jrd("acct:alice@127.0.0.1:8080", actor)},
		"https://old.test/.well-known/webfinger?resource=acct:alice@old.test":            {body: jrd("acct:alice@old.test", "https://old.test/users/alice")},
	}}
	got, err := webfinger.Lookup(t.Context(), w, "alice@127.0.0.1:8080", trusted)
	require.NoError(t, err)
	assert.Equal(t, []string{actor}, got.Actors)
	_, err = webfinger.Lookup(t.Context(), w, "alice@old.test", trusted)
	assert.NoError(t, err, "port 443 of a trusted host is asked over https")

	w.asked = nil
	_, err = webfinger.Lookup(t.Context(), w, "alice@127.0.0.1:8081", trusted)
	assert.ErrorIs(t, err, webfinger.ErrNotFound)
	for _, address := range w.asked {
		assert.True(t, strings.HasPrefix(address, "https://"), "another port of the host was asked at %s", address)
	}
	_, err = webfinger.Lookup(t.Context(), w, "http://127.0.0.1:8081/users/alice", trusted)
	assert.ErrorIs(t, err, webfinger.ErrPlain, "another port of the host, by URL")
}
