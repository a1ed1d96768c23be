package dialect_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

// Posts stand with the newest first, as X writes them, and so are sorted.
func BenchmarkX(b *testing.B) {
	const posts = 20_000
	var rows []string
	for i := range posts {
		number := fmt.Sprint(1700000000000000000 - int64(i)*600_000_000_000)
		rows = append(rows, xTweet(number, "", fmt.Sprintf("Number %d of @Bob, with a link https://t.co/abc and #birds, and as long as most are: a hundred and some letters.", i), xMarked))
	}
	data := zipOfEntries(entry{"data/tweets.js", xPart("tweets", 0, rows...)})
	c, err := container.OpenAt(b.Context(), bytes.NewReader(data), int64(len(data)), nil)
	require.NoError(b, err)
	defer c.Close()
	a, err := dialect.Open(b.Context(), c, nil)
	require.NoError(b, err)
	for b.Loop() {
		n := 0
		for _, err := range a.Items(b.Context(), portability.Content, "") {
			require.NoError(b, err)
			n++
		}
		require.Equal(b, posts, n)
	}
	b.ReportMetric(float64(posts*b.N)/b.Elapsed().Seconds(), "posts/s")
}
