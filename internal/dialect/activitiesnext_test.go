package dialect_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func tarGzOf(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.body)), Typeflag: tar.TypeReg}))
		_, err := io.WriteString(w, e.body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

const nextActor = "https://next.example/users/alice"

func nextPost(n, attachment string) string {
	id := nextActor + "/statuses/" + n
	return `{"id":"` + id + `/activity","type":"Create","actor":"` + nextActor + `","published":"2026-01-0` + n + `T00:00:00Z","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":[],` +
		`"object":{"id":"` + id + `","type":"Note","attributedTo":"` + nextActor + `","published":"2026-01-0` + n + `T00:00:00Z","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":[],"content":"` + n + `","attachment":[` + attachment + `]}}`
}

func nextCollection(id string, items ...string) string {
	return `{"@context":["https://www.w3.org/ns/activitystreams",{"toot":"http://joinmastodon.org/ns#"}],"id":"` + id + `","type":"OrderedCollection","orderedItems":[` +
		strings.Join(items, ",") + `],"totalItems":` + string(rune('0'+len(items))) + "}\n"
}

// nextEntries is an archive of two posts, newest first, one of them edited, and a
// share.
func nextEntries() []entry {
	return []entry{
		{"manifest.json", `{"kind":"actor-archive","version":1,"createdAt":"2026-08-06T00:00:00.000Z","actor":{"id":"` + nextActor + `","handle":"alice@next.example","domain":"next.example"},` +
			`"counts":{"statuses":3,"likes":1,"bookmarks":2,"following":1,"followers":1,"fitnessFiles":1},"storage":[],"warnings":["Remote attachment kept as absolute URL: https://x.example/1.png"]}`},
		{"actor.json", `{"@context":["https://www.w3.org/ns/activitystreams"],"id":"` + nextActor + `","type":"Person","followers":"` + nextActor + `/followers","icon":{"type":"Image","url":"avatar.png"}}`},
		{"avatar.png", "picture"},
		{"outbox.json", nextCollection(nextActor+"/outbox",
			nextPost("3", `{"type":"Document","mediaType":"image/png","url":"media_attachments/files/medias/cat.png","name":"cat"}`),
			`{"id":"`+nextActor+`/statuses/2","type":"Announce","actor":"`+nextActor+`","published":"2026-01-02T00:00:00Z","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":[],"object":"https://far.example/1"}`,
			nextPost("1", ""))},
		{"likes.json", nextCollection(nextActor+"/likes-archive", `"https://far.example/2"`)},
		{"bookmarks.json", nextCollection(nextActor+"/bookmarks-archive", `"https://far.example/3"`)},
		{"media_attachments/files/medias/cat.png", "cat"},
		{"following_accounts.csv", "Account address,Show boosts,Notify on new posts,Languages\nbob@far.example,true,false,\n"},
		{"followers.csv", "Account address\ncarol@far.example\n"},
		{"status_history.json", `{"` + nextActor + `/statuses/1":[{"text":"**draft**","summary":null,"sensitive":false,"attachments":[{"type":"Document","url":"media_attachments/files/medias/cat.png"}],"pollOptions":null,"supersededAt":"2026-01-01T01:00:00.000Z"}]}`},
		{"fitness_files/fitness.json", `[{"id":"f1"}]`},
	}
}

func TestActivitiesNext(t *testing.T) {
	data := tarGzOf(t, nextEntries()...)
	a := openAs(t, "activities.next", nil, data)
	got := counted(t, a)
	want := map[string]int{"actor": 1, "content": 2, "content for public": 2, "outbox": 1, "outbox for public": 1, "history": 1, "liked": 1,
		"bookmarks": 1, "following": 1, "followers": 1, "unknown": 2}
	assert.Equal(t, want, got)
	assert.Equal(t, []string{"1", "3"}, idsOf(itemsOf(t, a, portability.Content)), "oldest first, though the archive has the newest first")
	post := itemsOf(t, a, portability.Content)[1]
	require.Len(t, post.Media, 1)
	r, _, err := a.OpenMedia(t.Context(), post.Media[0])
	require.NoError(t, err)
	data2, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.Equal(t, "cat", string(data2))

	before := itemsOf(t, a, portability.History)[0]
	assert.True(t, strings.HasPrefix(before.ID, nextActor+"/statuses/1#sha256:"), "%s: it is not said when it was made", before.ID)
	assert.Empty(t, oddOf(a, dialect.TextFault), "that the history is no array is nothing odd")
	assert.Equal(t, "**draft**", before.Object.Child("source").Text("content"))
	assert.Len(t, before.Media, 1, "former files are found too")

	mismatch := oddOf(a, dialect.CountMismatch)
	require.Len(t, mismatch, 1)
	assert.Equal(t, dialect.Problem{Reason: dialect.CountMismatch, Where: "bookmarks.json", Detail: "the manifest says 2, it has 1"}, mismatch[0])
	for _, p := range a.Odd() {
		assert.NotContains(t, p.Detail, "x.example", "warnings are not repeated, they name files of private posts")
	}
	suite(t, nil, data, portabilitytest.Want{Items: kindsOf(got), Files: 2})
}

func TestActivitiesNextOtherVersions(t *testing.T) {
	entries := nextEntries()
	entries[0].body = strings.Replace(entries[0].body, `"version":1`, `"version":2`, 1)
	a := openAs(t, "activities.next", nil, tarGzOf(t, entries...))
	assert.NotEmpty(t, oddOf(a, dialect.UnknownDialect))
	assert.Equal(t, 2, counted(t, a)["content"], "it is read all the same")

	_, err := openExport(t, nil, tarGzOf(t, entry{"manifest.json", `{"kind":"actor-archive","counts":{},`}, entry{"outbox.json", nextCollection("x")}))
	refusal := &dialect.Refusal{}
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, dialect.NotReadable, refusal.Reason)

	hostile := nextEntries()
	hostile[9].body = `{"` + nextActor + `/statuses/1":{"text":1},"x":"no list","y":[1,null,{"text":{}}]}`
	a = openAs(t, "activities.next", nil, tarGzOf(t, hostile...))
	assert.NotPanics(t, func() { itemsOf(t, a, portability.History) })
}
