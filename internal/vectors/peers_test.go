package vectors_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/vectors"
)

func world(t *testing.T, answers map[string]vectors.Answers) *vectors.Peers {
	peers := vectors.NewPeers(noon)
	require.NoError(t, peers.Set(answers))
	return peers
}

func get(t *testing.T, peers *vectors.Peers, address string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	answer, err := peers.RoundTrip(r)
	if answer != nil {
		require.NoError(t, answer.Body.Close())
	}
	return answer, err
}

func TestPeersAnswerInTurn(t *testing.T) {
	peers := world(t, map[string]vectors.Answers{"https://a.example/x": {{Status: 503}, {Error: "refused"}, {Status: 200, Body: "{}"}}})
	var got []int
	for range 4 {
		answer, err := get(t, peers, "https://a.example/x#fragment")
		if err != nil {
			got = append(got, 0)
			continue
		}
		got = append(got, answer.StatusCode)
	}
	assert.Equal(t, []int{503, 0, 200, 200}, got, "one for each fetch, the last repeated")
	assert.Equal(t, 4, peers.Fetches("https://a.example/x"))

	require.NoError(t, peers.Set(map[string]vectors.Answers{"https://a.example/x": {{Status: 410}, {Status: 200}}}))
	answer, err := get(t, peers, "https://a.example/x")
	require.NoError(t, err)
	assert.Equal(t, 410, answer.StatusCode, "a new list begins at its beginning")
}

func TestPeersAnswersAreHTTP(t *testing.T) {
	peers := world(t, map[string]vectors.Answers{
		"https://a.example/plain":    {{Status: 200, Body: `{"id":"x"}`}},
		"https://a.example/page":     {{Status: 200, Type: "text/html", Headers: map[string]string{"Retry-After": "7"}}},
		"https://a.example":          {{Status: 200}},
		"https://a.example/redirect": {{Status: 301, Location: "https://a.example/plain"}},
	})
	client := &http.Client{Transport: peers}
	answer, err := client.Get("https://a.example/redirect")
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.Equal(t, `{"id":"x"}`, string(body), "a redirect leads on")
	assert.Equal(t, "application/activity+json", answer.Header.Get("Content-Type"), "the type where none is given")

	answer, err = get(t, peers, "https://a.example/page")
	require.NoError(t, err)
	assert.Equal(t, "text/html", answer.Header.Get("Content-Type"))
	assert.Equal(t, "7", answer.Header.Get("Retry-After"))

	answer, err = get(t, peers, "https://a.example/")
	require.NoError(t, err)
	assert.Equal(t, 200, answer.StatusCode, "an empty path is the root")

	answer, err = get(t, peers, "https://elsewhere.example/")
	require.NoError(t, err)
	assert.Equal(t, 404, answer.StatusCode, "what is not listed is not found")
	assert.Equal(t, 1, peers.Fetches("https://elsewhere.example/"))

	answer, err = client.Post("https://a.example/plain", "application/json", http.NoBody)
	require.NoError(t, err)
	assert.Equal(t, 405, answer.StatusCode)
}

func TestPeersErrors(t *testing.T) {
	peers := world(t, map[string]vectors.Answers{
		"https://timeout.example/": {{Error: "timeout"}}, "https://refused.example/": {{Error: "refused"}},
		"https://dns.example/": {{Error: "dns"}}, "https://private.example/": {{Error: "private"}},
		"https://slow.example/": {{Status: 200, Delay: "10s"}}, "https://tardy.example/": {{Status: 200, Delay: "9999ms"}},
	})
	var timeout net.Error
	_, err := get(t, peers, "https://timeout.example/")
	require.ErrorAs(t, err, &timeout)
	assert.True(t, timeout.Timeout())
	_, err = get(t, peers, "https://refused.example/")
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	var unknown *net.DNSError
	_, err = get(t, peers, "https://dns.example/")
	require.ErrorAs(t, err, &unknown)
	_, err = get(t, peers, "https://private.example/")
	assert.ErrorIs(t, err, actor.ErrPrivate)

	assert.Equal(t, noon, peers.Now(), "errors take no time")
	_, err = get(t, peers, "https://slow.example/")
	require.ErrorAs(t, err, &timeout, "ten seconds are too long")
	assert.True(t, timeout.Timeout())
	assert.Equal(t, noon.Add(10*time.Second), peers.Now(), "and pass on the clock of this world")
	_, err = get(t, peers, "https://tardy.example/")
	require.NoError(t, err, "less than ten seconds are not")
	assert.Equal(t, noon.Add(19999*time.Millisecond), peers.Now())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://tardy.example/", nil)
	require.NoError(t, err)
	_, err = peers.RoundTrip(r)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestPeersCompareWebFingerDecoded(t *testing.T) {
	peers := world(t, map[string]vectors.Answers{
		"https://a.example/.well-known/webfinger?resource=acct:al@a.example": {{Status: 200, Type: "application/jrd+json", Body: "{}"}},
		"https://a.example/?author=7":                                        {{Status: 200}},
	})
	for _, address := range []string{
		"https://a.example/.well-known/webfinger?resource=acct%3Aal%40a.example",
		"https://a.example/.well-known/webfinger?resource=acct:al@a.example",
		"https://a.example/?author=7",
	} {
		answer, err := get(t, peers, address)
		require.NoError(t, err)
		assert.Equal(t, 200, answer.StatusCode, address)
	}
	answer, err := get(t, peers, "https://a.example/?author=7&x=1")
	require.NoError(t, err)
	assert.Equal(t, 404, answer.StatusCode, "elsewhere a query is compared as it stands")
}

func TestPeersRefuseAnswersThatAreNone(t *testing.T) {
	for situation, answer := range map[string]vectors.Answers{
		"an empty list":         {},
		"no status":             {{Body: "{}"}},
		"status and error":      {{Status: 200, Error: "dns"}},
		"an unknown error":      {{Error: "earthquake"}},
		"a delay that is none":  {{Status: 200, Delay: "soon"}},
		"a delay into the past": {{Status: 200, Delay: "-1s"}},
	} {
		assert.Error(t, vectors.NewPeers(noon).Set(map[string]vectors.Answers{"https://a.example/": answer}), situation)
	}
	assert.Error(t, vectors.NewPeers(noon).Set(map[string]vectors.Answers{"al@a.example": {{Status: 200}}}), "no URL")
}

func TestPeersAreSafeForConcurrentUse(t *testing.T) {
	peers := world(t, map[string]vectors.Answers{"https://a.example/": {{Status: 200, Delay: "1ms"}}})
	var askers sync.WaitGroup
	var failures error
	var mu sync.Mutex
	for range 8 {
		askers.Go(func() {
			for range 50 {
				r, _ := http.NewRequest(http.MethodGet, "https://a.example/", nil)
				_, err := peers.RoundTrip(r)
				mu.Lock()
				failures = errors.Join(failures, err)
				mu.Unlock()
			}
		})
	}
	askers.Wait()
	require.NoError(t, failures)
	assert.Equal(t, 400, peers.Fetches("https://a.example/"))
	assert.Equal(t, noon.Add(400*time.Millisecond), peers.Now())
}
