package dialect_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

// The shape follows Pleroma.User.Backup: a fixed header, an item on each line, the
// total behind them, the live actor, no files.

func pleromaList(name, total string, items ...string) entry {
	body := `{
  "@context": "https://www.w3.org/ns/activitystreams",
  "id": "` + name + `",
  "type": "OrderedCollection",
  "orderedItems": [
`
	for i, item := range items {
		if i > 0 {
			body += ",\n"
		}
		body += item
	}
	return entry{name, body + `],
  "totalItems": ` + total + `}`}
}

const pleromaPost = `{"id":"https://pl.example/activities/1","type":"Create","actor":"https://pl.example/users/alice","published":"2022-01-01T00:00:00.000000Z",
"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://pl.example/users/alice/followers"],"context":"https://pl.example/contexts/1",
"object":{"id":"https://pl.example/objects/1","type":"Note","actor":"https://pl.example/users/alice","attributedTo":"https://pl.example/users/alice","content":"hi",
"published":"2022-01-01T00:00:00.000000Z","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://pl.example/users/alice/followers"],
"attachment":[{"type":"Document","mediaType":"image/png","name":"a","url":[{"type":"Link","href":"https://pl.example/media/x/a.png","mediaType":"image/png"}]}]}}`

const pleromaDirect = `{"id":"https://pl.example/activities/2","type":"Create","actor":"https://pl.example/users/alice","published":"2022-01-02T00:00:00.000000Z",
"to":["https://b.example/u/bob"],"cc":[],"directMessage":true,"object":{"id":"https://pl.example/objects/2","type":"Note",
"actor":"https://pl.example/users/alice","attributedTo":"https://pl.example/users/alice","content":"psst","published":"2022-01-02T00:00:00.000000Z","to":["https://b.example/u/bob"],"cc":[]}}`

func pleromaBackup(context string) []entry {
	return []entry{
		{"actor.json", `{"@context":["https://www.w3.org/ns/activitystreams",` + context + `],"id":"https://pl.example/users/alice","type":"Person",
"followers":"https://pl.example/users/alice/followers","inbox":"https://pl.example/users/alice/inbox","likes":"likes.json","bookmarks":"bookmarks.json",
"icon":{"type":"Image","url":"https://pl.example/media/avatar.png"}}`},
		pleromaList("outbox.json", "2", pleromaPost, pleromaDirect),
		pleromaList("likes.json", "1", `"https://b.example/notes/1"`),
		pleromaList("bookmarks.json", "3", `"https://b.example/notes/2"`),
		pleromaList("followers.json", "2", `"https://b.example/u/bob"`, `"https://c.example/u/carol"`),
		pleromaList("following.json", "1", `"https://b.example/u/bob"`),
	}
}

func TestPleroma(t *testing.T) {
	for name, context := range map[string]string{
		"told by its context":                  `"https://pl.example/schemas/litepub-0.1.jsonld"`,
		"told by the lists in its attachments": `{"x":"https://x.example/"}`,
	} {
		t.Run(name, func(t *testing.T) {
			entries := pleromaBackup(context)
			a := openAs(t, "pleroma", nil, zipOfEntries(entries...))
			assert.Equal(t, map[string]int{
				"actor": 1, "content": 2, "content for public": 1, "content for direct": 1,
				"liked": 1, "bookmarks": 1, "followers": 2, "following": 1,
			}, counted(t, a))
			posts := itemsOf(t, a, portability.Content)
			assert.Equal(t, []portability.Medium{{URL: "https://pl.example/media/x/a.png", Type: "image/png", Size: -1}}, posts[0].Media)
			assert.Equal(t, []portability.Reason{portability.MissingMedia}, reasonsOf(posts[0]), "the file is not in the backup")
			assert.Equal(t, `{"id":"https://b.example/u/bob"}`, itemsOf(t, a, portability.Followers)[0].Object.String())
			odd := oddOf(a, dialect.TotalDiffers)
			require.Len(t, odd, 1, "a total behind the items is compared")
			assert.Equal(t, dialect.Problem{Reason: dialect.TotalDiffers, Where: "bookmarks.json", Detail: "says 3, has 1"}, odd[0])
		})
	}
}

func TestPleromaSuite(t *testing.T) {
	suite(t, nil, zipOfEntries(pleromaBackup(`"https://pl.example/schemas/litepub-0.1.jsonld"`)...), portabilitytest.Want{
		Items: map[portability.Kind]int{
			portability.Actor: 1, portability.Content: 2, portability.Liked: 1, portability.Bookmarks: 1,
			portability.Followers: 2, portability.Following: 1,
		},
		Missing: 2,
	})
}

func TestPleromaHostile(t *testing.T) {
	hostile(t, nil, pleromaBackup(`"https://pl.example/schemas/litepub-0.1.jsonld"`))
}
