package container_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/container"
)

const samples = "../../../shared/samples"

// sampleFiles reads the parts of a real archive.
func sampleFiles(t *testing.T, dir string) []file {
	t.Helper()
	if _, err := os.Stat(samples); err != nil {
		require.Empty(t, os.Getenv("GODWIT_CI"), "CI has the samples")
		t.Skip("the samples of real archives are not on this machine")
	}
	var files []file
	root := os.DirFS(filepath.Join(samples, dir))
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(root, name)
		files = append(files, file{name: name, body: string(body)})
		return err
	})
	require.NoError(t, err, "the sample is read")
	require.NotEmpty(t, files, "the sample has files")
	return files
}

func TestRealArchives(t *testing.T) {
	for _, dir := range []string{"mastodon-takeouts/2022-v3.5", "mastodon-takeouts/2023-v4.0/archive",
		"mastodon-takeouts/not-json-as-published/testdata", "x-archive/2023"} {
		t.Run(dir, func(t *testing.T) {
			files := sampleFiles(t, dir)
			want := map[string]string{}
			for _, f := range files {
				want[f.name] = f.body
			}
			for _, data := range [][]byte{tarOf(files...), gzipOf(tarOf(files...)), zstdOf(tarOf(files...)), zipOf(files...)} {
				all, c, err := readAll(t.Context(), data, nil)
				require.NoError(t, err, "it is read")
				assert.Equal(t, len(want), len(all), "as many files")
				for name, body := range want {
					assert.True(t, all[name] == body, "%s is what it was", name)
				}
				assert.Empty(t, c.Problems(), "nothing is odd")
			}
		})
	}
}

func TestTheOnlyPublishedFEP6fcdExport(t *testing.T) {
	sampleFiles(t, "fep-6fcd/hollo-flavour")
	c, err := container.Open(t.Context(), filepath.Join(samples, "fep-6fcd/hollo-flavour/valid-export.tar"), nil)
	require.NoError(t, err, "it opens")
	defer c.Close()
	all := names(c)
	require.NotEmpty(t, all, "it has files")
	assert.True(t, slices.Contains(all, "manifest.yaml"), "a manifest among %v", all)
	for _, name := range all {
		_, err := read(t.Context(), c, name)
		require.NoError(t, err, "%s is read", name)
	}
}
