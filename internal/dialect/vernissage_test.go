package dialect_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// The shape follows Sources/VernissageServer/Services/ArchivesService.swift, and
// NoteDto and MediaAttachmentDto of ActivityPubKit.

const vernissageActor = `{"@context":["https://www.w3.org/ns/activitystreams"],"followers":"https://v.example/actors/alice/followers",
	"icon":{"mediaType":"image/jpeg","type":"Image","url":"https://files.v.example/abc.jpg"},"id":"https://v.example/actors/alice","inbox":"https://v.example/actors/alice/inbox",
	"outbox":"https://v.example/actors/alice/outbox","preferredUsername":"alice","type":"Person","url":"https://v.example/@alice"}`

func vernissageNote(n int, audience string) string {
	return fmt.Sprintf(`{"@context":["https://www.w3.org/ns/activitystreams"],"attachment":[{"blurhash":"UE","height":2,"mediaType":"image/jpeg","name":"an owl",
		"type":"Image","url":"https://files.v.example/p%d.jpg","width":3}],"attributedTo":"https://v.example/actors/alice","content":"<p>%d</p>",
		"id":"https://v.example/actors/alice/statuses/%d","published":"2024-01-%02dT00:00:00.000Z","sensitive":false,"type":"Note","url":"https://v.example/@alice/%d",%s}`, n, n, n, n, n, audience)
}

func vernissageExport() []entry {
	followers := `"https://v.example/actors/alice/followers"`
	return []entry{
		{"7/actor.json", vernissageActor},
		{"7/avatar.jpg", "face"},
		{"7/bookmarks.json", `["https://b.example/notes/1"]`},
		{"7/likes.json", `["https://b.example/notes/2","https://b.example/notes/1"]`},
		{"7/outbox.json", "[" + vernissageNote(3, `"to":[`+followers+`]`) + "," + vernissageNote(2, `"to":"`+apiPublic+`","cc":[`+followers+`]`) + "," +
			vernissageNote(1, `"to":["https://b.example/users/bob"]`) + "]"},
		{"7/media_attachments/p3.jpg", "three"},
		{"7/media_attachments/p2.jpg", "two"},
	}
}

func TestVernissage(t *testing.T) {
	data := zipOfEntries(vernissageExport()...)
	a := openAs(t, "vernissage", nil, data)
	want := map[string]int{
		"actor": 1, "content": 3, "liked": 2, "bookmarks": 1,
		"content for public": 1, "content for followers": 1, "content for direct": 1,
	}
	assert.Equal(t, want, counted(t, a))
	content := itemsOf(t, a, portability.Content)
	assert.Equal(t, []string{"1", "2", "3"}, idsOf(content), "oldest first")
	assert.Equal(t, vernissageNote(2, `"to":"`+apiPublic+`","cc":["https://v.example/actors/alice/followers"]`), string(content[1].Object.Bytes()), "verbatim")
	assert.Contains(t, content[2].Media[0].Path, "media_attachments/p3.jpg")
	assert.Equal(t, []portability.Reason{portability.MissingMedia}, reasonsOf(content[0]))
	assert.Equal(t, vocab.IRI("https://v.example/actors/alice"), a.Doc.ID())
	suite(t, nil, data, portabilitytest.Want{Items: kindsOf(want), Files: 3, Missing: 1})
}

func TestVernissageHostile(t *testing.T) { hostile(t, nil, vernissageExport()) }
