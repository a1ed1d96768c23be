package redirect_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// An inboxHost believes the header X-Signer.
type inboxHost struct {
	taken, rejected []string
	fails           error
	blind           error
}

func (h *inboxHost) Signer(r *http.Request, _ []byte) (vocab.IRI, error) {
	if h.blind != nil {
		return "", h.blind
	}
	if r.Header.Get("X-Signer") == "" {
		return "", errors.New("not signed")
	}
	return vocab.IRI(r.Header.Get("X-Signer")), nil
}

func (h *inboxHost) Take(_ context.Context, a redirect.MovedAccount, o *vocab.Object) error {
	h.taken = append(h.taken, string(a.Old)+" "+o.Type())
	return h.fails
}

func (h *inboxHost) Reject(_ context.Context, a redirect.MovedAccount, o *vocab.Object) error {
	h.rejected = append(h.rejected, string(a.Old)+" "+string(o.ID()))
	return h.fails
}

type temporary struct{ error }

func (temporary) Temporary() bool { return true }

const bob = "https://far.example/bob"

func TestMovedInbox(t *testing.T) {
	const (
		inbox    = "/users/alice/inbox"
		follow   = `{"id":"https://far.example/f/1","type":"Follow","actor":"https://far.example/bob","object":"https://old.example/users/alice"}`
		undo     = `{"type":"Undo","actor":"https://far.example/bob","object":{"type":"Follow","actor":"https://far.example/bob","object":"https://old.example/users/alice"}}`
		gone     = `{"type":"Delete","actor":"https://far.example/bob","object":"https://far.example/bob"}`
		theirs   = `{"type":"Undo","actor":"https://far.example/bob","object":{"type":"Follow","actor":"https://far.example/carol"}}`
		nextDoes = http.StatusTeapot
	)
	for name, c := range map[string]struct {
		path, body, signer string
		change             func(*inboxHost)
		status             int
		taken, rejected    []string
	}{
		"an Undo":                   {inbox, undo, bob, nil, 202, []string{string(oldAlice) + " Undo"}, nil},
		"a Delete":                  {inbox, gone, bob, nil, 202, []string{string(oldAlice) + " Delete"}, nil},
		"a Follow":                  {inbox, follow, bob, nil, 202, nil, []string{string(oldAlice) + " https://far.example/f/1"}},
		"a Follow, shared inbox":    {"/inbox", follow, bob, nil, 202, nil, []string{string(oldAlice) + " https://far.example/f/1"}},
		"a Delete, its key is gone": {inbox, gone, "", nil, 202, nil, nil},
		"an Undo that is forged":    {inbox, undo, "https://evil.example/e", nil, 401, nil, nil},
		"an Undo of another's":      {inbox, theirs, bob, nil, 401, nil, nil},
		"a Follow that is forged":   {inbox, follow, "https://evil.example/e", nil, 401, nil, nil},
		"an Undo without signature": {inbox, undo, "", nil, 401, nil, nil},
		"a key that cannot be read now": {inbox, gone, bob, func(h *inboxHost) { h.blind = temporary{errors.New("timeout")} },
			503, nil, nil},
		"a host that fails": {inbox, undo, bob, func(h *inboxHost) { h.fails = errDown }, 503, []string{string(oldAlice) + " Undo"}, nil},
		"something else":    {inbox, `{"type":"Like","actor":"https://far.example/bob"}`, bob, nil, nextDoes, nil, nil},
		"no document":       {inbox, `{`, bob, nil, nextDoes, nil, nil},
		"an Undo, shared":   {"/inbox", undo, bob, nil, nextDoes, nil, nil},
		"who is still here": {"/users/bob/inbox", undo, bob, nil, nextDoes, nil, nil},
		"a Follow of who is here": {"/users/alice/inbox", strings.Replace(follow, "users/alice", "users/zoe", 1), bob, nil,
			nextDoes, nil, nil},
		"a Follow of a page": {inbox, strings.Replace(follow, "users/alice", "@alice", 1), bob, nil, nextDoes, nil, nil},
		"too large":          {inbox, `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, bob, nil, 413, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			accounts := &redirect.AccountTable{}
			accounts.Put(alice())
			host := &inboxHost{}
			if c.change != nil {
				c.change(host)
			}
			next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				assert.NoError(t, err)
				assert.Equal(t, c.body, string(body), "the next one can read it, too")
				w.WriteHeader(nextDoes)
			})
			var problems []error
			h, err := redirect.MovedInbox(next, accounts, host, &redirect.InboxOptions{Origins: []string{oldOrigin},
				Problem: func(_ *http.Request, err error) { problems = append(problems, err) }})
			require.NoError(t, err)
			r := httptest.NewRequest(http.MethodPost, oldOrigin+c.path, strings.NewReader(c.body))
			r.Header.Set("X-Signer", c.signer)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			assert.Equal(t, c.status, w.Code)
			assert.Equal(t, c.taken, host.taken)
			assert.Equal(t, c.rejected, host.rejected)
			assert.Equal(t, c.status == 503, len(problems) == 1)
		})
	}
	_, err := redirect.MovedInbox(nil, nil, nil, nil)
	require.ErrorIs(t, err, redirect.ErrOptions)
}

func TestMovedInbox_faults(t *testing.T) {
	h, err := redirect.MovedInbox(there(), brokenAccounts{}, &inboxHost{}, &redirect.InboxOptions{Origins: []string{oldOrigin}})
	require.NoError(t, err)
	for _, body := range []string{`{"type":"Follow","object":"x"}`, `{"type":"Undo"}`} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, oldOrigin+"/inbox", strings.NewReader(body)))
		assert.Equal(t, http.StatusServiceUnavailable, w.Code, "they come again")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, oldOrigin+"/inbox", nil))
	assert.Equal(t, http.StatusOK, w.Code)
}
