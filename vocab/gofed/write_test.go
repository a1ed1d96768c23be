package gofed_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/go-fed/activity/streams"
	asvocab "github.com/go-fed/activity/streams/vocab"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/samples"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

// lossy holds, in one document, everything that go-fed drops or rewrites.
const lossy = ` { "@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#","votersCount":"toot:votersCount","x":"https://x.example/#"}],
  "@type" : ["Note"], "id":"HTTPS://a.example/n/1", "content":"<p>one</p>", "contentMap":{"en":"<p>one</p>","de":"<p>eins</p>"},
  "summary":null, "inReplyTo":null, "to":["https://www.w3.org/ns/activitystreams#Public"], "cc":[null,"https://b.example/bob"],
  "published":"2026-11-22T12:00:00.123456789Z", "votersCount":12345678901234567890, "x":1.50, "big":1e999,
  "tag":[ {"type":"Mention","href":"https://b.example/bob","name":"@bob", "icon":null},
          {"type":"as:Hashtag","name":"#birds","nameMap":{"en":"#birds"}} , 5.0 ],
  "attachment":[{"type":"Document","url":"https://a.example/1.png","focalPoint":[0.10,-1E-2],"blurhash":null}],
  "replies":{"@context":"https://x.example/context","type":"Collection","first":{"type":"CollectionPage","items":[]}}
}
`

func TestNothingIsLostWhenNothingChanged(t *testing.T) {
	for name, document := range map[string]string{
		"all that go-fed drops": lossy,
		"an actor":              string(samples.Actor),
		"a post":                string(samples.Note),
		"a Move":                string(samples.Move),
	} {
		t.Run(name, func(t *testing.T) {
			o := parse(t, document)
			value, err := gofed.ToType(t.Context(), o)
			require.NoError(t, err)
			back, err := gofed.FromType(t.Context(), value, o)
			require.NoError(t, err)
			assert.Equal(t, document, back.String())
		})
	}
}

func iri(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u
}

func TestOnlyTheChangeIsWritten(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(asvocab.ActivityStreamsNote)
		was, is   string // what stands in lossy, and what in its place afterwards
		wasB, isB string // a second place, where one change has two
	}{
		"a text": {
			change: func(n asvocab.ActivityStreamsNote) {
				n.GetActivityStreamsContent().At(0).SetXMLSchemaString("<p>two</p>")
			},
			was: `"content":"<p>one</p>", "contentMap":{"en":"<p>one</p>"`, is: `"content":"<p>two</p>", "contentMap":{"en":"<p>two</p>"`,
		},
		"a text taken out does not come back in its languages": {
			change: func(n asvocab.ActivityStreamsNote) { n.SetActivityStreamsContent(nil) },
			was:    ` "content":"<p>one</p>", "contentMap":{"en":"<p>one</p>","de":"<p>eins</p>"},`, is: ``,
		},
		"a member that was null": {
			change: func(n asvocab.ActivityStreamsNote) {
				p := streams.NewActivityStreamsSummaryProperty()
				p.AppendXMLSchemaString("birds")
				n.SetActivityStreamsSummary(p)
			},
			was: `"summary":null`, is: `"summary":"birds"`,
		},
		"a member taken out": {
			change: func(n asvocab.ActivityStreamsNote) { n.SetActivityStreamsCc(nil) },
			was:    `, "cc":[null,"https://b.example/bob"]`, is: ``,
		},
		"the first member, under its long name": {
			change: func(n asvocab.ActivityStreamsNote) { n.SetActivityStreamsReplies(nil); n.SetJSONLDId(nil) },
			was:    `, "id":"HTTPS://a.example/n/1"`, is: ``,
			wasB: ",\n  \"replies\":{\"@context\":\"https://x.example/context\",\"type\":\"Collection\",\"first\":{\"type\":\"CollectionPage\",\"items\":[]}}", isB: ``,
		},
		"an array of one grows": {
			change: func(n asvocab.ActivityStreamsNote) { n.GetActivityStreamsTo().AppendIRI(iri(t, "https://c.example/")) },
			was:    `"to":["https://www.w3.org/ns/activitystreams#Public"]`, is: `"to":["https://www.w3.org/ns/activitystreams#Public","https://c.example/"]`,
		},
		"an array of one changes and stays an array": {
			change: func(n asvocab.ActivityStreamsNote) {
				n.GetActivityStreamsTo().At(0).SetIRI(iri(t, "https://c.example/"))
			},
			was: `"to":["https://www.w3.org/ns/activitystreams#Public"]`, is: `"to":["https://c.example/"]`,
		},
		"an element comes first": {
			change: func(n asvocab.ActivityStreamsNote) { n.GetActivityStreamsCc().PrependIRI(iri(t, "https://c.example/")) },
			was:    `"cc":[null,`, is: `"cc":["https://c.example/",null,`,
		},
		"an element is inserted": {
			change: func(n asvocab.ActivityStreamsNote) {
				n.GetActivityStreamsCc().InsertIRI(1, iri(t, "https://c.example/"))
			},
			was: `"cc":[null,`, is: `"cc":[null,"https://c.example/",`,
		},
		"the last element goes": {
			change: func(n asvocab.ActivityStreamsNote) { n.GetActivityStreamsTag().Remove(2) },
			was:    ` , 5.0 ],`, is: ` ],`,
		},
		"the first element goes": {
			change: func(n asvocab.ActivityStreamsNote) { n.GetActivityStreamsTag().Remove(0) },
			was:    `{"type":"Mention","href":"https://b.example/bob","name":"@bob", "icon":null},` + "\n          ", is: ``,
		},
		"elements change places with all that go-fed did not see": {
			change: func(n asvocab.ActivityStreamsNote) { n.GetActivityStreamsTag().Swap(0, 2) },
			was:    `{"type":"Mention","href":"https://b.example/bob","name":"@bob", "icon":null}`, is: `5.0`,
			wasB: `5.0 ]`, isB: `{"type":"Mention","href":"https://b.example/bob","name":"@bob", "icon":null} ]`,
		},
		"a member of an object in an array": {
			change: func(n asvocab.ActivityStreamsNote) {
				n.GetActivityStreamsTag().At(0).GetActivityStreamsMention().GetActivityStreamsName().At(0).SetXMLSchemaString("@robert")
			},
			was: `"name":"@bob", "icon":null`, is: `"name":"@robert", "icon":null`,
		},
		"a property that go-fed does not know": {
			change: func(n asvocab.ActivityStreamsNote) { n.GetUnknownProperties()["x"] = 2.5 },
			was:    `"x":1.50`, is: `"x":2.5`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := parse(t, lossy)
			value, err := gofed.ToType(t.Context(), o)
			require.NoError(t, err)
			c.change(value.(asvocab.ActivityStreamsNote))
			got, err := gofed.FromType(t.Context(), value, o)
			require.NoError(t, err)

			require.Equal(t, 1, strings.Count(lossy, c.was), "the case names one place")
			want := strings.Replace(lossy, c.was, c.is, 1)
			if c.wasB != "" {
				want = strings.Replace(want, c.wasB, c.isB, 1)
			}
			assert.Equal(t, want, got.String())
			assert.Equal(t, lossy, o.String(), "the original is not touched")
		})
	}
}

func TestAnotherThingInheritsNothing(t *testing.T) {
	o := parse(t, `{"type":"Create","object":{"id":"https://a.example/1","type":"Note","content":"a","contentMap":{"en":"a"}}}`)
	value, err := gofed.ToType(t.Context(), o)
	require.NoError(t, err)
	other, err := gofed.ToType(t.Context(), parse(t, `{"id":"https://a.example/2","type":"Note","content":"b"}`))
	require.NoError(t, err)
	value.(asvocab.ActivityStreamsCreate).GetActivityStreamsObject().SetActivityStreamsNote(0, other.(asvocab.ActivityStreamsNote))

	got, err := gofed.FromType(t.Context(), value, o)
	require.NoError(t, err)
	assert.Equal(t, `{"type":"Create","object":{"content":"b","id":"https://a.example/2","type":"Note"}}`, got.String())
}

func TestBothSpellingsOfAChangedProperty(t *testing.T) {
	o := parse(t, `{"type":"Person","x":1,"movedTo":"https://b.example/","as:movedTo":"https://b.example/","fep7628:movedTo":"https://b.example/"}`)
	value, err := gofed.ToType(t.Context(), o)
	require.NoError(t, err)

	gofed.SetIRIs(value, vocab.MovedTo, "https://c.example/")
	got, err := gofed.FromType(t.Context(), value, o)
	require.NoError(t, err)
	assert.Equal(t, `{"type":"Person","x":1,"movedTo":"https://c.example/"}`, got.String(), "no spelling keeps the old value")

	gofed.SetIRIs(value, vocab.MovedTo)
	got, err = gofed.FromType(t.Context(), value, o)
	require.NoError(t, err)
	assert.Equal(t, `{"type":"Person","x":1}`, got.String(), "no spelling is left behind")
}

func TestContextOfAChangedDocument(t *testing.T) {
	const moved = `"movedTo":{"@id":"as:movedTo","@type":"@id"}`
	for name, c := range map[string]struct{ was, is string }{
		"a single context":     {`{"@context":"https://www.w3.org/ns/activitystreams","type":"Person"`, `{"@context":["https://www.w3.org/ns/activitystreams",{` + moved + `}],"type":"Person"`},
		"an array":             {`{"@context":["https://www.w3.org/ns/activitystreams" ],"type":"Person"`, `{"@context":["https://www.w3.org/ns/activitystreams",{` + moved + `} ],"type":"Person"`},
		"defined already":      {`{"@context":["https://www.w3.org/ns/activitystreams",{"movedTo":"as:movedTo"}],"type":"Person"`, ``},
		"no context":           {`{"type":"Person"`, ``},
		"the property was set": {`{"@context":"https://www.w3.org/ns/activitystreams","type":"Person","movedTo":null`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			o := parse(t, c.was+"}")
			value, err := gofed.ToType(t.Context(), o)
			require.NoError(t, err)
			gofed.SetIRIs(value, vocab.MovedTo, "https://b.example/")
			got, err := gofed.FromType(t.Context(), value, o)
			require.NoError(t, err)
			want := c.is
			if want == "" {
				want = c.was
			}
			if base, ok := strings.CutSuffix(want, `,"movedTo":null`); ok {
				want = base
			}
			assert.Equal(t, want+`,"movedTo":"https://b.example/"}`, got.String())
		})
	}
}

func TestValueMadeHere(t *testing.T) {
	person := streams.NewActivityStreamsPerson()
	id := streams.NewJSONLDIdProperty()
	id.Set(iri(t, "https://a.example/al"))
	person.SetJSONLDId(id)
	name := streams.NewActivityStreamsNameProperty()
	name.AppendXMLSchemaString("Al <&>")
	person.SetActivityStreamsName(name)
	featured := streams.NewTootFeaturedProperty()
	featured.SetIRI(iri(t, "https://a.example/al/featured"))
	person.SetTootFeatured(featured)
	gofed.SetIRIs(person, vocab.AlsoKnownAs, "https://b.example/al")

	o, err := gofed.FromType(t.Context(), person, nil)
	require.NoError(t, err)
	assert.Equal(t, `{"@context":["https://www.w3.org/ns/activitystreams",{"alsoKnownAs":{"@id":"as:alsoKnownAs","@type":"@id"},`+
		`"featured":{"@id":"toot:featured","@type":"@id"},"toot":"http://joinmastodon.org/ns#"}],"id":"https://a.example/al","type":"Person",`+
		`"alsoKnownAs":["https://b.example/al"],"featured":"https://a.example/al/featured","name":"Al <&>"}`, o.String(),
		"every term that ActivityStreams lacks is defined in the document")
}

func TestFromTypeOfWhatGoFedCannotRead(t *testing.T) {
	note := streams.NewActivityStreamsNote()
	_, err := gofed.FromType(t.Context(), note, parse(t, `{"type":"EmojiReact"}`))
	require.ErrorIs(t, err, gofed.ErrUnknownType)
	_, err = gofed.FromType(t.Context(), nil, nil)
	require.ErrorIs(t, err, gofed.ErrPanic, "a value that is none is an error, not a crash")
}
