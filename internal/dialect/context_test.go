package dialect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

// Since Mastodon 4.2 the context stands at the head of the outbox alone, and the
// posts inherit from it what their words mean.
func TestTheHeadOfAnOutboxIsKeptWhereItSaysMore(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		kept []string
	}{
		"ActivityStreams alone":    {`"@context":"https://www.w3.org/ns/activitystreams",`, nil},
		"what archives define":     {`"@context":` + dialect.ContextOfObjects + `,`, nil},
		"some of it, turned round": {`"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#","focalPoint":{"@container":"@list","@id":"toot:focalPoint"}}],`, nil},
		"another word":             {`"@context":[{"speed":"https://x.example/ns#speed"}],`, []string{`[{"speed":"https://x.example/ns#speed"}]`}},
		"a word that means other":  {`"@context":[{"sensitive":"https://x.example/ns#sensitive"}],`, []string{`[{"sensitive":"https://x.example/ns#sensitive"}]`}},
		"a word of another type":   {`"@context":{"quote":"https://w3id.org/fep/044f#quote"},`, []string{`{"quote":"https://w3id.org/fep/044f#quote"}`}},
		"a context elsewhere":      {`"@context":["https://pl.example/schemas/litepub-0.1.jsonld"],`, []string{`["https://pl.example/schemas/litepub-0.1.jsonld"]`}},
		"a language for all":       {`"@context":[{"@language":"und"}],`, []string{`[{"@language":"und"}]`}},
		"no context at all":        {`"@context": null,`, nil},
		"two contexts": {`"@context":{"a":"https://x.example/a"},"@context":{ "a": "https://x.example/b" },`,
			[]string{`{"a":"https://x.example/a"}`, `{ "a": "https://x.example/b" }`}},
		"members that nobody knows": {`"id":"outbox.json","type":"OrderedCollection","totalItems":9,"exporter":{"name": "x"},`, []string{`{"name": "x"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			outbox := `{` + c.head + `"orderedItems":[` + alicePosts(1, "") + `],"totalItems":1}`
			for where, entries := range map[string][]entry{
				"a takeout":    {{"outbox.json", outbox}, aliceWith("")},
				"without more": {{"outbox.json", outbox}},
				"the FEP's":    with(exampleEntries(), entry{"activitypub/outbox.json", strings.ReplaceAll(outbox, aliceID, alice)}, entry{"activitypub/blocked_domains.csv", "gone"}),
			} {
				a, err := openExport(t, nil, tarGzOfEntries(entries...))
				require.NoError(t, err, where)
				var kept []string
				for _, item := range itemsOf(t, a, portability.Unknown) {
					if strings.Contains(item.ID, "outbox.json@") {
						kept = append(kept, string(item.Raw))
					}
				}
				assert.Equal(t, c.kept, kept, where)
				require.Len(t, itemsOf(t, a, portability.Content), 1, where)
			}
		})
	}
}
