package portabilitytest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

// TestBlobs runs the suite over a store of blobs, and over each of its abilities.
// Open returns a store that is empty, and releases it with t.Cleanup. Each is used
// by several goroutines at once.
func TestBlobs(t *testing.T, open func(t *testing.T) portability.Blobs) {
	parts := [][]blobSituation{blobPuts, blobReads}
	first := open(t)
	if _, ok := first.(portability.BlobStater); ok {
		parts = append(parts, blobStats)
	}
	if _, ok := first.(portability.BlobLister); ok {
		parts = append(parts, blobLists)
	}
	if _, ok := first.(portability.BlobRanger); ok {
		parts = append(parts, blobRanges)
	}
	if _, ok := first.(portability.BlobCreator); ok {
		parts = append(parts, blobCreates)
	}
	if _, ok := first.(portability.BlobMover); ok {
		parts = append(parts, blobMoves)
	}
	for _, part := range parts {
		for _, s := range part {
			t.Run(s.name, func(t *testing.T) { s.test(t, open(t)) })
		}
	}
}

type blobSituation struct {
	name string
	test func(t *testing.T, blobs portability.Blobs)
}

// large is more than the least part of an upload in parts, and no multiple of it.
const large = 5<<20 + 4321

// filled returns so many bytes that are not the same everywhere.
func filled(n int, seed byte) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i>>8)*31 + byte(i) + seed
	}
	return data
}

func putBlob(t *testing.T, blobs portability.Blobs, key string, data []byte) {
	t.Helper()
	require.NoError(t, blobs.Put(t.Context(), key, bytes.NewReader(data), int64(len(data))))
}

// requireBlob fails if a blob is not exactly data.
func requireBlob(t *testing.T, blobs portability.Blobs, key string, data []byte) {
	t.Helper()
	r, size, err := blobs.Open(t.Context(), key)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close()))
	require.EqualValues(t, len(data), size)
	require.True(t, bytes.Equal(data, got), "%s has %d bytes, and not those %d that were put", key, len(got), len(data))
}

func requireNoBlob(t *testing.T, blobs portability.Blobs, key string) {
	t.Helper()
	_, _, err := blobs.Open(t.Context(), key)
	require.ErrorIs(t, err, fs.ErrNotExist)
	for _, there := range listBlobs(t, blobs, "", "") {
		require.NotEqual(t, key, there.Key, "it is listed")
	}
}

// listBlobs lists a store that can be listed.
func listBlobs(t *testing.T, blobs portability.Blobs, prefix, after string) []portability.Blob {
	t.Helper()
	lister, ok := blobs.(portability.BlobLister)
	if !ok {
		return nil
	}
	var all []portability.Blob
	for blob, err := range lister.List(t.Context(), prefix, after) {
		require.NoError(t, err)
		all = append(all, blob)
	}
	return all
}

var blobPuts = []blobSituation{
	{"what is put is there, whatever its size", func(t *testing.T, blobs portability.Blobs) {
		for _, n := range []int{0, 1, 1000, large} {
			putBlob(t, blobs, "media/known", filled(n, 1))
			requireBlob(t, blobs, "media/known", filled(n, 1))
			require.NoError(t, blobs.Put(t.Context(), "media/unknown", bytes.NewReader(filled(n, 2)), -1))
			requireBlob(t, blobs, "media/unknown", filled(n, 2))
		}
	}},
	{"a reader may yield little at once, or its end with its last bytes", func(t *testing.T, blobs portability.Blobs) {
		data := filled(10_000, 3)
		for _, size := range []int64{-1, int64(len(data))} {
			require.NoError(t, blobs.Put(t.Context(), "a", iotest.OneByteReader(bytes.NewReader(data)), size))
			requireBlob(t, blobs, "a", data)
			require.NoError(t, blobs.Put(t.Context(), "b", iotest.DataErrReader(bytes.NewReader(data)), size))
			requireBlob(t, blobs, "b", data)
		}
	}},
	{"what is put is read to its end, and not closed", func(t *testing.T, blobs portability.Blobs) {
		r := &watched{Reader: strings.NewReader("one")}
		require.NoError(t, blobs.Put(t.Context(), "a", r, 3))
		assert.True(t, r.ended, "read to its end")
		assert.False(t, r.closed, "closed")
	}},
	{"what is put later stands in place of what was there", func(t *testing.T, blobs portability.Blobs) {
		putBlob(t, blobs, "a", filled(2000, 4))
		putBlob(t, blobs, "a", []byte("less"))
		requireBlob(t, blobs, "a", []byte("less"))
	}},
	{"another size than was said is refused", func(t *testing.T, blobs portability.Blobs) {
		for _, n := range []int{3, 5, 0, large - 1, large + 1} {
			said := int64(4)
			if n > 5 {
				said = large
			}
			err := blobs.Put(t.Context(), "new", bytes.NewReader(filled(n, 5)), said)
			require.ErrorIs(t, err, portability.ErrBlobSize, "%d bytes in place of %d", n, said)
			requireNoBlob(t, blobs, "new")
		}
		require.ErrorIs(t, blobs.Put(t.Context(), "new", strings.NewReader("x"), 0), portability.ErrBlobSize)
		requireNoBlob(t, blobs, "new")
	}},
	{"of what cannot be read to its end nothing is stored", func(t *testing.T, blobs portability.Blobs) {
		broken := errors.New("the disk is broken")
		putBlob(t, blobs, "old", []byte("kept"))
		for _, n := range []int{0, 100, large, 2 * large} {
			for _, size := range []int64{-1, int64(n), int64(n) + 1} {
				torn := func() io.Reader { return io.MultiReader(bytes.NewReader(filled(n, 6)), &failing{broken}) }
				require.ErrorIs(t, blobs.Put(t.Context(), "new", torn(), size), broken, "after %d of %d bytes", n, size)
				requireNoBlob(t, blobs, "new")
				require.ErrorIs(t, blobs.Put(t.Context(), "old", torn(), size), broken)
				requireBlob(t, blobs, "old", []byte("kept"))
			}
		}
	}},
	{"who cancels before is told", func(t *testing.T, blobs portability.Blobs) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, blobs.Put(ctx, "new", strings.NewReader("x"), 1), context.Canceled)
		requireNoBlob(t, blobs, "new")
		_, _, err := blobs.Open(ctx, "new")
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, blobs.Remove(ctx, "new"), context.Canceled)
	}},
	{"who cancels meanwhile is told, and nothing is stored", func(t *testing.T, blobs portability.Blobs) {
		putBlob(t, blobs, "old", []byte("kept"))
		for _, key := range []string{"new", "old"} {
			for _, n := range []int{100, large} {
				ctx, cancel := context.WithCancel(t.Context())
				ending := &calling{Reader: bytes.NewReader(filled(n, 7)), call: cancel}
				require.ErrorIs(t, blobs.Put(ctx, key, ending, int64(n)), context.Canceled)
			}
		}
		requireNoBlob(t, blobs, "new")
		requireBlob(t, blobs, "old", []byte("kept"))
	}},
	{"of several that put one key at once one comes last, whole", func(t *testing.T, blobs portability.Blobs) {
		const writers, size = 6, 300_000
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				for range 3 {
					data := bytes.Repeat([]byte{byte(i)}, size)
					assert.NoError(t, blobs.Put(t.Context(), "a", bytes.NewReader(data), size))
				}
			})
			wg.Go(func() {
				for range 5 {
					assertOneByte(t, blobs, size)
				}
			})
		}
		wg.Wait()
		assertOneByte(t, blobs, size)
		_, _, err := blobs.Open(t.Context(), "a")
		require.NoError(t, err)
	}},
	{"keys that begin alike are others", func(t *testing.T, blobs portability.Blobs) {
		keys := alike
		for _, key := range keys {
			putBlob(t, blobs, key, []byte(key))
		}
		for _, key := range keys {
			requireBlob(t, blobs, key, []byte(key))
		}
		require.NoError(t, blobs.Remove(t.Context(), "a"))
		requireNoBlob(t, blobs, "a")
		for _, key := range keys[1:] {
			requireBlob(t, blobs, key, []byte(key))
		}
	}},
	{"what is no key is refused, whatever is asked", func(t *testing.T, blobs portability.Blobs) {
		for _, key := range HostileBlobKeys() {
			for name, err := range tryKey(t, blobs, key) {
				require.ErrorIs(t, err, portability.ErrBlobKey, "%s %q", name, key)
			}
		}
		require.Empty(t, listBlobs(t, blobs, "", ""))
	}},
}

// alike are keys of which none may be taken for another.
var alike = []string{"a", "a-", "a.b", "a/a", "a/b", "a/b/c", "a/bc", "a0", "aa", "aa/a", "aaa", "ab", "ab/c",
	"abc", "abm/x", "abz", "b", "media/ab/cd", "media/abcd", "media/abcd.png"}

// HostileBlobKeys returns strings that no store may take for a key.
func HostileBlobKeys() []string {
	return []string{
		"", ".", "..", "/", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a/..", ".a", "a/.b", "-a", "a.",
		"A", "ä", "a b", "a\x00b", "a\nb", `a\b`, `..\a`, "c:a", "a~", "~a", "a*", "a?b", "a#b", "a%2fb", "a+b", "a@b",
		"a\xff", "a/\u202eb", "con", "a/nul.txt", "com1", "lpt9.tar", strings.Repeat("a", 121),
		strings.Repeat("a/", 120) + "a", "\u017fa", "a\u212a",
	}
}

// tryKey asks everything of a store with a key that is none.
func tryKey(t *testing.T, blobs portability.Blobs, key string) map[string]error {
	ctx := t.Context()
	tried := map[string]error{
		"put":    blobs.Put(ctx, key, strings.NewReader("x"), 1),
		"remove": blobs.Remove(ctx, key),
	}
	_, _, tried["open"] = blobs.Open(ctx, key)
	if s, ok := blobs.(portability.BlobStater); ok {
		_, tried["look at"] = s.Stat(ctx, key)
	}
	if s, ok := blobs.(portability.BlobRanger); ok {
		_, tried["open a part of"] = s.OpenRange(ctx, key, 0, 1)
	}
	if s, ok := blobs.(portability.BlobCreator); ok {
		tried["create"] = s.Create(ctx, key, strings.NewReader("x"), 1)
	}
	if s, ok := blobs.(portability.BlobMover); ok {
		tried["move"] = s.Move(ctx, key, "good")
		require.NoError(t, blobs.Put(ctx, "good", strings.NewReader("x"), 1))
		tried["move to"] = s.Move(ctx, "good", key)
		requireBlob(t, blobs, "good", []byte("x"))
		require.NoError(t, blobs.Remove(ctx, "good"))
	}
	return tried
}

// assertOneByte fails if the blob "a" is there, and is not one byte so many times.
func assertOneByte(t *testing.T, blobs portability.Blobs, size int) {
	r, _, err := blobs.Open(t.Context(), "a")
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if !assert.NoError(t, err) {
		return
	}
	got, err := io.ReadAll(r)
	assert.NoError(t, errors.Join(err, r.Close()))
	if assert.Len(t, got, size) {
		assert.Equal(t, size, bytes.Count(got, got[:1]), "parts of two")
	}
}

// calling calls a function when it is read for the second time, and at its end.
type calling struct {
	io.Reader
	reads int
	call  func()
}

func (c *calling) Read(p []byte) (int, error) {
	if c.reads++; c.reads == 2 {
		c.call()
	}
	return c.Reader.Read(p[:min(len(p), 64)])
}
