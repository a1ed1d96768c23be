package client_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

const as2 = "application/activity+json"

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A world answers requests from memory, by URL, and counts them.
type world struct {
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	asked   []string
	heads   []http.Header
	hold    chan struct{} // if not nil, answers wait for it
}

func newWorld() *world { return &world{answers: make(map[string]http.HandlerFunc)} }

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.asked = append(w.asked, r.Method+" "+r.URL.String())
	w.heads = append(w.heads, r.Header.Clone())
	answer, hold := w.answers[r.URL.String()], w.hold
	w.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	recorder := httptest.NewRecorder()
	if answer == nil {
		recorder.WriteHeader(http.StatusNotFound)
		return recorder.Result(), nil
	}
	answer(recorder, r)
	return recorder.Result(), nil
}

func (w *world) answer(url string, f http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[url] = f
}

// document serves an ActivityStreams document.
func (w *world) document(url, body string) {
	w.answer(url, func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", as2)
		io.WriteString(out, body)
	})
}

func (w *world) status(url string, status int, header ...string) {
	w.answer(url, func(out http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			out.Header().Set(header[i], header[i+1])
		}
		out.WriteHeader(status)
	})
}

func (w *world) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.asked...)
}

func (w *world) count(substring string) int {
	n := 0
	for _, asked := range w.requests() {
		if strings.Contains(asked, substring) {
			n++
		}
	}
	return n
}

// A person has an actor and a key in the world.
type person struct {
	id     vocab.IRI
	key    actor.PrivateKey
	signer client.Signer
}

var rsaKeys = sync.OnceValue(func() []actor.PrivateKey {
	keys := make([]actor.PrivateKey, 3)
	for i := range keys {
		key, err := actor.GenerateRSA("https://key.example/")
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// newPerson makes a person with the nth RSA key of the tests.
func newPerson(t testing.TB, id vocab.IRI, n int) *person {
	t.Helper()
	return personWith(t, id, actor.PrivateKey{ID: actor.MainKeyID(id), Owner: id, Signer: rsaKeys()[n].Signer})
}

func personWith(t testing.TB, id vocab.IRI, key actor.PrivateKey) *person {
	t.Helper()
	signer, err := client.NewSigner(key)
	require.NoError(t, err)
	return &person{id: id, key: key, signer: signer}
}

func (p *person) document() string { return document(p.id, p.key.Public()) }

func document(id vocab.IRI, keys ...actor.Key) string {
	var listed []string
	for _, k := range keys {
		listed = append(listed, fmt.Sprintf(`{"id":%q,"owner":%q,"publicKeyPem":%q}`, k.ID, id, k.PEM()))
	}
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%q,"type":"Person","inbox":"%s/inbox","publicKey":[%s]}`,
		id, id, strings.Join(listed, ","))
}

// request makes a request signed by the person as it arrives at an inbox.
func (p *person) request(t testing.TB, c *clock, scheme client.Scheme, body string) (*http.Request, []byte) {
	t.Helper()
	return arriving(t, p.signer, c.Now(), scheme, body)
}

func arriving(t testing.TB, signer client.Signer, at time.Time, scheme client.Scheme, body string) (*http.Request, []byte) {
	t.Helper()
	r, err := http.NewRequest("POST", "https://here.example/inbox", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", as2)
	require.NoError(t, signer.Sign(r, []byte(body), client.Signing{Scheme: scheme, At: at}))
	var wire bytes.Buffer
	require.NoError(t, r.Write(&wire))
	return received(t, wire.Bytes()), []byte(body)
}

func setup(o client.Options) (*client.Client, *world, *clock) {
	w, k := newWorld(), newClock()
	if o.Transport == nil {
		o.Transport = w
	}
	o.Clock = k.Now
	o.PublicOrigin = "https://here.example"
	return client.New(&o), w, k
}

func parse(t testing.TB, body string) *vocab.Object {
	t.Helper()
	o, err := vocab.Parse([]byte(body))
	require.NoError(t, err)
	return o
}

type signers map[vocab.IRI]client.Signer

func (s signers) find(_ context.Context, owner vocab.IRI) (client.Signer, error) {
	return s[owner], nil
}

// received reads a request off the wire, as a server does.
func received(t testing.TB, wire []byte) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
	require.NoError(t, err)
	r.Header.Del("Host")
	return r
}
