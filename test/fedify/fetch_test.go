package fedify_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// A list of followers at Fedify is shown to those who sign.
func TestSignedFetches(t *testing.T) {
	there := startPeer(t, client.RFC9421)
	followers := there.create(t, "dunlin") + "/followers"
	for _, tt := range []struct {
		name  string
		only  client.Scheme // that Fedify's server takes
		query string
		want  []verification // of each try, as Fedify reports it
	}{
		{"draft-cavage is taken", "", "", []verification{{Scheme: client.Cavage, Verified: true}}},
		{"draft-cavage without the query is taken", client.Cavage, "?cursor=0",
			[]verification{{Scheme: client.Cavage}, {Scheme: client.Cavage, Verified: true}}},
		{"RFC 9421 is wanted", client.RFC9421, "", []verification{{Scheme: client.RFC9421, Verified: true}}},
		{"RFC 9421 covers the query", client.RFC9421, "?cursor=0", []verification{{Scheme: client.RFC9421, Verified: true}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			there.insistOn(t, tt.only)
			who := startStranger(t)
			before := len(there.signatures(t))

			got, err := who.client(t, there).Fetch(t.Context(), followers+vocab.IRI(tt.query))

			require.NoError(t, err, "fetch a list that only the signed may see")
			assert.True(t, got.Is(vocab.TypeOrderedCollection) || got.Is(vocab.TypeOrderedCollectionPage), "it is the list")
			var tries []verification
			for _, v := range there.signatures(t)[before:] {
				tries = append(tries, verification{Scheme: v.Scheme, Verified: v.Verified})
			}
			assert.Equal(t, tt.want, tries, "what Fedify reports of our signatures")
		})
	}
}

func TestUnsignedFetchIsRefused(t *testing.T) {
	there := startPeer(t, client.RFC9421)
	followers := there.create(t, "dunlin") + "/followers"

	_, err := startStranger(t).client(t, there).As(nil).Fetch(t.Context(), followers)

	assert.ErrorIs(t, err, actor.ErrForbidden, "a list that only the signed may see")
}
