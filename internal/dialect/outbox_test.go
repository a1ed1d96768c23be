package dialect_test

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func utf16With(mark bool, text string) string {
	var data []byte
	if mark {
		text = "\ufeff" + text
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return string(data)
}

func TestOutboxAlone(t *testing.T) {
	body := outboxOf(alicePosts(1, ""), aliceShares(2, `"https://b.example/1"`)).body
	posts := map[string]int{"content": 1, "content for public": 1, "outbox": 1, "outbox for public": 1}
	for _, c := range []struct {
		name string
		data string
		want map[string]int
	}{
		{"a collection", body, posts},
		{"with a byte order mark", "\ufeff" + body, posts},
		{"in UTF-16", utf16With(true, body), posts},
		{"an array of activities", "[" + alicePosts(1, "") + "," + aliceShares(2, `"https://b.example/1"`) + "]", posts},
		{"an array of notes", "[" + aliceNote(1, "") + "]", map[string]int{"content": 1, "content for public": 1}},
		{"an outbox with nothing", outboxOf().body, map[string]int{}},
		{"likes", namesAlone("likes.json", "https://b.example/1").body, map[string]int{"liked": 1}},
		{"bookmarks under their address", `{"id":"https://old.example/u/alice/bookmarks","type":"OrderedCollection","orderedItems":["https://b.example/1"]}`, map[string]int{"bookmarks": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := openAs(t, "outbox", nil, []byte(c.data))
			assert.Equal(t, c.want, counted(t, a))
			_, err := a.Actor(t.Context())
			assert.ErrorIs(t, err, portability.ErrNoActor)
			assert.NotEmpty(t, oddOf(a, dialect.MissingFile), "the actor is said to be missing")
		})
	}
}

func TestOutboxWithoutActorBelievesTheFirst(t *testing.T) {
	other := `{"id":"https://evil.example/1","type":"Create","actor":"https://evil.example/u/m","object":{"id":"https://evil.example/n/1","type":"Note"}}`
	a := openAs(t, "outbox", nil, []byte(outboxOf(alicePosts(1, ""), other).body))
	items := itemsOf(t, a, portability.Content)
	require.Len(t, items, 2)
	assert.Empty(t, items[0].Problems)
	assert.Contains(t, reasonsOf(items[1]), portability.NotOwn, "an outbox is one account's")
}

func TestOutboxIsNotTakenForOthers(t *testing.T) {
	for name, data := range map[string]string{
		"an object":        `{"a":1}`,
		"notes of Misskey": `[{"id":"1","text":"\"actor\":\"x\"","createdAt":"2022-01-01T00:00:00Z"}]`,
		"a text":           "hello",
	} {
		a, err := openExport(t, nil, []byte(data))
		if err == nil {
			assert.NotEqual(t, "outbox", a.Name, name)
		}
	}
}

func TestOutboxSuite(t *testing.T) {
	entries := []entry{
		outboxOf(alicePosts(1, attaching("/bucket/media_attachments/1/a.png", "/gone.png")), aliceShares(2, `"https://b.example/1"`)),
		{"media_attachments/1/a.png", "picture"},
	}
	suite(t, nil, zipOfEntries(entries...), portabilitytest.Want{
		Items: map[portability.Kind]int{portability.Content: 1, portability.Outbox: 1}, Files: 1, Missing: 1,
	})
	t.Run("alone", func(t *testing.T) {
		suite(t, nil, []byte(entries[0].body), portabilitytest.Want{
			Items: map[portability.Kind]int{portability.Content: 1, portability.Outbox: 1}, Missing: 2,
		})
	})
}

func TestOutboxHostile(t *testing.T) { hostile(t, nil, []entry{outboxOf(alicePosts(1, ""))}) }
