package portabilitytest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
)

var openSituations = []sourceSituation{
	{"the files that items use open, but for those that are missing", func(t *testing.T, source portability.Source, want Want) {
		contents, missing := map[string]bool{}, 0
		for item := range everything(t, source) {
			for _, m := range item.Media {
				data, _, err := openAll(t, source, m)
				if errors.Is(err, portability.ErrNoMedium) {
					missing++
					continue
				}
				require.NoError(t, err, "%s", item.Ref)
				contents[digestOf(data)] = true
			}
		}
		assert.Len(t, contents, want.Files, "files")
		assert.Equal(t, want.Missing, missing, "missing files")
	}},
	{"a file is as long as is known of it, and has the digest", func(t *testing.T, source portability.Source, want Want) {
		for m := range opening(t, source, want) {
			data, known, err := openAll(t, source, m)
			require.NoError(t, err)
			if known.Size >= 0 {
				assert.Len(t, data, int(known.Size))
			}
			if known.Digest != "" {
				assert.Equal(t, digestOf(data), known.Digest)
			}
		}
	}},
	{"what is known of a file stands under the place that was asked for", func(t *testing.T, source portability.Source, want Want) {
		for m := range opening(t, source, want) {
			_, known, err := openAll(t, source, m)
			require.NoError(t, err)
			assert.Equal(t, m.URL, known.URL)
			assert.Equal(t, m.Path, known.Path)
		}
	}},
	{"a file opens again, while it is open", func(t *testing.T, source portability.Source, want Want) {
		for m := range opening(t, source, want) {
			r, _, err := source.(portability.MediaSource).OpenMedia(t.Context(), m)
			require.NoError(t, err)
			second, _, err := openAll(t, source, m)
			require.NoError(t, err)
			first, err := io.ReadAll(r)
			require.NoError(t, err)
			require.NoError(t, r.Close())
			assert.Equal(t, digestOf(first), digestOf(second))
		}
	}},
	{"a file that is closed unread is released", func(t *testing.T, source portability.Source, want Want) {
		for m := range opening(t, source, want) {
			before := openFiles()
			for range 100 {
				r, _, err := source.(portability.MediaSource).OpenMedia(t.Context(), m)
				require.NoError(t, err)
				require.NoError(t, r.Close())
			}
			assert.Less(t, openFiles(), before+50)
		}
	}},
	{"a file that nobody has is not there", func(t *testing.T, source portability.Source, want Want) {
		nobodys := portability.Medium{Path: "no/such/file", URL: "https://nobody.example/file", Size: -1}
		_, _, err := source.(portability.MediaSource).OpenMedia(t.Context(), nobodys)
		assert.ErrorIs(t, err, portability.ErrNoMedium)
	}},
}

// opening yields the files that are there, each use of them.
func opening(t *testing.T, source portability.Source, want Want) func(func(portability.Medium) bool) {
	return func(yield func(portability.Medium) bool) {
		found := 0
		for item := range everything(t, source) {
			for _, m := range item.Media {
				if _, _, err := openAll(t, source, m); errors.Is(err, portability.ErrNoMedium) {
					continue
				}
				found++
				if !yield(m) {
					return
				}
			}
		}
		assert.GreaterOrEqual(t, found, want.Files, "files")
	}
}

func openAll(t *testing.T, source portability.Source, m portability.Medium) ([]byte, portability.Medium, error) {
	r, known, err := source.(portability.MediaSource).OpenMedia(t.Context(), m)
	if err != nil {
		return nil, known, err
	}
	data, err := io.ReadAll(r)
	return data, known, errors.Join(err, r.Close())
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
