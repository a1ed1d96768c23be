package dialect_test

import (
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

// The shape follows mastodon_archive/archive.py, core.py (save) and media.py: the
// newest status first, dates as Python writes them, ids as numbers in files of old
// versions, and what a later run fetched behind what was there.

const maAccount = `{"id":1,"username":"alice","acct":"alice","display_name":"Alice","url":"https://a.example/@alice",
	"note":"<p>hi</p>","locked":true,"avatar":"https://files.a.example/accounts/avatars/1.png","header":"https://a.example/headers/original/missing.png",
	"created_at":"2017-04-01T00:00:00+00:00","source":{"privacy":"private","sensitive":false,"language":"de","note":"hi"}}`

func maStatus(n int, at, more string) string {
	return fmt.Sprintf(`{"id":%d,"uri":"https://a.example/users/alice/statuses/%d","url":"https://a.example/@alice/%d",
		"created_at":"2020-01-%sT00:00:00.5+00:00","account":{"id":1,"acct":"alice"},"content":"<p>%d</p>","media_attachments":[],"reblog":null,%s}`, n, n, n, at, n, more)
}

var maStatuses = []string{
	maStatus(105, "15", `"visibility":"public","pinned":true,"in_reply_to_id":104,"in_reply_to_account_id":1`),
	maStatus(104, "14", `"visibility":"unlisted","in_reply_to_id":900,"in_reply_to_account_id":7`),
	`{"id":103,"uri":"https://a.example/users/alice/statuses/103/activity","created_at":"2020-01-13T00:00:00.5+00:00","account":{"id":1},
		"visibility":"public","content":"","reblog":{"id":800,"uri":"https://b.example/notes/800","account":{"id":7},"media_attachments":[]}}`,
	maStatus(102, "12", `"visibility":"private","media_attachments":[{"id":5,"type":"image","url":"https://files.a.example/media_attachments/5.png"}]`),
	maStatus(101, "11", `"visibility":"direct","mentions":[{"id":7,"acct":"bob@b.example","url":"https://b.example/@bob"}],
		"media_attachments":[{"id":6,"type":"image","url":"https://files.a.example/media_attachments/6.png"}]`),
	// of a second run, behind the first
	maStatus(107, "17", `"visibility":"public"`),
	maStatus(106, "16", `"visibility":"limited"`),
}

func maFile() string {
	return `{"account":` + maAccount + `,
	"statuses":[` + strings.Join(maStatuses, ",\n") + `],
	"favourites":[{"id":901,"uri":"https://b.example/notes/901","account":{"id":7}}],
	"bookmarks":[{"id":902,"uri":"https://b.example/notes/902","account":{"id":7}}],
	"mentions":[{"id":900,"uri":"https://b.example/notes/900","visibility":"direct","created_at":"2020-01-13T20:00:00+00:00","account":{"id":7,"url":"https://b.example/@bob"}}],
	"followers":[{"id":7,"acct":"bob@b.example"},{"id":8,"acct":"carol"}],
	"following":[{"id":7,"acct":"bob@b.example","uri":"https://b.example/users/bob"}],
	"mutes":[{"id":9,"acct":"dave@d.example","mute_expires_at":"2030-01-01T00:00:00+00:00"}],
	"blocks":[{"id":10,"acct":"eve@e.example"}],
	"notes":[{"id":7,"note":"met in Rome"}],
	"later":{"a":1}}`
}

func maExport() []entry {
	return []entry{
		{"a.example.user.alice.json", maFile()},
		{"a.example.user.alice/media_attachments/5.png", "five"},
		{"a.example.user.alice/accounts/avatars/1.png", "face"},
		{"a.example.user.alice.secret", "t0ken"},
		{"notes.txt", "mine"},
	}
}

func TestMastodonArchive(t *testing.T) {
	a := openAs(t, "mastodon-archive", nil, zipOfEntries(maExport()...))
	want := map[string]int{
		"actor": 1, "content": 6, "outbox": 1, "liked": 1, "bookmarks": 1, "featured": 1, "inbox": 1, "preferences": 1,
		"followers": 2, "following": 1, "muted": 1, "blocked": 1, "unknown": 3,
		"content for public": 2, "content for unlisted": 1, "content for followers": 1, "content for direct": 1, "content for author": 1,
		"outbox for public": 1,
	}
	assert.Equal(t, want, counted(t, a))
	content := itemsOf(t, a, portability.Content)
	assert.Equal(t, []string{"101", "102", "104", "105", "106", "107"}, idsOf(content), "oldest first, though written newest first in two runs")
	assert.Equal(t, vocab.IRI("https://b.example/notes/900"), content[2].Object.IRI(vocab.InReplyTo), "the parent is one of the mentions")
	assert.Equal(t, vocab.IRI("https://a.example/users/alice/statuses/104"), content[3].Object.IRI(vocab.InReplyTo), "the parent is an own status")
	assert.Equal(t, maStatuses[0], content[3].Object.Get(dialect.OriginalMember).String())
	assert.Equal(t, "a.example.user.alice/media_attachments/5.png", content[1].Media[0].Path)
	assert.Equal(t, []portability.Reason{portability.MissingMedia}, reasonsOf(content[0]), "a file that was not fetched")
	assert.Equal(t, vocab.IRI("https://a.example/users/alice"), a.Doc.ID(), "as the ids of the statuses are made")
	actor := itemsOf(t, a, portability.Actor)[0]
	assert.Equal(t, "a.example.user.alice/accounts/avatars/1.png", actor.Media[0].Path)
	assert.Equal(t, []portability.Reason{portability.MissingMedia}, reasonsOf(actor), "the header was not fetched")
	assert.Equal(t, "acct:carol@a.example", itemsOf(t, a, portability.Followers)[1].ID)
	assert.Equal(t, "followers", itemsOf(t, a, portability.Preferences)[0].Object.Text("audience"))
	assert.Equal(t, vocab.IRI("https://b.example/@bob"), itemsOf(t, a, portability.Inbox)[0].Object.IRI(vocab.AttributedTo))
	assert.Equal(t, "2030-01-01T00:00:00+00:00", itemsOf(t, a, portability.Muted)[0].Object.Text("until"))
	secrets := oddOf(a, dialect.SecretInside)
	require.Len(t, secrets, 1)
	assert.Equal(t, "a.example.user.alice.secret", secrets[0].Where)
	for _, item := range itemsOf(t, a, portability.Unknown) {
		assert.NotContains(t, string(item.Raw), "t0ken")
	}
	suite(t, nil, zipOfEntries(maExport()...), portabilitytest.Want{Items: kindsOf(want), Files: 2, Missing: 2})
}

func TestMastodonArchiveAlone(t *testing.T) {
	a := openAs(t, "mastodon-archive", nil, []byte(maFile()))
	assert.Len(t, itemsOf(t, a, portability.Content), 6)
}

func TestMastodonArchiveOfTwoAccounts(t *testing.T) {
	_, err := openExport(t, nil, zipOfEntries(entry{"a.json", maFile()}, entry{"b.json", maFile()}))
	var refusal *dialect.Refusal
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, dialect.TwoOutboxes, refusal.Reason)
}

func TestMastodonArchiveRepeatsAStatus(t *testing.T) {
	file := strings.Replace(maFile(), maStatuses[0], maStatuses[0]+","+maStatuses[0], 1)
	content := itemsOf(t, openAs(t, "mastodon-archive", nil, []byte(file)), portability.Content)
	require.Len(t, content, 7)
	repeated := slices.DeleteFunc(content, func(i portability.Item) bool { return !slices.Contains(reasonsOf(i), portability.Repeated) })
	assert.Len(t, repeated, 1)
}

func TestMastodonArchiveWithDamage(t *testing.T) {
	file := strings.Replace(maFile(), maStatuses[3], `{"id":102,"uri":nonsense}`, 1)
	file = strings.Replace(file, maStatuses[4], `"a text"`, 1)
	a := openAs(t, "mastodon-archive", nil, []byte(file[:len(file)-30]))
	content := itemsOf(t, a, portability.Content)
	assert.Len(t, content, 6, "what cannot be read keeps its place")
	unreadable := slices.DeleteFunc(content, func(i portability.Item) bool { return i.Object != nil })
	require.Len(t, unreadable, 2)
	assert.NotEmpty(t, oddOf(a, dialect.PartlyRead), "the end is missing: %v", a.Odd())
}

func TestMastodonArchiveHostile(t *testing.T) {
	hostile(t, nil, maExport()[:1])
	for name, text := range hostileTexts {
		t.Run("the statuses are "+name, func(t *testing.T) {
			a, err := openExport(t, nil, []byte(`{"account":`+maAccount+`,"statuses":`+text+`,"later":1}`))
			if err != nil {
				t.Logf("refused: %v", err)
				return
			}
			readsToTheEnd(t.Context(), t, a)
		})
	}
}
