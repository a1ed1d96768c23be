package dialect_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

// writeTakeout writes a takeout of Mastodon 4 with this many posts, no two alike, of
// about 2,700 bytes each, and one share for every ten; it returns the outbox's size.
func writeTakeout(tb testing.TB, dir string, posts int) int64 {
	tb.Helper()
	require.NoError(tb, os.WriteFile(filepath.Join(dir, "actor.json"), []byte(aliceWith("").body), 0o600))
	f, err := os.Create(filepath.Join(dir, "outbox.json"))
	require.NoError(tb, err)
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	fmt.Fprintf(w, `{%s,"id":"outbox.json","type":"OrderedCollection","totalItems":%d,"orderedItems":[`, asContext, posts)
	for i := range posts {
		if i > 0 {
			w.WriteByte(',')
		}
		if i%10 == 9 {
			io.WriteString(w, aliceShares(i, fmt.Sprintf(`"https://b.example/notes/%d"`, i)))
			continue
		}
		io.WriteString(w, alicePosts(i, wordsOf(random, i)))
	}
	io.WriteString(w, `]}`)
	require.NoError(tb, w.Flush())
	info, err := f.Stat()
	require.NoError(tb, err)
	return info.Size()
}

// wordsOf are the members of a post that Mastodon writes besides.
func wordsOf(random *rand.Rand, i int) string {
	words := make([]string, 90)
	for w := range words {
		words[w] = fmt.Sprintf("%x", random.Uint64N(1<<36))
	}
	id := fmt.Sprintf("%s/statuses/%d", aliceID, i)
	return fmt.Sprintf(`,"summary":null,"inReplyTo":null,"url":"https://old.example/@alice/%[1]d","sensitive":false,"atomUri":"%[2]s",
"inReplyToAtomUri":null,"conversation":"tag:old.example,2022-01-01:objectId=%[1]d:objectType=Conversation",
"contentMap":{"en":"\u003cp\u003e%[3]s\u003c/p\u003e"},"tag":[{"type":"Mention","href":"https://b.example/users/bob","name":"@bob@b.example"}],
"replies":{"id":"%[2]s/replies","type":"Collection","first":{"type":"CollectionPage","next":"%[2]s/replies?page=true","partOf":"%[2]s/replies","items":[]}}`,
		i, id, strings.Join(words, " "))
}

func BenchmarkReadContent(b *testing.B) {
	const posts = 20_000
	dir := b.TempDir()
	size := writeTakeout(b, dir, posts)
	c, err := container.Open(b.Context(), dir, nil)
	require.NoError(b, err)
	defer c.Close()
	a, err := dialect.Open(b.Context(), c, nil)
	require.NoError(b, err)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for item, err := range a.Items(b.Context(), portability.Content, "") {
			if err != nil || len(item.Problems) > 0 {
				b.Fatal(err, item.Problems)
			}
			n++
		}
		require.Equal(b, posts*9/10, n)
	}
	b.ReportMetric(float64(posts)*float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

func BenchmarkReadShares(b *testing.B) {
	const posts = 20_000
	dir := b.TempDir()
	b.SetBytes(writeTakeout(b, dir, posts))
	c, err := container.Open(b.Context(), dir, nil)
	require.NoError(b, err)
	defer c.Close()
	a, err := dialect.Open(b.Context(), c, nil)
	require.NoError(b, err)
	for b.Loop() {
		n, _, err := a.Count(b.Context(), portability.Outbox)
		require.NoError(b, err)
		require.Equal(b, int64(posts/10), n)
	}
}
