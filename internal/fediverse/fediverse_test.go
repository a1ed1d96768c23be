package fediverse_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/vocab"
)

// spares are keys for everybody who is not about keys.
var spares fediverse.SpareKeys

// start runs n servers on loopback that trust each other.
func start(t *testing.T, n int) []*fediverse.Host {
	t.Helper()
	var listeners []net.Listener
	var trusted []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err, "listen on loopback")
		listeners = append(listeners, l)
		trusted = append(trusted, l.Addr().String())
	}
	var hosts []*fediverse.Host
	for i, l := range listeners {
		h, err := fediverse.Listen(t.Context(), l, fediverse.Config{
			Base: "http://" + trusted[i], Trusted: trusted, AliasAge: -1, RSA: spares.RSA,
			File: filepath.Join(t.TempDir(), fmt.Sprintf("%d.db", i)),
		})
		require.NoError(t, err, "open a server")
		t.Cleanup(func() { assert.NoError(t, h.Stop(), "stop a server") })
		hosts = append(hosts, h)
	}
	return hosts
}

// eventually waits for something that happens over real sockets.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	require.Eventually(t, check, 20*time.Second, 20*time.Millisecond, what)
}

func TestMoveBetweenServers(t *testing.T) {
	hosts := start(t, 3)
	old, next, third := hosts[0], hosts[1], hosts[2]
	ctx := t.Context()
	from := create(t, old, "al")
	to := create(t, next, "al")
	require.NoError(t, next.Alias(ctx, "al", from))
	var fans []vocab.IRI
	for i := range 3 {
		name := fmt.Sprintf("f%d", i)
		fans = append(fans, create(t, third, name))
		require.NoError(t, third.FollowAs(ctx, name, from), "follow the old account")
	}
	eventually(t, "the old account has its followers", func() bool { return len(list(t, old.Followers, "al")) == 3 })
	next.Ignore(fans[2])

	_, err := old.Depart(ctx, "al", to)
	require.NoError(t, err, "depart")

	eventually(t, "two followers arrive", func() bool { return len(list(t, next.Followers, "al")) == 2 })
	eventually(t, "and have left the old account", func() bool { return len(list(t, old.Followers, "al")) == 1 })
	assert.Equal(t, fans[:2], list(t, next.Followers, "al"))
	assert.Equal(t, []vocab.IRI{to}, list(t, third.Following, "f0"), "a follower follows the new account alone")
	assert.Equal(t, fans[2:], list(t, next.Requests, "al"), "who is not answered waits")
	assert.Equal(t, []vocab.IRI{from}, list(t, third.Following, "f2"), "and keeps the old follow")
}

func create(t *testing.T, h *fediverse.Host, name string) vocab.IRI {
	t.Helper()
	id, err := h.Create(t.Context(), name, false)
	require.NoError(t, err, "create an account")
	return id
}

func list(t *testing.T, of func(context.Context, string) ([]vocab.IRI, error), name string) []vocab.IRI {
	t.Helper()
	ids, err := of(t.Context(), name)
	require.NoError(t, err, "list")
	return ids
}

// A server in a hurry leaves the old account before it asks the new one.
func TestHastyServersUndoFirst(t *testing.T) {
	hosts := start(t, 3)
	old, next, third := hosts[0], hosts[1], hosts[2]
	ctx := t.Context()
	from := create(t, old, "al")
	to := create(t, next, "al")
	require.NoError(t, next.Alias(ctx, "al", from))
	create(t, third, "f")
	require.NoError(t, third.FollowAs(ctx, "f", from), "follow the old account")
	eventually(t, "the old account has its follower", func() bool { return len(list(t, old.Followers, "al")) == 1 })
	third.Hasty(time.Hour)

	_, err := old.Depart(ctx, "al", to)
	require.NoError(t, err, "depart")

	eventually(t, "the follower leaves", func() bool { return len(list(t, old.Followers, "al")) == 0 })
	assert.Empty(t, list(t, next.Followers, "al"), "the new account was asked")
	assert.Empty(t, list(t, third.Following, "f"), "the follower follows neither meanwhile")
	in, err := third.Received(ctx, 0)
	require.NoError(t, err)
	require.NotEmpty(t, in, "nothing came in")
	verdict, err := third.VerdictOn(ctx, in[len(in)-1].Body)
	require.NoError(t, err)
	assert.Equal(t, "accept", verdict)
}

func TestAnswersToFollows(t *testing.T) {
	hosts := start(t, 2)
	target := create(t, hosts[0], "al")
	answers := map[vocab.IRI]fediverse.Answer{}
	for _, answer := range []fediverse.Answer{fediverse.Yes, fediverse.No, fediverse.None} {
		answers[create(t, hosts[1], string(answer))] = answer
	}
	hosts[0].AnswerWith(func(by vocab.IRI) fediverse.Answer { return answers[by] })
	for id, answer := range answers {
		require.NoError(t, hosts[1].FollowAs(t.Context(), string(answer), target), id)
	}
	eventually(t, "one is accepted", func() bool { return len(list(t, hosts[1].Following, "accept")) == 1 })
	eventually(t, "one waits", func() bool { return len(list(t, hosts[0].Requests, "al")) == 1 })
	assert.Len(t, list(t, hosts[0].Followers, "al"), 1)
	kinds := map[string]int{}
	eventually(t, "two are answered", func() bool {
		in, err := hosts[1].Received(t.Context(), 0)
		require.NoError(t, err)
		clear(kinds)
		for _, r := range in {
			kinds[r.Type]++
		}
		return len(in) == 2
	})
	assert.Equal(t, map[string]int{"Accept": 1, "Reject": 1}, kinds)
}

func TestMoveOnOneServer(t *testing.T) {
	hosts := start(t, 2)
	home, away := hosts[0], hosts[1]
	from, to := create(t, home, "al"), create(t, home, "alexandra")
	require.NoError(t, home.Alias(t.Context(), "alexandra", from))
	create(t, home, "neighbour")
	create(t, away, "friend")
	require.NoError(t, home.FollowAs(t.Context(), "neighbour", from))
	require.NoError(t, away.FollowAs(t.Context(), "friend", from))
	eventually(t, "the old account has its followers", func() bool { return len(list(t, home.Followers, "al")) == 2 })

	_, err := home.Depart(t.Context(), "al", to)
	require.NoError(t, err, "depart")

	eventually(t, "both arrive", func() bool { return len(list(t, home.Followers, "alexandra")) == 2 })
	eventually(t, "and have left", func() bool { return len(list(t, home.Followers, "al")) == 0 })
	assert.Equal(t, []vocab.IRI{to}, list(t, home.Following, "neighbour"), "moved without asking anybody")
	assert.Equal(t, []vocab.IRI{to}, list(t, away.Following, "friend"))
}

// Whoever hears of a Move first may send it on. That must not be taken for its
// actor's own delivery, nor a Move that was refused for the one sent again.
func TestACopyOfAMoveDoesNotHideIt(t *testing.T) {
	hosts := start(t, 4)
	old, next, third, other := hosts[0], hosts[1], hosts[2], hosts[3]
	ctx := t.Context()
	from, to, xi := create(t, old, "al"), create(t, next, "al"), create(t, other, "xi")
	create(t, third, "f")
	require.NoError(t, third.FollowAs(ctx, "f", from), "follow the old account")
	eventually(t, "the old account has its follower", func() bool { return len(list(t, old.Followers, "al")) == 1 })
	require.NoError(t, old.SetMovedTo(ctx, "al", to))
	activity, err := vocab.Parse(fmt.Appendf(nil, `{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Move","actor":%q,"object":%q,"target":%q}`,
		from+"#move", from, from, to))
	require.NoError(t, err)
	inbox := vocab.IRI(third.Base() + "/inbox")
	verdict := func() string {
		verdict, err := third.VerdictOn(ctx, activity.String())
		require.NoError(t, err)
		return verdict
	}
	send := func(h *fediverse.Host, as vocab.IRI) {
		_, err := h.Client().Deliver(ctx, as, inbox, activity)
		require.NoError(t, err)
	}

	send(other, xi)
	require.Equal(t, "refuse wrong-actor", verdict())
	send(old, from)
	require.Equal(t, "refuse not-linked", verdict(), "the new account does not claim the old one yet")
	require.NoError(t, next.Alias(ctx, "al", from))
	send(old, from)
	assert.Equal(t, "accept", verdict())
}
