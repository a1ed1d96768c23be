package portability_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func TestPlace_signs(t *testing.T) {
	key, err := actor.GenerateEd25519(placeNew)
	require.NoError(t, err)
	p := aPlacing(t)
	p.Options.Breadcrumbs = true
	p.Sign = func(_ context.Context, account vocab.IRI, o *vocab.Object) (*vocab.Object, error) {
		assert.Equal(t, vocab.IRI(placeNew), account)
		return actor.SignProof(o, key, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), nil)
	}
	post := placeItem(t, portability.Content, placeOld+"/1", `{"@context":"https://www.w3.org/ns/activitystreams","id":"`+placeOld+`/1","attributedTo":"`+placeOld+`","proof":{"type":"DataIntegrityProof","proofValue":"zOld"}}`)
	nameless := placeItem(t, portability.Content, placeOld+"/3", `{"id":"`+placeOld+`/3"}`)
	others := placeItem(t, portability.Received, "x:9", `{"id":"x:9","inReplyTo":"`+placeOld+`/1"}`)
	items, err := p.Place(t.Context(), post, nameless, others)
	require.NoError(t, err)

	signed := items[0].Placed.Object
	proofs := actor.Proofs(signed)
	require.Len(t, proofs, 1, "that of the old account no longer holds")
	assert.NoError(t, actor.VerifyProof(signed, key.Public(), nil))
	assert.False(t, items[1].Placed.Object.Has(vocab.Proof), "what has no name yet cannot be signed")
	assert.False(t, items[2].Placed.Object.Has(vocab.Proof), "others' words are not signed")

	again, err := p.Place(t.Context(), post)
	require.NoError(t, err)
	assert.Equal(t, signed.String(), again[0].Placed.Object.String(), "a second time it is the same")
}
