package client_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/expand"
)

// A statement about a key outside any server is signed as it stands in the document:
// normalizing that, which gives its type another name, would break it.
func TestIdentityKeysAreLearntFromWhatCame(t *testing.T) {
	var document *vocab.Object
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write(document.Bytes())
	}))
	defer server.Close()
	id := vocab.IRI(server.URL + "/users/al")
	key, err := actor.GenerateEd25519(id)
	require.NoError(t, err)
	bare, err := vocab.Parse([]byte(`{"@context":"https://www.w3.org/ns/activitystreams","id":"` + string(id) + `","type":"Person","inbox":"` + string(id) + `/inbox"}`))
	require.NoError(t, err)

	for name, of := range map[string]vocab.IRI{"its own": id, "somebody else's": id + "2"} {
		t.Run(name, func(t *testing.T) {
			statement, err := actor.SignIdentity(of, key, time.Now().Add(-time.Minute))
			require.NoError(t, err)
			if document, err = actor.WithIdentity(bare, statement); of != id {
				document, err = bare.With(vocab.Attachment, []*vocab.Object{statement})
			}
			require.NoError(t, err)
			memory := actor.NewKeyMemory()
			c := client.New(&client.Options{Trusted: []string{server.Listener.Addr().String()}, Memory: memory, Normalize: expand.Normalize})
			defer c.CloseIdleConnections()
			_, err = c.Fetch(t.Context(), id)
			require.NoError(t, err)
			records, err := memory.Keys(t.Context(), id)
			require.NoError(t, err)
			var prints []string
			for _, r := range records {
				prints = append(prints, r.Fingerprint)
			}
			if of != id {
				assert.Empty(t, prints, "a statement about another account is not believed")
				return
			}
			assert.Equal(t, []string{key.Public().Fingerprint()}, prints, "the key is remembered for the account that shows it")
		})
	}
}
