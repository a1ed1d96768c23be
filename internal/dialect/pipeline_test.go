package dialect_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
)

func TestContentStaysInOrder(t *testing.T) {
	const posts = 3000
	dir := t.TempDir()
	writeTakeout(t, dir, posts)
	a := openTakeoutAt(t, nil, dir)
	next := 0
	for item, err := range a.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		if next%10 == 9 {
			next++ // a share
		}
		require.Equal(t, fmt.Sprintf("%s/statuses/%d", aliceID, next), item.ID)
		require.Empty(t, item.Problems)
		next++
	}
	require.Equal(t, posts-1, next, "all of them")
}

func TestBreakingOutEndsAllGoroutines(t *testing.T) {
	dir := t.TempDir()
	writeTakeout(t, dir, 3000)
	a := openTakeoutAt(t, nil, dir)
	before := runtime.NumGoroutine()
	for stop := range 40 {
		n := 0
		for _, err := range a.Items(t.Context(), portability.Content, "") {
			require.NoError(t, err)
			if n++; n > stop*17 {
				break
			}
		}
		// Whoever breaks out goes on when all have ended, or are just ending.
		require.LessOrEqual(t, runtime.NumGoroutine(), before+8, "after %d items", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	for _, err := range a.Items(ctx, portability.Content, "") {
		if err != nil {
			assert.ErrorIs(t, err, context.Canceled)
			break
		}
		cancel()
	}
	cancel()
}

func TestLargePostsStayBounded(t *testing.T) {
	const posts, each = 40, 3 << 20
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "actor.json"), []byte(aliceWith("").body), 0o600))
	f, err := os.Create(filepath.Join(dir, "outbox.json"))
	require.NoError(t, err)
	io.WriteString(f, `{"type":"OrderedCollection","orderedItems":[`)
	for i := range posts {
		if i > 0 {
			io.WriteString(f, ",")
		}
		io.WriteString(f, alicePosts(i, `,"summary":"`+strings.Repeat("x", each)+`"`))
	}
	io.WriteString(f, `]}`)
	require.NoError(t, f.Close())
	a := openTakeoutAt(t, nil, dir)
	n := 0
	for _, err := range a.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		n++
		if n%8 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			require.Less(t, m.HeapAlloc, uint64(48<<20), "held after %d of %d posts of 3 MiB", n, posts)
		}
	}
	require.Equal(t, posts, n)
}

func TestDamagedOutboxInSalvage(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range []entry{aliceWith(""), outboxOf(alicePosts(1, ""), alicePosts(2, `,"summary":"FLIP"`), aliceShares(3, `"https://b.example/1"`))} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Store})
		require.NoError(t, err)
		io.WriteString(f, e.body)
	}
	require.NoError(t, w.Close())
	data := bytes.Replace(b.Bytes(), []byte("FLIP"), []byte("FLOP"), 1)

	whole := openAs(t, "mastodon", nil, data)
	var last error
	for _, err := range whole.Items(t.Context(), portability.Content, "") {
		last = err
	}
	assert.Error(t, last, "a checksum that differs is an error")

	salvaged := openAs(t, "mastodon", &dialect.Options{Salvage: true}, data)
	assert.Len(t, itemsOf(t, salvaged, portability.Content), 2)
	assert.Len(t, itemsOf(t, salvaged, portability.Outbox), 1)
	assert.NotEmpty(t, oddOf(salvaged, dialect.PartlyRead), "what was damaged is said")
}

// Goroutines make what is covered differ from run to run, which the search for
// smaller inputs takes for news: run it with -fuzzminimizetime 1x.
func FuzzOutbox(f *testing.F) {
	for _, seed := range []string{
		outboxOf(alicePosts(1, ""), aliceShares(2, `"https://b.example/1"`)).body,
		`[` + alicePosts(1, `,"id":"https://evil.example/1"`) + `,` + aliceNote(2, attaching("/a.png")) + `]`,
		`{"orderedItems":[{"type":"Create","type":"Delete"},{"type":["Announce","Create"]},{"@type":"Create"},null,"x",{"type":"\u0043reate"}]}`,
		`{"items":[{"type":"Announce","actor":"` + aliceID + `","object":{"to":[],"attributedTo":"x"}}`,
		`{"items":[{"type":"Announce","actor":NaN}]}`,
		`A`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a, err := openExport(t, nil, zipOfEntries(aliceWith(""), entry{"outbox.json", body}))
		if err != nil {
			return
		}
		elements := 0
		for e := range jsonitems.Read(strings.NewReader(body), nil) {
			if e.Member == "" && (e.Data != nil || e.Fault == jsonitems.TooDeep || e.Fault == jsonitems.TooLarge) {
				elements++
			}
		}
		for _, err := range a.Items(t.Context(), portability.Content, "") {
			if refusal, ok := errors.AsType[*dialect.Refusal](err); ok && refusal.Reason == dialect.NotReadable {
				return // no JSON at all, which is refused as a whole
			}
		}
		items := append(itemsOf(t, a, portability.Content), itemsOf(t, a, portability.Outbox)...)
		if a.Name == "mastodon" && len(items) != elements {
			t.Fatalf("%d items of %d elements", len(items), elements)
		}
		for _, item := range items {
			if _, fatal := item.Fatal(); fatal || item.Object == nil {
				continue
			}
			if !strings.HasPrefix(item.ID, "https://old.example/") && !strings.HasPrefix(item.ID, "tag:old.example,") &&
				!strings.EqualFold(item.Object.ID().Host(), "old.example") {
				t.Fatalf("%q passes as alice's", item.ID)
			}
			if author := item.Object.IRI("attributedTo"); author != "" && author != aliceID && item.Kind == portability.Content {
				t.Fatalf("what %q wrote passes as alice's", author)
			}
		}
	})
}
