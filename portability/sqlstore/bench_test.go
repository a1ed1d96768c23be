package sqlstore_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/pgtest"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/sqlstore"
	"codeberg.org/godwit/godwit/vocab"
)

// postsText sets the sizes of the accounts, with commas between; the defaults are
// below.
const postsText = "GODWIT_BENCH_POSTS"

// benchPosts is how many posts are committed: the first of the sizes.
func benchPosts(b *testing.B) int64 {
	b.Helper()
	text, _, _ := strings.Cut(os.Getenv(postsText), ",")
	if text == "" {
		return 20_000
	}
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(b, err)
	return n
}

// BenchmarkCommit stores what an engine does of posts, a thousand in each commit: an
// entry as it is staged, with two names, and again as it was put, with two mappings.
func BenchmarkCommit(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) {
		store, _ := openStore(b, 4, pragmas)
		benchCommit(b, store)
	})
	b.Run("PostgreSQL", func(b *testing.B) { benchCommit(b, openOver(b, pgtest.Open(b))) })
}

func benchCommit(b *testing.B, store *sqlstore.Store) {
	const each = 1000
	all := benchPosts(b)
	for i := range b.N {
		job, _, err := store.Create(b.Context(), portability.Job{ID: strconv.Itoa(i)})
		require.NoError(b, err)
		for n := int64(0); n < all; n += each {
			job, err = store.Commit(b.Context(), advanced(job, each), staged(n, each))
			require.NoError(b, err)
		}
		for n := int64(0); n < all; n += each {
			job, err = store.Commit(b.Context(), job, settled(n, each, i))
			require.NoError(b, err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(all)/b.Elapsed().Seconds(), "posts/s")
}

func staged(from, n int64) (c portability.Change) {
	for no := from; no < from+n; no++ {
		e := post(no)
		e.State, e.Intended, e.NewID, e.URLs = "", false, "", nil
		c.Entries = append(c.Entries, e)
		c.Names = append(c.Names, portability.Name{Old: vocab.IRI(e.ID), Ref: e.Ref}, portability.Name{Old: oldURL(no), Ref: e.Ref})
	}
	return c
}

func settled(from, n int64, account int) (c portability.Change) {
	prefix := vocab.IRI("https://" + strconv.Itoa(account) + ".")
	for no := from; no < from+n; no++ {
		e := post(no)
		c.Entries = append(c.Entries, e)
		for _, old := range []vocab.IRI{vocab.IRI(e.ID), oldURL(no)} {
			c.Mappings = append(c.Mappings, portability.Mapping{
				Old: prefix + old[len("https://"):], ID: vocab.IRI(e.ID), New: e.NewID, URL: e.URLs[0], Kind: e.Kind, From: alice,
				To: "https://new.example/users/alice", Audience: e.Audience, At: start,
			})
		}
	}
	return c
}
