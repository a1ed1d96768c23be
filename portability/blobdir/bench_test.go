package blobdir_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkPut stores files of the size of a picture, and beside it does the least that
// makes a file last: write, sync, rename, sync of the folder.
//
//	go test -run '^$' -bench Put ./portability/blobdir
func BenchmarkPut(b *testing.B) {
	data := bytes.Repeat([]byte("picture "), 100_000/8)
	b.Run("blobs", func(b *testing.B) {
		d := open(b, b.TempDir())
		b.SetBytes(int64(len(data)))
		for i := 0; b.Loop(); i++ {
			require.NoError(b, d.Put(b.Context(), fmt.Sprintf("media/%08x", i*2654435761), bytes.NewReader(data), int64(len(data))))
		}
	})
	b.Run("bare", func(b *testing.B) {
		dir := b.TempDir()
		b.SetBytes(int64(len(data)))
		for i := 0; b.Loop(); i++ {
			bare(b, dir, fmt.Sprint(i), data)
		}
	})
}

func bare(b *testing.B, dir, name string, data []byte) {
	file, err := os.Create(filepath.Join(dir, "new"))
	require.NoError(b, err)
	_, err = file.Write(data)
	require.NoError(b, err)
	require.NoError(b, file.Sync())
	require.NoError(b, file.Close())
	require.NoError(b, os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, name)))
	folder, err := os.Open(dir)
	require.NoError(b, err)
	require.NoError(b, folder.Sync())
	require.NoError(b, folder.Close())
}
