package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/webfinger"
)

// patience answers nothing until the asker gives up.
type patience struct{ asked chan<- struct{} }

func (p patience) RoundTrip(r *http.Request) (*http.Response, error) {
	p.asked <- struct{}{}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAnInterruptedCommandEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{}, 8)
	go func() {
		<-asked
		cancel()
	}()
	var stdout, stderr strings.Builder
	status := world{transport: patience{asked}}.run(ctx, []string{"lookup", "alice@example.org"}, nil, &stdout, &stderr)
	assert.Equal(t, statusFailed, status)
	assert.Equal(t, "godwit: error: interrupted\n", stderr.String())
	assert.Empty(t, stdout.String())
}

// What -trust names is reached over loopback, and nothing else is.
func TestTrust(t *testing.T) {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	mux.Handle("/.well-known/", &webfinger.Handler{Finder: webfinger.Domains{host: {"alice": {Actor: server.URL + "/alice"}}}})
	mux.HandleFunc("/alice", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		w.Write([]byte(`{"@context":"https://www.w3.org/ns/activitystreams","id":"` + server.URL + `/alice","type":"Person",
			"preferredUsername":"alice","inbox":"` + server.URL + `/inbox"}`))
	})
	for _, name := range []string{"alice@" + host, server.URL + "/alice"} {
		var stdout, stderr strings.Builder
		status := world{}.run(t.Context(), []string{"lookup", name, "-trust", host}, nil, &stdout, &stderr)
		require.Equal(t, statusDone, status, "%s: %s", name, stderr.String())
		assert.Contains(t, stdout.String(), "@alice@"+host)

		stdout.Reset()
		status = world{}.run(t.Context(), []string{"lookup", name, "-trust", "127.0.0.1:1"}, nil, &stdout, &stderr)
		assert.Equal(t, statusFailed, status, "%s was reached though another port is trusted", name)
		assert.Empty(t, stdout.String())
	}
}

func TestEveryCommandIsDescribed(t *testing.T) {
	names := map[string]bool{}
	for _, c := range commands() {
		assert.False(t, names[c.name], "two commands are named %s", c.name)
		names[c.name] = true
		assert.NotEmpty(t, c.summary, c.name)
		require.NotEmpty(t, c.examples, "%s has no example", c.name)
		assert.True(t, slices.ContainsFunc(c.examples, func(e string) bool {
			return strings.HasPrefix(e, "godwit "+c.name+" ")
		}), "%s is in none of its examples", c.name)

		var stdout, stderr strings.Builder
		status := world{}.run(t.Context(), []string{"help", c.name}, nil, &stdout, &stderr)
		assert.Equal(t, statusDone, status, "help %s: %s", c.name, stderr.String())
		assert.Contains(t, stdout.String(), "usage: godwit "+c.name+" ")
	}
	assert.NotEmpty(t, names)
}
