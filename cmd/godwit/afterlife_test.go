package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

const departedActor = `{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1"],"id":"https://old.example/users/alice",
"type":"Person","preferredUsername":"alice","url":"https://old.example/@alice","inbox":"https://old.example/users/alice/inbox",
"outbox":"https://old.example/users/alice/outbox","followers":"https://old.example/users/alice/followers"}`

const departedOutbox = `{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json","type":"OrderedCollection","orderedItems":[
{"id":"https://old.example/users/alice/statuses/1/activity","type":"Create","actor":"https://old.example/users/alice","to":["https://www.w3.org/ns/activitystreams#Public"],
"object":{"id":"https://old.example/users/alice/statuses/1","type":"Note","attributedTo":"https://old.example/users/alice",
"to":["https://www.w3.org/ns/activitystreams#Public"],"content":"<p>hello</p>","published":"2020-01-01T00:00:00Z"}}]}`

// departing writes an export of an account that publishes a key, and the key.
func departing(t *testing.T) (archive, keyFile string) {
	t.Helper()
	dir := t.TempDir()
	key, err := actor.GenerateRSA("https://old.example/users/alice")
	require.NoError(t, err)
	document, err := vocab.Parse([]byte(departedActor))
	require.NoError(t, err)
	document, err = actor.WithKeys(document, key.Public())
	require.NoError(t, err)
	text, err := key.PEM()
	require.NoError(t, err)
	archive, keyFile = filepath.Join(dir, "export"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.Mkdir(archive, 0o700))
	for name, data := range map[string]string{
		filepath.Join(archive, "actor.json"): document.String(), filepath.Join(archive, "outbox.json"): departedOutbox, keyFile: text,
	} {
		require.NoError(t, os.WriteFile(name, []byte(data), 0o600))
	}
	return archive, keyFile
}

// A web answers requests to the whole world, and notes what is delivered.
type web struct {
	mu        sync.Mutex
	documents map[string]string
	delivered map[string][]string // by URL
}

func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if r.Header.Get("Signature") == "" {
			return answer(r, http.StatusUnauthorized, "", nil), nil
		}
		w.delivered[r.URL.String()] = append(w.delivered[r.URL.String()], string(body))
		return answer(r, http.StatusAccepted, "", nil), nil
	}
	if body, ok := w.documents[r.URL.String()]; ok {
		return answer(r, http.StatusOK, "application/activity+json", []byte(body)), nil
	}
	return answer(r, http.StatusNotFound, "", nil), nil
}

func account(id, more string) string {
	return fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":%[1]q,"type":"Person","preferredUsername":"x","inbox":"%[1]s/inbox","outbox":"%[1]s/outbox","followers":"%[1]s/followers"%[2]s}`, id, more)
}

// said runs the command to its end.
func (w *web) said(t *testing.T, in string, args ...string) (int, string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := world{transport: w}.run(t.Context(), args, strings.NewReader(in), &out, &errs)
	return status, out.String() + errs.String()
}

func TestAfterlifeSendsTheMove(t *testing.T) {
	archive, key := departing(t)
	door := filepath.Join(t.TempDir(), "door")
	followers := filepath.Join(t.TempDir(), "followers.json")
	w := &web{delivered: map[string][]string{}, documents: map[string]string{
		"https://new.example/users/alice": account("https://new.example/users/alice", `,"alsoKnownAs":["https://old.example/users/alice"]`),
		"https://one.example/users/f":     account("https://one.example/users/f", `,"endpoints":{"sharedInbox":"https://one.example/inbox"}`),
		"https://one.example/users/g":     account("https://one.example/users/g", `,"endpoints":{"sharedInbox":"https://one.example/inbox"}`),
		"https://two.example/users/h":     account("https://two.example/users/h", ""),
	}}
	require.NoError(t, os.WriteFile(followers, []byte(followersExport), 0o600))
	status, said := w.said(t, "", "afterlife", "build", archive, "-o", door)
	require.Equal(t, statusDone, status, said)
	secret := strings.Fields(strings.SplitN(said, "\n", 2)[0])[2]
	args := []string{"afterlife", "claim", door, "https://old.example/users/alice", "https://new.example/users/alice",
		"-key", "https://old.example/users/alice=" + key, "-followers", followers}
	status, said = w.said(t, secret+"\n", args...)
	require.Equal(t, statusDone, status, said)
	assert.Contains(t, said, "sent       2 inboxes took the Move, 0 did not")
	for _, inbox := range []string{"https://one.example/inbox", "https://two.example/users/h/inbox"} {
		require.NotEmpty(t, w.delivered[inbox], inbox)
		last := w.delivered[inbox][len(w.delivered[inbox])-1]
		assert.Contains(t, last, `"Move"`)
		assert.Contains(t, last, "https://new.example/users/alice")
	}
	status, said = w.said(t, secret+"\n", args...)
	require.Equal(t, statusRefused, status, said)
	assert.Contains(t, said, "was sent already")
	for inbox, all := range w.delivered {
		moves := 0
		for _, one := range all {
			moves += strings.Count(one, `"type":"Move"`)
		}
		assert.Equal(t, 1, moves, "%s is told once, however often the command is run", inbox)
	}
}

const followersExport = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://old.example/users/alice/followers","type":"OrderedCollection",
"orderedItems":["https://one.example/users/f","https://one.example/users/g","https://two.example/users/h","https://gone.example/users/i"]}`

func TestAfterlifeServes(t *testing.T) {
	archive, key := departing(t)
	door := filepath.Join(t.TempDir(), "door")
	w := &web{delivered: map[string][]string{}, documents: map[string]string{}}
	status, said := w.said(t, "", "afterlife", "build", archive, "-o", door)
	require.Equal(t, statusDone, status, said)
	status, said = w.said(t, "", "afterlife", "serve", door, "-key", "https://old.example/users/alice="+filepath.Join(archive, "actor.json"))
	assert.NotEqual(t, statusDone, status, "what is no key")
	assert.NotContains(t, said, "BEGIN")

	ctx, stop := context.WithCancel(t.Context())
	reads, writes := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- world{transport: w}.run(ctx, []string{"afterlife", "serve", door, "-listen", "127.0.0.1:0", "-origin", "https://old.example",
			"-key", "https://old.example/users/alice=" + key}, strings.NewReader(""), writes, io.Discard)
	}()
	line, err := bufio.NewReader(reads).ReadString('\n')
	require.NoError(t, err)
	address, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	require.True(t, ready, line)
	get := func(path string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, http.NoBody)
		require.NoError(t, err)
		r.Header.Set("Accept", "application/activity+json")
		got, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, got.Body.Close())
		return got.StatusCode
	}
	assert.Equal(t, 200, get("/users/alice"), "the host is what -origin says")
	assert.Equal(t, 200, get("/users/alice/statuses/1"))
	assert.Equal(t, 404, get("/users/alice/statuses/2"))
	status, said = w.said(t, "", "afterlife", "forget", door, "https://old.example/users/alice/statuses/1")
	require.Equal(t, statusDone, status, said)
	require.Eventually(t, func() bool { return get("/users/alice/statuses/1") == http.StatusGone }, 20*time.Second, 50*time.Millisecond,
		"what another process forgot is gone soon")
	stop()
	assert.Equal(t, statusDone, <-ended)
}
