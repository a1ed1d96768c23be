package dialect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

const (
	keptFile = "media_attachments/files/1/original/a.png"
	keptURL  = `"` + dialect.KeptPrefix + `url":"https://files.old.example/a.png"`
	madeMark = `,"` + dialect.MadeMember + `":`
)

// keptPost is a post as a takeout that godwit wrote has it.
func keptPost(more string) string {
	return aliceNote(1, `,"attachment":[{"type":"Document","mediaType":"image/png","url":"/`+keptFile+`",`+keptURL+madeMark+`["mediaType"]}],"tag":[]`+more)
}

func TestTakeoutsOfGodwitAreRestored(t *testing.T) {
	body := strings.TrimSuffix(aliceCreates(1, keptPost(madeMark+`["tag"]`)), "}") + madeMark + `true}`
	a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(body), entry{keptFile, "picture"}, entry{"avatar.png", "face"},
		aliceWith(`,"icon":{"type":"Image","url":"avatar.png","`+dialect.KeptPrefix+`url":"https://files.old.example/face.png"},"`+
			dialect.KeptPrefix+`outbox":"`+aliceID+`/outbox"`+madeMark+`["likes","bookmarks"]`)))
	item := itemsOf(t, a, portability.Content)[0]
	assert.Nil(t, item.Activity, "a Create that the source had not")
	assert.False(t, item.Object.Has("tag"), "nor tags")
	assert.Equal(t, `{"type":"Document","url":"https://files.old.example/a.png"}`, item.Object.Children("attachment")[0].String())
	require.Len(t, item.Media, 1)
	assert.Equal(t, portability.Medium{URL: "https://files.old.example/a.png", Path: keptFile, Type: "image/png", Size: 7}, item.Media[0], "found by where it is, named by where it was")
	assert.Empty(t, itemsOf(t, a, portability.Media), "the file is in use")

	assert.Equal(t, aliceID+"/outbox", a.Doc.Text("outbox"))
	assert.False(t, a.Doc.Has("likes") || a.Doc.Has("bookmarks"))
	actor := itemsOf(t, a, portability.Actor)[0]
	assert.Equal(t, "https://files.old.example/face.png", actor.Object.Child("icon").Text("url"))
	assert.Equal(t, "avatar.png", actor.Media[0].Path)
	assert.NotContains(t, actor.Object.String()+item.Object.String(), dialect.KeptPrefix, "no mark is left")
}

// A takeout can be made by anybody, marks and all.
func TestMarksOfTakeoutsMakeNothingWider(t *testing.T) {
	narrow := strings.Replace(aliceCreates(1, keptPost("")), toPublic, `"to":["https://b.example/u/bob"],"cc":[]`, 1)
	a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(strings.TrimSuffix(narrow, "}")+madeMark+`true}`), aliceWith("")))
	item := itemsOf(t, a, portability.Content)[0]
	require.NotNil(t, item.Activity, "an activity that narrows the audience stays")
	audience, _ := a.Owner.AudienceOf(item)
	assert.Equal(t, portability.ForMentioned, audience)

	for name, marks := range map[string]string{
		"members that must be there": `["id","type","attributedTo","to","content"]`, "no names": `[1,null,{}]`, "itself": `["` + dialect.MadeMember + `"]`, "a text": `"x"`,
	} {
		a := openAs(t, "mastodon", nil, zipOfEntries(outboxOf(alicePosts(1, madeMark+marks)), aliceWith("")))
		item := itemsOf(t, a, portability.Content)[0]
		assert.Equal(t, aliceID+"/statuses/1", item.ID, name)
		audience, _ := a.Owner.AudienceOf(item)
		assert.Equal(t, portability.ForPublic, audience, name)
		assert.Equal(t, "<p>1</p>", item.Object.Text("content"), name)
	}
}
