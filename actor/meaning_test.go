package actor_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/expand"
)

// A JSON-LD processor must be able to read what we publish: the contexts are
// known, and none redefines a protected term of another; what they define keeps
// the meaning that it has for us.
func TestContextsFitTogether(t *testing.T) {
	statement, err := actor.SignIdentity(alice, fepSecret(t), fepCreated)
	require.NoError(t, err)
	for name, context := range map[string]string{
		"no context":             ``,
		"one context":            `"@context":"https://www.w3.org/ns/activitystreams",`,
		"a context and terms":    `"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#"}],`,
		"security terms already": `"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1"],`,
	} {
		t.Run(name, func(t *testing.T) {
			o, err := actor.WithKeys(parse(t, `{`+context+`"id":"https://server.example/users/alice","type":"Person"}`), fepRSA(t), fepEd25519(t))
			require.NoError(t, err)
			o, err = actor.WithIdentity(o, statement)
			require.NoError(t, err)
			result, err := expand.Expand(o)
			require.NoError(t, err)
			assert.Empty(t, result.Unknown, "no context that others would have to fetch")
			keys, problems := actor.Keys(result.Object)
			assert.Empty(t, problems)
			assert.Len(t, keys, 3)
			statements := result.Object.Children(vocab.Attachment)
			require.Len(t, statements, 1)
			assert.Equal(t, "https://w3id.org/fep#VerifiableIdentityStatement", statements[0].Type())
			assert.Equal(t, fepSecret(t).Public().DIDKey(), statements[0].IRI(vocab.Subject))
			assert.Equal(t, alice, statements[0].IRI(vocab.AlsoKnownAs))
			assert.NotNil(t, statements[0].Child(vocab.Proof))
		})
	}
}
