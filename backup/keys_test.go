package backup_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

const keyOwner = "https://a.example/users/alice"

// publishing is the document of an account with these keys.
func publishing(t *testing.T, keys ...actor.PrivateKey) *vocab.Object {
	doc, err := vocab.Parse([]byte(`{"id":"` + keyOwner + `","type":"Person"}`))
	require.NoError(t, err)
	var public []actor.Key
	for _, k := range keys {
		public = append(public, k.Public())
	}
	doc, err = actor.WithKeys(doc, public...)
	require.NoError(t, err)
	return doc
}

func unlockKey(t *testing.T, plain string, doc *vocab.Object) (actor.PrivateKey, error) {
	me := newIdentity(t)
	from := box{{name: "key/1.json.age", data: sealedFor(t, plain, me.Recipient())}}
	return backup.UnlockKey(t.Context(), from, "key/1.json.age", doc, []age.Identity{me}, nil)
}

func TestUnlockKey(t *testing.T) {
	ed, err := actor.GenerateEd25519(keyOwner)
	require.NoError(t, err)
	rsa, err := actor.GenerateRSA(keyOwner)
	require.NoError(t, err)
	stranger, err := actor.GenerateEd25519(keyOwner)
	require.NoError(t, err)
	doc := publishing(t, ed, rsa)

	for name, key := range map[string]actor.PrivateKey{"Ed25519": ed, "RSA": rsa} {
		t.Run(name+" there and back", func(t *testing.T) {
			secret, err := backup.SecretOf(key)
			require.NoError(t, err)
			assert.Equal(t, "Multikey", secret.Type())
			again, err := unlockKey(t, secret.String(), doc)
			require.NoError(t, err)
			assert.True(t, again.Public().Equal(key.Public()))
			assert.Equal(t, key.ID, again.ID)
			assert.Equal(t, key.Owner, again.Owner)
		})
	}
	multibase, err := ed.SecretMultikey()
	require.NoError(t, err)
	pem, err := rsa.PEM()
	require.NoError(t, err)
	t.Run("as the FEP has it, under another id", func(t *testing.T) {
		again, err := unlockKey(t, `{"type":"Multikey","id":"https://evil.example/#k","controller":"https://evil.example/","privateKeyMultibase":"`+multibase+`"}`, doc)
		require.NoError(t, err)
		assert.Equal(t, ed.ID, again.ID, "the account's document names the key, not the file")
		assert.EqualValues(t, keyOwner, again.Owner)
	})

	secretOfStranger, err := backup.SecretOf(stranger)
	require.NoError(t, err)
	for _, c := range []struct {
		name, plain string
		doc         *vocab.Object
		reason      backup.Reason
	}{
		{"a key that the account does not publish", secretOfStranger.String(), doc, backup.SecretStranger},
		{"with a public half that the account publishes, and another private one",
			strings.Replace(secretOfStranger.String(), stranger.Public().Encode(), ed.Public().Encode(), 1), doc, backup.SecretStranger},
		{"an account without keys", secretOfStranger.String(), publishing(t), backup.SecretStranger},
		{"no account", secretOfStranger.String(), nil, backup.SecretStranger},
		{"no JSON", multibase, doc, backup.SecretUnclear},
		{"nothing", "", doc, backup.SecretUnclear},
		{"only a public half", `{"type":"Multikey","publicKeyMultibase":"` + ed.Public().Encode() + `"}`, doc, backup.SecretUnclear},
		{"a key cut short", `{"secretKeyMultibase":"` + multibase[:20] + `"}`, doc, backup.SecretUnclear},
		{"PEM cut short", fmt.Sprintf(`{"privateKeyPem":%q}`, pem[:300]), doc, backup.SecretUnclear},
		{"two members of one name", `{"secretKeyMultibase":"` + multibase + `","secretKeyMultibase":"x"}`, doc, backup.SecretUnclear},
		{"too much of it", `{"secretKeyMultibase":"` + multibase + `","x":"` + strings.Repeat("x", 64<<10) + `"}`, doc, backup.SealTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			key, err := unlockKey(t, c.plain, c.doc)
			refusal, ok := errors.AsType[*backup.Refusal](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.reason, refusal.Reason)
			assert.Nil(t, key.Signer)
			for _, secret := range []string{multibase[:20], "z3u2", "PRIVATE"} {
				assert.NotContains(t, fmt.Sprintf("%v %+v", err, refusal), secret)
			}
		})
	}
	t.Run("a key that is not given away", func(t *testing.T) {
		_, err := backup.SecretOf(actor.PrivateKey{ID: "https://a.example/#k"})
		assert.ErrorIs(t, err, actor.ErrKeyKind)
	})
}

func TestUnlockInbox(t *testing.T) {
	me := newIdentity(t)
	read := func(from box) (items []portability.Item, failed error) {
		for item, err := range backup.UnlockInbox(t.Context(), from, []age.Identity{me}, nil) {
			if err != nil {
				return items, err
			}
			items = append(items, item)
		}
		return items, nil
	}
	inbox := `{"@context":"https://www.w3.org/ns/activitystreams","type":"OrderedCollection","orderedItems":[
{"id":"https://b.example/1","type":"Create"},
{"type":"Note"},
[1]
],"totalItems":3}`
	t.Run("item by item", func(t *testing.T) {
		items, err := read(box{{name: "received/inbox.json.age", data: sealedFor(t, inbox, me.Recipient())}})
		require.NoError(t, err)
		require.Len(t, items, 3)
		assert.Equal(t, portability.Ref{Kind: portability.Inbox, ID: "https://b.example/1"}, items[0].Ref)
		assert.Equal(t, `{"id":"https://b.example/1","type":"Create"}`, items[0].Object.String())
		assert.NotEmpty(t, items[1].ID)
		assert.Equal(t, portability.Unreadable, items[2].Problems[0].Reason)
		assert.Equal(t, "[1]", string(items[2].Raw))
	})
	t.Run("none", func(t *testing.T) {
		items, err := read(nil)
		require.NoError(t, err)
		assert.Empty(t, items)
	})
	t.Run("cut short before it was sealed", func(t *testing.T) {
		items, err := read(box{{name: "received/inbox.json.age", data: sealedFor(t, inbox[:150], me.Recipient())}})
		assert.Len(t, items, 1, "what is whole is given")
		refusal, ok := errors.AsType[*backup.Refusal](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, backup.SealDamaged, refusal.Reason)
	})
	t.Run("of somebody else", func(t *testing.T) {
		_, err := read(box{{name: "received/inbox.json.age", data: sealedFor(t, inbox, newIdentity(t).Recipient())}})
		assert.ErrorIs(t, err, backup.ErrWrongKey)
	})
}
