package vectors_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/vectors"
	movevectors "codeberg.org/godwit/godwit/move/vectors"
)

func moveReadme(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("..", "..", "move", "vectors", "README.md"))
	require.NoError(t, err)
	return string(readme)
}

// The file that the README shows is a vector, and it passes.
func TestExampleInTheReadmePasses(t *testing.T) {
	_, rest, found := strings.Cut(moveReadme(t), "\n```json\n")
	require.True(t, found, "the README shows a whole file")
	example, _, _ := strings.Cut(rest, "\n```\n")
	passed, _, err := vectors.Run(t.Context(), fstest.MapFS{"example.json": {Data: []byte(example)}}, func(_ vectors.File, err error) {
		assert.NoError(t, err)
	})
	require.NoError(t, err)
	assert.Equal(t, 1, passed)
}

// The README lists the reasons that vectors use, and no other.
func TestReadmeListsTheReasons(t *testing.T) {
	_, rest, found := strings.Cut(moveReadme(t), "\n### Reasons\n")
	require.True(t, found)
	table, _, _ := strings.Cut(rest, "\n#")
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| .+ \\|$").FindAllStringSubmatch(table, -1) {
		listed = append(listed, row[1])
	}
	used := map[string]bool{}
	_, _, err := vectors.Run(t.Context(), movevectors.FS, func(f vectors.File, _ error) {
		var story struct{ Steps []struct{ Reason string } }
		require.NoError(t, json.Unmarshal(f.Data, &story), f.Path)
		for _, step := range story.Steps {
			if step.Reason != "" {
				used[step.Reason] = true
			}
		}
	})
	require.NoError(t, err)
	var want []string
	for reason := range used {
		want = append(want, reason)
	}
	require.NotEmpty(t, want)
	assert.ElementsMatch(t, want, listed)
}
