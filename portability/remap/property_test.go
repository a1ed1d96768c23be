package remap_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/portability/remap"
	"codeberg.org/godwit/godwit/vocab"
)

func utf16Of(s string) []uint16 { return utf16.Encode([]rune(s)) }

// A bijection leads ten old ids to ten new ones and back.
func moved(id vocab.IRI, from, to string) (remap.Place, bool) {
	rest, found := strings.CutPrefix(string(id), from)
	if !found || len(rest) != 1 || rest[0] < '0' || rest[0] > '9' {
		return remap.Place{}, false
	}
	return remap.Place{ID: vocab.IRI(to + rest)}, true
}

const before, after = "https://old.example/", "https://new.example/things/"

func there(id vocab.IRI) (remap.Place, bool) { return moved(id, before, after) }
func back(id vocab.IRI) (remap.Place, bool)  { return moved(id, after, before) }

// named are the members in which references stand; plain those in which none do. They
// are written down here a second time, so that a slip in one list shows.
var (
	named = strings.Fields(`id @id url href inReplyTo context conversation ostatus:conversation thread contextHistory atomUri
		inReplyToAtomUri quote quoteUrl as:quoteUrl quoteUri _misskey_quote http://fedibird.com/ns#quoteUri tag attachment icon image
		featured featuredTags replies likes shares attributedTo actor object target first next partOf items orderedItems oneOf anyOf
		as:inReplyTo https://www.w3.org/ns/activitystreams#inReplyTo https://www.w3.org/ns/activitystreams#url followers outbox`)
	plain = strings.Fields(`to cc audience as:to name source previously alsoKnownAs movedTo publicKey interactionPolicy type
		published strange https://x.example/ns#id toot:focalPoint`)
)

// document draws a document of everything at once, in the odd ways of writing JSON.
func document(t *rapid.T, depth int, draw *rapid.Generator[string]) string {
	var b strings.Builder
	b.WriteString("{" + space(t))
	for i := range rapid.IntRange(0, 5).Draw(t, "members") {
		if i > 0 {
			b.WriteString("," + space(t))
		}
		name := rapid.SampledFrom(append(append([]string{"content", "summary"}, named...), plain...)).Draw(t, "name")
		fmt.Fprintf(&b, "%q%s:%s%s%s", name, space(t), space(t), value(t, depth, draw), space(t))
	}
	return b.String() + "}"
}

func value(t *rapid.T, depth int, draw *rapid.Generator[string]) string {
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	switch {
	case depth > 0 && kind < 3:
		return document(t, depth-1, draw)
	case depth > 0 && kind == 3:
		return "[" + value(t, depth-1, draw) + " ,\n" + value(t, depth-1, draw) + "]"
	case kind == 4:
		return rapid.SampledFrom([]string{"null", "true", "1.50e+3", "[]", "{}", `"\u00e9\/\ud83d\udc26"`}).Draw(t, "other")
	}
	return draw.Draw(t, "text")
}

func space(t *rapid.T) string { return rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space") }

// texts are references, things that look like them, and links to both.
var texts = rapid.Custom(func(t *rapid.T) string {
	id := before + rapid.StringMatching(`[0-9]{1,2}`).Draw(t, "id")
	form := rapid.SampledFrom([]string{`"%s"`, `"%s"`, `"%s"`, `"see %s"`, `"%s/activity"`,
		`"<p>\u00e9 <a class='x' href=\"%s\">%[1]s</a>\u003cbr\u003e"`, `"\u003ca href='%s'\u003e"`}).Draw(t, "form")
	return fmt.Sprintf(form, id)
})

func TestObject_properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := space(t) + document(t, 4, texts) + space(t)
		o, err := vocab.ParseWith([]byte(text), &vocab.Limits{AllowDuplicateNames: true})
		require.NoError(t, err)

		same, err := remap.Object(o, nil, &remap.Options{Shown: true})
		require.NoError(t, err)
		assert.Same(t, o, same, "an empty map changes nothing at all")

		moved, err := remap.Object(o, there, nil)
		require.NoError(t, err)
		again, err := remap.Object(moved, there, nil)
		require.NoError(t, err)
		assert.Same(t, moved, again, "a second time changes nothing")
		read, err := remap.Read(o).Lead(there, nil)
		require.NoError(t, err)
		assert.Equal(t, moved.String(), read.String(), "it is the same whether it was read before or not")

		restored, err := remap.Object(moved, back, nil)
		require.NoError(t, err)
		require.Equal(t, text, restored.String(), "the way back restores every byte")

		agrees(t, text, moved.String())
	})
}

// agrees compares two documents leaf by leaf with an account of the rules that looks at
// nothing but paths.
func agrees(t require.TestingT, old, now string) {
	was, is := leaves(t, old), leaves(t, now)
	require.Len(t, is, len(was), "nothing comes and nothing goes")
	for i, leaf := range was {
		require.Equal(t, leaf.path, is[i].path, "members keep their order and names")
		require.Equal(t, expected(leaf), is[i].value, "at %v", leaf.path)
	}
}

type leaf struct {
	path  []string
	value string // JSON
}

var (
	wholeID = regexp.MustCompile(`^"https://old\.example/([0-9])"$`)
	linked  = regexp.MustCompile(`(href=(?:\\"|'))https://old\.example/([0-9])(\\"|')`)
)

// expected is what becomes of a leaf.
func expected(l leaf) string {
	for _, name := range l.path {
		if contains(plain, name) {
			return l.value
		}
	}
	switch name := l.path[len(l.path)-1]; {
	case name == "content" || name == "summary":
		return linked.ReplaceAllString(l.value, "${1}"+after+"${2}${3}")
	case contains(named, name):
		return wholeID.ReplaceAllString(l.value, `"`+after+`${1}"`)
	}
	return l.value
}

func contains(list []string, s string) bool {
	for _, other := range list {
		if other == s {
			return true
		}
	}
	return false
}

// leaves lists the values of a document that hold no others, with the names of the
// members they stand in, by another reader of JSON.
func leaves(t require.TestingT, text string) []leaf {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var all []leaf
	var read func(path []string)
	read = func(path []string) {
		token, err := d.Token()
		require.NoError(t, err)
		switch token {
		case json.Delim('{'):
			for d.More() {
				name, err := d.Token()
				require.NoError(t, err)
				read(append(path[:len(path):len(path)], name.(string)))
			}
			_, _ = d.Token()
		case json.Delim('['):
			for d.More() {
				read(path)
			}
			_, _ = d.Token()
		default:
			var b strings.Builder
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			require.NoError(t, e.Encode(token))
			all = append(all, leaf{path, strings.TrimSpace(b.String())})
		}
	}
	read([]string{""})
	return all
}

// FuzzObject holds the same of whatever parses.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{"id":"https://old.example/1","object":{"inReplyTo":["https://old.example/2"]},"proof":{},"bto":"x"}`,
		` {"content":"<a href=\"https://old.example/1\">","likes":"https://old.example/l","id":"https://old.example/3"} `,
		`{"@context":{"id":"https://old.example/1"},"replies":{"first":{"items":[{"@id":"https://old.example/1"}],"next":"x"}}}`,
		`{"quote":"https://old.example/1","quoteAuthorization":1,"\u0069d":"https:\/\/old.example\/1","signature":[]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := vocab.ParseWith(data, &vocab.Limits{AllowDuplicateNames: true})
		if err != nil {
			t.Skip("no document")
		}
		same, err := remap.Object(o, nil, nil)
		require.NoError(t, err)
		assert.Same(t, o, same, "an empty map changes nothing at all")
		for _, options := range []*remap.Options{nil, {Shown: true}} {
			moved, err := remap.Object(o, there, options)
			require.NoError(t, err)
			again, err := remap.Object(moved, there, options)
			require.NoError(t, err)
			assert.Equal(t, moved.String(), again.String(), "a second time changes nothing")
			read, err := remap.Read(o).Lead(there, options)
			require.NoError(t, err)
			assert.Equal(t, moved.String(), read.String(), "it is the same whether it was read before or not")
		}
		for _, id := range remap.References(o) {
			assert.NotEmpty(t, id)
		}
	})
}
