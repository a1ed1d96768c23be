package stories_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/vocab"
)

// A town is some servers that know each other, and a stranger who looks at them.
type town struct {
	t       *testing.T // of the step that is being told
	whole   *testing.T // of the story
	ctx     context.Context
	dir     string
	at      map[string]string // the addresses of the servers
	trusted []string
	servers map[string]*fediverse.Host
	rules   func(name string, c *fediverse.Config)
	looks   *client.Client // the stranger's

	mu       sync.Mutex
	copying  bool
	breaches []string // what was delivered while a copy ran
}

// found starts servers on loopback. Rules, if not nil, says how each is configured.
func found(t *testing.T, rules func(name string, c *fediverse.Config), names ...string) *town {
	t.Helper()
	w := &town{
		t: t, whole: t, ctx: t.Context(), dir: t.TempDir(), rules: rules,
		at: map[string]string{}, servers: map[string]*fediverse.Host{},
	}
	listeners := map[string]net.Listener{}
	for _, name := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err, "listen on loopback")
		listeners[name] = l
		w.at[name] = l.Addr().String()
		w.trusted = append(w.trusted, w.at[name])
	}
	w.looks = client.New(&client.Options{Trusted: w.trusted, CacheFor: -1})
	t.Cleanup(w.looks.CloseIdleConnections)
	for _, name := range names {
		w.open(name, name+".db", listeners[name])
	}
	return w
}

// spares are keys for the people of all towns; what is about keys makes its own.
var spares fediverse.SpareKeys

// open starts a server over a file.
func (w *town) open(name, file string, l net.Listener) {
	w.t.Helper()
	config := fediverse.Config{
		Base: "http://" + w.at[name], Title: name, Trusted: w.trusted, AliasAge: -1, RSA: spares.RSA,
		Retry: 100 * time.Millisecond, File: filepath.Join(w.dir, file),
	}
	if w.rules != nil {
		w.rules(name, &config)
	}
	// The town's context ends before the cleanup does.
	h, err := fediverse.ListenWith(context.WithoutCancel(w.ctx), l, config, func(h http.Handler) http.Handler { return w.overheard(name, h) })
	require.NoError(w.t, err, "open %s", name)
	w.servers[name] = h
	w.whole.Cleanup(func() {
		if w.servers[name] == h {
			require.NoError(w.whole, h.Stop(), "stop %s", name)
		}
	})
}

// overheard fails on any delivery while a copy runs.
func (w *town) overheard(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		silent := w.copying
		if silent && r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.breaches = append(w.breaches, name+" "+r.URL.Path)
		}
		w.mu.Unlock()
		if silent && r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(rw, "a copy is running: nobody is to be told anything", http.StatusInternalServerError)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// goesDark takes a server off the network for good.
func (w *town) goesDark(name string) {
	w.t.Helper()
	require.NoError(w.t, w.servers[name].Stop(), "stop %s", name)
	delete(w.servers, name)
}

// installs puts new software, with nothing in it, at the address of a server that has
// gone.
func (w *town) installs(name, file string) {
	w.t.Helper()
	l, err := net.Listen("tcp", w.at[name])
	require.NoError(w.t, err, "listen where %s was", name)
	w.open(name, file, l)
}

// step tells one step of a story by itself.
func (w *town) step(says string, tell func()) {
	w.t.Helper()
	told := w.whole.Run(says, func(t *testing.T) {
		w.t = t
		tell()
	})
	w.t = w.whole
	require.True(w.t, told, "the story ends where a step fails")
}

// inSilence runs a copy, and fails if anybody was told anything meanwhile.
func (w *town) inSilence(copies func()) {
	w.t.Helper()
	w.waits("what was said before has arrived", func() bool {
		for _, s := range w.servers {
			if n, err := s.Waiting(w.ctx); err != nil || n > 0 {
				return false
			}
		}
		return true
	})
	require.NoError(w.t, w.listens(copies), "nobody is told anything by a copy")
}

// listens tells what was said while something ran.
func (w *town) listens(to func()) error {
	w.t.Helper()
	before := w.said()
	w.hush(true)
	to()
	w.hush(false)
	if len(w.breaches) > 0 {
		return fmt.Errorf("delivered: %v", w.breaches)
	}
	if after := w.said(); !maps.Equal(before, after) {
		return fmt.Errorf("queued and taken in by each: %v, before %v", after, before)
	}
	return nil
}

func (w *town) hush(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.copying = on
}

// said is how many activities each server ever queued and took in.
func (w *town) said() map[string][2]int {
	w.t.Helper()
	all := map[string][2]int{}
	for name, s := range w.servers {
		queued, err := s.Queued(w.ctx)
		require.NoError(w.t, err, "ask %s", name)
		came, err := s.CameIn(w.ctx)
		require.NoError(w.t, err, "ask %s", name)
		all[name] = [2]int{queued, came}
	}
	return all
}

// waits waits for what happens between servers.
func (w *town) waits(until string, is func() bool) {
	w.t.Helper()
	require.Eventually(w.t, is, 30*time.Second, 20*time.Millisecond, until)
}

// set is a list without its order.
func set(ids []vocab.IRI) map[vocab.IRI]bool {
	all := map[vocab.IRI]bool{}
	for _, id := range ids {
		all[id] = true
	}
	return all
}
