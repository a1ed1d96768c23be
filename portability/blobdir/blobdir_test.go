package blobdir_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/blobdir"
	"codeberg.org/godwit/godwit/portability/portabilitytest"
)

func open(t testing.TB, dir string) *blobdir.Dir {
	t.Helper()
	d, err := blobdir.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

func TestBlobs(t *testing.T) {
	portabilitytest.TestBlobs(t, func(t *testing.T) portability.Blobs {
		return open(t, filepath.Join(t.TempDir(), "new", "blobs"))
	})
}

// One writes, another reads: as two processes do.
func TestBlobsOfTwo(t *testing.T) {
	portabilitytest.TestBlobs(t, func(t *testing.T) portability.Blobs {
		dir := t.TempDir()
		return &pair{open(t, dir), open(t, dir)}
	})
}

type pair struct{ a, b *blobdir.Dir }

func (p *pair) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	return p.a.Put(ctx, key, r, size)
}

func (p *pair) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	return p.b.Open(ctx, key)
}

func (p *pair) Remove(ctx context.Context, key string) error { return p.b.Remove(ctx, key) }

func (p *pair) List(ctx context.Context, prefix, after string) iter.Seq2[portability.Blob, error] {
	return p.b.List(ctx, prefix, after)
}

func tree(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name() != "lock" {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	}))
	return all
}

func TestWhereFilesLie(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	for _, key := range []string{"media/ab12.png", "x", "a.b"} {
		require.NoError(t, d.Put(t.Context(), key, strings.NewReader("x"), 1))
	}
	assert.Equal(t, []string{"media/~ab~/ab12.png~", "~a.~/a.b~", "~blobs", "~x~/x~"}, tree(t, dir))
	info, err := os.Stat(filepath.Join(dir, "media", "~ab~", "ab12.png~"))
	require.NoError(t, err)
	assert.Zero(t, info.Mode().Perm()&0o077, "nobody else may read it")
}

func TestWhatIsLeftOfAPutThatFails(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	require.Error(t, d.Put(t.Context(), "a", strings.NewReader("x"), 2))
	require.NoError(t, d.Create(t.Context(), "b", strings.NewReader("x"), 1))
	require.ErrorIs(t, d.Create(t.Context(), "b", strings.NewReader("y"), 1), fs.ErrExist)
	assert.Equal(t, []string{"~blobs", "~b~/b~"}, tree(t, dir))
}

func TestForeignDirectories(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "letter.txt"), []byte("x"), 0o600))
	_, err := blobdir.Open(dir)
	require.ErrorIs(t, err, blobdir.ErrForeign, "somebody's files")
	later := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(later, "~blobs"), []byte("godwit blobs 2\n"), 0o600))
	_, err = blobdir.Open(later)
	require.ErrorIs(t, err, blobdir.ErrForeign, "a later version")
	_, err = blobdir.Open(filepath.Join(dir, "letter.txt"))
	require.Error(t, err, "a file")
	assert.NotContains(t, err.Error(), dir)
}

func TestOpenedAgain(t *testing.T) {
	dir := t.TempDir()
	d, err := blobdir.Open(dir)
	require.NoError(t, err)
	require.NoError(t, d.Put(t.Context(), "a", strings.NewReader("kept"), 4))
	require.NoError(t, d.Close())
	require.Error(t, d.Put(t.Context(), "a", strings.NewReader("x"), 1), "after it was closed")
	r, size, err := open(t, dir).Open(t.Context(), "a")
	require.NoError(t, err)
	defer r.Close()
	assert.EqualValues(t, 4, size)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, "kept", string(data))
}

// What somebody has put beside the blobs is no blob, and leads nowhere.
func TestStrangeFiles(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	d := open(t, dir)
	require.NoError(t, d.Put(t.Context(), "media/ab", strings.NewReader("x"), 1))
	secret := filepath.Join(outside, "secret")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	for _, name := range []string{"media/~ab~/ABC~", "media/~ab~/abx", "media/~ab~/zz~", "media/~ab~/~", "media/file", "notes"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "media/~ab~/abdir~"), 0o700))
	require.NoError(t, os.Symlink(secret, filepath.Join(dir, "media/~ab~/abl~")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "out")))
	_, _, err := d.Open(t.Context(), "media/abl")
	require.Error(t, err, "a link that leads out")
	_, _, err = d.Open(t.Context(), "media/abdir")
	require.ErrorIs(t, err, fs.ErrNotExist, "a folder")
	require.Error(t, d.Put(t.Context(), "out/new", strings.NewReader("x"), 1))
	entries, err := os.ReadDir(outside)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is written outside")
	var keys []string
	for b, err := range d.List(t.Context(), "", "") {
		require.NoError(t, err)
		keys = append(keys, b.Key)
	}
	assert.Equal(t, []string{"media/ab"}, keys)
}

func TestReadAnywhere(t *testing.T) {
	d := open(t, t.TempDir())
	require.NoError(t, d.Put(t.Context(), "a", bytes.NewReader([]byte("0123456789")), 10))
	r, _, err := d.Open(t.Context(), "a")
	require.NoError(t, err)
	defer r.Close()
	_, err = r.(io.Seeker).Seek(4, io.SeekStart)
	require.NoError(t, err)
	got := make([]byte, 3)
	_, err = io.ReadFull(r, got)
	require.NoError(t, err)
	assert.Equal(t, "456", string(got))
	_, err = r.(io.ReaderAt).ReadAt(got, 7)
	require.NoError(t, err)
	assert.Equal(t, "789", string(got))
}
