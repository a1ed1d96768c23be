package portability_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
	"codeberg.org/godwit/godwit/vocab"
)

// The suites ask for the abilities that they find, so all must be there.
var _ interface {
	portability.Source
	portability.MediaSource
	portability.Counter
	portability.Sink
	portability.MediaSink
	portability.Remover
	portability.Limited
} = (*portability.Memory)(nil)

func TestMemoryIsASource(t *testing.T) {
	portabilitytest.TestSource(t, func(t *testing.T) portability.Source { return alice(t) }, portabilitytest.Want{
		Items: map[portability.Kind]int{
			portability.Actor: 1, portability.Blocked: 3, portability.Content: 23, portability.Media: 4,
			portability.Following: 12, portability.Unknown: 1,
		},
		Files: 4, Missing: 1,
	})
}

func TestMemoryIsASink(t *testing.T) {
	for name, limits := range map[string]portability.Limits{
		"without limits":         {},
		"of short texts":         {TextRunes: 40, Attachments: 2, PollOptions: 4, MediaBytes: 100, MediaTypes: []string{"image/*"}},
		"of pictures":            {Kinds: []portability.Kind{portability.Content, portability.Muted}, NeedsMedia: true},
		"of articles only":       {Types: []string{vocab.TypeArticle}, MediaTypes: []string{"image/png"}},
		"of notes only":          {Types: []string{vocab.TypeNote}},
		"with place for so many": {Items: 300},
	} {
		t.Run(name, func(t *testing.T) {
			portabilitytest.TestSink(t, func(t *testing.T) portability.Sink {
				return portability.NewMemory(&portability.MemoryOptions{Limits: limits})
			})
		})
	}
}

// alice has something of six kinds. Of her files, one is used by every third
// post, and one is missing.
func alice(t *testing.T) *portability.Memory {
	t.Helper()
	m := portability.NewMemory(nil)
	items := []portability.Item{
		document(t, portability.Actor, home, `{"id":%q,"type":"Person","preferredUsername":"alice"}`),
		{Ref: portability.Ref{Kind: portability.Unknown, ID: "odd"}, Raw: []byte("{odd")},
	}
	for i := range 4 {
		items = append(items, portability.Item{Ref: portability.Ref{Kind: portability.Media, ID: fmt.Sprint("file ", i)},
			Media: []portability.Medium{file(t, m, i)}})
	}
	for i := range 23 {
		post := document(t, portability.Content, fmt.Sprintf("%s/%02d", home, i), `{"id":%q,"type":"Note"}`)
		if i%3 == 0 {
			post.Media = []portability.Medium{file(t, m, 0), file(t, m, 1+i%2)}
		}
		items = append(items, post)
	}
	items[len(items)-1].Media = []portability.Medium{{Path: "gone.png", Size: -1}}
	for i := range 12 {
		items = append(items, document(t, portability.Following, fmt.Sprintf("https://friends.example/%d", i), `{"id":%q}`))
	}
	for i := range 3 {
		items = append(items, document(t, portability.Blocked, fmt.Sprintf("https://foes.example/%d", i), `{"id":%q}`))
	}
	_, err := m.Put(t.Context(), items)
	require.NoError(t, err)
	return m
}

const home = "https://old.example/users/alice"

// file puts a file, and returns how its source knows it: by where it stands.
func file(t *testing.T, m *portability.Memory, i int) portability.Medium {
	t.Helper()
	medium := portability.Medium{Path: fmt.Sprintf("%d.png", i), Type: "image/png", Size: -1}
	_, err := m.PutMedia(t.Context(), medium, strings.NewReader(fmt.Sprint("picture ", i)))
	require.NoError(t, err)
	return medium
}

func document(t testing.TB, k portability.Kind, id, format string) portability.Item {
	t.Helper()
	o, err := vocab.Parse(fmt.Appendf(nil, format, id))
	require.NoError(t, err)
	return portability.Item{Ref: portability.Ref{Kind: k, ID: id}, Object: o}
}

func TestMemoryKeepsTheFirstAttachments(t *testing.T) {
	m := portability.NewMemory(&portability.MemoryOptions{Limits: portability.Limits{Attachments: 1}})
	post := document(t, portability.Content, home+"/1",
		`{"id":%q,"type":"Note","attachment":[{"type":"Image","url":"a"},{"type":"Image","url":"b"}]}`)
	for range 2 {
		_, err := m.Put(t.Context(), []portability.Item{post})
		require.NoError(t, err)
	}
	kept := held(t, m, portability.Content)
	require.Len(t, kept, 1, "put again, it is the same, though it was shortened")
	assert.JSONEq(t, `[{"type":"Image","url":"a"}]`, kept[0].Object.Get(vocab.Attachment).String())
}

func TestMemoryDropsTheFilesThatNobodyUses(t *testing.T) {
	m := portability.NewMemory(nil)
	shared, lone := file(t, m, 0), file(t, m, 1)
	first := document(t, portability.Content, home+"/1", `{"id":%q}`)
	second := document(t, portability.Content, home+"/2", `{"id":%q}`)
	first.Media, second.Media = []portability.Medium{shared, lone}, []portability.Medium{shared}
	_, err := m.Put(t.Context(), []portability.Item{first, second})
	require.NoError(t, err)
	_, err = m.Remove(t.Context(), []portability.Ref{first.Ref})
	require.NoError(t, err)
	_, _, err = m.OpenMedia(t.Context(), lone)
	assert.ErrorIs(t, err, portability.ErrNoMedium, "only the removed item used it")
	_, _, err = m.OpenMedia(t.Context(), shared)
	assert.NoError(t, err, "another item uses it")
}

func TestMemoryWithoutAFileItNeeds(t *testing.T) {
	m := portability.NewMemory(nil)
	lost := []portability.Medium{{Path: "gone.png", Size: -1}}
	post := document(t, portability.Content, home+"/1", `{"id":%q}`)
	post.Media = lost
	results, err := m.Put(t.Context(), []portability.Item{
		post, {Ref: portability.Ref{Kind: portability.Media, ID: "gone"}, Media: lost},
	})
	require.NoError(t, err)
	assert.Equal(t, portability.Changed, results[0].State, "a post without its file is less than it was")
	assert.Equal(t, portability.MissingMedia, results[0].Reason)
	assert.Equal(t, portability.Failed, results[1].State, "a file without its bytes is nothing")
}

func held(t *testing.T, source portability.Source, k portability.Kind) []portability.Item {
	t.Helper()
	var items []portability.Item
	for item, err := range source.Items(t.Context(), k, "") {
		require.NoError(t, err)
		items = append(items, item)
	}
	return items
}

func TestMemoryIsReadWhileItChanges(t *testing.T) {
	m := alice(t)
	whole := held(t, m, portability.Content)
	var seen []portability.Ref
	for item, err := range m.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		if seen = append(seen, item.Ref); len(seen) == 1 {
			_, err := m.Remove(t.Context(), []portability.Ref{whole[0].Ref, whole[5].Ref})
			require.NoError(t, err)
			_, err = m.Put(t.Context(), []portability.Item{document(t, portability.Content, home+"/late", `{"id":%q}`)})
			require.NoError(t, err)
		}
	}
	require.Len(t, seen, len(whole), "what was there when reading began")
	for i := range whole {
		assert.Equal(t, whole[i].Ref, seen[i])
	}
}

func TestMemoryRefusesThePositionsOfAnother(t *testing.T) {
	m, other := alice(t), portability.NewMemory(nil)
	var items []portability.Item
	for i := range 60 {
		items = append(items, document(t, portability.Content, fmt.Sprint("other ", i), `{"id":%q}`))
	}
	_, err := other.Put(t.Context(), items)
	require.NoError(t, err)
	for _, item := range held(t, other, portability.Content) {
		refused := false
		for _, err := range m.Items(t.Context(), portability.Content, item.Next) {
			require.ErrorIs(t, err, portability.ErrChanged)
			refused = true
		}
		require.True(t, refused, "%s", item.Next)
	}
}
