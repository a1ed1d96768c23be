package arch_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/arch"
)

func load(t *testing.T, goos string) *arch.Graph {
	t.Helper()
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	require.NoError(t, err, "find the module")
	g, err := arch.Load(t.Context(), filepath.Dir(strings.TrimSpace(string(mod))), goos)
	require.NoError(t, err)
	require.Contains(t, g.Own(), "internal/arch", "the list of packages is not this module's")
	require.Contains(t, g.Own(), "actor", "the list of packages is not this module's")
	require.NotNil(t, g.Packages["net/http"], "the list of packages does not reach the standard library")
	return g
}

// The arrows hold for every package of the module, on every system whose files
// it may pick.
func TestArrows(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			g := load(t, goos)
			for _, b := range arch.Check(g, arch.Rules(), arch.Fences()) {
				t.Error(b)
			}
			leaks, err := arch.CheckExported(g)
			require.NoError(t, err)
			for _, b := range leaks {
				t.Error(b)
			}
		})
	}
}

func TestRulesAgree(t *testing.T) {
	for _, r := range arch.Rules() {
		assert.NotEmpty(t, r.Packages)
		assert.False(t, slices.Contains(r.Ours, "cmd/..."), "%s may import a program", r.Packages)
	}
	for _, pure := range []string{"actor", "move", "portability", "backup"} {
		i := slices.IndexFunc(arch.Rules(), func(r arch.Rule) bool { return r.Packages == pure })
		require.GreaterOrEqual(t, i, 0, "%s has no rule", pure)
		assert.Contains(t, arch.Rules()[i].Never, "net/http", "%s may reach the network", pure)
	}
}
