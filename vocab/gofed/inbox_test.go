package gofed_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-fed/activity/streams"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

const al = vocab.IRI("https://a.example/al")

// posting is what stands behind an Inbox in these tests.
type posting func(ctx context.Context, w http.ResponseWriter, r *http.Request) (bool, error)

func (p posting) PostInbox(ctx context.Context, w http.ResponseWriter, r *http.Request) (bool, error) {
	return p(ctx, w, r)
}

func signedBy(owner vocab.IRI) func(context.Context, *http.Request, []byte) (*actor.Signature, error) {
	return func(context.Context, *http.Request, []byte) (*actor.Signature, error) {
		return &actor.Signature{Owner: owner}, nil
	}
}

func deliver(in *gofed.Inbox, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "https://here.example/inbox", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/activity+json")
	in.ServeHTTP(w, r)
	return w
}

func TestInboxKeepsTheBytesAndHelpsGoFed(t *testing.T) {
	const body = ` {"@type":"as:Move","@id":"https://a.example/m","actor":"https://a.example/al","x":null,"n":1.0}`
	in := &gofed.Inbox{Verify: signedBy(al), Actor: posting(func(ctx context.Context, w http.ResponseWriter, r *http.Request) (bool, error) {
		d, ok := gofed.Delivery(ctx)
		require.True(t, ok)
		assert.Equal(t, body, d.Activity.String(), "the original travels with the request")
		assert.Equal(t, al, d.Signature.Owner)

		passed, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		value, err := streams.ToType(ctx, decode(t, passed))
		require.NoError(t, err, "go-fed reads what it is given, though the sender wrote no context")
		record, err := gofed.Record(ctx, value)
		require.NoError(t, err)
		assert.Equal(t, body, record.String(), "what go-fed's value lost is restored")

		_, authenticated, err := gofed.Authenticate(ctx, w, r)
		require.NoError(t, err)
		assert.True(t, authenticated)
		w.WriteHeader(http.StatusAccepted)
		return true, nil
	})}
	assert.Equal(t, http.StatusAccepted, deliver(in, body).Code)
}

func TestInboxAnswers(t *testing.T) {
	const move1 = `{"type":"Move","id":"https://a.example/m","actor":"https://a.example/al"}`
	boom := errors.New("boom")
	ok := posting(func(_ context.Context, w http.ResponseWriter, _ *http.Request) (bool, error) {
		w.WriteHeader(http.StatusOK)
		return true, nil
	})
	for name, c := range map[string]struct {
		in     gofed.Inbox
		body   string
		status int
		failed error
	}{
		"taken":                   {gofed.Inbox{Actor: ok, Verify: signedBy(al)}, move1, http.StatusOK, nil},
		"not JSON":                {gofed.Inbox{Actor: ok, Verify: signedBy(al)}, `{"type"`, http.StatusBadRequest, nil},
		"over 1 MiB":              {gofed.Inbox{Actor: ok, Verify: signedBy(al)}, strings.Repeat(" ", 1<<20+1), http.StatusRequestEntityTooLarge, nil},
		"what makes go-fed panic": {gofed.Inbox{Actor: ok, Verify: signedBy(al)}, `{"type":"Note","duration":""}`, http.StatusBadRequest, gofed.ErrPanic},
		"a false signature":       {gofed.Inbox{Actor: ok, Verify: failing(boom)}, move1, http.StatusUnauthorized, nil},
		"a key that cannot be fetched now": {gofed.Inbox{Actor: ok, Verify: failing(&actor.FetchError{Err: actor.ErrTimeout})}, move1,
			http.StatusServiceUnavailable, nil},
		"a status of the host's own": {gofed.Inbox{Actor: ok, Verify: failing(boom), Status: func(error) int { return http.StatusTeapot }}, move1,
			http.StatusTeapot, nil},
		"the host fails": {gofed.Inbox{Verify: signedBy(al), Actor: posting(func(context.Context, http.ResponseWriter, *http.Request) (bool, error) {
			return true, boom
		})}, move1, http.StatusInternalServerError, boom},
		"something panics while go-fed works": {gofed.Inbox{Verify: signedBy(al), Actor: posting(func(context.Context, http.ResponseWriter, *http.Request) (bool, error) {
			panic("secret")
		})}, move1, http.StatusInternalServerError, gofed.ErrPanic},
		"not for go-fed": {gofed.Inbox{Verify: signedBy(al), Actor: posting(func(context.Context, http.ResponseWriter, *http.Request) (bool, error) {
			return false, nil
		})}, move1, http.StatusUnsupportedMediaType, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var failed error
			c.in.Failed = func(_ *http.Request, err error) { failed = err }
			assert.Equal(t, c.status, deliver(&c.in, c.body).Code)
			require.ErrorIs(t, failed, c.failed)
			if failed != nil {
				assert.NotContains(t, failed.Error(), "secret", "no error text holds what was delivered")
			}
		})
	}
}

func failing(err error) func(context.Context, *http.Request, []byte) (*actor.Signature, error) {
	return func(context.Context, *http.Request, []byte) (*actor.Signature, error) { return nil, err }
}

func TestAuthenticate(t *testing.T) {
	activity := parse(t, `{"type":"Move","actor":"https://a.example/al"}`)
	for name, c := range map[string]struct {
		ctx  func(context.Context) context.Context
		pass bool
	}{
		"signed by its actor": {func(ctx context.Context) context.Context {
			return gofed.WithDelivery(ctx, move.Delivery{Activity: activity, Signature: &actor.Signature{Owner: al}})
		}, true},
		"signed by another": {func(ctx context.Context) context.Context {
			return gofed.WithDelivery(ctx, move.Delivery{Activity: activity, Signature: &actor.Signature{Owner: "https://a.example/mallory"}})
		}, false},
		"unsigned": {func(ctx context.Context) context.Context {
			return gofed.WithDelivery(ctx, move.Delivery{Activity: activity})
		}, false},
		"without the Inbox": {func(ctx context.Context) context.Context { return ctx }, false},
		"an activity of nobody, signed by nobody": {func(ctx context.Context) context.Context {
			return gofed.WithDelivery(ctx, move.Delivery{Activity: parse(t, `{"type":"Move"}`), Signature: &actor.Signature{}})
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			_, pass, err := gofed.Authenticate(c.ctx(t.Context()), w, nil)
			require.NoError(t, err)
			assert.Equal(t, c.pass, pass)
			if !c.pass {
				assert.Equal(t, http.StatusUnauthorized, w.Code)
			}
		})
	}
}

func TestRecordOfWhatStandsInAnActivity(t *testing.T) {
	ctx := gofed.WithDelivery(t.Context(), move.Delivery{Activity: parse(t, `{"@context":["https://www.w3.org/ns/activitystreams",{"x":"https://x.example/"}],
		"type":"Create","id":"https://a.example/c","object":[{"type":"Note","id":"https://a.example/n","content":"a","contentMap":{"en":"a"},"x":null}]}`)})
	value, err := gofed.ToType(ctx, parse(t, `{"type":"Note","id":"https://a.example/n","content":"a","x":null}`))
	require.NoError(t, err)
	record, err := gofed.Record(ctx, value)
	require.NoError(t, err)
	assert.Equal(t, `{"type":"Note","id":"https://a.example/n","content":"a","contentMap":{"en":"a"},"x":null,`+
		`"@context":["https://www.w3.org/ns/activitystreams",{"x":"https://x.example/"}]}`, record.String(), "with the meaning that the activity gave it")

	stranger, err := gofed.ToType(ctx, parse(t, `{"type":"Note","id":"https://a.example/other"}`))
	require.NoError(t, err)
	record, err = gofed.Record(ctx, stranger)
	require.NoError(t, err)
	assert.Equal(t, `{"@context":["https://www.w3.org/ns/activitystreams"],"id":"https://a.example/other","type":"Note"}`, record.String())
}
