package peer_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/internal/peer"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// A lab is a peer with three hosts, and a server that is tested against it.
type lab struct {
	t      *testing.T
	api    string
	hosts  []string
	tested *fediverse.Host
	close  func() // ends the peer; it is ended with the test anyway
	mu     sync.Mutex
	said   []string // what the tested server answered to deliveries
}

// spares are keys for hundreds of accounts, of which none is about keys alone.
var spares fediverse.SpareKeys

func open(t *testing.T, rules move.Rules) *lab {
	t.Helper()
	listen := func() (net.Listener, string) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err, "listen on loopback")
		return l, l.Addr().String()
	}
	mine, address := listen()
	config := peer.Config{Dir: t.TempDir(), Trusted: []string{address}, AliasAge: -1, RSA: spares.RSA}
	trusted := []string{address}
	for range 3 {
		l, at := listen()
		config.Hosts = append(config.Hosts, peer.HostConfig{Base: "http://" + at, Listener: l})
		trusted = append(trusted, at)
	}
	p, err := peer.Open(t.Context(), config)
	require.NoError(t, err, "open the peer")
	end := sync.OnceFunc(func() { assert.NoError(t, p.Close(), "close the peer") })
	t.Cleanup(end)
	api := httptest.NewServer(p.API())
	t.Cleanup(api.Close)
	lab := &lab{t: t, api: api.URL, hosts: p.Hosts(), close: end}
	server := fediverse.Config{
		Base: "http://" + address, File: filepath.Join(t.TempDir(), "tested.db"), Trusted: trusted, Rules: rules, AliasAge: -1, Reader: "reader", RSA: spares.RSA,
	}
	lab.tested, err = fediverse.ListenWith(t.Context(), mine, server, lab.overheard)
	require.NoError(t, err, "open the tested server")
	t.Cleanup(func() { assert.NoError(t, lab.tested.Stop(), "stop the tested server") })
	return lab
}

// overheard keeps what is answered to deliveries.
func (l *lab) overheard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		l.mu.Lock()
		l.said = append(l.said, rec.Body.String())
		l.mu.Unlock()
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

func (l *lab) lastSaid() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.said) == 0 {
		return ""
	}
	return l.said[len(l.said)-1]
}

// call calls the API, and returns the status.
func (l *lab) call(method, path string, body, into any) int {
	l.t.Helper()
	data, err := json.Marshal(body)
	require.NoError(l.t, err)
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.api+path, bytes.NewReader(data))
	require.NoError(l.t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(l.t, err, "%s %s", method, path)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(l.t, err)
	if into != nil {
		require.NoError(l.t, json.Unmarshal(text, into), "%s %s answers %s", method, path, text)
	}
	return answer.StatusCode
}

// must calls the API, which must answer 2xx.
func (l *lab) must(method, path string, body, into any) {
	l.t.Helper()
	var raw json.RawMessage
	status := l.call(method, path, body, &raw)
	require.True(l.t, status >= 200 && status < 300, "%s %s answers %d: %s", method, path, status, raw)
	if into != nil {
		require.NoError(l.t, json.Unmarshal(raw, into), "%s %s answers %s", method, path, raw)
	}
}

type account struct {
	Handle                         string
	ID                             vocab.IRI
	Followers, Requests, Following []vocab.IRI
	Notices                        []struct{ Reason string }
	Document                       json.RawMessage
}

// create makes an account on a host.
func (l *lab) create(host int, name string, more map[string]any) account {
	l.t.Helper()
	request := map[string]any{"host": l.hosts[host], "name": name}
	for k, v := range more {
		request[k] = v
	}
	var a account
	l.must("POST", "/v1/accounts", request, &a)
	return a
}

// join makes an account of the tested server follow one of the peer.
func (l *lab) join(name string, a account) vocab.IRI {
	l.t.Helper()
	fan, err := l.tested.Create(l.t.Context(), name, false)
	require.NoError(l.t, err, "create a follower")
	require.NoError(l.t, l.tested.FollowAs(l.t.Context(), name, a.ID), "follow")
	l.expects(a, "follower", string(fan))
	l.eventually("the follow is accepted", func() bool { return contains(l.following(name), a.ID) })
	return fan
}

func (l *lab) expects(a account, what, value string) {
	l.t.Helper()
	l.must("GET", "/v1/accounts/"+a.Handle+"/expect?within=20s&"+url.Values{what: {value}}.Encode(), nil, nil)
}

func (l *lab) following(name string) []vocab.IRI {
	l.t.Helper()
	ids, err := l.tested.Following(l.t.Context(), name)
	require.NoError(l.t, err)
	return ids
}

func (l *lab) eventually(what string, check func() bool) {
	l.t.Helper()
	require.Eventually(l.t, check, 20*time.Second, 20*time.Millisecond, what)
}

func contains(ids []vocab.IRI, id vocab.IRI) bool {
	for _, have := range ids {
		if have == id {
			return true
		}
	}
	return false
}

// verdicts are what the tested server concluded after a number.
func (l *lab) verdicts(after int64) (words []string, last int64) {
	l.t.Helper()
	in, err := l.tested.Received(l.t.Context(), after)
	require.NoError(l.t, err)
	last = after
	for _, r := range in {
		last = r.Number
		if r.Type == vocab.TypeMove {
			words = append(words, r.Verdict)
		}
	}
	return words, last
}
