package fedify_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// A stranger is an actor alone on a server, whose keys the test holds.
type stranger struct {
	id           vocab.IRI
	main, second actor.PrivateKey // RSA and Ed25519
}

func startStranger(t *testing.T) *stranger {
	t.Helper()
	var document *vocab.Object
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write(document.Bytes())
	}))
	t.Cleanup(server.Close)
	s := &stranger{id: vocab.IRI(server.URL + "/actor")}
	var err error
	s.main, err = actor.GenerateRSA(s.id)
	require.NoError(t, err)
	s.second, err = actor.GenerateEd25519(s.id)
	require.NoError(t, err)
	document, err = vocab.Build(
		vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
		vocab.Member{Name: vocab.ID, Value: s.id},
		vocab.Member{Name: vocab.Type, Value: vocab.TypePerson},
		vocab.Member{Name: vocab.Username, Value: "actor"},
		vocab.Member{Name: vocab.Inbox, Value: s.id + "/inbox"},
	)
	require.NoError(t, err)
	document, err = actor.WithKeys(document, s.main.Public(), s.second.Public())
	require.NoError(t, err)
	return s
}

// client returns one that signs as the stranger and may reach the peer.
func (s *stranger) client(t *testing.T, p *peer) *client.Client {
	t.Helper()
	signer, err := client.NewSigner(s.main)
	require.NoError(t, err)
	c := client.New(&client.Options{Signer: signer, Trusted: []string{vocab.IRI(p.base).Host()}, CacheFor: -1})
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// raw is a document as it stands, inside an order.
func raw(o *vocab.Object) json.RawMessage { return o.Bytes() }
