package backup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func TestInspectCountsWhatAnySourceHas(t *testing.T) {
	account := portability.NewMemory(nil)
	item := func(k portability.Kind, id, members string, media ...portability.Medium) portability.Item {
		o, err := vocab.Parse([]byte(`{"id":"` + id + `"` + members + `}`))
		require.NoError(t, err)
		return portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: o, Media: media}
	}
	here := portability.Medium{Path: "a.png", Size: 300}
	_, err := account.Put(t.Context(), []portability.Item{
		item(portability.Actor, "https://a.example/alice", `,"type":"Person","preferredUsername":"alice","followers":"https://a.example/alice/f"`),
		item(portability.Content, "https://a.example/1", `,"type":"Note","to":"as:Public","published":"2020-01-02T03:04:05Z"`, here),
		item(portability.Content, "https://a.example/2", `,"type":"Question","to":"https://a.example/alice/f","published":"2021-01-02T03:04:05Z"`,
			here, portability.Medium{URL: "https://a.example/gone.png", Size: -1}),
		item(portability.Content, "https://a.example/3", `,"type":"Note"`),
		item(portability.Liked, "https://b.example/9", ``),
	})
	require.NoError(t, err)
	inventory, err := backup.Inspect(t.Context(), account, nil)
	require.NoError(t, err)
	assert.Equal(t, vocab.IRI("https://a.example/alice"), inventory.Actor)
	assert.Equal(t, "alice", inventory.Handle)
	require.Len(t, inventory.Kinds, 3)
	content := inventory.Kinds[1]
	assert.Equal(t, portability.Content, content.Kind)
	assert.EqualValues(t, 3, content.Items)
	assert.Equal(t, map[portability.Audience]int64{
		portability.ForPublic: 1, portability.ForFollowers: 1, portability.ForAuthor: 1,
	}, content.Audiences)
	assert.Equal(t, map[string]int64{"Note": 2, "Question": 1}, content.Types)
	assert.Equal(t, time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), content.First)
	assert.Equal(t, time.Date(2021, 1, 2, 3, 4, 5, 0, time.UTC), content.Last)
	assert.Equal(t, backup.FileCount{Here: 1, Bytes: 300, Missing: 1}, inventory.Files, "a file that two posts use is one")
}
