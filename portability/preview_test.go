package portability_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

func TestPreview(t *testing.T) {
	const (
		public  = `"to":"as:Public"`
		private = `"to":"https://a.example/alice/f"`
		english = `"contentMap":{"en-GB":"hello"}`
		german  = `"contentMap":{"de":"hallo"}`
		later   = `"published":"2020-01-01T00:00:00Z"`
		early   = `"published":"2001-01-01T00:00:00Z"`
	)
	account := portability.NewMemory(nil)
	post := func(id, audience, language, date, more string, media ...portability.Medium) portability.Item {
		item := document(t, portability.Content, id, `{"id":%q,"type":"Note",`+audience+","+language+","+date+more+`}`)
		item.Media = media
		return item
	}
	forged := post("g", public, english, later, ``)
	forged.Problems = []portability.Problem{{Reason: portability.NotOwn, Fatal: true}}
	items := []portability.Item{
		document(t, portability.Actor, "https://a.example/alice", `{"id":%q,"type":"Person","followers":"https://a.example/alice/f"}`),
		post("a", public, english, later, ``),
		post("b", public, english, later, `,"content":"longer than ten characters"`),
		post("c", public, english, later, `,"attachment":[{},{},{}]`,
			portability.Medium{Path: "p", Size: 500, Type: "image/png"}, portability.Medium{Path: "q", Size: 50, Type: "video/mp4"}),
		post("d", private, english, later, ``),
		post("e", public, german, later, ``),
		post("f", public, english, early, ``),
		document(t, portability.Followers, "acct:bob@b.example", `{"id":%q}`),
	}
	_, err := account.Put(t.Context(), items)
	require.NoError(t, err)
	forecast, err := portability.Preview(t.Context(), and{account, forged}, portability.Limits{
		Kinds:       []portability.Kind{portability.Actor, portability.Content},
		TextRunes:   10,
		Attachments: 2,
		MediaTypes:  []string{"image/*"},
		Audiences:   []portability.Audience{portability.ForPublic},
		Languages:   []string{"en"},
		Oldest:      time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC),
		PerItem:     time.Second,
	})
	require.NoError(t, err)
	assert.Equal(t, map[portability.Kind]map[portability.Rule]int64{
		portability.Content: {
			portability.RuleText: 1, portability.RuleAttachments: 1, portability.RuleMediaType: 1,
			portability.RuleAudience: 1, portability.RuleLanguage: 1, portability.RuleOldest: 1,
		},
		portability.Followers: {portability.RuleKind: 1},
	}, forecast.Rules)
	assert.Equal(t, map[portability.State]int64{
		portability.Copied: 1, portability.Changed: 2, portability.Skipped: 3, portability.Failed: 1,
	}, forecast.States[portability.Content])
	assert.Equal(t, int64(1), forecast.Files, "the picture goes, the film does not")
	assert.Equal(t, int64(500), forecast.Bytes)
	assert.Equal(t, 4*time.Second, forecast.Least, "the actor and three posts")
	assert.Equal(t, map[portability.Reason]int64{portability.NotOwn: 1}, forecast.Problems[portability.Content])
}

// and is an account with one item more.
type and struct {
	*portability.Memory
	more portability.Item
}

func (a and) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for item, err := range a.Memory.Items(ctx, k, after) {
			if !yield(item, err) {
				return
			}
		}
		if k == a.more.Kind {
			yield(a.more, nil)
		}
	}
}
