package redirect_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	runner "codeberg.org/godwit/godwit/internal/vectors"
	"codeberg.org/godwit/godwit/portability/redirect/vectors"
)

func TestVectors(t *testing.T) {
	names, err := fs.Glob(vectors.FS, "*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(names), 90, "vectors are missing")
	comments := map[string]string{}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			data, err := fs.ReadFile(vectors.FS, name)
			require.NoError(t, err)
			v, err := runner.ReadRedirect(data)
			require.NoError(t, err)
			require.NotEmpty(t, v.Comment, "a vector says what it is about")
			assert.NoError(t, v.Run(), v.Comment)
			assert.Empty(t, comments[v.Comment], "one behaviour, one file")
			comments[v.Comment] = name
		})
	}
}

// A vector whose expectation is another does not pass.
func TestVectors_eachExpectationIsChecked(t *testing.T) {
	data, err := fs.ReadFile(vectors.FS, "actor-for-a-browser.json")
	require.NoError(t, err)
	v, err := runner.ReadRedirect(data)
	require.NoError(t, err)
	status, location, vary := v.Expect.Status, v.Expect.Location, "Cookie"
	for name, wrong := range map[string]func(){
		"status":   func() { v.Expect.Status++ },
		"location": func() { v.Expect.Location += "x" },
		"vary":     func() { v.Expect.Vary = &vary },
	} {
		wrong()
		assert.ErrorContains(t, v.Run(), name)
		v.Expect.Status, v.Expect.Location, v.Expect.Vary = status, location, nil
	}
}

// The file that the README shows is a vector, and it passes.
func TestVectors_exampleInTheReadmePasses(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("vectors", "README.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "\n```json\n")
	require.True(t, found, "the README shows a whole file")
	example, _, _ := strings.Cut(rest, "\n```\n")
	v, err := runner.ReadRedirect([]byte(example))
	require.NoError(t, err)
	assert.NoError(t, v.Run())
}
