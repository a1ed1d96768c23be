package portability_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

func mediaURL(digest string) vocab.IRI { return vocab.IRI("https://new.example/media/" + digest) }

func mediaDigest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func mediaPut(t *testing.T, s *portability.MediaStore, m portability.Medium, data []byte) {
	t.Helper()
	where, err := s.PutMedia(t.Context(), m, bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, mediaURL(mediaDigest(data)), where)
}

func mediaKeys(t *testing.T, blobs portability.BlobLister) []string {
	t.Helper()
	var keys []string
	for b, err := range blobs.List(t.Context(), "", "") {
		require.NoError(t, err)
		keys = append(keys, b.Key)
	}
	return keys
}

// onlyBlobs has no ability of its own.
type onlyBlobs struct{ portability.Blobs }

func TestMediaStore(t *testing.T) {
	small, large := []byte("a picture"), bytes.Repeat([]byte("a film "), 1000)
	for _, known := range []bool{true, false} {
		for _, movable := range []bool{true, false} {
			t.Run(fmt.Sprintf("digest known %v, movable %v", known, movable), func(t *testing.T) {
				memory := &portability.MemoryBlobs{}
				var blobs portability.Blobs = memory
				if !movable {
					blobs = onlyBlobs{memory}
				}
				s := portability.NewMediaStore(blobs, mediaURL, &portability.MediaStoreOptions{Prefix: "alice/", Held: 100})
				var want []string
				for _, data := range [][]byte{small, large, nil, large[:100], large[:99], large[:101]} {
					m := portability.Medium{Size: -1}
					if known {
						m = portability.Medium{Digest: mediaDigest(data), Size: int64(len(data))}
					}
					mediaPut(t, s, m, data)
					puts := memory.Puts()
					mediaPut(t, s, m, data)
					if len(data) < 100 || known {
						assert.Equal(t, puts, memory.Puts(), "a file that is there is not put again")
					}
					want = append(want, s.Key(mediaDigest(data)))
					r, found, err := s.OpenMedia(t.Context(), portability.Medium{Digest: mediaDigest(data), URL: "https://old.example/1", Size: -1})
					require.NoError(t, err)
					got, err := io.ReadAll(r)
					require.NoError(t, errors.Join(err, r.Close()))
					assert.True(t, bytes.Equal(data, got))
					assert.EqualValues(t, len(data), found.Size)
					assert.EqualValues(t, "https://old.example/1", found.URL)
				}
				assert.ElementsMatch(t, want, mediaKeys(t, memory), "and nothing else")
			})
		}
	}
}

func TestMediaThatIsNotWhatItSays(t *testing.T) {
	for _, n := range []int{50, 5000} { // held, and not
		data := bytes.Repeat([]byte("x"), n)
		digest := mediaDigest(data)
		broken := errors.New("the source is away")
		for name, c := range map[string]struct {
			m    portability.Medium
			r    io.Reader
			want error
		}{
			"another digest":         {portability.Medium{Digest: mediaDigest([]byte("y")), Size: int64(n)}, bytes.NewReader(data), portability.ErrBadMedium},
			"another digest, unsize": {portability.Medium{Digest: mediaDigest([]byte("y")), Size: -1}, bytes.NewReader(data), portability.ErrBadMedium},
			"no digest at all":       {portability.Medium{Digest: "../../x", Size: -1}, bytes.NewReader(data), portability.ErrBadMedium},
			"digest in capitals":     {portability.Medium{Digest: strings.ToUpper(digest), Size: -1}, bytes.NewReader(data), portability.ErrBadMedium},
			"shorter":                {portability.Medium{Digest: digest, Size: int64(n) + 1}, bytes.NewReader(data), portability.ErrBadMedium},
			"longer":                 {portability.Medium{Digest: digest, Size: int64(n) - 1}, bytes.NewReader(data), portability.ErrBadMedium},
			"shorter, undigested":    {portability.Medium{Size: int64(n) + 1}, bytes.NewReader(data), portability.ErrBadMedium},
			"longer, undigested":     {portability.Medium{Size: int64(n) - 1}, bytes.NewReader(data), portability.ErrBadMedium},
			"far longer":             {portability.Medium{Size: 3}, endless{}, portability.ErrBadMedium},
			"too large by far":       {portability.Medium{Size: -1}, endless{}, portability.ErrNoPlace},
			"too large, digested":    {portability.Medium{Digest: digest, Size: -1}, endless{}, portability.ErrNoPlace},
			"too large, and says so": {portability.Medium{Size: 10_001}, bytes.NewReader(data), portability.ErrNoPlace},
			"torn":                   {portability.Medium{Size: -1}, io.MultiReader(bytes.NewReader(data), &tornMedia{broken}), broken},
			"torn, digested":         {portability.Medium{Digest: digest, Size: int64(n)}, io.MultiReader(bytes.NewReader(data), &tornMedia{broken}), broken},
		} {
			t.Run(fmt.Sprintf("%s, %d bytes", name, n), func(t *testing.T) {
				memory := &portability.MemoryBlobs{}
				s := portability.NewMediaStore(memory, mediaURL, &portability.MediaStoreOptions{Held: 100, MaxBytes: 10_000})
				_, err := s.PutMedia(t.Context(), c.m, c.r)
				require.ErrorIs(t, err, c.want)
				assert.Empty(t, mediaKeys(t, memory), "nothing is stored")
				mediaPut(t, s, portability.Medium{Size: -1}, data)
				if c.m.Digest == digest { // the same again, where the file is there
					_, err = s.PutMedia(t.Context(), c.m, bytes.NewReader(data[1:]))
					require.Error(t, err, "it is compared although it is there")
				}
			})
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type tornMedia struct{ err error }

func (f *tornMedia) Read([]byte) (int, error) { return 0, f.err }

func TestMediaThatIsNotThere(t *testing.T) {
	s := portability.NewMediaStore(&portability.MemoryBlobs{}, mediaURL, nil)
	for _, digest := range []string{"", "x", "../x", mediaDigest(nil), strings.ToUpper(mediaDigest(nil))} {
		_, _, err := s.OpenMedia(t.Context(), portability.Medium{Digest: digest})
		require.ErrorIs(t, err, portability.ErrNoMedium, "%q", digest)
	}
}

// The store's disk has changed a file: who reads it is told before its end.
func TestMediaThatHasChanged(t *testing.T) {
	memory := &portability.MemoryBlobs{}
	s := portability.NewMediaStore(memory, mediaURL, nil)
	mediaPut(t, s, portability.Medium{Size: -1}, []byte("good"))
	digest := mediaDigest([]byte("good"))
	for _, bad := range []string{"baad", "goo", "good!", ""} {
		require.NoError(t, memory.Put(t.Context(), s.Key(digest), strings.NewReader(bad), -1))
		r, _, err := s.OpenMedia(t.Context(), portability.Medium{Digest: digest})
		require.NoError(t, err)
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, portability.ErrBadMedium, "%q", bad)
		require.NoError(t, r.Close())
	}
	require.NoError(t, s.RemoveMedia(t.Context(), digest))
	require.NoError(t, s.RemoveMedia(t.Context(), digest), "again")
	_, _, err := s.OpenMedia(t.Context(), portability.Medium{Digest: digest})
	require.ErrorIs(t, err, portability.ErrNoMedium)
	require.Error(t, s.RemoveMedia(t.Context(), "../x"))
}

func TestMediaAtOnce(t *testing.T) {
	memory := &portability.MemoryBlobs{}
	s := portability.NewMediaStore(memory, mediaURL, &portability.MediaStoreOptions{Held: 10})
	data := bytes.Repeat([]byte("z"), 1000)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			m := portability.Medium{Size: -1}
			if i%2 == 0 {
				m.Digest = mediaDigest(data)
			}
			_, err := s.PutMedia(t.Context(), m, bytes.NewReader(data))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, []string{s.Key(mediaDigest(data))}, mediaKeys(t, memory))
}

func TestSweepMedia(t *testing.T) {
	memory := &portability.MemoryBlobs{}
	s := portability.NewMediaStore(memory, mediaURL, nil)
	mediaPut(t, s, portability.Medium{Size: -1}, []byte("kept"))
	require.NoError(t, memory.Put(t.Context(), "incoming/0123", strings.NewReader("left"), -1))
	n, err := s.Sweep(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	assert.Zero(t, n, "it may be on its way")
	n, err = s.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Equal(t, []string{s.Key(mediaDigest([]byte("kept")))}, mediaKeys(t, memory))
	_, err = portability.NewMediaStore(onlyBlobs{memory}, mediaURL, nil).Sweep(t.Context(), time.Now())
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

func TestMediaCancelled(t *testing.T) {
	s := portability.NewMediaStore(&portability.MemoryBlobs{}, mediaURL, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.PutMedia(ctx, portability.Medium{Size: -1}, strings.NewReader("x"))
	require.ErrorIs(t, err, context.Canceled)
}
