package dialect_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

const holloSample = "../../../shared/samples/fep-6fcd/hollo-flavour/valid-export.tar"

func TestSampleOfHollo(t *testing.T) {
	data, err := os.ReadFile(holloSample)
	if os.IsNotExist(err) && os.Getenv("GODWIT_CI") != "1" {
		t.Skip("the export of Hollo is not beside this tree")
	}
	require.NoError(t, err)
	a := openAs(t, "fep-6fcd", nil, data)
	assert.Equal(t, map[string]int{"actor": 1, "content": 3, "content for public": 3}, counted(t, a))

	assert.Equal(t, "http://hollo.socialweb.coop/@TEST", string(a.Doc.ID()), "which is how Hollo makes ids")
	assert.Equal(t, "TEST", a.Doc.Text("preferredUsername"))
	assert.Equal(t, "fc6af63e-0d1d-89c9-be8c-3396c281d898", a.Doc.Child(dialect.OriginalMember).Text("id"))

	posts := itemsOf(t, a, portability.Content)
	assert.Equal(t, []string{
		"https://social.tchncs.de/users/Blort/statuses/107667087934308162",
		"https://social.tchncs.de/users/Blort/statuses/112666514692389989",
		"https://social.tchncs.de/users/Blort/statuses/113072510612033676",
	}, []string{posts[0].ID, posts[1].ID, posts[2].ID}, "oldest first")
	for _, post := range posts {
		p, fatal := post.Fatal()
		assert.True(t, fatal)
		assert.Equal(t, portability.ForeignHost, p.Reason, "ids of another server pass for nobody's here")
		assert.NotNil(t, post.Object.Child(dialect.OriginalMember))
	}
	assert.Equal(t, portability.MissingParent, posts[1].Problems[1].Reason, "what it answers is named by a number of Hollo's")

	var lacks []string
	for _, p := range a.Odd() {
		if p.Reason == dialect.Lacks {
			lacks = append(lacks, p.Detail)
		}
	}
	assert.Equal(t, []string{
		"keys, inbox and aliases of the actor, and its followers collection",
		"members of lists", "history", "liked", "shared", "featured", "pending", "blocked", "muted", "blocked-domains", "filters", "featured-tags",
		"preferences", "keys", "following: following.json holds the followers",
	}, lacks)
	assert.Contains(t, a.Odd(), dialect.Problem{Reason: dialect.ManifestOdd, Where: "manifest.yaml", Detail: "lists itself as manifest.yml"})
	assert.Contains(t, a.Odd(), dialect.Problem{Reason: dialect.ManifestOdd, Where: "manifest.yaml", Detail: "not the first entry"})
}

func holloStatus(id, number, rest string) string {
	return `{"id":"` + number + `","uri":"` + id + `","url":"` + id + `","created_at":"2024-01-0` + number[:1] + `T00:00:00Z","visibility":"public","account":{"id":"7"},"content":"<p>hi</p>","media_attachments":[]` + rest + `}`
}

// holloEntries are an account with what the published sample has none of.
func holloEntries() []entry {
	const at = "https://hollo.example/@alice"
	media := `,"media_attachments":[{"id":"m-1","type":"image","url":"https://cdn.example/a.webp","description":"a hill"},{"id":"m-2","type":"image","url":"https://cdn.example/b.webp"}]`
	return []entry{
		{"activitypub/actor.json", `{"id":"7","username":"alice","acct":"alice","display_name":"Alice","url":"` + at + `","note":"<p>hello</p>"}`},
		{"activitypub/outbox.json", "[" + strings.Join([]string{
			holloStatus(at+"/3", "3", `,"in_reply_to_id":"1"`),
			strings.Replace(holloStatus(at+"/2", "2", media), `"media_attachments":[],`, "", 1),
			holloStatus(at+"/1", "1", ""),
			strings.Replace(holloStatus(at+"/4", "4", `,"reblog":{"uri":"https://b.example/9"}`), `"content":"<p>hi</p>",`, "", 1),
		}, ",\n") + "]"},
		{"activitypub/followers.json", "{\n  \"id\": \"followers.json\",\n  \"type\": \"OrderedCollection\",\n  \"orderedItems\": [{\"account\":\"https://hollo.example/accounts/8\",\"iri\":\"https://b.example/follow/1\",\"followerId\":\"7\",\"followingId\":\"8\"}]\n}"},
		{"activitypub/following.json", "{\n  \"id\": \"followers.json\",\n  \"type\": \"OrderedCollection\",\n  \"orderedItems\": [{\"account\":\"https://hollo.example/accounts/8\",\"iri\":\"https://b.example/follow/1\",\"followerId\":\"7\",\"followingId\":\"8\"}]\n}"},
		{"activitypub/bookmarks.json", `{"type":"OrderedCollection","orderedItems":["0191b6d9-6c20-7314-9022-3443be6a58ca"]}`},
		{"activitypub/lists.json", `[{"id":"5","title":"friends","replies_policy":"list"}]`},
		{"media/m-1.webp", "RIFF hill"},
		{"manifest.yaml", "ubc-version: \"0.1\"\ncontents:\n  manifest.yml:\n  activitypub:\n    contents: {actor.json: {}, outbox.json: {}, followers.json: {}, following.json: {}, bookmarks.json: {}, lists.json: {}}\n  media:\n    contents:\n      m-1.webp: {type: image/webp, size: 9}\n"},
	}
}

func TestHollo(t *testing.T) {
	data := tarOfEntries(holloEntries()...)
	portabilitytest.TestSource(t, func(t *testing.T) portability.Source { return openAs(t, "fep-6fcd", nil, data) }, portabilitytest.Want{
		Items: map[portability.Kind]int{
			portability.Actor: 1, portability.Content: 3, portability.Outbox: 1, portability.Lists: 1, portability.Media: 1, portability.Unknown: 2,
		},
		Files: 1, Missing: 1,
	})
	a := openAs(t, "fep-6fcd", nil, data)
	posts := itemsOf(t, a, portability.Content)
	assert.Equal(t, "https://hollo.example/@alice/1", string(posts[2].Object.IRI("inReplyTo")), "a number is resolved where the export has it")
	for _, post := range posts {
		_, fatal := post.Fatal()
		assert.False(t, fatal, "%s: %v", post.ID, post.Problems)
		assert.Equal(t, "https://hollo.example/@alice", string(post.Object.IRI("attributedTo")))
	}
	r, _, err := a.OpenMedia(t.Context(), posts[1].Media[0])
	require.NoError(t, err)
	file, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.Equal(t, "RIFF hill", string(file), "found by the number of the attachment")

	assert.Equal(t, "https://b.example/9", string(itemsOf(t, a, portability.Outbox)[0].Object.IRI("object")))
	unknown := itemsOf(t, a, portability.Unknown)
	assert.Contains(t, string(unknown[0].Raw)+string(unknown[1].Raw), "0191b6d9", "what a number names nobody else knows, and it is kept")
	assert.Contains(t, a.Odd(), dialect.Problem{Reason: dialect.Lacks, Detail: "following: following.json holds the followers"})
	assert.Contains(t, a.Odd(), dialect.Problem{Reason: dialect.Lacks, Where: "activitypub/bookmarks.json", Detail: "names: things are called by the numbers of a database"})
}
