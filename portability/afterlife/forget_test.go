package afterlife_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

const old = "https://old.example"

func TestForgetting(t *testing.T) {
	for name, c := range map[string]struct {
		what       vocab.IRI
		gone, stay []string
	}{
		"a post": {vocab.IRI(status(2)),
			[]string{status(2), "/web/statuses/2", "/system/draw.svg"}, []string{string(alice), status(1), "/system/one.png", status(3)}},
		"a post by its page": {old + "/@alice/1", []string{status(1), "/@alice/1"}, []string{"/system/one.png", status(2)}},
		"a file":             {old + "/system/one.png", []string{"/system/one.png"}, []string{status(1), status(2), "/system/draw.svg"}},
		"the account": {alice, []string{string(alice), "/@alice", status(1), status(2), status(3), "/system/one.png", "/system/draw.svg",
			string(alice) + "/outbox", status(6) + "/activity", "/.well-known/webfinger?resource=acct:alice@old.example"},
			[]string{"/users/bob", "/.well-known/nodeinfo"}},
		"the account by its profile": {old + "/@alice", []string{string(alice), status(1)}, []string{"/users/bob"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := doorPath(t)
			accounts := []afterlife.Account{account(aShelf(t)), account(newShelf(t, old+"/users/bob", "bob"))}
			door, _ := built(t, path, nil, accounts...)
			forgotten := tombstones(t, afterlife.TombstonesPath(path))
			h := afterlife.Handler(door, forgotten, nil)
			require.NoError(t, forgotten.Forget(door, c.what))
			require.NoError(t, forgotten.Forget(door, c.what), "twice is once")
			check := func(when string, h http.Handler) {
				for _, u := range c.gone {
					assert.Equal(t, 410, ask(t, h, whole(u), forActivity).status, "%s: %s", when, u)
					assert.Equal(t, 410, ask(t, h, whole(u), forPage).status, "%s: %s", when, u)
				}
				for _, u := range c.stay {
					assert.Equal(t, 200, ask(t, h, whole(u), forActivity).status, "%s: %s", when, u)
				}
				assert.Equal(t, 404, ask(t, h, status(4), forActivity).status, "what was never for everybody never was")
			}
			check("at once", h)
			again := tombstones(t, afterlife.TombstonesPath(path))
			check("after a restart", afterlife.Handler(door, again, nil))
			rebuilt, _ := built(t, path, &afterlife.Options{Tombstones: again}, accounts...)
			require.NoError(t, rebuilt.Verify(t.Context()))
			check("when it was built again", afterlife.Handler(rebuilt, again, nil))
			plain, _ := built(t, path, nil, accounts...)
			check("when it was built without knowing", afterlife.Handler(plain, again, nil))
		})
	}
}

func whole(u string) string {
	if strings.HasPrefix(u, "/") {
		return old + u
	}
	return u
}

func TestForgottenIsErasedByBuildingAgain(t *testing.T) {
	path := doorPath(t)
	door, _ := built(t, path, nil, account(aShelf(t)))
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	require.NoError(t, forgotten.Forget(door, vocab.IRI(status(2))))
	again, _ := built(t, path, &afterlife.Options{Tombstones: forgotten}, account(aShelf(t)))
	all := withStatic(t, path, again)
	assert.False(t, bytes.Contains(all, []byte("text of 2")))
	assert.False(t, bytes.Contains(all, []byte("<svg")), "nor the file that only it showed")
	assert.True(t, bytes.Contains(all, []byte("not much of a picture")), "but what another shows stays")
	require.NoError(t, forgotten.Forget(again, alice))
	last, _ := built(t, path, &afterlife.Options{Tombstones: forgotten}, account(aShelf(t)))
	all = withStatic(t, path, last)
	for _, word := range []string{"text of", "not much of a picture", "The alice"} {
		assert.False(t, bytes.Contains(all, []byte(word)), word)
	}
	static := filepath.Join(t.TempDir(), "static")
	_, err := afterlife.WriteStatic(t.Context(), last, static, &afterlife.StaticOptions{Tombstones: forgotten})
	require.NoError(t, err)
	assert.False(t, bytes.Contains(everything(t, static), []byte("200 /.godwit/m/")))
}

func TestForgettingWhatIsNotThere(t *testing.T) {
	path := doorPath(t)
	door, _ := built(t, path, nil, account(newShelf(t, alice, "alice")))
	forgotten := tombstones(t, afterlife.TombstonesPath(path))
	require.ErrorIs(t, forgotten.Forget(door, vocab.IRI(status(1))), afterlife.ErrUnknown)
	more, _ := built(t, path, nil, account(aShelf(t)))
	assert.Equal(t, 410, ask(t, afterlife.Handler(more, forgotten, nil), status(1), forActivity).status, "it came with another archive")
}

func TestTombstonesOfTwoProcesses(t *testing.T) {
	path := doorPath(t)
	door, _ := built(t, path, nil, account(aShelf(t)))
	one, two := tombstones(t, path+".forgotten"), tombstones(t, path+".forgotten")
	require.NoError(t, one.Forget(door, vocab.IRI(status(1))))
	h := afterlife.Handler(door, two, nil)
	assert.Equal(t, 200, ask(t, h, status(1), forActivity).status)
	require.NoError(t, two.Refresh())
	assert.Equal(t, 410, ask(t, h, status(1), forActivity).status)
	f, err := os.OpenFile(path+".forgotten", os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("\n0badf00d 1234")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, one.Forget(door, vocab.IRI(status(3))), "behind what a killed process has left")
	require.NoError(t, two.Refresh())
	assert.Equal(t, 410, ask(t, h, status(3), forActivity).status)
	data, err := os.ReadFile(path + ".forgotten")
	require.NoError(t, err)
	assert.NotContains(t, string(data), "old.example", "it names nothing")
}

// A network knows who signed each request, and the documents of others.
type network struct {
	documents map[vocab.IRI]*vocab.Object
	err       error
}

func (n *network) Fetch(_ context.Context, id vocab.IRI) (*vocab.Object, error) {
	if n.err != nil {
		return nil, &actor.FetchError{ID: id, Err: n.err}
	}
	if o, ok := n.documents[id]; ok {
		return o, nil
	}
	return nil, &actor.FetchError{ID: id, StatusCode: 404, Err: actor.ErrNotFound}
}

func (n *network) Verify(_ context.Context, r *http.Request, _ []byte) (*client.Verified, error) {
	signer := r.Header.Get("Test-Signer")
	if signer == "" {
		return nil, &client.RefusedError{Reason: client.Unsigned}
	}
	return &client.Verified{Owner: vocab.IRI(signer)}, nil
}

func deliver(t testing.TB, h http.Handler, inbox string, signer vocab.IRI, activity object) int {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, inbox, strings.NewReader(document(t, activity).String()))
	r.Header.Set("Test-Signer", string(signer))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func movedActor(t testing.TB, id vocab.IRI, aliases ...string) *vocab.Object {
	o := actorOf(id, "alice")
	o["alsoKnownAs"] = aliases
	return document(t, o)
}

func TestInbox(t *testing.T) {
	const bob = vocab.IRI("https://old.example/users/bob")
	const follower = vocab.IRI("https://other.example/users/f")
	inbox, shared := string(alice)+"/inbox", old+"/inbox"
	remove := func(by vocab.IRI, what any) object {
		return object{"id": by + "#delete", "type": "Delete", "actor": by, "object": what}
	}
	follow := object{"id": follower + "#follow", "type": "Follow", "actor": follower, "object": alice}
	for name, c := range map[string]struct {
		inbox    string
		signer   vocab.IRI
		activity object
		status   int
		gone     string // what is forgotten by it
		stays    string
	}{
		"the account deletes a post":             {inbox, alice, remove(alice, status(2)), 202, status(2), status(1)},
		"and a tombstone of one":                 {shared, alice, remove(alice, object{"id": status(2), "type": "Tombstone"}), 202, status(2), status(1)},
		"the account deletes itself":             {shared, alice, remove(alice, alice), 202, status(1), string(bob)},
		"the new account deletes a post":         {inbox, there, remove(there, status(2)), 202, status(2), status(1)},
		"the new account deletes the old":        {inbox, there, remove(there, alice), 202, string(alice), string(bob)},
		"another account of the server":          {inbox, bob, remove(bob, status(2)), 202, "", status(2)},
		"a stranger":                             {inbox, follower, remove(follower, status(2)), 202, "", status(2)},
		"a file":                                 {inbox, alice, remove(alice, old+"/system/draw.svg"), 202, old + "/system/draw.svg", status(2)},
		"what is not for everybody looks alike":  {inbox, alice, remove(alice, status(4)), 202, "", status(1)},
		"what never was":                         {inbox, alice, remove(alice, status(99)), 202, "", status(1)},
		"an activity of somebody else":           {inbox, follower, remove(alice, status(2)), 400, "", status(2)},
		"nobody's":                               {inbox, "", remove(alice, status(2)), 401, "", status(2)},
		"an undo":                                {inbox, follower, object{"id": "x", "type": "Undo", "actor": follower, "object": follow}, 202, "", status(1)},
		"a follow":                               {inbox, follower, follow, 202, "", status(1)},
		"a follow of nobody":                     {shared, follower, object{"id": "x", "type": "Follow", "actor": follower, "object": old + "/users/nobody"}, 404, "", status(1)},
		"anything else":                          {inbox, follower, object{"id": "x", "type": "Like", "actor": follower, "object": status(1)}, 403, "", status(1)},
		"an inbox of nobody":                     {old + "/users/nobody/inbox", alice, remove(alice, status(2)), 404, "", status(2)},
		"a delete that arrives at another inbox": {string(bob) + "/inbox", alice, remove(alice, status(2)), 202, status(2), status(1)},
	} {
		t.Run(name, func(t *testing.T) {
			path := doorPath(t)
			door, _ := built(t, path, nil, afterlife.Account{Source: aShelf(t), MovedTo: there}, account(newShelf(t, bob, "bob")))
			forgotten := tombstones(t, path+".forgotten")
			var rejected []string
			h := afterlife.Handler(door, forgotten, &afterlife.HandlerOptions{
				Network: &network{documents: map[vocab.IRI]*vocab.Object{there: movedActor(t, there, string(alice)), follower: document(t, actorOf(follower, "f"))}},
				Reject: func(_ context.Context, as, to vocab.IRI, activity *vocab.Object) error {
					rejected = append(rejected, string(as)+" "+string(to)+" "+activity.Type())
					return nil
				},
			})
			assert.Equal(t, c.status, deliver(t, h, c.inbox, c.signer, c.activity))
			assert.Equal(t, 200, ask(t, h, c.stays, forActivity).status, c.stays)
			if c.gone != "" {
				assert.Equal(t, 410, ask(t, h, c.gone, forActivity).status, c.gone)
			} else {
				assert.Zero(t, forgotten.Len())
			}
			if name == "a follow" {
				assert.Equal(t, []string{string(alice) + " " + string(follower) + "/inbox Reject"}, rejected)
			} else {
				assert.Empty(t, rejected)
			}
		})
	}
	t.Run("the new account does not claim the old", func(t *testing.T) {
		path := doorPath(t)
		door, _ := built(t, path, nil, afterlife.Account{Source: aShelf(t), MovedTo: there})
		forgotten := tombstones(t, path+".forgotten")
		n := &network{documents: map[vocab.IRI]*vocab.Object{there: movedActor(t, there)}}
		h := afterlife.Handler(door, forgotten, &afterlife.HandlerOptions{Network: n})
		assert.Equal(t, 202, deliver(t, h, inbox, there, remove(there, alice)))
		assert.Zero(t, forgotten.Len())
		n.err = actor.ErrUnavailable
		assert.Equal(t, 500, deliver(t, h, inbox, there, remove(there, alice)), "it is to be tried again")
		assert.Zero(t, forgotten.Len())
		assert.Equal(t, 403, deliver(t, h, inbox, follower, follow), "nobody signs for the old account")
		require.NoError(t, forgotten.Forget(door, alice))
		assert.Equal(t, 410, deliver(t, h, inbox, follower, follow), "a forgotten account's inbox")
	})
}
