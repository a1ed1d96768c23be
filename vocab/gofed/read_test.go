package gofed_test

import (
	"strings"
	"testing"

	"github.com/go-fed/activity/streams"
	asvocab "github.com/go-fed/activity/streams/vocab"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

func parse(t testing.TB, text string) *vocab.Object {
	t.Helper()
	o, err := vocab.ParseWith([]byte(text), &vocab.Limits{Depth: 2000, Bytes: 4 << 20, Members: 1 << 20})
	require.NoError(t, err)
	return o
}

func TestToTypeReadsWhatGoFedAloneWouldNot(t *testing.T) {
	for name, document := range map[string]string{
		"as servers write it": `{"@context":"https://www.w3.org/ns/activitystreams","type":"Move","id":"https://a.example/m","object":"https://a.example/al"}`,
		"no context":          `{"type":"Move","id":"https://a.example/m","object":"https://a.example/al"}`,
		"JSON-LD keywords":    `{"@type":"Move","@id":"https://a.example/m","object":"https://a.example/al"}`,
		"prefixed":            `{"@context":{"as":"https://www.w3.org/ns/activitystreams#"},"@type":"as:Move","@id":"https://a.example/m","as:object":"https://a.example/al"}`,
		"full IRIs": `{"@type":["https://www.w3.org/ns/activitystreams#Move"],"@id":"https://a.example/m",
			"https://www.w3.org/ns/activitystreams#object":"https://a.example/al"}`,
		"one-element arrays":                `{"type":["Move"],"id":"https://a.example/m","object":["https://a.example/al"]}`,
		"a number that no float64 can hold": `{"type":"Move","id":"https://a.example/m","object":"https://a.example/al","x":1e999,"y":-1e999}`,
	} {
		t.Run(name, func(t *testing.T) {
			value, err := gofed.ToType(t.Context(), parse(t, document))
			require.NoError(t, err)
			move, ok := value.(asvocab.ActivityStreamsMove)
			require.True(t, ok, "the value is a Move, not %T", value)
			assert.Equal(t, "https://a.example/m", move.GetJSONLDId().Get().String())
			require.NotNil(t, move.GetActivityStreamsObject(), "the object was found under its name")
			assert.Equal(t, "https://a.example/al", move.GetActivityStreamsObject().At(0).GetIRI().String())
		})
	}
}

func TestToTypeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     error
	}{
		"the duration that makes go-fed panic": {`{"type":"Note","duration":""}`, gofed.ErrPanic},
		"that duration, deep inside":           {`{"type":"Create","object":{"type":"Note","attachment":[{"type":"Video","duration":""}]}}`, gofed.ErrPanic},
		"a type that go-fed has not":           {`{"type":"EmojiReact","content":"🦢"}`, gofed.ErrUnknownType},
		"no type":                              {`{"content":"x"}`, gofed.ErrUnknownType},
		"a type that is null":                  {`{"type":null}`, gofed.ErrUnknownType},
		"a type that is a number":              {`{"type":5}`, gofed.ErrUnknownType},
		"too deep":                             {`{"type":"Note","x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, vocab.ErrTooDeep},
		"too deep in objects":                  {strings.Repeat(`{"type":"Note","object":`, 70) + "1" + strings.Repeat("}", 70), vocab.ErrTooDeep},
		"too many objects":                     {`{"type":"Collection","items":[` + strings.Repeat("{},", 20_000) + `{}]}`, vocab.ErrTooMany},
		"too large":                            {`{"type":"Note","content":"` + strings.Repeat("x", 1<<20) + `"}`, vocab.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			value, err := gofed.ToType(t.Context(), parse(t, c.document))
			require.ErrorIs(t, err, c.want)
			assert.Nil(t, value)
			assert.NotContains(t, err.Error(), "EmojiReact", "no error quotes the document")
		})
	}
}

func TestPropertiesThatGoFedDoesNotKnow(t *testing.T) {
	value, err := gofed.ToType(t.Context(), parse(t, `{"type":"Person","id":"https://a.example/al",
		"as:movedTo":"https://b.example/al","alsoKnownAs":["https://c.example/al",{"id":"https://d.example/al"},5]}`))
	require.NoError(t, err)
	assert.Equal(t, []vocab.IRI{"https://b.example/al"}, gofed.IRIs(value, vocab.MovedTo))
	assert.Equal(t, []vocab.IRI{"https://c.example/al", "https://d.example/al"}, gofed.IRIs(value, vocab.AlsoKnownAs))
	assert.Empty(t, gofed.IRIs(value, vocab.CopiedTo))

	gofed.SetIRIs(value, vocab.MovedTo)
	gofed.SetIRIs(value, vocab.AlsoKnownAs, "https://e.example/al")
	assert.Empty(t, gofed.IRIs(value, vocab.MovedTo))
	assert.Equal(t, []vocab.IRI{"https://e.example/al"}, gofed.IRIs(value, vocab.AlsoKnownAs))

	made := streams.NewActivityStreamsPerson()
	gofed.SetIRIs(made, vocab.MovedTo, "https://b.example/al")
	assert.Equal(t, []vocab.IRI{"https://b.example/al"}, gofed.IRIs(made, vocab.MovedTo))
}
