package scratch_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/scratch"
)

func folder(t testing.TB) *scratch.Folder {
	t.Helper()
	f, err := scratch.New(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	return f
}

func TestFolderIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing on Windows")
	}
	f := folder(t)
	file, err := f.File("spool")
	require.NoError(t, err)
	defer file.Close()
	for name, want := range map[string]os.FileMode{f.Path(): 0o700, filepath.Join(f.Path(), "spool"): 0o600} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode().Perm(), filepath.Base(name))
	}
	temp, err := f.Temp()
	require.NoError(t, err)
	defer temp.Close()
	list, err := os.ReadDir(f.Path())
	require.NoError(t, err)
	assert.Len(t, list, 1, "a temporary file has no name")
}

func TestFolderGoesWithClose(t *testing.T) {
	f, err := scratch.New(t.TempDir())
	require.NoError(t, err)
	file, err := f.File("spool")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.NoError(t, f.Close())
	_, err = os.Stat(f.Path())
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestFolderIsKept(t *testing.T) {
	f, err := scratch.New(t.TempDir())
	require.NoError(t, err)
	file, err := f.File("spool")
	require.NoError(t, err)
	_, err = file.WriteString("half")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	f.Keep()
	require.NoError(t, f.Close())

	again, err := scratch.Open(f.Path())
	require.NoError(t, err)
	file, err = again.File("spool")
	require.NoError(t, err)
	text := make([]byte, 4)
	_, err = file.Read(text)
	require.NoError(t, err)
	assert.Equal(t, "half", string(text), "what was written is there")
	require.NoError(t, file.Close())
	require.NoError(t, again.Remove("spool"))
	require.NoError(t, again.Remove("spool"), "twice does no harm")
	require.NoError(t, again.Close())

	last, err := scratch.Open(f.Path())
	require.NoError(t, err, "one that was opened stays kept")
	last.Discard()
	require.NoError(t, last.Close())
	_, err = os.Stat(f.Path())
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestFolderIsRefused(t *testing.T) {
	parent := t.TempDir()
	own := filepath.Join(parent, "own")
	require.NoError(t, os.Mkdir(own, 0o700))
	_, err := scratch.Open(filepath.Join(parent, "missing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	file := filepath.Join(parent, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = scratch.Open(file)
	require.ErrorIs(t, err, fs.ErrInvalid)
	if runtime.GOOS == "windows" {
		return
	}
	link := filepath.Join(parent, "link")
	require.NoError(t, os.Symlink(own, link))
	_, err = scratch.Open(link)
	require.ErrorIs(t, err, fs.ErrInvalid, "a link is not followed")
	require.NoError(t, os.Chmod(own, 0o755))
	_, err = scratch.Open(own)
	require.ErrorIs(t, err, scratch.ErrNotPrivate)
}

func TestFileStaysInFolder(t *testing.T) {
	f := folder(t)
	for _, name := range []string{"../x", "a/b", "/x", "..", "."} {
		_, err := f.File(name)
		require.Error(t, err, "%q", name)
	}
	require.NoError(t, os.Symlink(os.DevNull, filepath.Join(f.Path(), "out")))
	_, err := f.File("out")
	require.Error(t, err, "a link that leads out is not followed")
}
