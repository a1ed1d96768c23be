package remap_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/remap"
	"codeberg.org/godwit/godwit/vocab"
)

// places is where the things of alice are now: her account, a post, the page of the
// post, a file, a collection, a conversation.
var places = map[vocab.IRI]remap.Place{
	"https://old.example/users/alice":           {ID: "https://new.example/@a/actor", URL: "https://new.example/@a"},
	"https://old.example/@alice":                {ID: "https://new.example/@a/actor", URL: "https://new.example/@a"},
	"https://old.example/users/alice/1":         {ID: "https://new.example/o/1", URL: "https://new.example/@a/1"},
	"https://old.example/@alice/1":              {ID: "https://new.example/o/1", URL: "https://new.example/@a/1"},
	"https://old.example/users/alice/2":         {ID: "https://new.example/o/2", URL: "https://new.example/@a/2"},
	"https://old.example/media/cat.png":         {URL: "https://new.example/files/cat.png"},
	"https://old.example/users/alice/followers": {ID: "https://new.example/@a/followers"},
	"tag:old.example,2024:conversation=7":       {ID: "https://new.example/c/7"},
}

func names(id vocab.IRI) (remap.Place, bool) {
	p, found := places[id]
	return p, found
}

func parse(t testing.TB, text string) *vocab.Object {
	t.Helper()
	o, err := vocab.ParseWith([]byte(text), &vocab.Limits{AllowDuplicateNames: true, Depth: 1 << 20, Bytes: 1 << 26})
	require.NoError(t, err, "the document of the test: %s", text)
	return o
}

func led(t testing.TB, text string, options *remap.Options) string {
	t.Helper()
	o, err := remap.Object(parse(t, text), names, options)
	require.NoError(t, err)
	return o.String()
}

func TestObject_leads(t *testing.T) {
	const oldID, newID = `"https://old.example/users/alice/1"`, `"https://new.example/o/1"`
	const newURL = `"https://new.example/@a/1"`
	for name, c := range map[string]struct{ from, to string }{
		"its id":                             {`{"id":` + oldID + `}`, `{"id":` + newID + `}`},
		"its id under the name of JSON-LD":   {`{"@id":` + oldID + `}`, `{"@id":` + newID + `}`},
		"an escaped name":                    {`{"\u0069d":` + oldID + `}`, `{"\u0069d":` + newID + `}`},
		"an escaped id":                      {`{"id":"https:\/\/old.example\/users\/alice\/1"}`, `{"id":` + newID + `}`},
		"a url to the page":                  {`{"url":"https://old.example/@alice/1"}`, `{"url":` + newURL + `}`},
		"a url that is the id":               {`{"url":` + oldID + `}`, `{"url":` + newURL + `}`},
		"urls, one of them a Link":           {`{"url":["x:1",{"type":"Link","href":"https://old.example/@alice/1"}]}`, `{"url":["x:1",{"type":"Link","href":` + newURL + `}]}`},
		"a url as a full IRI":                {`{"https://www.w3.org/ns/activitystreams#url":` + oldID + `}`, `{"https://www.w3.org/ns/activitystreams#url":` + newURL + `}`},
		"what it answers":                    {`{"inReplyTo":` + oldID + `}`, `{"inReplyTo":` + newID + `}`},
		"what it answers, named by page":     {`{"as:inReplyTo":"https://old.example/@alice/1"}`, `{"as:inReplyTo":` + newID + `}`},
		"its author, as an object":           {`{"attributedTo":[{"type":"Person","id":"https://old.example/users/alice"}]}`, `{"attributedTo":[{"type":"Person","id":"https://new.example/@a/actor"}]}`},
		"who did it":                         {`{"actor":"https://old.example/users/alice"}`, `{"actor":"https://new.example/@a/actor"}`},
		"a conversation":                     {`{"ostatus:conversation":"tag:old.example,2024:conversation=7"}`, `{"ostatus:conversation":"https://new.example/c/7"}`},
		"a context":                          {`{"context":"tag:old.example,2024:conversation=7","contextHistory":` + oldID + `,"thread":` + oldID + `}`, `{"context":"https://new.example/c/7","contextHistory":` + newID + `,"thread":` + newID + `}`},
		"names of OStatus":                   {`{"atomUri":` + oldID + `,"inReplyToAtomUri":` + oldID + `}`, `{"atomUri":` + newID + `,"inReplyToAtomUri":` + newID + `}`},
		"a quote and all its fallbacks":      {`{"quote":` + oldID + `,"quoteUrl":` + oldID + `,"quoteUri":` + oldID + `,"_misskey_quote":` + oldID + `,"as:quoteUrl":` + oldID + `}`, `{"quote":` + newID + `,"quoteUrl":` + newID + `,"quoteUri":` + newID + `,"_misskey_quote":` + newID + `,"as:quoteUrl":` + newID + `}`},
		"a quote as full IRIs":               {`{"https://w3id.org/fep/044f#quote":` + oldID + `,"http://fedibird.com/ns#quoteUri":` + oldID + `}`, `{"https://w3id.org/fep/044f#quote":` + newID + `,"http://fedibird.com/ns#quoteUri":` + newID + `}`},
		"a Link tag (FEP-e232)":              {`{"tag":[{"type":"Link","href":` + oldID + `,"name":"RE: https://old.example/users/alice/1"}]}`, `{"tag":[{"type":"Link","href":` + newID + `,"name":"RE: https://old.example/users/alice/1"}]}`},
		"a mention of the person":            {`{"tag":{"type":"Mention","href":"https://old.example/users/alice","name":"@alice@old.example"}}`, `{"tag":{"type":"Mention","href":"https://new.example/@a/actor","name":"@alice@old.example"}}`},
		"a file":                             {`{"attachment":[{"type":"Document","url":"https://old.example/media/cat.png"}]}`, `{"attachment":[{"type":"Document","url":"https://new.example/files/cat.png"}]}`},
		"a picture by its address alone":     {`{"icon":"https://old.example/media/cat.png","image":["https://old.example/media/cat.png"]}`, `{"icon":"https://new.example/files/cat.png","image":["https://new.example/files/cat.png"]}`},
		"a card":                             {`{"attachment":{"type":"Link","href":` + oldID + `}}`, `{"attachment":{"type":"Link","href":` + newURL + `}}`},
		"a field of a profile":               {`{"attachment":[{"type":"PropertyValue","name":"x","value":"<a href=\"https://old.example/@alice/1\">x</a>"}]}`, `{"attachment":[{"type":"PropertyValue","name":"x","value":"<a href=\"https://new.example/@a/1\">x</a>"}]}`},
		"a post within its Create":           {`{"type":"Create","object":{"id":` + oldID + `,"inReplyTo":"https://old.example/users/alice/2"}}`, `{"type":"Create","object":{"id":` + newID + `,"inReplyTo":"https://new.example/o/2"}}`},
		"a shared post of one's own":         {`{"type":"Announce","object":` + oldID + `}`, `{"type":"Announce","object":` + newID + `}`},
		"the options of a poll":              {`{"oneOf":[{"type":"Note","name":"https://old.example/users/alice/1","replies":{"id":` + oldID + `}}]}`, `{"oneOf":[{"type":"Note","name":"https://old.example/users/alice/1","replies":{"id":` + newID + `}}]}`},
		"items of a collection":              {`{"replies":{"first":{"items":[` + oldID + `,"x:y"]}}}`, `{"replies":{"first":{"items":[` + newID + `,"x:y"]}}}`},
		"collections of an account":          {`{"followers":"https://old.example/users/alice/followers","featured":{"orderedItems":[` + oldID + `]}}`, `{"followers":"https://new.example/@a/followers","featured":{"orderedItems":[` + newID + `]}}`},
		"posts of a filter":                  {`{"title":"t","statuses":[` + oldID + `]}`, `{"title":"t","statuses":[` + newID + `]}`},
		"content in every language":          {`{"contentMap":{"en":"<a href='https://old.example/@alice/1'>x</a>","id":"https://old.example/users/alice/1"}}`, `{"contentMap":{"en":"<a href='https://new.example/@a/1'>x</a>","id":"https://old.example/users/alice/1"}}`},
		"a wrapped value":                    {`{"inReplyTo":{"@id":` + oldID + `},"tag":{"@list":[` + oldID + `]}}`, `{"inReplyTo":{"@id":` + newID + `},"tag":{"@list":[` + newID + `]}}`},
		"both of a member that stands twice": {`{"id":` + oldID + `,"id":` + oldID + `}`, `{"id":` + newID + `,"id":` + newID + `}`},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.to, led(t, c.from, nil))
			assert.Equal(t, c.to, led(t, c.to, nil), "a second time nothing is left to lead")
		})
	}
}

func TestObject_leavesAlone(t *testing.T) {
	const id = `"https://old.example/users/alice/1"`
	for name, text := range map[string]string{
		"to whom it went":                             `{"to":"https://old.example/users/alice/followers","cc":["https://old.example/users/alice"],"audience":{"id":` + id + `}}`,
		"the same as full IRIs":                       `{"as:to":"https://old.example/users/alice","https://www.w3.org/ns/activitystreams#cc":` + id + `}`,
		"text that is an id":                          `{"content":"https://old.example/users/alice/1","name":` + id + `,"summary":"see https://old.example/@alice/1"}`,
		"the text of a link":                          `{"content":"<a href=\"https://else.example/\">https://old.example/@alice/1</a>"}`,
		"the source text":                             `{"source":{"content":"<a href=\"https://old.example/@alice/1\">x</a>","mediaType":"text/html","id":` + id + `}}`,
		"a context":                                   `{"@context":["https://old.example/users/alice/1",{"id":` + id + `,"bto":` + id + `}],"type":"Note"}`,
		"where it was before":                         `{"previously":[{"id":` + id + `,"actor":"https://old.example/users/alice"}],"migratedFrom":` + id + `}`,
		"aliases and moves":                           `{"alsoKnownAs":["https://old.example/users/alice"],"movedTo":` + id + `,"copiedTo":` + id + `}`,
		"keys":                                        `{"publicKey":{"id":` + id + `,"owner":"https://old.example/users/alice"},"assertionMethod":[` + id + `]}`,
		"members that nobody knows":                   `{"x":` + id + `,"y":{"id":` + id + `,"object":{"id":` + id + `}}}`,
		"who may answer":                              `{"interactionPolicy":{"canReply":{"always":["https://old.example/users/alice/followers"]}}}`,
		"a value that is no field":                    `{"value":"<a href=\"https://old.example/@alice/1\">x</a>","tag":[{"value":"<a href=\"https://old.example/@alice/1\">"}]}`,
		"an id with more behind it":                   `{"id":"https://old.example/users/alice/1/activity","url":"https://old.example/@alice/1?x"}`,
		"an id in other letters":                      `{"id":"https://old.example/users/Alice/1"}`,
		"others who are mentioned":                    `{"tag":[{"type":"Mention","href":"https://else.example/users/bob"},{"type":"Hashtag","href":"https://old.example/tags/x"}]}`,
		"numbers, words and nothing":                  `{"id":1,"url":null,"inReplyTo":[],"tag":{},"object":true,"items":[[],1e400]}`,
		"signatures, if all is as it was":             `{"id":"x:y","proof":{"proofValue":"z"},"signature":{"creator":` + id + `},"quoteAuthorization":"x:z"}`,
		"hidden recipients, if it is not to be shown": `{"bto":` + id + `,"bcc":[` + id + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			o := parse(t, text)
			same, err := remap.Object(o, names, nil)
			require.NoError(t, err)
			assert.Equal(t, text, same.String())
			assert.Same(t, o, same, "nothing is made anew where nothing changes")
			for _, id := range remap.References(o) {
				assert.NotContains(t, places, id, "what is not led is not asked for")
			}
		})
	}
}

func TestObject_proofs(t *testing.T) {
	const id, now = `"id":"https://old.example/users/alice/1"`, `"id":"https://new.example/o/1"`
	for name, c := range map[string]struct{ from, to string }{
		"a proof and a signature that no longer hold": {
			`{` + id + `,"proof":{"type":"DataIntegrityProof","object":{"id":"https://old.example/users/alice/1"}},"signature":{"type":"RsaSignature2017"},"type":"Note"}`,
			`{` + now + `,"type":"Note"}`},
		"first and last": {
			`{"signature":{}, ` + id + `, "sec:proof":[{}]}`,
			`{` + now + `}`},
		"nothing but what goes": {
			`{"proof":{},"object":{` + id + `},"https://w3id.org/security#proof":{}}`,
			`{"object":{` + now + `}}`},
		"one around what has changed, none within": {
			`{"type":"Create","object":{` + id + `},"signature":{}}`,
			`{"type":"Create","object":{` + now + `}}`},
		"of somebody else's answer that changed, beside one that did not": {
			`{"items":[{"id":"x:1","inReplyTo":"https://old.example/users/alice/1","proof":{}},{"id":"x:2","proof":{"proofValue":"z"}}]}`,
			`{"items":[{"id":"x:1","inReplyTo":"https://new.example/o/1"},{"id":"x:2","proof":{"proofValue":"z"}}]}`},
		"the stamp of a quote by what has moved": {
			`{` + id + `,"quote":"https://else.example/1","quoteAuthorization":"https://else.example/stamps/1"}`,
			`{` + now + `,"quote":"https://else.example/1"}`},
		"the stamp that the person gave, whose post has moved": {
			`{"id":"x:1","quote":"https://old.example/users/alice/1","https://w3id.org/fep/044f#quoteAuthorization":"https://old.example/stamps/1"}`,
			`{"id":"x:1","quote":"https://new.example/o/1"}`},
		"the stamp of another quote stays": {
			`{"id":"x:1","inReplyTo":"https://old.example/users/alice/1","quote":"x:2","quoteAuthorization":"x:3"}`,
			`{"id":"x:1","inReplyTo":"https://new.example/o/1","quote":"x:2","quoteAuthorization":"x:3"}`},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.to, led(t, c.from, nil)) })
	}
}

func TestObject_shown(t *testing.T) {
	const id, now = `"id":"https://old.example/users/alice/1"`, `"id":"https://new.example/o/1"`
	for name, c := range map[string]struct{ from, to string }{
		"hidden recipients, wherever they stand": {
			`{"bto":"x:1","object":{"as:bcc":["x:2"],"type":"Note"},"strange":{"object":[{"bto":"x:1"}],"to":{"bcc":1}},"bcc":[]}`,
			`{"object":{"type":"Note"},"strange":{"object":[{}],"to":{"bcc":1}}}`},
		"the proof of what told them": {
			`{"type":"Note","proof":{},"bcc":["x:2"]}`,
			`{"type":"Note"}`},
		"the names of collections, but not what stands in them": {
			`{` + id + `,"replies":{"id":"https://old.example/r","type":"Collection","first":{"type":"CollectionPage","next":"https://old.example/r?2","partOf":"https://old.example/r","items":["x:1","https://old.example/users/alice/2"]}},"likes":"https://old.example/l","shares":{"id":"https://old.example/s","totalItems":3}}`,
			`{` + now + `,"replies":{"type":"Collection","first":{"type":"CollectionPage","items":["x:1","https://new.example/o/2"]}},"shares":{"totalItems":3}}`},
		"also where the id comes last": {
			`{"likes":"https://old.example/l","type":"Note",` + id + `}`,
			`{"type":"Note",` + now + `}`},
		"names of collections that the sink has its own for": {
			`{` + id + `,"replies":"https://old.example/users/alice/followers","likes":{"id":"https://old.example/users/alice/followers","first":"x:1"}}`,
			`{` + now + `,"replies":"https://new.example/@a/followers","likes":{"id":"https://new.example/@a/followers"}}`},
		"collections of what is somebody else's stay": {
			`{"id":"x:1","inReplyTo":"https://old.example/users/alice/1","likes":"x:1/likes","replies":{"id":"x:1/replies"}}`,
			`{"id":"x:1","inReplyTo":"https://new.example/o/1","likes":"x:1/likes","replies":{"id":"x:1/replies"}}`},
		"within an answer that stands in a collection": {
			`{` + id + `,"replies":{"items":[{"id":"x:2","likes":"x:2/likes","next":"x:3"}]}}`,
			`{` + now + `,"replies":{"items":[{"id":"x:2","likes":"x:2/likes","next":"x:3"}]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			shown := &remap.Options{Shown: true}
			assert.Equal(t, c.to, led(t, c.from, shown))
			assert.Equal(t, c.to, led(t, c.to, shown), "a second time nothing changes")
		})
	}
}

func TestReferences(t *testing.T) {
	o := parse(t, `{"id":"x:1","to":"x:to","url":[{"href":"x:url"},"x:1"],"content":"<a href='x:link'>x:text</a><a href='#here'>",
		"tag":[{"href":"x:tag","name":"x:name"}],"replies":{"items":["x:reply"]},"conversation":"","proof":{"id":"x:proof"}}`)
	assert.Equal(t, []vocab.IRI{"x:1", "x:url", "x:link", "x:tag", "x:reply"}, remap.References(o))
}

func TestObject_lacking(t *testing.T) {
	o := parse(t, `{"id":"https://old.example/users/alice/1"}`)
	same, err := remap.Object(o, nil, nil)
	require.NoError(t, err)
	assert.Same(t, o, same, "nobody knows anything")

	same, err = remap.Object(o, func(vocab.IRI) (remap.Place, bool) { return remap.Place{}, true }, nil)
	require.NoError(t, err)
	assert.Same(t, o, same, "a place without a name is none")

	_, err = remap.Object(o, func(vocab.IRI) (remap.Place, bool) { return remap.Place{ID: "x:\xff"}, true }, nil)
	require.ErrorIs(t, err, remap.ErrNotText)
}

func TestObject_mapsWithLoops(t *testing.T) {
	round := map[vocab.IRI]vocab.IRI{"x:a": "x:b", "x:b": "x:a", "x:c": "x:c"}
	o, err := remap.Object(parse(t, `{"id":"x:a","inReplyTo":"x:b","object":{"id":"x:c"}}`), func(id vocab.IRI) (remap.Place, bool) {
		now, found := round[id]
		return remap.Place{ID: now}, found
	}, &remap.Options{Shown: true})
	require.NoError(t, err)
	assert.Equal(t, `{"id":"x:b","inReplyTo":"x:a","object":{"id":"x:c"}}`, o.String(), "each is led once")
}

func TestObject_deep(t *testing.T) {
	const deepest = 9_990 // as deep as a document may nest
	for name, c := range map[string]struct {
		before, behind string
		depth          int
	}{
		"posts in posts":       {`{"object":`, `}`, deepest},
		"collections in posts": {`{"id":"https://old.example/users/alice/2","replies":`, `}`, deepest},
		// Each of them is passed once more to find its id.
		"collections of posts that say their id last": {`{"replies":`, `,"id":"x:1"}`, 1000},
		"lists in lists":       {`[`, `]`, deepest},
		"in what nobody knows": {`{"strange":`, `}`, deepest},
	} {
		t.Run(name, func(t *testing.T) {
			text := `{"items":` + strings.Repeat(c.before, c.depth) + `{"id":"https://old.example/users/alice/1","bto":1}` + strings.Repeat(c.behind, c.depth) + `}`
			o, err := remap.Object(parse(t, text), names, &remap.Options{Shown: true})
			require.NoError(t, err)
			assert.NotContains(t, o.String(), "bto", "however deep it stands")
			if !strings.Contains(text, "strange") {
				assert.Contains(t, o.String(), "https://new.example/o/1")
			}
		})
	}
}

func TestObject_wide(t *testing.T) {
	text := `{"items":[` + strings.Repeat(`"https://old.example/users/alice/1",`, 100_000) + `{"bto":1}]}`
	o, err := remap.Object(parse(t, text), names, &remap.Options{Shown: true})
	require.NoError(t, err)
	assert.Equal(t, 100_000, strings.Count(o.String(), `"https://new.example/o/1"`))
}
