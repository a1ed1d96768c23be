package vocab_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/vocab"
)

const as = `"https://www.w3.org/ns/activitystreams"`

func TestContextKind(t *testing.T) {
	for situation, test := range map[string]struct {
		document string
		want     vocab.ContextKind
	}{
		"an actor":           {string(samples.Actor), vocab.ContextPlain},
		"a post":             {string(samples.Note), vocab.ContextPlain},
		"none":               {`{"type":"Move"}`, vocab.ContextAbsent},
		"null":               {`{"@context":null}`, vocab.ContextAbsent},
		"an empty list":      {`{"@context":[]}`, vocab.ContextAbsent},
		"an empty object":    {`{"@context":{}}`, vocab.ContextAbsent},
		"only further in":    {`{"object":{"@context":` + as + `}}`, vocab.ContextAbsent},
		"a number":           {`{"@context":5}`, vocab.ContextOdd},
		"an unknown URL":     {`{"@context":[` + as + `,"https://c.example/ns"]}`, vocab.ContextUnknown},
		"an unknown further": {`{"@context":` + as + `,"object":{"@context":"https://c.example/ns"}}`, vocab.ContextUnknown},
		"LitePub and a language": {
			`{"@context":[` + as + `,"https://a.example/schemas/litepub-0.1.jsonld",{"@language":"und"}],"type":"Person"}`, vocab.ContextPlain,
		},
		"other prefixes, not used": {
			`{"@context":[` + as + `,{"sc":"http://schema.org#","lemmy":"https://join-lemmy.org/ns#","matrixUserId":"lemmy:matrixUserId"}],"matrixUserId":"x"}`, vocab.ContextPlain,
		},
		"either IRI of movedTo":     {`{"@context":[` + as + `,{"movedTo":{"@id":"https://w3id.org/fep/7628#movedTo","@type":"@id"}}],"movedTo":"x:1"}`, vocab.ContextPlain},
		"movedTo without IRI":       {`{"@context":[` + as + `,{"movedTo":{"@type":"@id"}}],"movedTo":"x:1"}`, vocab.ContextPlain},
		"an alias, not used":        {`{"@context":[` + as + `,{"moved":"as:movedTo"}],"movedTo":"x:1"}`, vocab.ContextPlain},
		"an alias":                  {`{"@context":[` + as + `,{"moved":"as:movedTo"}],"moved":"x:1"}`, vocab.ContextOdd},
		"an alias, escaped":         {`{"@context":[` + as + `,{"moved":"as:movedTo"}],"m\u006fved":"x:1"}`, vocab.ContextOdd},
		"an alias by full IRI":      {`{"@context":[` + as + `,{"moved":{"@id":"https://www.w3.org/ns/activitystreams#movedTo"}}],"moved":"x:1"}`, vocab.ContextOdd},
		"an alias two steps away":   {`{"@context":[` + as + `,{"a":"b","b":"target"}],"object":[{"a":"x:1"}]}`, vocab.ContextOdd},
		"an alias for a keyword":    {`{"@context":[` + as + `,{"uri":"@id"}],"uri":"x:1"}`, vocab.ContextOdd},
		"an alias for a type":       {`{"@context":[` + as + `,{"Umzug":"as:Move"}],"type":["Umzug"]}`, vocab.ContextOdd},
		"a prefix of its own":       {`{"@context":[` + as + `,{"AS":"https://www.w3.org/ns/activitystreams#"}],"AS:movedTo":"x:1"}`, vocab.ContextOdd},
		"the same, not used":        {`{"@context":[` + as + `,{"AS":"https://www.w3.org/ns/activitystreams#","movedTo":"AS:movedTo"}],"movedTo":"x:1"}`, vocab.ContextPlain},
		"a prefix for people":       {`{"@context":[` + as + `,{"ex":"https://b.example/"}],"target":"ex:u"}`, vocab.ContextOdd},
		"another meaning":           {`{"@context":[` + as + `,{"movedTo":"x:mood"}],"movedTo":"x:1"}`, vocab.ContextOdd},
		"another meaning, not used": {`{"@context":[` + as + `,{"movedTo":"x:mood"}],"type":"Note"}`, vocab.ContextPlain},
		"no meaning":                {`{"@context":[` + as + `,{"movedTo":null}],"movedTo":"x:1"}`, vocab.ContextOdd},
		"meant back by a later one": {`{"@context":[{"actor":"x:player"},` + as + `],"actor":"x:1"}`, vocab.ContextPlain},
		"taken by a later one":      {`{"@context":[` + as + `,{"actor":"x:player"}],"actor":"x:1"}`, vocab.ContextOdd},
		"an old context last":       {`{"@context":[` + as + `,"https://w3id.org/identity/v1"],"name":"x"}`, vocab.ContextOdd},
		"an old context first":      {`{"@context":["https://w3id.org/identity/v1",` + as + `],"name":"x"}`, vocab.ContextPlain},
		"a vocabulary":              {`{"@context":[` + as + `,{"@vocab":"https://c.example/"}]}`, vocab.ContextOdd},
		"a base":                    {`{"@context":[` + as + `,{"@base":"https://c.example/"}]}`, vocab.ContextOdd},
		"an import":                 {`{"@context":[` + as + `,{"@import":"https://c.example/"}]}`, vocab.ContextOdd},
		"a map by language":         {`{"@context":[` + as + `,{"name":{"@id":"as:name","@container":"@language"}}],"name":{"de":"x"}}`, vocab.ContextOdd},
		"a context for the type":    {`{"@context":[` + as + `,{"Move":{"@id":"as:Move","@context":{"to":"x:y"}}}],"type":"Move"}`, vocab.ContextOdd},
		"a wrapped value":           {`{"@context":` + as + `,"name":{"@value":"x"}}`, vocab.ContextOdd},
		"terms in a circle":         {`{"@context":{"a":"b","b":"a"},"a":1}`, vocab.ContextPlain},
		"an alias further inside":   {`{"@context":` + as + `,"object":{"@context":{"moved":"as:movedTo"},"moved":"x:1"}}`, vocab.ContextOdd},
		"an alias beside its scope": {`{"@context":` + as + `,"object":{"@context":{"moved":"as:movedTo"},"a":1},"moved":"x:1"}`, vocab.ContextPlain},
		"an inner name, escaped":    {`{"@context":` + as + `,"object":{"\u0040context":{"moved":"as:movedTo"},"moved":"x:1"}}`, vocab.ContextOdd},
		"cleared further inside":    {`{"@context":{"moved":"as:movedTo"},"object":{"@context":null,"moved":"x:1"}}`, vocab.ContextPlain},
		"a handle is no prefix":     {`{"@context":` + as + `,"tag":[{"type":"Mention","name":"@alice@a.example"}]}`, vocab.ContextPlain},
	} {
		assert.Equal(t, test.want.String(), parse(t, test.document).ContextKind().String(), situation)
	}
}

// A document of the largest size is judged without quadratic work: this would
// take minutes.
func TestContextKindOfABomb(t *testing.T) {
	var terms, names, inner strings.Builder
	for i := range 400 {
		fmt.Fprintf(&terms, `"p%d":"https://c.example/%d#","t%d":"as:movedTo",`, i, i, i)
	}
	for i := range 12_000 {
		fmt.Fprintf(&names, `"n%d:x":1,`, i)
		fmt.Fprintf(&inner, `{"@context":{}},`)
	}
	bomb := func(terms string) vocab.ContextKind {
		document := `{"@context":[` + as + `,{` + terms + `"z":"as:x"}],` + names.String() + `"x":[` + inner.String() + `1]}`
		o, err := vocab.ParseWith([]byte(document), &vocab.Limits{Bytes: 4 << 20})
		require.NoError(t, err)
		return o.ContextKind()
	}
	assert.Equal(t, vocab.ContextOdd, bomb(terms.String()), "the contexts in it are too long together")
	inner.Reset()
	assert.Equal(t, vocab.ContextPlain, bomb(terms.String()))
	long := `"long":"https://c.example/` + strings.Repeat("x", 1<<19) + `/",`
	assert.Equal(t, vocab.ContextOdd, bomb(long+strings.ReplaceAll(terms.String(), "https://c.example/", "long:")), "every name would be half a megabyte")
	deep := strings.Repeat(`{"@context":{"moved":"as:movedTo"},"object":`, 60) + `"moved"` + strings.Repeat("}", 60)
	assert.Equal(t, vocab.ContextOdd, parse(t, deep).ContextKind())
}

func TestContextFor(t *testing.T) {
	for situation, test := range map[string]struct {
		document string
		options  *vocab.ContextOptions
		want     string
	}{
		"nothing but ActivityStreams": {`{"id":"x:1","type":"Move","actor":"x:2","unknown":1}`, nil, as},
		"an actor that moved": {
			`{"type":"Person","movedTo":"x:1","alsoKnownAs":[],"featured":"x:2","publicKey":{"owner":"x:3"}}`, nil,
			`[` + as + `,{"toot":"http://joinmastodon.org/ns#","sec":"https://w3id.org/security#",` +
				`"movedTo":{"@id":"as:movedTo","@type":"@id"},"alsoKnownAs":{"@id":"as:alsoKnownAs","@type":"@id"},` +
				`"featured":{"@id":"toot:featured","@type":"@id"},"publicKey":{"@id":"sec:publicKey","@type":"@id"},"owner":{"@id":"sec:owner","@type":"@id"}}]`,
		},
		"by FEP-7628": {
			`{"movedTo":"x:1"}`, &vocab.ContextOptions{FEP7628: true},
			`[` + as + `,{"fep7628":"https://w3id.org/fep/7628#","movedTo":{"@id":"fep7628:movedTo","@type":"@id"}}]`,
		},
		"types in lists": {
			`{"tag":[{"type":["Hashtag","Emoji"]}],"assertionMethod":{"type":"Multikey"}}`, nil,
			`[` + as + `,{"toot":"http://joinmastodon.org/ns#","sec":"https://w3id.org/security#","Hashtag":"as:Hashtag","Emoji":"toot:Emoji",` +
				`"assertionMethod":{"@id":"sec:assertionMethod","@type":"@id"},"Multikey":"sec:Multikey"}]`,
		},
	} {
		o := parse(t, test.document)
		context := vocab.ContextFor(o, test.options)
		assert.Equal(t, test.want, context.String(), situation)
		written, err := o.With(vocab.Context, context)
		require.NoError(t, err)
		assert.Equal(t, vocab.ContextPlain, written.ContextKind(), "%s: what is written is read back plainly", situation)
	}
}

func TestEveryPropertyIsReadUnderItsIRI(t *testing.T) {
	for _, p := range []vocab.Property{vocab.MovedTo, vocab.CopiedTo, vocab.AlsoKnownAs, vocab.Inbox, vocab.Featured, vocab.PublicKey,
		vocab.AssertionMethod, vocab.Blocked, vocab.PendingFollowers, vocab.FollowersOf, vocab.WebFinger, vocab.Gateways, vocab.Migration,
		vocab.Moves, vocab.FieldValue, vocab.AtomURI, vocab.Expires, vocab.OrderedItems, vocab.ID, vocab.Type} {
		require.NotEmpty(t, p.IRI(), p)
		for _, name := range append(p.Spellings(), p.IRI()) {
			o, err := vocab.Build(vocab.Member{Name: vocab.Property(name), Value: "x:1"})
			require.NoError(t, err)
			assert.Equal(t, "x:1", o.Text(p), "%s under %q", p, name)
			named, found := vocab.PropertyNamed(name)
			assert.True(t, found && named == p, "%q names %s", name, named)
		}
		assert.True(t, p.Means(p.IRI()), p)
	}
}

func TestTypes(t *testing.T) {
	o := parse(t, `{"type":["as:Person","https://www.w3.org/ns/activitystreams#Tombstone","https://w3id.org/security#Key","x:own",5,null,"http://schema.org/PropertyValue"]}`)
	assert.Equal(t, []string{"Person", "Tombstone", "CryptographicKey", "x:own", "PropertyValue"}, o.Types())
	assert.True(t, o.IsActor())
	for _, name := range vocab.ActorTypes() {
		assert.True(t, parse(t, `{"@type":"`+name+`"}`).IsActor(), name)
		found, ok := vocab.TypeFor(vocab.TypeIRI(name))
		assert.True(t, ok && found == name, name)
	}
	assert.False(t, parse(t, `{"type":"Note"}`).IsActor())
	assert.True(t, parse(t, `{"type":"OrderedCollectionPage"}`).IsCollection())
}

func TestTwoIDsAreNone(t *testing.T) {
	assert.Equal(t, vocab.IRI(""), parse(t, `{"id":"https://a.example/","@id":"https://b.example/"}`).ID())
	assert.Equal(t, vocab.IRI("https://a.example/"), parse(t, `{"id":"https://a.example/","@id":"https://a.example/"}`).ID())
	assert.Equal(t, vocab.IRI(""), parse(t, `{"id":5}`).ID())
}

func BenchmarkContextKind(b *testing.B) {
	for _, document := range documents {
		b.Run(document.name, func(b *testing.B) {
			o, err := vocab.Parse(document.data)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				_ = o.ContextKind()
			}
		})
	}
}
