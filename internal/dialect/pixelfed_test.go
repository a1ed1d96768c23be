package dialect_test

import (
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

// The shapes follow app/Http/Controllers/Settings/ExportSettings.php, the
// transformers Api/StatusTransformer, Api/MediaTransformer and
// ActivityPub/ProfileTransformer, and league/fractal's ArraySerializer, which puts
// every thousand statuses into an object of its own.

const pixelfedActorFile = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://p.example/users/alice","type":"Person",
	"following":"https://p.example/users/alice/following","followers":"https://p.example/users/alice/followers",
	"inbox":"https://p.example/users/alice/inbox","outbox":"https://p.example/users/alice/outbox","preferredUsername":"alice",
	"publicKey":{"id":"https://p.example/users/alice#main-key","owner":"https://p.example/users/alice","publicKeyPem":"-----BEGIN PUBLIC KEY-----"}}`

func pixelfedStatus(n int, more string) string {
	return fmt.Sprintf(`{"_v":1,"id":"%d","shortcode":"x","uri":"https://p.example/p/alice/%d","url":"https://p.example/p/alice/%d",
		"in_reply_to_id":"","in_reply_to_account_id":"","reblog":null,"content":"owl","content_text":"owl","created_at":"2020-01-%02dT00:00:00.000Z",
		"sensitive":false,"spoiler_text":"","language":null,"mentions":[],"pf_type":"photo","place":null,"favourited":false,"bookmarked":false,
		"media_attachments":[{"id":"1","type":"Image","url":"https://p.example/storage/m/%d.jpg","meta":null,"description":"an owl","mime":"image/jpeg"}],
		"account":{"id":"11","username":"alice","acct":"alice","url":"https://p.example/alice","local":true},"tags":[{"name":"birds","url":"https://p.example/discover/tags/birds"}],%s}`, n, n, n, n, n, more)
}

var pixelfedStatuses = []string{
	pixelfedStatus(1, `"visibility":"public","favourited":true`),
	pixelfedStatus(2, `"visibility":"unlisted","bookmarked":true`),
	pixelfedStatus(3, `"visibility":"private"`),
	pixelfedStatus(4, `"visibility":"direct"`),
	pixelfedStatus(5, `"visibility":"draft"`),
	pixelfedStatus(6, `"visibility":"public","in_reply_to_id":"1","in_reply_to_account_id":"11"`),
	pixelfedStatus(7, `"visibility":"public","pf_type":"share","media_attachments":[]`),
}

func pixelfedExport(statuses string) []entry {
	return []entry{
		{"account.json", pixelfedActorFile},
		{"pixelfed-statuses.json", statuses},
		{"pixelfed-following.json", "[\n\n    \"https://p.example/bob\",\n    \"https://m.example/users/carol\"\n\n]"},
		{"pixelfed-followers.json", `["https://m.example/users/carol"]`},
		{"muted-and-blocked-accounts.json", `{"muted":["https://p.example/dave"],"blocked":["https://e.example/users/eve"]}`},
	}
}

func TestPixelfed(t *testing.T) {
	want := map[string]int{
		"actor": 1, "content": 6, "outbox": 1, "liked": 1, "bookmarks": 1, "following": 2, "followers": 1, "muted": 1, "blocked": 1,
		"content for public": 2, "content for unlisted": 1, "content for followers": 1, "content for author": 2, "outbox for public": 1,
	}
	half := len(pixelfedStatuses) / 2
	chunk := func(s []string) string { return `{"data":[` + strings.Join(s, ",") + `]}` }
	for name, statuses := range map[string]string{
		"in chunks":     "[\n" + chunk(pixelfedStatuses[:half]) + "\n," + chunk(pixelfedStatuses[half:]) + "\n]",
		"in one object": chunk(pixelfedStatuses),
		"in an array":   "[" + strings.Join(pixelfedStatuses, ",") + "]",
	} {
		t.Run(name, func(t *testing.T) {
			data := zipOfEntries(pixelfedExport(statuses)...)
			a := openAs(t, "pixelfed", nil, data)
			assert.Equal(t, want, counted(t, a))
			content := itemsOf(t, a, portability.Content)
			assert.Equal(t, []string{"1", "2", "3", "4", "5", "6"}, idsOf(content))
			assert.Equal(t, pixelfedStatuses[0], content[0].Object.Get(dialect.OriginalMember).String())
			assert.Equal(t, vocab.IRI("https://p.example/p/alice/1"), content[5].Object.IRI(vocab.InReplyTo))
			assert.Equal(t, "image/jpeg", content[0].Media[0].Type)
			assert.Equal(t, []string{"bob", "carol"}, idsOf(itemsOf(t, a, portability.Following)))
			assert.Equal(t, "https://p.example/users/bob", itemsOf(t, a, portability.Following)[0].ID, "a page of the own server")
			assert.Empty(t, oddOf(a, dialect.MissingFile))
			shared, fatal := itemsOf(t, a, portability.Outbox)[0].Fatal()
			assert.True(t, fatal, "what was shared is not said")
			assert.Equal(t, portability.MissingParent, shared.Reason)
			suite(t, nil, data, portabilitytest.Want{Items: kindsOf(want), Missing: 6})
		})
	}
}

func TestPixelfedStatusesAlone(t *testing.T) {
	a := openAs(t, "pixelfed", nil, []byte("["+strings.Join(pixelfedStatuses, ",")+"]"))
	assert.Equal(t, vocab.IRI("https://p.example/users/alice"), a.Doc.ID())
	assert.Equal(t, 1, counted(t, a)["content for followers"])
	assert.Len(t, oddOf(a, dialect.MissingFile), 4)
}

func TestPixelfedGivesActivityStreamsToo(t *testing.T) {
	note := `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://p.example/p/alice/9","type":"Note","to":["https://p.example/users/alice/followers"],"visibility":1,"pf_type":2}`
	a := openAs(t, "pixelfed", nil, zipOfEntries(pixelfedExport(`{"data":[`+note+`]}`)...))
	content := itemsOf(t, a, portability.Content)
	require.Len(t, content, 1)
	assert.Equal(t, note, string(content[0].Object.Bytes()))
}

func TestPixelfedHostile(t *testing.T) {
	hostile(t, nil, pixelfedExport("["+pixelfedStatuses[0]+"]"))
	for name, text := range hostileTexts {
		t.Run("statuses behind a good one are "+name, func(t *testing.T) {
			a, err := openExport(t, nil, zipOfEntries(pixelfedExport("["+pixelfedStatuses[0]+",{\"data\":"+text+"}]")...))
			require.NoError(t, err)
			readsToTheEnd(t.Context(), t, a)
			assert.NotEmpty(t, itemsOf(t, a, portability.Content), "the good one is read")
		})
	}
}
