package remap_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/remap"
	"codeberg.org/godwit/godwit/vocab"
)

// forged are documents that say where they were, in VICTIM's name.
var forged = map[string]string{
	"by name":               `{"id":"x:1","previously":[{"id":"VICTIM"}],"migratedFrom":"VICTIM","migratedAt":"VICTIM"}`,
	"by full IRI":           `{"id":"x:1","https://w3id.org/fep/1580#migratedFrom":[{"@id":"VICTIM"}],"https://w3id.org/fep/1580#migratedAt":"VICTIM","https://swicg.github.io/lola#previously":"VICTIM"}`,
	"with a prefix":         `{"@context":[{"m":"https://w3id.org/fep/1580#"}],"id":"x:1","m:migratedFrom":"VICTIM","lola:previously":"VICTIM"}`,
	"in other letters":      `{"id":"x:1","Previously":"VICTIM","MIGRATEDFROM":"VICTIM"}`,
	"escaped":               `{"id":"x:1","previousl\u0079":"VICTIM","\u006digratedFrom":"VICTIM"}`,
	"twice":                 `{"previously":"VICTIM","id":"x:1","previously":"VICTIM"}`,
	"an alias":              `{"@context":{"was":"https://w3id.org/fep/1580#migratedFrom"},"id":"x:1","was":"VICTIM"}`,
	"an alias behind it":    `{"was":"VICTIM","id":"x:1","@context":["https://www.w3.org/ns/activitystreams",{"was":{"@id":"https://w3id.org/fep/1580#migratedFrom","@type":"@id"}}]}`,
	"an alias of an alias":  `{"@context":{"m":"https://w3id.org/fep/1580#","a":"b","b":"m:migratedFrom"},"id":"x:1","a":"VICTIM"}`,
	"half a name as prefix": `{"@context":{"y":"x:80#mi","x":"https://w3id.org/fep/15"},"id":"x:1","y:gratedFrom":"VICTIM"}`,
	"half a name for all":   `{"@context":{"@vocab":"https://w3id.org/fep/1580#migrated"},"id":"x:1","From":"VICTIM"}`,
	"a context in a term":   `{"@context":{"o":{"@id":"x:o","@context":{"was":"x:migratedFrom"}}},"id":"x:1","o":{"was":"VICTIM"}}`,
	"an escaped context":    `{"\u0040c\u006Fntext":{"was":"https:\/\/w3id.org\/fep\/1580#migrated\u0046rom"},"id":"x:1","was":"VICTIM"}`,
	"further in":            `{"id":"x:1","object":{"attachment":[{"strange":{"previously":{"id":"VICTIM"}}}]},"previously":null}`,
	"a context further in":  `{"id":"x:1","object":{"@context":{"was":"x:previously"},"was":"VICTIM"}}`,
	"a circle of terms":     `{"@context":{"a":"b","b":"a","c:":"c","c":"c:c:previously"},"id":"x:1","c":"VICTIM","previously":"VICTIM"}`,
	"a bomb of terms":       `{"@context":{` + bomb() + `"p":"p:p"},"id":"x:1","p:p":"VICTIM"}`,
}

func bomb() string {
	var b strings.Builder
	for n := range 200 {
		fmt.Fprintf(&b, `"p":"p:%d",`, n)
	}
	return b.String()
}

func TestObject_forgedCrumbs(t *testing.T) {
	own := &remap.Before{ID: "https://old.example/1", Actor: "https://old.example/a", At: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	for name, text := range forged {
		t.Run(name, func(t *testing.T) {
			o, err := vocab.ParseWith([]byte(strings.ReplaceAll(text, "VICTIM", "https://victim.example/1")), &vocab.Limits{AllowDuplicateNames: true})
			require.NoError(t, err)
			bare, err := remap.Object(o, nil, &remap.Options{NoCrumbs: true})
			require.NoError(t, err)
			assert.NotContains(t, bare.String(), "victim")
			assert.Equal(t, "x:1", string(bare.ID()), "the rest stays")
			again, err := remap.Object(bare, nil, &remap.Options{NoCrumbs: true})
			require.NoError(t, err)
			assert.Same(t, bare, again)

			said, err := remap.Object(o, nil, &remap.Options{NoCrumbs: true, Before: own})
			require.NoError(t, err)
			assert.NotContains(t, said.String(), "victim")
			assert.Equal(t, own.ID, said.IRI(vocab.MigratedFrom))
			assert.Equal(t, own.ID, said.IRI("previously"))

			kept, err := remap.Object(o, nil, &remap.Options{Shown: true})
			require.NoError(t, err)
			assert.Same(t, o, kept, "where nobody asks, it stays")
		})
	}
}

func TestObject_noCrumbs(t *testing.T) {
	for name, text := range map[string]string{
		"none":                  `{"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#","sensitive":"as:sensitive"}],"id":"x:1","sensitive":true,"proof":{}}`,
		"words, and no members": `{"id":"x:1","content":"previously, migratedFrom","name":"\"@context\":{","tag":["previously"],"type":"@context"}`,
		"names that end so":     `{"id":"x:1","unpreviously":1,"migratedFromage":2,"was":3,"x-migratedAt":4}`,
	} {
		o := parse(t, text)
		same, err := remap.Object(o, nil, &remap.Options{NoCrumbs: true, Shown: true})
		require.NoError(t, err)
		assert.Same(t, o, same, name)
	}
	const signed = `{"id":"x:1","previously":"x:0","proof":{"type":"DataIntegrityProof"},"signature":{}}`
	bare, err := remap.Object(parse(t, signed), nil, &remap.Options{NoCrumbs: true})
	require.NoError(t, err)
	assert.Equal(t, `{"id":"x:1"}`, bare.String(), "what was signed with them is signed no more")
}

func TestObject_termOfAnotherMeaning(t *testing.T) {
	o := parse(t, `{"@context":["https://www.w3.org/ns/activitystreams",{"migratedFrom":"x:mood"}],"id":"x:1"}`)
	said, err := remap.Object(o, nil, &remap.Options{NoCrumbs: true, Before: &remap.Before{ID: "x:0", At: time.Unix(1, 0)}})
	require.NoError(t, err)
	assert.Contains(t, said.Get(vocab.Context).String(), `{"migratedFrom":"x:mood"},{"migratedFrom":{"@id":"https://w3id.org/fep/1580#migratedFrom"`)
}

// A document of the largest size is read without quadratic work: this would take minutes.
func TestObject_noCrumbsOfABomb(t *testing.T) {
	for name, text := range map[string]string{
		"contexts in contexts":  strings.Repeat(`{"@context":{"a":`, 4_000) + `1` + strings.Repeat(`}}`, 4_000),
		"contexts side by side": `{"a":[` + strings.Repeat(`{"@context":{}},`, 50_000) + `1]}`,
		"contexts, escaped":     `{"a":[` + strings.Repeat(`{"\u0040context":{}},`, 40_000) + `1]}`,
		"terms of a term":       `{"@context":{` + strings.Repeat(`"p":"p:x",`, 20_000) + `"q":1},` + manyNames() + `"id":"x:1"}`,
	} {
		o, err := vocab.ParseWith([]byte(text), &vocab.Limits{AllowDuplicateNames: true, Depth: 10_000, Members: 1 << 20})
		require.NoError(t, err, name)
		began := time.Now()
		_, err = remap.Object(o, nil, &remap.Options{NoCrumbs: true})
		require.NoError(t, err, name)
		assert.Less(t, time.Since(began), 5*time.Second, name)
	}
}

func manyNames() string {
	var b strings.Builder
	for n := range 10_000 {
		fmt.Fprintf(&b, `"p:%d":1,`, n)
	}
	return b.String()
}

func FuzzNoCrumbs(f *testing.F) {
	for _, text := range forged {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := vocab.ParseWith([]byte(text), &vocab.Limits{AllowDuplicateNames: true})
		if err != nil {
			return
		}
		bare, err := remap.Object(o, nil, &remap.Options{NoCrumbs: true})
		require.NoError(t, err)
		for _, p := range []vocab.Property{"previously", vocab.MigratedFrom, vocab.MigratedAt} {
			assert.False(t, bare.Has(p), "%s is left in %s", p, bare)
		}
		again, err := remap.Object(bare, nil, &remap.Options{NoCrumbs: true})
		require.NoError(t, err)
		assert.Equal(t, bare.String(), again.String(), "a second time changes nothing")
	})
}
