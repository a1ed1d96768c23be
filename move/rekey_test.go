package move_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

func TestAfterRekey(t *testing.T) {
	const me = "https://old.example/users/alice"
	bare, err := vocab.Parse([]byte(`{"@context":"https://www.w3.org/ns/activitystreams","id":"` + me + `","type":"Person"}`))
	require.NoError(t, err)
	shows := func(keys ...actor.PrivateKey) *vocab.Object {
		var public []actor.Key
		for _, k := range keys {
			public = append(public, k.Public())
		}
		o, err := actor.WithKeys(bare, public...)
		require.NoError(t, err)
		return o
	}
	old, err := actor.GenerateRSA(me)
	require.NoError(t, err)
	other, err := actor.GenerateRSA(me)
	require.NoError(t, err)
	second, err := actor.GenerateEd25519(me)
	require.NoError(t, err)
	renamed := old
	renamed.ID = me + "#another"
	for name, c := range map[string]struct {
		now  *vocab.Object
		want map[string]move.KeyAnswer
	}{
		"the key of the operator's export": {shows(old, second), map[string]move.KeyAnswer{
			"mastodon": move.KeyKept, "gotosocial": move.KeyKept, "snac": move.KeyKept, "godwit": move.KeyKept}},
		"a new key": {shows(other, second), map[string]move.KeyAnswer{
			"mastodon": move.KeyRead, "misskey": move.KeyRead, "gotosocial": move.KeyRefused, "snac": move.KeyUnknown, "godwit": move.KeyRead}},
		"the old one, which no longer signs": {shows(other, old), map[string]move.KeyAnswer{"gotosocial": move.KeyRefused}},
		"the old one by another id":          {shows(renamed), map[string]move.KeyAnswer{"gotosocial": move.KeyUnknown, "godwit": move.KeyKept}},
		"no RSA key at all":                  {shows(second), map[string]move.KeyAnswer{"gotosocial": move.KeyRefused}},
	} {
		all := move.AfterRekey(shows(old, second), c.now)
		require.Len(t, all, len(move.Families()), name)
		got := map[string]move.KeyOutlook{}
		for _, o := range all {
			got[o.Family] = o
		}
		for family, want := range c.want {
			assert.Equal(t, want, got[family].Answer, "%s: %s", name, family)
			assert.Equal(t, want == move.KeyRefused || want == move.KeyUnknown, got[family].Hint != "" && want != move.KeyRead, "%s: %s", name, family)
		}
	}
	some := move.AfterRekey(shows(old), shows(other), "gotosocial", "unheard-of")
	assert.Equal(t, []move.KeyAnswer{move.KeyRefused, move.KeyUnknown}, []move.KeyAnswer{some[0].Answer, some[1].Answer})
}
