package expand_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/expand"
)

const as = `"https://www.w3.org/ns/activitystreams"`

func parse(t testing.TB, document string) *vocab.Object {
	o, err := vocab.Parse([]byte(document))
	require.NoError(t, err, document)
	return o
}

// Every situation is a Move of the same account, in other words.
func TestNormalizeReadsAnyNames(t *testing.T) {
	for situation, document := range map[string]string{
		"an alias": `{"@context":[` + as + `,{"umziehen":"as:target"}],"id":"https://a.example/m","type":"Move",
			"actor":"https://a.example/u","umziehen":"https://b.example/u"}`,
		"an alias of an alias": `{"@context":[` + as + `,{"a":"b","b":"target"}],"id":"https://a.example/m","type":"Move",
			"actor":"https://a.example/u","a":"https://b.example/u"}`,
		"another prefix": `{"@context":{"AS":"https://www.w3.org/ns/activitystreams#"},"@id":"https://a.example/m","@type":"AS:Move",
			"AS:actor":{"@id":"https://a.example/u"},"AS:target":[{"@id":"https://b.example/u"}]}`,
		"a vocabulary": `{"@context":{"@vocab":"https://www.w3.org/ns/activitystreams#"},"@id":"https://a.example/m","@type":"Move",
			"actor":{"@id":"https://a.example/u"},"target":{"@set":[{"@id":"https://b.example/u"}]}}`,
		"keywords in other words": `{"@context":[` + as + `,{"uri":"@id","kind":"@type"}],"uri":"https://a.example/m","kind":["Move"],
			"actor":{"uri":"https://a.example/u"},"target":"https://b.example/u"}`,
		"a type in other words": `{"@context":[` + as + `,{"Umzug":"as:Move"}],"id":"https://a.example/m","type":"Umzug",
			"actor":"https://a.example/u","target":"https://b.example/u"}`,
		"short ids": `{"@context":[` + as + `,{"old":"https://a.example/","new":"https://b.example/"}],"id":"old:m","type":"Move",
			"actor":"old:u","target":{"id":"new:u"}}`,
		"words for ids": `{"@context":[` + as + `,{"target":{"@id":"as:target","@type":"@vocab"},"me":"https://b.example/u"}],
			"id":"https://a.example/m","type":"Move","actor":"https://a.example/u","target":"me"}`,
		"values as objects": `{"@context":[` + as + `,{"n":"as:name"}],"id":"https://a.example/m","type":"Move","n":{"@value":"x"},
			"actor":"https://a.example/u","target":{"@list":["https://b.example/u"]}}`,
		"an index": `{"@context":[` + as + `,{"to":"x:to","target":{"@id":"as:target","@type":"@id","@container":"@index"}}],
			"id":"https://a.example/m","type":"Move","actor":"https://a.example/u","target":{"one":"https://b.example/u"}}`,
		"a context for the type": `{"@context":[` + as + `,{"Move":{"@id":"as:Move","@context":{"dst":{"@id":"as:target","@type":"@id"}}}}],
			"id":"https://a.example/m","type":"Move","actor":"https://a.example/u","dst":"https://b.example/u"}`,
		"the same context twice": `{"@context":[` + as + `,` + as + `,{"dst":{"@id":"as:target","@type":"@id"}}],
			"id":"https://a.example/m","type":"Move","actor":"https://a.example/u","dst":"https://b.example/u"}`,
		"a name that is escaped": `{"@context":[` + as + `,{"\u0064st":{"@id":"as:target","@type":"@id"}}],
			"id":"https://a.example/m","type":"Move","actor":"https://a.example/u","ds\u0074":"https://b.example/u"}`,
		"an unknown context, too": `{"@context":[` + as + `,"https://c.example/ns",{"dst":{"@id":"as:target","@type":"@id"}}],
			"id":"https://a.example/m","type":"Move","actor":"https://a.example/u","dst":"https://b.example/u"}`,
	} {
		t.Run(situation, func(t *testing.T) {
			o := parse(t, document)
			assert.Equal(t, vocab.ContextOdd, o.ContextKind(), "it needs to be normalized")
			got, err := expand.Normalize(o)
			require.NoError(t, err)
			assert.Equal(t, vocab.IRI("https://a.example/m"), got.ID(), got)
			assert.Equal(t, []string{"Move"}, got.Types(), got)
			assert.Equal(t, vocab.IRI("https://a.example/u"), got.IRI(vocab.Actor), got)
			assert.Equal(t, vocab.IRI("https://b.example/u"), got.IRI(vocab.Target), got)
			again, err := expand.Normalize(got)
			require.NoError(t, err)
			assert.Equal(t, got.String(), again.String(), "there is nothing left to do")
		})
	}
}

func TestNormalizeHidesWhatMeansSomethingElse(t *testing.T) {
	for situation, document := range map[string]string{
		"another meaning":        `{"@context":[` + as + `,{"movedTo":"https://c.example/ns#mood"}],"movedTo":"https://b.example/u"}`,
		"no meaning":             `{"@context":[` + as + `,{"movedTo":null}],"movedTo":"https://b.example/u"}`,
		"the other direction":    `{"@context":[` + as + `,{"movedTo":{"@reverse":"as:movedTo"}}],"movedTo":"https://b.example/u"}`,
		"a prefix turned around": `{"@context":[` + as + `,{"as":"https://c.example/ns#"}],"as:movedTo":"https://b.example/u"}`,
		"another vocabulary":     `{"@context":[` + as + `,{"@vocab":"https://c.example/ns#"}],"movedTo":"https://b.example/u"}`,
	} {
		t.Run(situation, func(t *testing.T) {
			o := parse(t, document)
			assert.Equal(t, vocab.ContextOdd, o.ContextKind())
			got, err := expand.Normalize(o)
			require.NoError(t, err)
			assert.False(t, got.Has(vocab.MovedTo), got)
			assert.Equal(t, o.Len(), got.Len(), "but nothing is lost")
			assert.Contains(t, got.String(), "https://b.example/u")
		})
	}
	got, err := expand.Normalize(parse(t, `{"@context":[`+as+`,{"Person":"https://c.example/ns#Person"}],"type":["Person","Note"]}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"https://c.example/ns#Person", "Note"}, got.Types(), "a type that means something else")
}

func TestNormalizeJoins(t *testing.T) {
	got, err := expand.Normalize(parse(t, `{"@context":[`+as+`,{"moved":{"@id":"as:movedTo","@type":"@id"}}],
		"moved":["https://b.example/u"],"id":"https://a.example/u","movedTo":"https://c.example/u","moved2":1}`))
	require.NoError(t, err)
	assert.Equal(t, []vocab.IRI{"https://b.example/u", "https://c.example/u"}, got.IRIs(vocab.MovedTo), "two names for one property")
	_, err = expand.Normalize(parse(t, `{"@context":[`+as+`,{"uri":"@id"}],"uri":"https://b.example/u","id":"https://a.example/u"}`))
	require.ErrorIs(t, err, expand.ErrAmbiguous, "two ids")
}

func TestNormalizeKeepsTheRest(t *testing.T) {
	got, err := expand.Normalize(parse(t, `{"@context":[`+as+`,{"moved":"as:movedTo"}], "n": 9007199254740993, "f":1.50, "nil":null,
		"one":["x"], "contentMap":{"de":"Hallo"}, "x":{"moved":"y","z":[ 0.10 ]}, "totalItems":12345678901234567890}`))
	require.NoError(t, err)
	for _, kept := range []string{
		`"n":9007199254740993`, `"f":1.50`, `"nil":null`, `"one":["x"]`, `"contentMap":{"de":"Hallo"}`,
		`"x":{"movedTo":"y","z":[ 0.10 ]}`, `"totalItems":12345678901234567890`, `{"moved":"as:movedTo"}`,
	} {
		assert.Contains(t, got.String(), kept)
	}
	assert.NotEqual(t, vocab.ContextOdd, got.ContextKind(), "the context says what the new names mean: %s", got)
}

func TestNormalizeLeavesPlainDocumentsAlone(t *testing.T) {
	for situation, document := range map[string]string{
		"an actor":               string(samples.Actor),
		"a post":                 string(samples.Note),
		"a Move":                 string(samples.Move),
		"no context":             `{"id":"x:1","type":"Move","as:movedTo":"x:2"}`,
		"only an unknown one":    `{"@context":"https://c.example/ns","id":"x:1","type":"Move","movedTo":"x:2"}`,
		"full IRIs and prefixes": `{"@context":` + as + `,"as:movedTo":{"id":"x:1"},"https://w3id.org/fep/7628#copiedTo":"x:2","@type":"as:Move"}`,
		"LitePub": `{"@context":[` + as + `,"https://a.example/schemas/litepub-0.1.jsonld",{"@language":"und"}],"id":"x:1","type":"Person",
			"alsoKnownAs":["x:2"],"discoverable":true}`,
		"a proof with a context of its own": `{"@context":[` + as + `,"https://w3id.org/security/data-integrity/v1"],"id":"x:1","type":"Note",
			"proof":{"@context":[` + as + `,"https://w3id.org/security/data-integrity/v1"],"type":"DataIntegrityProof","proofPurpose":"assertionMethod",
			"verificationMethod":"https://a.example/u#key"}}`,
		"a Multikey": `{"@context":[` + as + `,"https://w3id.org/security/v1","https://www.w3.org/ns/cid/v1"],"id":"x:1","type":"Person",
			"assertionMethod":[{"id":"x:2","type":"Multikey","controller":"x:1","publicKeyMultibase":"z6Mk","expires":"2026-01-01T00:00:00Z"}],
			"publicKey":{"id":"x:3","owner":"x:1","publicKeyPem":"…"}}`,
		"prefixes that nothing defines": `{"@context":[` + as + `,{"atomUri":"ostatus:atomUri","Emoji":"toot:Emoji"}],"atomUri":"x","type":"Emoji",
			"toot:featured":{"@type":"as:Collection"}}`,
		"old contexts first": `{"@context":["https://w3id.org/identity/v1",` + as + `,"https://w3id.org/security/data-integrity/v1","https://gotosocial.org/ns"],
			"id":"x:1","type":"Person","name":"n","url":"x:4","image":{"type":"Image"}}`,
	} {
		t.Run(situation, func(t *testing.T) {
			o := parse(t, document)
			assert.NotEqual(t, vocab.ContextOdd, o.ContextKind())
			got, err := expand.Normalize(o)
			require.NoError(t, err)
			assert.Equal(t, o.String(), got.String())
		})
	}
}

func TestExpandTellsUnknownContexts(t *testing.T) {
	result, err := expand.Expand(parse(t, `{"@context":[`+as+`,"https://c.example/ns","/etc/passwd","https://c.example/ns"],"type":"Move"}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"https://c.example/ns", "/etc/passwd"}, result.Unknown)
}

// These made json-gold panic, loop or grow when they were measured, or might.
func TestNormalizeSurvives(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i+1)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	for situation, test := range map[string]struct {
		document string
		want     error // nil: may be read or refused
	}{
		"protected is a number":        {`{"@context":{"@protected":5}}`, nil},
		"container is a number":        {`{"@context":{"a":{"@id":"http://a","@container":[5]}},"a":{}}`, nil},
		"a term without a name":        {`{"@context":{"":"http://a"},"":1}`, expand.ErrContext},
		"a context that is a number":   {`{"@context":[5]}`, expand.ErrContext},
		"terms in a circle":            {`{"@context":{"a":"b:x","b":"a:x"},"a":1}`, expand.ErrContext},
		"a term of itself":             {`{"@context":{"a":"a"},"a":1}`, nil},
		"a long chain of terms":        {`{"@context":{` + many(1900, `"t%d":"t%d",`) + `},"t0":1}`, nil},
		"more definitions than taken":  {`{"@context":{` + many(2100, `"%d":"x:%d",`) + `}}`, expand.ErrTooMany},
		"contexts at every level":      {strings.Repeat(`{"@context":`+as+`,"object":`, 9) + "1" + strings.Repeat("}", 9), expand.ErrTooMany},
		"one context many times":       {`{"@context":[` + strings.Repeat(as+",", 30) + as + `]}`, expand.ErrTooMany},
		"nested deeper than taken":     {strings.Repeat(`{"object":`, 40) + "1" + strings.Repeat("}", 40), expand.ErrTooDeep},
		"arrays deeper than taken":     {`{"object":` + strings.Repeat(`[`, 40) + strings.Repeat("]", 40) + `}`, expand.ErrTooDeep},
		"a scoped context in a circle": {`{"@context":{"a":{"@id":"http://a","@context":{"a":{"@id":"http://a","@context":{}}}}},"a":{"a":{"a":{}}}}`, nil},
		"a bomb of scoped contexts": {`{"@context":["https://w3id.org/security/multikey/v1"],"x":[` +
			strings.Repeat(`{"type":"Multikey"},`, 20_000) + `1]}`, expand.ErrTooMany},
		"a bomb of scoped definitions": {`{"@context":[` + as + `,{"T":{"@id":"x:T","@context":{` + many(1500, `"t%d":"x:%d",`) + `}}}],"x":[` +
			strings.Repeat(`{"type":"T"},`, 400) + `1]}`, expand.ErrTooMany},
		"a term for half a document": {`{"@context":[` + as + `,{"p":"https://p.example/` + strings.Repeat("x", 1<<19) + `/"}],"to":[` +
			strings.Repeat(`"p:",`, 90_000) + `1]}`, expand.ErrTooLarge},
		"a term for a long IRI": {`{"@context":[` + as + `,{"p":"https://p.example/` + strings.Repeat("x", 3000) + `/"}],"to":"p:x"}`, expand.ErrTooLarge},
		"terms that grow in a chain": {`{"@context":{"t0":"https://p.example/` + strings.Repeat("x", 200) + `/",` +
			many(100, `"t%[2]d":"t%[1]d:`+strings.Repeat("x", 200)+`/",`) + `},"t100:x":1}`, expand.ErrTooLarge},
		"a namespace for a long IRI": {`{"@context":{"@vocab":"https://p.example/` + strings.Repeat("x", 3000) + `/"},"a":1}`, expand.ErrTooLarge},
		"references that grow": {`{"@context":[` + as + `,{"p":"https://p.example/` + strings.Repeat("x", 1500) + `/"}],"to":[` +
			strings.Repeat(`"p:",`, 90_000) + `1]}`, expand.ErrTooLarge},
		"types that grow": {`{"@context":[` + as + `,{"Move":"https://p.example/` + strings.Repeat("x", 1500) + `/"}],"type":[` +
			strings.Repeat(`"Move",`, 90_000) + `1]}`, expand.ErrTooLarge},
		"names that grow": {`{"@context":[` + as + `,{"to":"https://p.example/` + strings.Repeat("x", 1500) + `/"}],"x":[` +
			strings.Repeat(`{"to":1},`, 2_000) + `1]}`, expand.ErrTooLarge},
		// These took seconds, by comparing or copying all members for each.
		"one new name among many": {`{"@context":{"t":"@type"},"t":"Move",` + many(90_000, `"a%d":%d,`) + `}`, nil},
		"an index of many":        {`{"@context":[` + as + `,{"to":{"@id":"as:to","@container":"@index"}}],"to":{` + many(90_000, `"a%d":%d,`) + `}}`, nil},
		"many aliases":            {`{"@context":[` + as + `,{"moved":"as:movedTo"}],"moved":1,"alsoKnownAs":[` + strings.Repeat(`"x:yz",`, 100_000) + `"x:y"]}`, nil},
		"a file":                  {`{"@context":"/etc/passwd"}`, nil},
		"an import of a file":     {`{"@context":{"@import":"file:///etc/passwd"}}`, nil},
		"an import of a number":   {`{"@context":{"@import":5}}`, expand.ErrContext},
		"a base without meaning":  {`{"@context":{"@base":"::"},"@id":"x"}`, nil},
		"an id that is a number":  {`{"@context":{"a":{"@id":5}},"a":1}`, expand.ErrContext},
		"types of every kind":     {`{"@context":` + as + `,"type":[1,null,{},[],"Move"]}`, nil},
		"a version of its own":    {`{"@context":{"@version":1.0}}`, expand.ErrContext},
		"a null among protected":  {`{"@context":["https://w3id.org/security/data-integrity/v1",null]}`, expand.ErrContext},
		"propagation of a word":   {`{"@context":{"@propagate":"x"}}`, expand.ErrContext},
	} {
		t.Run(situation, func(t *testing.T) {
			o, err := vocab.ParseWith([]byte(test.document), &vocab.Limits{Bytes: 2 << 20})
			require.NoError(t, err)
			got, err := expand.Normalize(o)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			if err == nil {
				assert.NotNil(t, got)
			}
			o.ContextKind()
		})
	}
	large, err := vocab.ParseWith([]byte(`{"a":"`+strings.Repeat("x", 1<<20)+`"}`), &vocab.Limits{Bytes: 2 << 20})
	require.NoError(t, err)
	_, err = expand.Normalize(large)
	require.ErrorIs(t, err, expand.ErrTooLarge)
}

func FuzzNormalize(f *testing.F) {
	for _, document := range []string{
		`{"@context":{"@protected":5}}`, `{"@context":{"":"http://a"},"":1}`, string(samples.Move), string(samples.Note),
		`{"@context":[` + as + `,{"moved":{"@id":"as:movedTo","@type":"@id"},"p":{"@id":"as:actor","@context":{"x":"@id"}}}],"moved":"x","p":{"x":"y"}}`,
		`{"@context":{"@vocab":"https://www.w3.org/ns/activitystreams#","a":{"@reverse":"actor"}},"a":1,"@type":["Move"],"@nest":{}}`,
	} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := vocab.Parse(data)
		if err != nil {
			return
		}
		given := string(data)
		kind := o.ContextKind()
		got, err := expand.Normalize(o)
		if string(data) != given {
			t.Fatalf("the original was changed: %q", data)
		}
		if err != nil {
			return
		}
		if kind != vocab.ContextOdd && got.String() != o.String() {
			t.Fatalf("the context counts as %s, but there was something to rewrite:\n%s\n%s", kind, o, got)
		}
		if _, err := vocab.ParseWith(got.Bytes(), &vocab.Limits{Bytes: 1 << 24, Depth: 100, Members: 1 << 20}); err != nil {
			t.Fatalf("what was written is no document: %v: %s", err, got)
		}
	})
}

func BenchmarkNormalize(b *testing.B) {
	o := parse(b, `{"@context":[`+as+`,{"moved":"as:movedTo"}],"id":"x:1","moved":"x:2"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := expand.Normalize(o); err != nil {
			b.Fatal(err)
		}
	}
}
