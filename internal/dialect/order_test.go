package dialect_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

// TestOrderOfContent reads statuses that stand in some order, and wants them by
// their dates, each once, with those of one date as they were written.
func TestOrderOfContent(t *testing.T) {
	const n = 500
	status := func(i int) string {
		return fmt.Sprintf(`{"id":"%d","uri":"https://a.example/users/alice/statuses/%d","created_at":"2020-01-01T%02d:%02d:00Z","visibility":"public"}`, i, i, i/2/60, i/2%60)
	}
	shuffled := rand.New(rand.NewPCG(1, 2)).Perm(n)
	for name, at := range map[string]func(i int) int{
		"oldest first":             func(i int) int { return i },
		"newest first":             func(i int) int { return n - 1 - i },
		"newest first in two runs": func(i int) int { return (n - 1 - i + n/2) % n },
		"no order":                 func(i int) int { return shuffled[i] },
	} {
		t.Run(name, func(t *testing.T) {
			var all []string
			for i := range n {
				all = append(all, status(at(i)))
			}
			dir := t.TempDir()
			a := openAs(t, "mastodon-archive", &dialect.Options{Scratch: dir}, []byte(`{"account":`+maAccount+`,"statuses":[`+strings.Join(all, ",")+`]}`))
			last := ""
			seen := map[string]bool{}
			for _, item := range itemsOf(t, a, portability.Content) {
				when := item.Object.Text("published")
				assert.LessOrEqual(t, last, when)
				last, seen[item.ID] = when, true
			}
			assert.Len(t, seen, n)
			if name == "newest first" {
				assert.Equal(t, []string{"0", "1", "2"}, idsOf(itemsOf(t, a, portability.Content))[:3], "those of one date too")
			}
			for item, err := range a.Items(t.Context(), portability.Content, "") {
				require.NoError(t, err)
				require.NotEmpty(t, item.ID)
				break
			}
			left, err := dirNames(dir)
			require.NoError(t, err)
			assert.Empty(t, left, "the scratch file is gone, also after breaking out")
		})
	}
}

func TestOrderKeepsWhatHasNoDate(t *testing.T) {
	file := `{"account":` + maAccount + `,"statuses":[
		{"id":"3","uri":"https://a.example/users/alice/statuses/3","created_at":"2020-01-03T00:00:00Z"},
		{"id":"2","uri":"https://a.example/users/alice/statuses/2"},
		7,
		{"id":"1","uri":"https://a.example/users/alice/statuses/1","created_at":"2020-01-01T00:00:00Z"}]}`
	content := itemsOf(t, openAs(t, "mastodon-archive", nil, []byte(file)), portability.Content)
	require.Len(t, content, 4)
	assert.Equal(t, "1", idsOf(content)[0])
	assert.Equal(t, "7", string(content[1].Raw), "behind what it stood behind, turned round")
}

func TestOrderWithoutAPlaceForScratch(t *testing.T) {
	a := openAs(t, "mastodon-archive", &dialect.Options{Scratch: t.TempDir() + "/none"}, []byte(maFile()))
	var failed error
	for _, err := range a.Items(t.Context(), portability.Content, "") {
		failed = err
	}
	assert.ErrorContains(t, failed, "make scratch file")
}

// TestOrderInLittleMemory reads 40 MB of statuses, the newest first, and looks at
// the heap on the way.
func TestOrderInLittleMemory(t *testing.T) {
	const n = 20_000
	path := filepath.Join(t.TempDir(), "a.json")
	f, err := os.Create(path)
	require.NoError(t, err)
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, `{"account":%s,"statuses":[`, maAccount)
	text := strings.Repeat("word ", 400)
	for i := n; i > 0; i-- {
		fmt.Fprintf(w, `{"id":"%d","uri":"https://a.example/users/alice/statuses/%d","created_at":"%s","account":{"id":1},"reblog":null,"visibility":"public","content":"%s"}%s`,
			i, i, time.Unix(1_600_000_000+int64(i), 0).UTC().Format(time.RFC3339), text, map[bool]string{true: ",", false: "]}"}[i > 1])
	}
	require.NoError(t, w.Flush())
	require.NoError(t, f.Close())

	c, err := container.Open(t.Context(), path, nil)
	require.NoError(t, err)
	defer c.Close()
	a, err := dialect.Open(t.Context(), c, nil)
	require.NoError(t, err)
	before, most, seen := heap(), uint64(0), 0
	for item, err := range a.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		if seen++; seen%5000 == 0 {
			assert.Equal(t, fmt.Sprintf("https://a.example/users/alice/statuses/%d", seen), item.ID)
			most = max(most, heap())
		}
	}
	assert.Equal(t, n, seen)
	assert.Less(t, most, before+16<<20, "of 40 MB")
}

// heap is how much is alive.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMoreThanIsPutInOrderStaysAsItStands(t *testing.T) {
	status := func(day int) string {
		return fmt.Sprintf(`{"id":"%[1]d","uri":"https://a.example/users/alice/statuses/%[1]d","created_at":"2020-01-%02[1]dT00:00:00Z"}`, day)
	}
	file := `{"account":` + maAccount + `,"statuses":[` + status(3) + `,` + status(1) + strings.Repeat(",0", 1<<21) + `]}`
	a := openAs(t, "mastodon-archive", nil, []byte(file))
	for range 2 {
		var first []string
		for item, err := range a.Items(t.Context(), portability.Content, "") {
			require.NoError(t, err)
			if first = append(first, item.ID); len(first) == 2 {
				break
			}
		}
		assert.Equal(t, []string{"https://a.example/users/alice/statuses/3", "https://a.example/users/alice/statuses/1"}, first)
	}
	assert.Len(t, oddOf(a, dialect.NotInOrder), 1)
}
