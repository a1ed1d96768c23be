package backup

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
)

// A holed file keeps what is written to it but for long runs of zeros.
type holed struct {
	size   int64
	chunks map[int64][]byte // by where they begin
}

var zeros [1 << 20]byte

func (h *holed) Write(p []byte) (int, error) {
	if !bytes.Equal(p, zeros[:min(len(p), len(zeros))]) || len(p) < 4096 {
		h.chunks[h.size] = bytes.Clone(p)
	}
	h.size += int64(len(p))
	return len(p), nil
}

func (h *holed) ReadAt(p []byte, at int64) (int, error) {
	if at >= h.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), h.size-at))
	clear(p[:n])
	for begin, chunk := range h.chunks {
		if from, to := max(begin, at), min(begin+int64(len(chunk)), at+int64(n)); from < to {
			copy(p[from-at:to-at], chunk[from-begin:])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// TestTakeoutBeyond4GiB writes a film of 4 GiB, and what stands behind it.
func TestTakeoutBeyond4GiB(t *testing.T) {
	const size = math.MaxUint32 + 5
	checksum := crc32.NewIEEE()
	film := func() io.Reader { return io.LimitReader(endless{}, size) }
	_, err := io.Copy(checksum, film())
	require.NoError(t, err)
	out := &holed{chunks: map[int64][]byte{}}
	p := &takeoutZipper{out: zip.NewWriter(out), scratch: t.TempDir()}
	require.NoError(t, p.pack(t.Context(), takeoutEntry{name: "film.mp4", size: size, crc: checksum.Sum32(),
		open: func() (io.ReadCloser, error) { return io.NopCloser(film()), nil }}))
	require.NoError(t, p.pack(t.Context(), takeoutText("actor.json", []byte("{}"))))
	require.NoError(t, p.close())

	z, err := zip.NewReader(out, out.size)
	require.NoError(t, err)
	require.Len(t, z.File, 2)
	assert.EqualValues(t, size, z.File[0].UncompressedSize64)
	r, err := z.File[1].Open()
	require.NoError(t, err, "what stands behind it is found")
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, "{}", string(text))

	c, err := container.OpenAt(t.Context(), out, out.size, nil)
	require.NoError(t, err, "it opens here, too")
	for e := range c.Entries() {
		if e.Name == "film.mp4" {
			assert.EqualValues(t, size, e.Size)
		}
	}
	require.NoError(t, c.Close())
}

// endless is zeros without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
