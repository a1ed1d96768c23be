package backup_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// An exportFile is one entry of an export.
type exportFile struct{ name, body string }

// An exportBox is a container that exports come in.
type exportBox struct {
	name  string
	write func(t *testing.T, path string, files []exportFile)
}

var (
	exportZip    = exportBox{"zip", exportBytes(exportZipped)}
	exportTar    = exportBox{"tar", exportBytes(exportTarred)}
	exportTarGz  = exportBox{"tar.gz", exportBytes(func(t *testing.T, files []exportFile) []byte { return exportGzipped(t, exportTarred(t, files)) })}
	exportTarZst = exportBox{"tar.zst", exportBytes(func(t *testing.T, files []exportFile) []byte { return exportZstd(t, exportTarred(t, files)) })}
	exportFolder = exportBox{"folder", exportUnpacked}
	exportAlone  = exportBox{"file", exportBytes(exportOnly)}
	exportGz     = exportBox{"file.gz", exportBytes(func(t *testing.T, files []exportFile) []byte { return exportGzipped(t, exportOnly(t, files)) })}
)

// path is the name of a container: what it is has to be told by what is inside.
func (b exportBox) path(files []exportFile) string {
	if b.name == exportAlone.name && len(files) == 1 {
		return filepath.Base(files[0].name)
	}
	return "it"
}

func exportBytes(pack func(t *testing.T, files []exportFile) []byte) func(*testing.T, string, []exportFile) {
	return func(t *testing.T, path string, files []exportFile) {
		require.NoError(t, os.WriteFile(path, pack(t, files), 0o600))
	}
}

func exportOnly(t *testing.T, files []exportFile) []byte {
	require.Len(t, files, 1, "a file alone")
	return []byte(files[0].body)
}

func exportZipped(t *testing.T, files []exportFile) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		e, err := w.Create(f.name)
		require.NoError(t, err)
		_, err = e.Write([]byte(f.body))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func exportTarred(t *testing.T, files []exportFile) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o444, Size: int64(len(f.body)), Typeflag: tar.TypeReg}))
		_, err := w.Write([]byte(f.body))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func exportGzipped(t *testing.T, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func exportZstd(t *testing.T, data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return w.EncodeAll(data, nil)
}

func exportUnpacked(t *testing.T, path string, files []exportFile) {
	for _, f := range files {
		full := filepath.Join(path, filepath.FromSlash(f.name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o700))
		require.NoError(t, os.WriteFile(full, []byte(f.body), 0o600))
	}
}
