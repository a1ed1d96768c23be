package portability_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func TestMemoryBlobs(t *testing.T) {
	portabilitytest.TestBlobs(t, func(*testing.T) portability.Blobs { return &portability.MemoryBlobs{} })
}

func TestBlobKeys(t *testing.T) {
	for _, key := range []string{"a", "0", "_a", "a-b_c.d", "media/" + strings.Repeat("0123456789abcdef", 4),
		"archives/alice.tar.zst", "a/b/c/d", "console", "com", "com10", "nulls.txt", strings.Repeat("a", 120),
		strings.Repeat("a", 119) + "/" + strings.Repeat("b", 120)} {
		assert.NoError(t, portability.CheckBlobKey(key), "%q", key)
		assert.NoError(t, portability.CheckBlobPrefix(key), "%q", key)
	}
	for _, key := range portabilitytest.HostileBlobKeys() {
		assert.ErrorIs(t, portability.CheckBlobKey(key), portability.ErrBlobKey, "%q", key)
	}
}

// A key has none of the letters that would lead a name of a file elsewhere.
func FuzzBlobKey(f *testing.F) {
	for _, key := range append(portabilitytest.HostileBlobKeys(), "a/b", "media/00.png") {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if portability.CheckBlobKey(key) != nil {
			return
		}
		assert.NoError(t, portability.CheckBlobPrefix(key))
		assert.NotContains(t, "/"+key, "/.")
		assert.NotContains(t, key+"/", "//")
		assert.Equal(t, key, strings.ToLower(key))
		assert.Empty(t, strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789._-/"))
		for segment := range strings.SplitSeq(key, "/") {
			assert.NoError(t, portability.CheckBlobKey(segment))
		}
	})
}
