package fedify_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/vocab"
)

// A home is a server of ours that notes how the peer knocks at its door.
type home struct {
	*fediverse.Server
	peer *peer
	only client.Scheme // what the peer's signatures must be made by; "" takes any

	mu   sync.Mutex
	seen []knock
}

// A knock is one signed request of the peer.
type knock struct {
	method, path string
	scheme       client.Scheme
	refused      bool          // for its scheme
	owner        vocab.IRI     // of the key; "" if the signature does not verify
	err          error         // why it does not
	body         *vocab.Object // nil on GET
}

// startHomes runs some that may reach each other and the peer.
func startHomes(t *testing.T, p *peer, only client.Scheme, n int) []*home {
	t.Helper()
	trusted := []string{vocab.IRI(p.base).Host()}
	var listeners []net.Listener
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err, "listen on loopback")
		listeners, trusted = append(listeners, l), append(trusted, l.Addr().String())
	}
	var homes []*home
	for _, l := range listeners {
		homes = append(homes, startHome(t, l, &home{peer: p, only: only}, trusted))
	}
	return homes
}

func startHome(t *testing.T, l net.Listener, h *home, trusted []string) *home {
	t.Helper()
	s, err := fediverse.Open(t.Context(), fediverse.Config{
		Base: "http://" + l.Addr().String(), Trusted: trusted,
		File: filepath.Join(t.TempDir(), "home.db"), AliasAge: -1,
	})
	require.NoError(t, err, "open a server")
	h.Server = s
	web := &http.Server{Handler: h.door(s.Handler()), ReadHeaderTimeout: patience}
	var all sync.WaitGroup
	all.Go(func() { _ = web.Serve(l) })
	all.Go(func() { s.Run(t.Context()) })
	t.Cleanup(func() {
		assert.NoError(t, web.Close(), "close the door")
		all.Wait()
		assert.NoError(t, s.Close(), "close the server")
	})
	return h
}

// door notes each request that the peer signed, as our client verifies it, and
// lets in those whose scheme is welcome.
func (h *home) door(inside http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signature := r.Header.Get("Signature-Input") + r.Header.Get("Signature")
		if !strings.Contains(signature, `"`+h.peer.base+"/") {
			inside.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		k := h.judge(r, body)
		h.note(k)
		if k.refused {
			http.Error(w, "sign by "+string(h.only), http.StatusUnauthorized)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		inside.ServeHTTP(w, r)
	})
}

func (h *home) judge(r *http.Request, body []byte) knock {
	k := knock{method: r.Method, path: r.URL.Path, scheme: client.Cavage}
	if r.Header.Get("Signature-Input") != "" {
		k.scheme = client.RFC9421
	}
	if k.refused = h.only != "" && k.scheme != h.only; k.refused {
		return k
	}
	if r.Method == http.MethodPost {
		k.body, k.err = vocab.Parse(body)
	}
	verified, err := h.Client().Verify(r.Context(), r, body)
	if err != nil && k.scheme == client.RFC9421 && r.Method == http.MethodGet {
		verified, err = h.verifyWhole(r)
	}
	if err != nil {
		k.err = err
		return k
	}
	k.owner, k.scheme = verified.Owner, verified.Scheme
	return k
}

// verifyWhole verifies a fetch of a key. Fedify signs @target-uri with the
// fragment of the key's id, which no request carries: whoever demands signed
// fetches has to refuse it, and gets draft-cavage instead.
func (h *home) verifyWhole(r *http.Request) (*client.Verified, error) {
	whole := r.Clone(r.Context())
	whole.RequestURI += "#main-key"
	return h.Client().Verify(r.Context(), whole, nil)
}

func (h *home) note(k knock) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = append(h.seen, k)
}

func (h *home) knocks() []knock {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.seen)
}

func (h *home) create(t *testing.T, name string) vocab.IRI {
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

// eventually waits for what happens over real sockets.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	require.Eventually(t, check, patience, 20*time.Millisecond, what)
}
