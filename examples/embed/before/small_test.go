package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/vocab"
)

// start runs two of these servers on loopback, and two of other software, which
// trust one another.
func start(t *testing.T, adjust ...func(*settings)) (small []*server, others []*fediverse.Host) {
	t.Helper()
	var listeners []net.Listener
	var trusted []string
	for range 4 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err, "listen on loopback")
		listeners, trusted = append(listeners, l), append(trusted, l.Addr().String())
	}
	for i, l := range listeners {
		origin, file := "http://"+trusted[i], filepath.Join(t.TempDir(), "server.db")
		if i < 2 {
			set := settings{origin: origin, file: file, trusted: trusted}
			for _, change := range adjust {
				change(&set)
			}
			small = append(small, serve(t, l, set))
			continue
		}
		host, err := fediverse.Listen(t.Context(), l, fediverse.Config{Base: origin, Trusted: trusted, AliasAge: -1, File: file})
		require.NoError(t, err, "open a server of other software")
		t.Cleanup(func() { assert.NoError(t, host.Stop(), "stop a server of other software") })
		others = append(others, host)
	}
	return small, others
}

func serve(t *testing.T, l net.Listener, set settings) *server {
	t.Helper()
	s, err := open(t.Context(), set)
	require.NoError(t, err, "open a small server")
	web := httptest.NewUnstartedServer(s.handler())
	require.NoError(t, web.Listener.Close())
	web.Listener = l
	web.Start()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		web.Close()
		assert.NoError(t, s.close(), "close a small server")
	})
	return s
}

// tell does what a user asks for, and returns what the server says to it.
func tell(t *testing.T, s *server, line string) string {
	t.Helper()
	var said strings.Builder
	require.NoError(t, s.do(t.Context(), line, &said), line)
	return said.String()
}

// eventually waits until a user is shown a line.
func eventually(t *testing.T, s *server, name, line string) {
	t.Helper()
	require.Eventually(t, func() bool { return shows(t, s, name, line) }, 30*time.Second, 20*time.Millisecond,
		"%s is shown: %s", name, line)
}

func shows(t *testing.T, s *server, name, line string) bool {
	t.Helper()
	return strings.Contains("\n"+tell(t, s, name+" show"), "\n"+line)
}

func TestPostReachesFollowerOnAnotherServer(t *testing.T) {
	small, _ := start(t)
	here, there := small[0], small[1]
	tell(t, here, "al join")
	tell(t, there, "fan join")
	tell(t, there, "fan follow "+here.userID("al"))
	eventually(t, there, "fan", "follows "+here.userID("al")+"\n")
	eventually(t, here, "al", "follower "+there.userID("fan")+"\n")

	tell(t, here, "al post good morning")
	eventually(t, there, "fan", "post "+here.userID("al")+": good morning\n")

	tell(t, there, "fan unfollow "+here.userID("al"))
	require.Eventually(t, func() bool { return !shows(t, here, "al", "follower") }, 30*time.Second, 20*time.Millisecond,
		"the follower has left")
}

func TestOtherSoftwareFollowsAndIsFollowed(t *testing.T) {
	small, others := start(t)
	here, there := small[0], others[0]
	tell(t, here, "al join")
	elsewhere, err := there.Create(t.Context(), "bea", false)
	require.NoError(t, err)
	tell(t, here, "al follow "+string(elsewhere))
	require.NoError(t, there.FollowAs(t.Context(), "bea", vocab.IRI(here.userID("al"))))
	eventually(t, here, "al", "follows "+string(elsewhere)+"\n")
	eventually(t, here, "al", "follower "+string(elsewhere)+"\n")

	there.Reject(vocab.IRI(here.userID("cy")))
	tell(t, here, "cy join")
	tell(t, here, "cy follow "+string(elsewhere))
	eventually(t, here, "cy", "notice "+string(elsewhere)+" did not accept you\n")
	assert.False(t, shows(t, here, "cy", "follows") || shows(t, here, "cy", "asked"), "who is rejected follows nobody")
}

func TestFollowsHere(t *testing.T) {
	small, _ := start(t)
	here := small[0]
	tell(t, here, "al join")
	tell(t, here, "fan join")
	tell(t, here, "fan follow "+here.userID("al"))
	eventually(t, here, "fan", "follows "+here.userID("al")+"\n")
	tell(t, here, "al post to the neighbours")
	eventually(t, here, "fan", "post "+here.userID("al")+": to the neighbours\n")
}

func TestUnsignedActivityIsTurnedAway(t *testing.T) {
	small, _ := start(t)
	tell(t, small[0], "al join")
	response, err := http.Post(small[0].userID("al")+"/inbox", "application/activity+json",
		strings.NewReader(`{"type":"Follow","actor":"`+small[1].userID("fan")+`","object":"`+small[0].userID("al")+`"}`))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
	assert.Empty(t, tell(t, small[0], "al show"))
}
