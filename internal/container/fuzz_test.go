package container_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
)

// mostFuzzed is the total that fuzzed containers may give.
const mostFuzzed = 4 << 20

// checkContainer holds what is true of every container that opens.
func checkContainer(t *testing.T, data []byte, salvage bool) {
	opts := &container.Options{Limits: container.Limits{Total: mostFuzzed, Entries: 1000}, Salvage: salvage}
	c, err := container.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), opts)
	if err != nil {
		var refused *container.Error
		require.True(t, errors.As(err, &refused), "refused with a reason, not %v", err)
		return
	}
	defer c.Close()
	var total int64
	seen := map[string]bool{}
	for e := range c.Entries() {
		require.True(t, fs.ValidPath(e.Name) && e.Name != ".", "%q is clean", e.Name)
		require.False(t, strings.ContainsAny(e.Name, "\\\x00\n"), "%q is clean", e.Name)
		require.False(t, seen[e.Name], "%q stands once", e.Name)
		seen[e.Name] = true
		r, err := c.Open(t.Context(), e.Name)
		require.NoError(t, err, "%q opens", e.Name)
		n, err := io.Copy(io.Discard, r)
		require.NoError(t, r.Close())
		require.True(t, err != nil || n == e.Size, "%q has its size or is refused", e.Name)
		require.LessOrEqual(t, n, e.Size, "%q gives no more than its size", e.Name)
		total += n
	}
	require.LessOrEqual(t, total, int64(mostFuzzed), "the total is bounded")
}

func FuzzTar(f *testing.F) {
	for _, h := range append(hostileTars(), hostileShapes()...) {
		if len(h.data) < 1<<14 {
			f.Add(h.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkContainer(t, data, false)
		checkContainer(t, data, true)
		checkAgainstStandard(t, data)
	})
}

// checkAgainstStandard compares with archive/tar: where both take a tar, they find
// the same files of the same sizes.
func checkAgainstStandard(t *testing.T, data []byte) {
	c, err := container.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), nil)
	if err != nil || c.Format() != container.FormatTar || len(c.Problems()) > 0 {
		return
	}
	defer c.Close()
	theirs := map[string]int64{}
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return
		}
		theirs[h.Name] = h.Size
	}
	for e := range c.Entries() {
		size, there := theirs[e.Name]
		require.True(t, there, "%q is found by both", e.Name)
		require.Equal(t, size, e.Size, "the size of %q", e.Name)
	}
}

func FuzzZip(f *testing.F) {
	for _, h := range hostileZips() {
		if len(h.data) < 1<<16 {
			f.Add(h.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkContainer(t, data, false)
		checkContainer(t, data, true)
	})
}

func FuzzStream(f *testing.F) {
	for _, h := range hostileStreams() {
		if len(h.data) < 1<<14 {
			f.Add(h.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkContainer(t, data, false)
		checkContainer(t, data, true)
	})
}
