package portabilitytest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

var storeThreadSituations = []storeSituation{
	{"links lead from content to the own content that it answers", func(t *testing.T, store portability.Store) {
		entries := storeEntries(0, 7)
		entries[0].Parent = storePost(3).ID                 // which comes later
		entries[1].Parent = "https://other.example/posts/1" // of somebody else
		entries[2].Parent = storePost(0).ID
		entries[3].Parent = storePost(3).ID // itself
		entries[4].Published = time.Time{}
		entries[5].Stage, entries[5].Kind = portability.StageRest, portability.Bookmarks
		entries[6].Parent = entries[5].ID // a bookmark is nothing to be answered
		storeCommit(t, store, storeBegin(t, store, "a"), portability.Change{Entries: entries})
		assert.Equal(t, []portability.Link{
			{No: 0, Parent: 3, Published: entries[0].Published},
			{No: 1, Parent: -1, Published: entries[1].Published},
			{No: 2, Parent: 0, Published: entries[2].Published},
			{No: 3, Parent: 3, Published: entries[3].Published},
			{No: 4, Parent: -1},
			{No: 6, Parent: -1, Published: entries[6].Published},
		}, storeAll(t, store.Links(t.Context(), "a")))
	}},
	{"links of many entries come once each", func(t *testing.T, store portability.Store) {
		entries := storeEntries(0, 2_500)
		for n := range entries[1:] {
			entries[n+1].Parent = entries[n].ID
		}
		storeCommit(t, store, storeBegin(t, store, "a"), portability.Change{Entries: entries})
		links := storeAll(t, store.Links(t.Context(), "a"))
		require.Len(t, links, 2_500)
		for n, link := range links {
			require.Equal(t, portability.Link{No: int64(n), Parent: int64(n) - 1, Published: entries[n].Published}, link)
		}
	}},
	{"what is held comes by rank, which is told later", func(t *testing.T, store portability.Store) {
		job := storeHold(t, store, 5)
		job = storeCommit(t, store, job, portability.Change{Ranks: []portability.Rank{{No: 0, Rank: 30}, {No: 1, Rank: 10}, {No: 2, Rank: 50}}})
		storeCommit(t, store, job, portability.Change{Ranks: []portability.Rank{{No: 3, Rank: 40}, {No: 4, Rank: 20}}})
		assert.Equal(t, [][2]int64{{1, 10}, {4, 20}, {0, 30}, {3, 40}, {2, 50}}, storeTurns(t, store, -1))
		assert.Equal(t, [][2]int64{{3, 40}, {2, 50}}, storeTurns(t, store, 30), "behind a rank")
		assert.Empty(t, storeTurns(t, store, 50))
		known, err := store.Known(t.Context(), "a", []portability.Ref{storePost(4)})
		require.NoError(t, err)
		assert.Equal(t, int64(20), known[storePost(4)].Rank, "the entry has it")
	}},
	{"a rank that an entry was stored with counts, and one that it is given anew", func(t *testing.T, store portability.Store) {
		job := storeBegin(t, store, "a")
		entries := storeEntries(0, 3)
		entries[0].Rank, entries[1].Rank, entries[2].Rank = 3, 2, 1
		hold := []portability.HeldItem{{No: 0, Item: note(t, 0)}, {No: 1, Rank: 77, Item: note(t, 1)}, {No: 2, Item: note(t, 2)}}
		job = storeCommit(t, store, job, portability.Change{Entries: entries, Hold: hold})
		assert.Equal(t, [][2]int64{{2, 1}, {1, 2}, {0, 3}}, storeTurns(t, store, -1))
		entries[2].Rank = 9
		job = storeCommit(t, store, job, portability.Change{Entries: entries[2:]})
		assert.Equal(t, [][2]int64{{1, 2}, {0, 3}, {2, 9}}, storeTurns(t, store, -1))
		storeCommit(t, store, job, portability.Change{Ranks: []portability.Rank{{No: 1, Rank: 5}, {No: 1, Rank: 4}, {No: 2, Rank: 6}}})
		assert.Equal(t, [][2]int64{{0, 3}, {1, 4}, {2, 6}}, storeTurns(t, store, -1), "of two in one change, the last")
	}},
	{"what is held once more is held once, as it is now", func(t *testing.T, store portability.Store) {
		job := storeHold(t, store, 2)
		changed := noteSaying(t, storePost(1).ID, "edited since")
		storeCommit(t, store, job, portability.Change{Ranks: []portability.Rank{{No: 0, Rank: 1}, {No: 1, Rank: 2}}, Hold: []portability.HeldItem{{No: 1, Item: changed}}})
		held := storeAll(t, store.Held(t.Context(), "a", -1))
		require.Len(t, held, 2)
		storeSameItem(t, changed, held[1].Item, "the last one")
	}},
	{"held items are let go all at once", func(t *testing.T, store portability.Store) {
		job := storeHold(t, store, 3)
		other := storeCommit(t, store, storeBegin(t, store, "b"), portability.Change{Entries: storeEntries(0, 1), Hold: []portability.HeldItem{{No: 0, Item: note(t, 0)}}})
		job = storeCommit(t, store, job, portability.Change{Drop: true})
		assert.Empty(t, storeTurns(t, store, -1))
		assert.Len(t, storeAll(t, store.Held(t.Context(), other.ID, -1)), 1, "another job's stay")
		assert.Len(t, storeNumbers(t, store, "a", -1, portability.EntryFilter{}), 3, "their entries stay")
		storeCommit(t, store, job, portability.Change{Hold: []portability.HeldItem{{No: 2, Item: note(t, 2)}}})
		assert.Len(t, storeTurns(t, store, -1), 1, "others can be held again")
	}},
	{"a held item is read as it came from the source, byte for byte", func(t *testing.T, store portability.Store) {
		items := storeItems(t)
		change := portability.Change{Entries: storeEntries(0, int64(len(items)))}
		for n, item := range items {
			change.Hold = append(change.Hold, portability.HeldItem{No: int64(n), Item: item})
			change.Ranks = append(change.Ranks, portability.Rank{No: int64(n), Rank: int64(n) + 1})
		}
		storeCommit(t, store, storeBegin(t, store, "a"), change)
		held := storeAll(t, store.Held(t.Context(), "a", -1))
		require.Len(t, held, len(items))
		for n, h := range held {
			storeSameItem(t, items[n], h.Item, fmt.Sprintf("item %d", n))
		}
	}},
}

// storeHold stores a job with so many items that wait.
func storeHold(t *testing.T, store portability.Store, n int64) portability.Job {
	t.Helper()
	change := portability.Change{Entries: storeEntries(0, n)}
	for i := range n {
		change.Hold = append(change.Hold, portability.HeldItem{No: i, Item: noteSaying(t, storePost(i).ID, "held")})
	}
	return storeCommit(t, store, storeBegin(t, store, "a"), change)
}

// storeTurns returns the numbers and ranks of what is held.
func storeTurns(t *testing.T, store portability.Store, after int64) (turns [][2]int64) {
	t.Helper()
	for _, h := range storeAll(t, store.Held(t.Context(), "a", after)) {
		turns = append(turns, [2]int64{h.No, h.Rank})
	}
	return turns
}

// storeItems returns items that are hard to keep whole.
func storeItems(t *testing.T) []portability.Item {
	t.Helper()
	padded, err := vocab.Parse([]byte("  {\"id\" : \"https://old.example/1\",\r\n\t\"content\":\"\\u0000 \\ud83d\\ude00 \u2028 <&>\", \"x\":1.50e+03 }\n"))
	require.NoError(t, err)
	large := noteSaying(t, home+"/large", strings.Repeat("ü", 400_000))
	create, err := vocab.Parse([]byte(`{"type":"Create","object":{"type":"Note"}}`))
	require.NoError(t, err)
	everything := portability.Item{
		Ref: storePost(1), Object: padded, Activity: create, Raw: []byte("\x00\xff not UTF-8"), Next: "\xfe page\x00 3",
		Media: []portability.Medium{
			{URL: "https://old.example/a.png", Path: "media/\xff.png", Digest: strings.Repeat("ab", 32), Type: "image/png", Size: 1 << 40},
			{Size: -1},
		},
		Problems: []portability.Problem{{Reason: portability.BadDate, Detail: "in “published”"}, {Reason: portability.NotOwn, Fatal: true}},
	}
	nothing := portability.Item{Ref: portability.Ref{Kind: portability.Unknown}, Problems: []portability.Problem{{Reason: portability.Unreadable, Fatal: true}}}
	raw := portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: "a.bin"}, Raw: []byte(strings.Repeat("\x00\x01", 500_000))}
	return []portability.Item{everything, large, nothing, raw}
}

func storeSameItem(t *testing.T, want, got portability.Item, name string) {
	t.Helper()
	assert.Equal(t, want.Ref, got.Ref, name)
	assert.Equal(t, storeText(want.Object), storeText(got.Object), name)
	assert.Equal(t, storeText(want.Activity), storeText(got.Activity), name)
	assert.Equal(t, string(want.Raw), string(got.Raw), name)
	assert.Equal(t, want.Media, got.Media, name)
	assert.Equal(t, want.Problems, got.Problems, name)
	assert.Equal(t, want.Next, got.Next, name)
}

func storeText(o *vocab.Object) string {
	if o == nil {
		return "no document"
	}
	return string(o.Bytes())
}
