package dialect_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// The shape follows bookwyrm/models/bookwyrm_export_job.py and utils/tar.py, and
// tests/data/user_import.json of BookWyrm.

func bookwyrmStatus(kind string, day int, audience, more string) string {
	return fmt.Sprintf(`{"id":"https://w.example/user/rat/%s/%d","type":"%s","published":"2023-08-%02dT04:09:18.343+00:00","attributedTo":"https://w.example/user/rat",
		"content":"<p>I like it</p>",%s,"replies":{"type":"OrderedCollection","totalItems":0},"tag":[],"attachment":[],"sensitive":false,
		"inReplyToBook":"https://w.example/book/2"%s}`, strings.ToLower(kind), day, kind, day, audience, more)
}

var (
	bookwyrmPublic    = `"to":["` + apiPublic + `"],"cc":["https://w.example/user/rat/followers"]`
	bookwyrmFollowers = `"to":["https://w.example/user/rat/followers"],"cc":[]`
	bookwyrmReview    = bookwyrmStatus("Review", 14, bookwyrmFollowers, `,"name":"great book","rating":5.0,"progress":23`)
)

func bookwyrmBook(title, cover string, comments, quotations, reviews []string) string {
	of := func(s []string) string { return "[" + strings.Join(s, ",") + "]" }
	return `{"work":{"id":"https://w.example/book/1","type":"Work","title":"` + title + `"},"edition":{"id":"https://w.example/book/2","type":"Edition",
		"cover":{"type":"Document","url":"` + cover + `","name":"cover of ` + title + `"}},"authors":[],"shelves":[],"lists":[],
		"comments":` + of(comments) + `,"quotations":` + of(quotations) + `,"reviews":` + of(reviews) + `,"readthroughs":[{"id":1}]}`
}

const bookwyrmRest = `"goals":[{"goal":12,"year":2023,"privacy":"followers"}],"saved_lists":["https://w.example/list/9"],
	"follows":["https://b.example/users/bob","https://w.example/user/carol"],"blocks":["https://e.example/users/eve"],
	"settings":{"show_goal":false,"preferred_timezone":"Australia/Adelaide","default_post_privacy":"followers","show_suggested_users":false},
	"bookwyrmUser":true,"discoverable":false`

func bookwyrmDocument(books ...string) string {
	return `{"id":"https://w.example/user/rat","icon":{"type":"Document","url":"avatars/rat.png","name":"avatar for rat"},"name":"Rat","type":"Person",
	"books":[` + strings.Join(books, ",\n") + `],"inbox":"https://w.example/user/rat/inbox","outbox":"https://w.example/user/rat/outbox",
	"followers":"https://w.example/user/rat/followers","preferredUsername":"rat","@context":["https://www.w3.org/ns/activitystreams"],` + bookwyrmRest + `}`
}

func bookwyrmExport() []entry {
	return []entry{
		{"archive.json", bookwyrmDocument(
			bookwyrmBook("State", "images/covers/s.jpeg", []string{bookwyrmStatus("Comment", 20, bookwyrmPublic, "")}, nil, []string{bookwyrmReview}),
			bookwyrmBook("Sand", "images/covers/gone.jpeg", nil, []string{bookwyrmStatus("Quotation", 2, bookwyrmPublic, `,"quote":"<p>words</p>"`)}, nil))},
		{"avatars/rat.png", "face"},
		{"imagescovers/s.jpeg", "cover"},
	}
}

func tarGzipOf(entries ...entry) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		if err := w.WriteHeader(&tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.body))}); err != nil {
			panic(err)
		}
		if _, err := w.Write([]byte(e.body)); err != nil {
			panic(err)
		}
	}
	if w.Close() != nil || z.Close() != nil {
		panic("cannot close what is in memory")
	}
	return b.Bytes()
}

func TestBookWyrm(t *testing.T) {
	data := tarGzipOf(bookwyrmExport()...)
	a := openAs(t, "bookwyrm", nil, data)
	want := map[string]int{
		"actor": 1, "content": 3, "bookmarks": 1, "following": 2, "blocked": 1, "preferences": 1, "media": 2, "unknown": 3,
		"content for public": 2, "content for followers": 1,
	}
	assert.Equal(t, want, counted(t, a))
	content := itemsOf(t, a, portability.Content)
	assert.Equal(t, []string{"Quotation", "Review", "Comment"}, []string{content[0].Object.Type(), content[1].Object.Type(), content[2].Object.Type()}, "oldest first, over all books")
	assert.Equal(t, bookwyrmReview, string(content[1].Object.Bytes()), "verbatim")
	for _, item := range content {
		assert.Empty(t, item.Problems, "%s", item.ID)
	}
	assert.Equal(t, vocab.IRI("https://w.example/user/rat"), a.Doc.ID())
	assert.True(t, a.Doc.Has("bookwyrmUser"))
	assert.False(t, a.Doc.Has("books"), "the books are not the actor's")
	actor := itemsOf(t, a, portability.Actor)[0]
	require.Len(t, actor.Media, 1)
	assert.Equal(t, "avatars/rat.png", actor.Media[0].Path)
	media := itemsOf(t, a, portability.Media)
	assert.Equal(t, "imagescovers/s.jpeg", media[0].Media[0].Path, "the slash that the exporter forgot")
	assert.Equal(t, "cover of State", media[0].Object.Text("name"))
	assert.Equal(t, []portability.Reason{portability.MissingMedia}, reasonsOf(media[1]))
	preferences := itemsOf(t, a, portability.Preferences)[0].Object
	assert.Equal(t, "followers", preferences.Text("audience"))
	assert.Equal(t, "Australia/Adelaide", preferences.Child("w.example").Text("preferred_timezone"))
	unknown := itemsOf(t, a, portability.Unknown)
	assert.Contains(t, string(unknown[0].Raw), `"readthroughs":[{"id":1}]`)
	assert.Empty(t, unknown[0].Problems)
	suite(t, nil, data, portabilitytest.Want{Items: kindsOf(want), Files: 2})
}

func TestBookWyrmDocumentAlone(t *testing.T) {
	a := openAs(t, "bookwyrm", nil, []byte(bookwyrmExport()[0].body))
	assert.Len(t, itemsOf(t, a, portability.Content), 3)
	assert.Equal(t, []portability.Reason{portability.MissingMedia}, reasonsOf(itemsOf(t, a, portability.Actor)[0]))
}

func TestBookWyrmOfSomebodyElse(t *testing.T) {
	review := strings.Replace(bookwyrmReview, `"attributedTo":"https://w.example/user/rat"`, `"attributedTo":"https://w.example/user/mallory"`, 1)
	a := openAs(t, "bookwyrm", nil, []byte(bookwyrmDocument(bookwyrmBook("x", "", nil, nil, []string{review, `7`, `{"type":"Review"}`}))))
	content := itemsOf(t, a, portability.Content)
	require.Len(t, content, 3)
	assert.Contains(t, reasonsOf(content[0]), portability.NotOwn)
	assert.Equal(t, "7", string(content[1].Raw))
	assert.Contains(t, reasonsOf(content[2]), portability.NoID)
}

func TestBookWyrmHostile(t *testing.T) {
	hostile(t, nil, bookwyrmExport())
	for name, text := range hostileTexts {
		if strings.Contains(text, "\x00") {
			continue // no container at all
		}
		t.Run("a book is "+name, func(t *testing.T) {
			a, err := openExport(t, nil, []byte(bookwyrmDocument(bookwyrmBook("x", "", nil, nil, []string{bookwyrmReview}), text)))
			if err != nil {
				var refusal *dialect.Refusal
				require.ErrorAs(t, err, &refusal)
				return
			}
			readsToTheEnd(t.Context(), t, a)
			assert.NotEmpty(t, itemsOf(t, a, portability.Content), "the book before it is read")
		})
	}
}
