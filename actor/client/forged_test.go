package client_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// Each key that a signature is held against costs up to four verifications, and
// an actor may publish many: a request that verifies against the nth shows that
// n were tried.
func TestOneRequestIsHeldAgainstEightKeys(t *testing.T) {
	keys := make([]actor.PrivateKey, 10)
	var listed []actor.Key
	for i := range keys {
		key, err := actor.GenerateEd25519(alice)
		require.NoError(t, err)
		key.ID = vocab.IRI(fmt.Sprintf("%s#key-%d", alice, i+1))
		keys[i] = key
		listed = append(listed, key.Public())
	}
	verify := func(n int, named vocab.IRI) error {
		c, w, k := setup(client.Options{})
		w.document(string(alice), document(alice, listed...))
		signer, err := client.NewSigner(actor.PrivateKey{ID: named, Owner: alice, Signer: keys[n-1].Signer})
		require.NoError(t, err)
		r, sent := arriving(t, signer, k.Now(), client.RFC9421, body)
		_, err = c.Verify(t.Context(), r, sent)
		return err
	}
	assert.NoError(t, verify(1, alice+"#unheard-of"), "the first key, under a name that nobody knows")
	assert.NoError(t, verify(8, alice+"#unheard-of"), "the eighth")
	assert.Equal(t, client.Unsigned, reason(t, verify(9, alice+"#unheard-of")), "the ninth is not tried")
	assert.NoError(t, verify(10, alice+"#key-10"), "the one that the signature names is tried first, wherever it stands")
}
