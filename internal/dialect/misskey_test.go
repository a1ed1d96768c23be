package dialect_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// The shapes follow packages/backend/src/queue/processors: ExportNotes-,
// ExportFavorites-, ExportClips- and ExportAntennasProcessorService.ts; the
// addresses core/activitypub/ApRendererService.ts.

func misskeyNote(id string, day int, more string) string {
	note := fmt.Sprintf(`{"id":"%s","text":"note %s","createdAt":"2020-01-%02dT00:00:00.000Z","fileIds":[],"files":[],"replyId":null,"renoteId":null,
		"poll":null,"cw":null,"visibility":"public","visibleUserIds":[],"localOnly":false,"reactionAcceptance":null,%s}`, id, id, day, more)
	return note
}

// misskeyNotes name a member twice where they differ; the last counts.
var misskeyNotes = []string{
	misskeyNote("n1", 1, `"visibility":"public"`),
	misskeyNote("n2", 2, `"visibility":"home"`),
	misskeyNote("n3", 3, `"visibility":"followers","replyId":"n1"`),
	misskeyNote("n4", 4, `"visibility":"specified","visibleUserIds":["u7","../u8",5]`),
	misskeyNote("n5", 5, `"visibility":"specified"`),
	misskeyNote("n6", 6, `"visibility":"public","localOnly":true`),
	misskeyNote("n7", 7, `"visibility":"public","text":null,"renoteId":"x1"`),
	misskeyNote("n8", 8, `"visibility":"home","renoteId":"x1"`),
	misskeyNote("n9", 9, `"visibility":"public","text":"<b>1 & 2</b>\r\n$[spin x]","cw":"plot","poll":{"noteId":"n9","expiresAt":"2020-02-01T00:00:00.000Z",
		"multiple":true,"choices":["yes","no"],"votes":[3]}`),
	misskeyNote("na", 10, `"visibility":"public","text":null,"fileIds":["f1"],"files":[{"id":"f1","name":"owl.png","type":"image/png","md5":"x","size":4,
		"isSensitive":true,"blurhash":"UE","properties":{"width":3,"height":2},"url":"https://files.m.example/owl.png","comment":"an owl"}]`),
	misskeyNote("nb", 11, `"visibility":"friends"`),
}

const misskeyFavorites = `[{"id":"g1","createdAt":"2021-01-01T00:00:00.000Z","note":{"id":"x1","text":"theirs","renoteId":null,"uri":"https://b.example/notes/1","user":{"id":"u7"}}},
{"id":"g2","createdAt":"2021-01-02T00:00:00.000Z","note":{"id":"x2","text":"here","renoteId":null,"uri":null,"user":{"id":"u9"}}}]`

func misskeyExport() []entry {
	return []entry{
		{"notes-2024-01-01-00-00-00.json", "[" + strings.Join(misskeyNotes, ",\n") + "]"},
		{"favorites-2024-01-01-00-00-00.json", misskeyFavorites},
		{"antennas-2024-01-01-00-00-00.json", `[{"name":"birds","src":"all","keywords":[["owl"]],"excludeKeywords":[]}]`},
	}
}

var misskeyKnown = &dialect.Options{Host: "M.example", Handle: "alice"}

func TestMisskey(t *testing.T) {
	data := zipOfEntries(misskeyExport()...)
	a := openAs(t, "misskey", misskeyKnown, data)
	want := map[string]int{
		"content": 10, "outbox": 1, "bookmarks": 2, "unknown": 1,
		"content for public": 3, "content for unlisted": 2, "content for followers": 1, "content for direct": 1, "content for author": 3,
		"outbox for public": 1,
	}
	assert.Equal(t, want, counted(t, a))
	content := itemsOf(t, a, portability.Content)
	assert.Equal(t, []string{"n1", "n2", "n3", "n4", "n5", "n6", "n8", "n9", "na", "nb"}, idsOf(content))
	for i, members := range map[int]map[vocab.Property]string{
		0: {vocab.ID: `"https://m.example/notes/n1"`, vocab.Type: `"Note"`, vocab.Content: `"<p>note n1</p>"`,
			vocab.Source:           `{"content":"note n1","mediaType":"text/x.misskeymarkdown"}`,
			dialect.OriginalMember: misskeyNotes[0], vocab.AttributedTo: ``, vocab.Sensitive: ``},
		2: {vocab.InReplyTo: `"https://m.example/notes/n1"`, vocab.To: `["https://m.example/@alice/followers"]`},
		3: {vocab.To: `["https://m.example/users/u7"]`},
		6: {"quoteUrl": `"https://m.example/notes/x1"`, "_misskey_quote": `"https://m.example/notes/x1"`},
		7: {vocab.Type: `"Question"`, vocab.Summary: `"plot"`, vocab.Sensitive: `true`, "endTime": `"2020-02-01T00:00:00.000Z"`,
			vocab.Content: `"<p>&lt;b&gt;1 &amp; 2&lt;/b&gt;<br>$[spin x]</p>"`,
			"anyOf":       `[{"type":"Note","name":"yes","replies":{"totalItems":3,"type":"Collection"}},{"type":"Note","name":"no"}]`},
		8: {vocab.Content: ``, vocab.Sensitive: `true`, vocab.Attachment: `[{"type":"Document","mediaType":"image/png","url":"https://files.m.example/owl.png",` +
			`"name":"an owl","blurhash":"UE","width":3,"height":2,"sensitive":true}]`},
	} {
		for member, text := range members {
			assert.Equal(t, text, content[i].Object.Get(member).String(), "%s of %s", member, content[i].ID)
		}
	}
	assert.NotEqual(t, vocab.ContextOdd, content[7].Object.ContextKind())
	assert.Equal(t, []portability.Problem{{Reason: portability.NoAudience, Detail: "localOnly"}}, content[5].Problems)
	assert.Equal(t, []portability.Problem{{Reason: portability.NoAudience, Detail: "visibility"}}, content[9].Problems)
	renote := itemsOf(t, a, portability.Outbox)[0].Object
	assert.Equal(t, vocab.IRI("https://m.example/notes/n7/activity"), renote.ID())
	assert.Equal(t, vocab.IRI("https://m.example/notes/x1"), renote.IRI(vocab.ObjectProperty))
	marked := itemsOf(t, a, portability.Bookmarks)
	assert.Equal(t, []string{"https://b.example/notes/1", "https://m.example/notes/x2"}, []string{marked[0].ID, marked[1].ID})
	assert.Equal(t, "2021-01-01T00:00:00.000Z", marked[0].Object.Text("published"))
	suite(t, misskeyKnown, data, portabilitytest.Want{Items: kindsOf(want), Missing: 1})
}

func TestMisskeyWithItsLists(t *testing.T) {
	a := openAs(t, "misskey", misskeyKnown, zipOfEntries(append(misskeyExport(),
		entry{"following-2024-01-01-00-00-00.csv", "bob@b.example\ncarol@m.example\n"}, entry{"mute-2024-01-01-00-00-00.csv", "dave@d.example\n"},
		entry{"blocking-2024-01-01-00-00-00.csv", "eve@e.example\n"}, entry{"user-lists-2024-01-01-00-00-00.csv", "friends,bob@b.example\n"},
		entry{"else.csv", "x,y\n"})...))
	counts := counted(t, a)
	assert.Equal(t, []int{2, 1, 1, 1, 2}, []int{counts["following"], counts["muted"], counts["blocked"], counts["lists"], counts["unknown"]})
}

// FuzzMisskeyNote holds that a note stays in its item byte for byte, and that
// nobody can read it whom its visibility does not name.
func FuzzMisskeyNote(f *testing.F) {
	for _, note := range misskeyNotes {
		f.Add([]byte(note))
	}
	f.Add([]byte(`{"id":"1","visibility":"specified","visibleUserIds":["#Public","as:Public"],"createdAt":"2020-01-01T00:00:00Z","to":["as:Public"]}`))
	widest := map[string]portability.Audience{
		"public": portability.ForPublic, "home": portability.ForUnlisted, "followers": portability.ForFollowers, "specified": portability.ForMentioned,
	}
	order := []portability.Audience{portability.ForAuthor, portability.ForMentioned, portability.ForFollowers, portability.ForUnlisted, portability.ForPublic}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := vocab.ParseWith(data, &vocab.Limits{AllowDuplicateNames: true})
		if err != nil {
			return
		}
		first := `[{"id":"0","visibility":"","renoteId":null,"replyId":null,"createdAt":"2000-01-01T00:00:00Z"},`
		a, err := openExport(t, misskeyKnown, slices.Concat([]byte(first), data, []byte("]")))
		if err != nil || a.Name != "misskey" {
			return // words of another dialect in it
		}
		items := append(itemsOf(t, a, portability.Content), itemsOf(t, a, portability.Outbox)...)
		at := slices.IndexFunc(items, func(i portability.Item) bool {
			return i.Object != nil && bytes.Equal(i.Object.Get(dialect.OriginalMember).Raw(), bytes.TrimSpace(data))
		})
		if at < 0 {
			t.Fatalf("the note is not among the items: %q", data)
		}
		allowed, known := widest[o.Text("visibility")]
		if !known || o.Bool("localOnly") {
			allowed = portability.ForAuthor
		}
		if got, _ := a.Owner.AudienceOf(items[at]); slices.Index(order, got) > slices.Index(order, allowed) {
			t.Errorf("%q became readable for %q:\n%s", o.Text("visibility"), got, items[at].Object)
		}
	})
}

func TestMisskeyWithoutItsHost(t *testing.T) {
	for name, o := range map[string]*dialect.Options{"none": nil, "one that is no host": {Host: "m.example/x?", Handle: "alice"}} {
		t.Run(name, func(t *testing.T) {
			a := openAs(t, "misskey", o, zipOfEntries(misskeyExport()...))
			content := itemsOf(t, a, portability.Content)
			require.Len(t, content, 10, "they can be looked at")
			for i, item := range content {
				p, fatal := item.Fatal()
				assert.True(t, fatal, "and not copied")
				assert.Equal(t, portability.NoID, p.Reason)
				assert.Empty(t, item.Object.ID(), "no id is invented")
				assert.NotEmpty(t, item.ID)
				assert.Contains(t, item.Object.String(), `"note n`, "nothing of it is lost: %d", i)
			}
			assert.Equal(t, 5, counted(t, a)["content for author"], "followers have no name")
			assert.GreaterOrEqual(t, len(oddOf(a, dialect.Lacks)), 2)
		})
	}
}

func TestMisskeyBeforeFilesWereExported(t *testing.T) {
	note := `[{"id":"n1","text":"x","createdAt":"2020-01-01T00:00:00.000Z","fileIds":["f1"],"replyId":null,"renoteId":null,"poll":null,"cw":null,"visibility":"public","visibleUserIds":[],"localOnly":false}]`
	content := itemsOf(t, openAs(t, "misskey", misskeyKnown, []byte(note)), portability.Content)
	require.Len(t, content, 1)
	assert.Equal(t, []portability.Reason{portability.MissingMedia}, reasonsOf(content[0]))
}

func TestMisskeyOfTwoExports(t *testing.T) {
	notes := misskeyExport()[0].body
	_, err := openExport(t, nil, zipOfEntries(entry{"notes-1.json", notes}, entry{"notes-2.json", notes}))
	var refusal *dialect.Refusal
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, dialect.TwoOutboxes, refusal.Reason)
}

func TestMisskeyHostile(t *testing.T) {
	hostile(t, misskeyKnown, misskeyExport())
	for name, text := range hostileTexts {
		t.Run("behind a good note "+name, func(t *testing.T) {
			a, err := openExport(t, misskeyKnown, []byte("["+misskeyNotes[0]+","+text+"]"))
			if strings.Contains(text, "\x00") {
				require.Error(t, err, "no text at all")
				return
			}
			require.NoError(t, err)
			readsToTheEnd(t.Context(), t, a)
			assert.NotEmpty(t, itemsOf(t, a, portability.Content), "the good one is read")
		})
	}
}
