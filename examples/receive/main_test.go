package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// An account on a server of its own, which shows its document and can sign.
type account struct {
	id     vocab.IRI
	key    actor.PrivateKey
	client *client.Client
	mu     sync.Mutex
	extra  string // further members of the document
}

func newAccount(t *testing.T, trusted string) *account {
	t.Helper()
	a := &account{}
	web := httptest.NewServer(a)
	t.Cleanup(web.Close)
	a.id = vocab.IRI(web.URL + "/al")
	var err error
	a.key, err = actor.GenerateEd25519(a.id)
	require.NoError(t, err)
	signer, err := client.NewSigner(a.key)
	require.NoError(t, err)
	a.client = client.New(&client.Options{Signer: signer, Trusted: []string{trusted}})
	return a
}

func (a *account) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	document, err := vocab.Parse(fmt.Appendf(nil, `{"@context":%q,"id":%q,"type":"Person","inbox":"%s/inbox"%s}`,
		vocab.ContextAS, a.id, a.id, a.extra))
	if err == nil {
		document, err = actor.WithKeys(document, a.key.Public())
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/activity+json")
	_, _ = w.Write(document.Bytes())
}

func (a *account) says(extra string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.extra = extra
}

// send posts an activity of the account, signed by it.
func (a *account) send(t *testing.T, inbox, kind string, members string) (int, error) {
	t.Helper()
	activity, err := vocab.Parse(fmt.Appendf(nil, `{"@context":%q,"id":"%s/%s","type":%q,"actor":%q%s}`,
		vocab.ContextAS, a.id, kind, kind, a.id, members))
	require.NoError(t, err)
	return a.client.Deliver(t.Context(), a.id, vocab.IRI(inbox), activity)
}

// printed is what the server has printed, which it goes on doing meanwhile.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func (p *printed) has(text string) bool { return strings.Contains(p.String(), text) }

// start runs the example beside an old and a new account of somebody.
func start(t *testing.T) (out *printed, s *server, inbox string, old, next *account) {
	t.Helper()
	web := httptest.NewUnstartedServer(nil)
	host := web.Listener.Addr().String()
	old, next = newAccount(t, host), newAccount(t, host)
	out = &printed{}
	s = newServer("http://"+host, []string{string(old.id)}, []string{vocab.IRI.Host(old.id), vocab.IRI.Host(next.id)}, out)
	web.Config.Handler = s
	web.Start()
	t.Cleanup(web.Close)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.receiver.Serve(ctx, 100*time.Millisecond) }()
	t.Cleanup(func() { stop(); assert.ErrorIs(t, <-done, context.Canceled) })
	return out, s, web.URL + "/inbox", old, next
}

func TestSignedMoveIsHonoured(t *testing.T) {
	out, s, inbox, old, next := start(t)
	next.says(fmt.Sprintf(`,"alsoKnownAs":[%q]`, old.id))
	old.says(fmt.Sprintf(`,"movedTo":%q`, next.id))

	status, err := old.send(t, inbox, "Move", fmt.Sprintf(`,"object":%q,"target":%q`, old.id, next.id))
	require.NoError(t, err)
	assert.Equal(t, http.StatusAccepted, status)
	assert.True(t, out.has(fmt.Sprintf("Move of %s accept", old.id)), "the verdict is printed: %s", out)
	require.Eventually(t, func() bool { return out.has("to send: Follow") }, 10*time.Second, 10*time.Millisecond, "the new account is asked")
	assert.False(t, out.has("to send: Undo"), "the old follow stays until the new account has accepted")

	_, err = next.send(t, inbox, "Accept", fmt.Sprintf(`,"object":%q`, s.fan))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return out.has("to send: Undo") }, 10*time.Second, 10*time.Millisecond, "the old follow ends")
	relation, err := s.Relation(t.Context(), s.fan, old.id, next.id)
	require.NoError(t, err)
	assert.True(t, relation.FollowsNew, "the fan follows the new account")
	assert.False(t, relation.FollowsOld || relation.PendingOld, "the fan follows the old account no more")
}

func TestRejectedFollowKeepsTheOldOne(t *testing.T) {
	out, s, inbox, old, next := start(t)
	next.says(fmt.Sprintf(`,"alsoKnownAs":[%q]`, old.id))
	old.says(fmt.Sprintf(`,"movedTo":%q`, next.id))
	_, err := old.send(t, inbox, "Move", fmt.Sprintf(`,"object":%q,"target":%q`, old.id, next.id))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return out.has("to send: Follow") }, 10*time.Second, 10*time.Millisecond, "the new account is asked")
	_, err = next.send(t, inbox, "Reject", fmt.Sprintf(`,"object":%q`, s.fan))
	require.NoError(t, err)
	relation, err := s.Relation(t.Context(), s.fan, old.id, next.id)
	require.NoError(t, err)
	assert.True(t, relation.FollowsOld, "the old follow is kept")
	assert.False(t, relation.FollowsNew || relation.PendingNew)
}

func TestUnprovedMovesMoveNobody(t *testing.T) {
	for name, c := range map[string]struct {
		sender  string // old or next
		claim   bool   // the new account claims the old one
		verdict string
	}{
		"the new account does not know the old one": {"old", false, "refuse not-linked"},
		"the new account says it alone":             {"next", true, "refuse pull-disabled"},
		"the old account does not say so itself":    {"old", true, "defer not-moved"},
	} {
		t.Run(name, func(t *testing.T) {
			out, s, inbox, old, next := start(t)
			if c.claim {
				next.says(fmt.Sprintf(`,"alsoKnownAs":[%q]`, old.id))
			}
			sender := map[string]*account{"old": old, "next": next}[c.sender]
			_, err := sender.send(t, inbox, "Move", fmt.Sprintf(`,"object":%q,"target":%q`, old.id, next.id))
			require.NoError(t, err)
			assert.True(t, out.has(c.verdict), "printed: %s", out)
			assert.Equal(t, map[vocab.IRI]string{old.id: "accepted"}, s.follows)
		})
	}
}

func TestUnsignedAndForeignActivitiesAreTurnedAway(t *testing.T) {
	out, _, inbox, old, next := start(t)
	response, err := http.Post(inbox, "application/activity+json", strings.NewReader(`{"type":"Move"}`))
	require.NoError(t, err)
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode, "nobody signed")

	forged, err := vocab.Parse(fmt.Appendf(nil, `{"id":"%s/1","type":"Move","actor":%q,"object":%q,"target":%q}`, next.id, old.id, old.id, next.id))
	require.NoError(t, err)
	status, err := next.client.Deliver(t.Context(), next.id, vocab.IRI(inbox), forged)
	require.Error(t, err)
	assert.Equal(t, http.StatusBadRequest, status, "signed by another than its actor")
	assert.False(t, out.has("Move"), "nothing reached the receiver")
}

func TestProgramIsShort(t *testing.T) {
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	assert.Less(t, bytes.Count(source, []byte("\n")), 150, "lines of the whole program")
}
