package actor_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
)

func TestSecretMultikey(t *testing.T) {
	t.Run("of an Ed25519 key, and read back", func(t *testing.T) {
		seed := make([]byte, ed25519.SeedSize)
		for i := range seed {
			seed[i] = byte(i)
		}
		key := actor.PrivateKey{ID: "https://a.example/alice#k", Owner: "https://a.example/alice", Signer: ed25519.NewKeyFromSeed(seed)}
		text, err := key.SecretMultikey()
		require.NoError(t, err)
		assert.Regexp(t, "^z3u2", text)
		again, err := actor.ParseSecretMultikey(key.ID, key.Owner, text)
		require.NoError(t, err)
		assert.True(t, again.Public().Equal(key.Public()))
	})
	t.Run("of other keys, or none", func(t *testing.T) {
		rsa, err := actor.GenerateRSA("https://a.example/alice")
		require.NoError(t, err)
		for _, key := range []actor.PrivateKey{rsa, {}, {Signer: ed25519.PrivateKey{1}}} {
			_, err := key.SecretMultikey()
			assert.ErrorIs(t, err, actor.ErrKeyKind)
		}
	})
}
