package fedify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// assertProofs checks that each activity Fedify sent carries a proof by its
// actor that we verify, and that we verify no other in its place.
func assertProofs(t *testing.T, here *home) {
	t.Helper()
	kinds := map[string]bool{}
	for _, k := range here.knocks() {
		if k.body == nil {
			continue
		}
		kind := k.body.Type()
		kinds[kind] = true
		key := proofKey(t, here, k.body)
		now := &actor.ProofOptions{Now: time.Now(), MaxAge: time.Hour}
		assert.NoError(t, actor.VerifyProof(k.body, key, now), "the proof of Fedify's %s", kind)
		assert.Error(t, actor.VerifyProof(altered(t, k.body), key, now), "the proof of an altered %s", kind)
	}
	for _, kind := range []string{vocab.TypeFollow, vocab.TypeAccept, vocab.TypeUndo, vocab.TypeMove} {
		assert.True(t, kinds[kind], "Fedify sent a %s", kind)
	}
}

// proofKey returns the key that the activity's proof names, as its actor
// publishes it.
func proofKey(t *testing.T, here *home, o *vocab.Object) actor.Key {
	t.Helper()
	proofs := actor.Proofs(o)
	require.Len(t, proofs, 1, "one proof in a %s", o.Type())
	owner := o.IRI(vocab.Actor)
	document, err := here.Client().Fetch(t.Context(), owner)
	require.NoError(t, err, "read the actor at Fedify")
	keys, problems := actor.Keys(document)
	assert.Empty(t, problems, "every key that Fedify publishes is read")
	key, ok := actor.FindKey(keys, proofs[0].VerificationMethod)
	require.True(t, ok, "the actor publishes the key of the proof")
	assert.Equal(t, owner, key.Owner, "the owner of the key")
	return key
}

func altered(t *testing.T, o *vocab.Object) *vocab.Object {
	t.Helper()
	other, err := o.Edit("/object", vocab.IRI("http://127.0.0.1/users/mallory"))
	require.NoError(t, err)
	return other
}

// A reader of JSON-LD such as Fedify sees a proof only where the document's
// context defines the word.
func TestFedifyVerifiesOurProofs(t *testing.T) {
	there := startPeer(t, client.RFC9421)
	who := startStranger(t)
	activity, err := vocab.Build(
		vocab.Member{Name: vocab.Context, Value: []vocab.IRI{vocab.ContextAS, "https://w3id.org/security/data-integrity/v1"}},
		vocab.Member{Name: vocab.ID, Value: who.id + "#moves/1"},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeMove},
		vocab.Member{Name: vocab.Actor, Value: who.id},
		vocab.Member{Name: vocab.ObjectProperty, Value: who.id},
		vocab.Member{Name: vocab.Target, Value: "http://127.0.0.1/users/next"},
	)
	require.NoError(t, err)
	bare, err := activity.With(vocab.Context, vocab.ContextAS)
	require.NoError(t, err)
	signed := sign(t, activity, who.second)
	for _, tt := range []struct {
		name     string
		document *vocab.Object
		want     bool
	}{
		{"a Move that we signed", signed, true},
		{"the same Move, altered", altered(t, signed), false},
		{"the same Move without its proof", activity, false},
		{"a Move whose context does not define proof", sign(t, bare, who.second), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, order[bool](t, there, "verify", map[string]any{"document": raw(tt.document)}))
		})
	}
}

func sign(t *testing.T, o *vocab.Object, key actor.PrivateKey) *vocab.Object {
	t.Helper()
	signed, err := actor.SignProof(o, key, time.Now(), nil)
	require.NoError(t, err, "sign a Move")
	return signed
}
