package portabilitytest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

var blobReads = []blobSituation{
	{"what is not there does not exist, and can be removed", func(t *testing.T, blobs portability.Blobs) {
		requireNoBlob(t, blobs, "none")
		require.NoError(t, blobs.Remove(t.Context(), "none"))
		require.NoError(t, blobs.Remove(t.Context(), "no/such/folder"))
	}},
	{"what was removed is gone, and can be removed again", func(t *testing.T, blobs portability.Blobs) {
		putBlob(t, blobs, "media/a", []byte("x"))
		require.NoError(t, blobs.Remove(t.Context(), "media/a"))
		requireNoBlob(t, blobs, "media/a")
		require.NoError(t, blobs.Remove(t.Context(), "media/a"), "again")
		putBlob(t, blobs, "media/a", []byte("y"))
		requireBlob(t, blobs, "media/a", []byte("y"))
	}},
	{"what is open stays what it was", func(t *testing.T, blobs portability.Blobs) {
		data := filled(3<<20, 8)
		putBlob(t, blobs, "a", data)
		for _, then := range []func() error{
			func() error { return blobs.Put(t.Context(), "a", strings.NewReader("other"), 5) },
			func() error { return blobs.Remove(t.Context(), "a") },
		} {
			putBlob(t, blobs, "a", data)
			r, _, err := blobs.Open(t.Context(), "a")
			require.NoError(t, err)
			require.NoError(t, then())
			got, err := io.ReadAll(r)
			require.NoError(t, errors.Join(err, r.Close()))
			require.True(t, bytes.Equal(data, got), "%d bytes", len(got))
		}
	}},
	{"reading ends with its context", func(t *testing.T, blobs portability.Blobs) {
		putBlob(t, blobs, "a", filled(large, 9))
		ctx, cancel := context.WithCancel(t.Context())
		r, _, err := blobs.Open(ctx, "a")
		require.NoError(t, err)
		cancel()
		_, err = io.Copy(io.Discard, r)
		require.ErrorIs(t, err, context.Canceled)
		require.NoError(t, r.Close())
	}},
}

var blobStats = []blobSituation{
	{"what is told of a blob is so", func(t *testing.T, blobs portability.Blobs) {
		putBlob(t, blobs, "media/a", filled(1234, 1))
		found, err := blobs.(portability.BlobStater).Stat(t.Context(), "media/a")
		require.NoError(t, err)
		assert.Equal(t, "media/a", found.Key)
		assert.EqualValues(t, 1234, found.Size)
		assert.WithinDuration(t, time.Now(), found.Modified, time.Hour)
		_, err = blobs.(portability.BlobStater).Stat(t.Context(), "media")
		assert.ErrorIs(t, err, fs.ErrNotExist, "the beginning of a key is none")
	}},
}

var blobLists = []blobSituation{
	{"everything is listed once, in order", func(t *testing.T, blobs portability.Blobs) {
		require.Empty(t, listBlobs(t, blobs, "", ""), "an empty store")
		for _, key := range slices.Backward(alike) {
			putBlob(t, blobs, key, []byte(key))
		}
		listed := listBlobs(t, blobs, "", "")
		require.Equal(t, slices.Sorted(slices.Values(alike)), keysOf(listed))
		for _, blob := range listed {
			require.EqualValues(t, len(blob.Key), blob.Size)
			require.False(t, blob.Modified.IsZero())
		}
	}},
	{"a list can begin anywhere", func(t *testing.T, blobs portability.Blobs) {
		for _, key := range alike {
			putBlob(t, blobs, key, nil)
		}
		sorted := slices.Sorted(slices.Values(alike))
		prefixes := append([]string{"", "a", "a/", "a/b", "ab", "abm/", "m", "media/", "media/ab", "media/abc", "x", "a/b/c/d", "abcd"}, alike...)
		for _, prefix := range prefixes {
			for _, after := range append([]string{"", "0", "a/bb", "aab", "media", "media/", "z"}, alike...) {
				var want []string
				for _, key := range sorted {
					if strings.HasPrefix(key, prefix) && key > after {
						want = append(want, key)
					}
				}
				require.Equal(t, want, keysOf(listBlobs(t, blobs, prefix, after)), "%q behind %q", prefix, after)
			}
		}
	}},
	{"a list can be left, and ends with its context", func(t *testing.T, blobs portability.Blobs) {
		for _, key := range alike {
			putBlob(t, blobs, key, nil)
		}
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		for _, err := range blobs.(portability.BlobLister).List(ctx, "", "") {
			require.NoError(t, err)
			if n++; n == 2 {
				break
			}
		}
		cancel()
		var last error
		for _, err := range blobs.(portability.BlobLister).List(ctx, "", "") {
			last = err
		}
		require.ErrorIs(t, last, context.Canceled)
	}},
	{"what no key begins with is refused", func(t *testing.T, blobs portability.Blobs) {
		for _, prefix := range []string{"/", "../", "a/../b", ".", "-", "con/", "a//", "A", "~", "a\x00", `\`} {
			var last error
			for _, err := range blobs.(portability.BlobLister).List(t.Context(), prefix, "") {
				last = err
			}
			require.ErrorIs(t, last, portability.ErrBlobKey, "%q", prefix)
		}
	}},
}

func keysOf(blobs []portability.Blob) []string {
	var keys []string
	for _, blob := range blobs {
		keys = append(keys, blob.Key)
	}
	return keys
}

var blobRanges = []blobSituation{
	{"any part can be read", func(t *testing.T, blobs portability.Blobs) {
		data := filled(10_000, 2)
		putBlob(t, blobs, "a", data)
		putBlob(t, blobs, "empty", nil)
		for _, part := range [][2]int64{{0, 10}, {0, 10_000}, {0, 20_000}, {5, 1}, {9_999, 1}, {9_999, 100}, {10_000, 1},
			{20_000, 5}, {0, 0}, {3, 0}, {10_000, 0}, {1, math.MaxInt64}, {math.MaxInt64, math.MaxInt64}} {
			from, to := min(part[0], 10_000), int64(10_000)
			if part[1] < to-from {
				to = from + part[1]
			}
			require.True(t, bytes.Equal(data[from:to], readRange(t, blobs, "a", part)), "%d", part)
			require.Empty(t, readRange(t, blobs, "empty", part), "%d", part)
		}
	}},
	{"what is no part, or of nothing, is refused", func(t *testing.T, blobs portability.Blobs) {
		putBlob(t, blobs, "a", []byte("x"))
		ranger := blobs.(portability.BlobRanger)
		for _, part := range [][2]int64{{-1, 1}, {0, -1}, {math.MinInt64, 1}} {
			_, err := ranger.OpenRange(t.Context(), "a", part[0], part[1])
			require.ErrorIs(t, err, fs.ErrInvalid, "%d", part)
		}
		for _, n := range []int64{0, 1} {
			_, err := ranger.OpenRange(t.Context(), "none", 0, n)
			require.ErrorIs(t, err, fs.ErrNotExist)
		}
	}},
	{"a blob is read anywhere, as archives are", func(t *testing.T, blobs portability.Blobs) {
		data := filled(large, 3)
		putBlob(t, blobs, "archives/a.zip", data)
		at, err := portability.OpenBlobAt(t.Context(), blobs, "archives/a.zip")
		require.NoError(t, err)
		require.EqualValues(t, large, at.Size())
		for _, part := range [][2]int{{large - 22, 22}, {0, 4}, {large - 100, 90}, {256<<10 - 1, 2}, {100_000, 2_000_000}, {256 << 10, 512 << 10}, {0, large}, {7, 0}} {
			got := make([]byte, part[1])
			n, err := at.ReadAt(got, int64(part[0]))
			require.NoError(t, err)
			require.Equal(t, part[1], n)
			require.True(t, bytes.Equal(data[part[0]:][:part[1]], got), "%d", part)
		}
		n, err := at.ReadAt(make([]byte, 100), large-40)
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 40, n)
		_, err = at.ReadAt(make([]byte, 1), -1)
		require.ErrorIs(t, err, fs.ErrInvalid)
		_, err = portability.OpenBlobAt(t.Context(), blobs, "archives/none")
		require.ErrorIs(t, err, fs.ErrNotExist)
	}},
}

func readRange(t *testing.T, blobs portability.Blobs, key string, part [2]int64) []byte {
	t.Helper()
	r, err := blobs.(portability.BlobRanger).OpenRange(t.Context(), key, part[0], part[1])
	require.NoError(t, err, "%d", part)
	got, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close()))
	return got
}

var blobCreates = []blobSituation{
	{"what is created replaces nothing", func(t *testing.T, blobs portability.Blobs) {
		creator := blobs.(portability.BlobCreator)
		for _, n := range []int64{3, large} {
			key := "archives/a" + strings.Repeat("x", int(n%7))
			require.NoError(t, creator.Create(t.Context(), key, bytes.NewReader(filled(int(n), 1)), n))
			err := creator.Create(t.Context(), key, bytes.NewReader(filled(int(n), 2)), n)
			require.ErrorIs(t, err, fs.ErrExist)
			requireBlob(t, blobs, key, filled(int(n), 1))
		}
		require.ErrorIs(t, creator.Create(t.Context(), "new", strings.NewReader("x"), 2), portability.ErrBlobSize)
		requireNoBlob(t, blobs, "new")
	}},
	{"of several that create one key at once one does", func(t *testing.T, blobs portability.Blobs) {
		creator := blobs.(portability.BlobCreator)
		var made atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				err := creator.Create(t.Context(), "a", strings.NewReader(strings.Repeat(string(rune('0'+i)), 1000)), 1000)
				if err == nil {
					made.Add(1)
					return
				}
				assert.ErrorIs(t, err, fs.ErrExist)
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, made.Load())
		assertOneByte(t, blobs, 1000)
	}},
}

var blobMoves = []blobSituation{
	{"what is moved has the other key alone", func(t *testing.T, blobs portability.Blobs) {
		mover := blobs.(portability.BlobMover)
		putBlob(t, blobs, "incoming/1", filled(5000, 1))
		putBlob(t, blobs, "media/2", []byte("replaced"))
		for _, to := range []string{"media/1", "media/2"} {
			putBlob(t, blobs, "incoming/1", filled(5000, 1))
			require.NoError(t, mover.Move(t.Context(), "incoming/1", to))
			requireNoBlob(t, blobs, "incoming/1")
			requireBlob(t, blobs, to, filled(5000, 1))
		}
		require.ErrorIs(t, mover.Move(t.Context(), "incoming/1", "media/1"), fs.ErrNotExist)
		requireBlob(t, blobs, "media/1", filled(5000, 1))
		require.NoError(t, mover.Move(t.Context(), "media/1", "media/1"), "to where it is")
		requireBlob(t, blobs, "media/1", filled(5000, 1))
	}},
}
