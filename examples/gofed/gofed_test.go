package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// start runs servers on loopback that trust one another, one for each name.
func start(t *testing.T, verdicts chan move.Verdict, names ...string) []*server {
	t.Helper()
	var listeners []net.Listener
	var trusted []string
	for range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		listeners, trusted = append(listeners, l), append(trusted, l.Addr().String())
	}
	var servers []*server
	for i, l := range listeners {
		s, err := newServer("http://"+l.Addr().String(), names[i], &settings{
			Trusted: slices.Concat(trusted[:i], trusted[i+1:]), Hold: -1, AliasAge: -1,
			Verdict: func(_ context.Context, v move.Verdict) { verdicts <- v },
			Failed:  func(err error) { t.Log(names[i], err) },
		})
		require.NoError(t, err)
		web := httptest.NewUnstartedServer(s.handler())
		require.NoError(t, web.Listener.Close())
		web.Listener = l
		web.Start()
		t.Cleanup(web.Close)
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- s.serve(ctx) }()
		t.Cleanup(func() { stop(); assert.ErrorIs(t, <-done, context.Canceled) })
		servers = append(servers, s)
	}
	return servers
}

func list(t *testing.T, s *server, name vocab.IRI) []vocab.IRI {
	t.Helper()
	members, err := s.db.members(t.Context(), s.person+"/"+name)
	require.NoError(t, err)
	return members
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 20*time.Second, 20*time.Millisecond, what)
}

func TestAccountMovesAndFollowerComesAlong(t *testing.T) {
	verdicts := make(chan move.Verdict, 4)
	servers := start(t, verdicts, "al", "al", "fan")
	old, next, fan := servers[0], servers[1], servers[2]

	require.NoError(t, fan.follow(t.Context(), old.person))
	eventually(t, "the fan follows the old account", func() bool { return len(list(t, fan, "following")) == 1 })
	require.Equal(t, []vocab.IRI{fan.person}, list(t, old, "followers"))

	require.Error(t, old.move(t.Context(), next.person), "the new account has not named the old one yet")
	require.NoError(t, next.alias(t.Context(), old.person))
	require.NoError(t, old.move(t.Context(), next.person))

	v := <-verdicts
	require.Equal(t, move.Accept, v.Outcome, "the fan's server verified the Move: %s", v.Reason)
	eventually(t, "the fan follows the new account and no longer the old one", func() bool {
		following := list(t, fan, "following")
		return len(following) == 1 && following[0] == next.person
	})
	eventually(t, "the new account knows its follower", func() bool { return len(list(t, next, "followers")) == 1 })
	eventually(t, "the old account has lost its follower", func() bool { return len(list(t, old, "followers")) == 0 })
	assert.Equal(t, []vocab.IRI{fan.person}, list(t, next, "followers"))

	eventually(t, "the ledger says who was seen to leave", func() bool {
		for entry, err := range old.announcer.Ledger(t.Context(), move.CaseID(move.Out, old.person, next.person, 1), "") {
			require.NoError(t, err)
			if entry.Party == fan.person && entry.State == move.Observed {
				return true
			}
		}
		return false
	})

	profile, err := fan.client.FetchFresh(t.Context(), old.person)
	require.NoError(t, err)
	assert.Equal(t, next.person, profile.IRI(vocab.MovedTo), "the old account says where it went")
	var shown strings.Builder
	require.NoError(t, fan.show(t.Context(), &shown))
	assert.Contains(t, shown.String(), "following: ["+string(next.person)+"]")
}

func TestFalseMoveMovesNobody(t *testing.T) {
	verdicts := make(chan move.Verdict, 4)
	servers := start(t, verdicts, "al", "mallory", "fan")
	old, mallory, fan := servers[0], servers[1], servers[2]
	require.NoError(t, fan.follow(t.Context(), old.person))
	eventually(t, "the fan follows the account", func() bool { return len(list(t, fan, "following")) == 1 })

	// Mallory claims the account as an alias and says in its name that it moved.
	require.NoError(t, mallory.alias(t.Context(), old.person))
	forged, err := vocab.Build(
		vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
		vocab.Member{Name: vocab.ID, Value: mallory.origin + "/activities/forged"},
		vocab.Member{Name: vocab.Type, Value: "Move"},
		vocab.Member{Name: vocab.Actor, Value: mallory.person},
		vocab.Member{Name: vocab.ObjectProperty, Value: old.person},
		vocab.Member{Name: vocab.Target, Value: mallory.person},
	)
	require.NoError(t, err)
	_, err = mallory.client.Deliver(t.Context(), mallory.person, fan.person+"/inbox", forged)
	require.NoError(t, err)
	v := <-verdicts
	assert.Equal(t, move.Refuse, v.Outcome)
	assert.Equal(t, move.PullDisabled, v.Reason)

	// In the account's own name the signature does not fit.
	forged, err = forged.With(vocab.Actor, old.person)
	require.NoError(t, err)
	status, err := mallory.client.Deliver(t.Context(), mallory.person, fan.person+"/inbox", forged)
	require.Error(t, err)
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Equal(t, []vocab.IRI{old.person}, list(t, fan, "following"))
}

func TestHostileDeliveries(t *testing.T) {
	verdicts := make(chan move.Verdict, 1)
	servers := start(t, verdicts, "al", "mallory")
	al, mallory := servers[0], servers[1]
	for name, c := range map[string]struct {
		members string
		status  int
	}{
		"what makes go-fed panic":    {`"type":"Create","object":{"type":"Video","duration":""}`, http.StatusBadRequest},
		"a type that go-fed has not": {`"type":"EmojiReact","object":"https://x.example/"`, http.StatusBadRequest},
		"a Move without an object":   {`"type":"Move"`, http.StatusOK}, // refused, which is no fault of the delivery
	} {
		t.Run(name, func(t *testing.T) {
			o, err := vocab.Parse([]byte(`{"@context":"` + vocab.ContextAS + `","id":"` + mallory.origin + `/activities/1","actor":"` + string(mallory.person) + `",` + c.members + `}`))
			require.NoError(t, err)
			status, err := mallory.client.Deliver(t.Context(), mallory.person, al.person+"/inbox", o)
			assert.Equal(t, c.status >= 400, err != nil, "%v", err)
			assert.Equal(t, c.status, status)
		})
	}
	assert.Equal(t, move.Malformed, (<-verdicts).Reason)
	unsigned, err := http.Post(string(al.person)+"/inbox", "application/activity+json", strings.NewReader(`{"type":"Follow"}`))
	require.NoError(t, err)
	defer unsigned.Body.Close()
	assert.Equal(t, http.StatusUnauthorized, unsigned.StatusCode)
	for _, box := range []string{"/inbox", "/outbox"} {
		private, err := http.Get(string(al.person) + box)
		require.NoError(t, err)
		defer private.Body.Close()
		assert.Equal(t, http.StatusNotFound, private.StatusCode, "%s is nobody's business", box)
	}
}

func TestCommands(t *testing.T) {
	var out, errs bytes.Buffer
	in := io.NopCloser(strings.NewReader("show\nmove https://127.0.0.1:1/\nnonsense\n\n"))
	require.Equal(t, 0, run([]string{"-listen", "127.0.0.1:0", "-name", "al"}, in, &out, &errs), errs.String())
	assert.Contains(t, out.String(), "/users/al\n")
	assert.Contains(t, out.String(), "followers: []\nfollowing: []\n")
	assert.Contains(t, out.String(), "error: fetch from https://127.0.0.1:1: ")
	assert.Contains(t, out.String(), `"nonsense" is none of follow, alias, move, show`)
	assert.Equal(t, 2, run([]string{"-unknown"}, in, &out, &errs))
}
