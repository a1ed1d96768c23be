package embed_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func lines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func files(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(folder + "/*")
	require.NoError(t, err)
	require.NotEmpty(t, found, "%s has files", folder)
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return found
}

// changes are the lines that b has and a has not, with a plus, and those that
// only a has, with a minus, in the order of a shortest way from a to b.
func changes(a, b []string) []string {
	common := make([][]int, len(a)+1) // the length of the longest common part of a[i:] and b[j:]
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var out []string
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out, i = append(out, strings.TrimRight("-"+a[i], " ")), i+1
		default:
			out, j = append(out, strings.TrimRight("+"+b[j], " ")), j+1
		}
	}
	return out
}

func TestChangesAsADiffTellsThem(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"x y z", "x y z", ""},
		{"x y z", "x z", "-y"},
		{"x z", "x y z", "+y"},
		{"x y z", "x w z", "-y +w"},
		{"", "", ""},
	} {
		got := changes(strings.Fields(c.a), strings.Fields(c.b))
		assert.Equal(t, c.want, strings.Join(got, " "), "from %q to %q", c.a, c.b)
	}
}

// The README prints every line that the author of a server changes. What it
// does not print has not changed.
func TestReadmeShowsEveryChange(t *testing.T) {
	before, after := files(t, "before"), files(t, "after")
	apart := []string{"doc.go", "moves_test.go"} // what the folder is, and what it is tested for
	assert.Subset(t, after, slices.DeleteFunc(slices.Clone(before), func(name string) bool { return name == "verify.go" }),
		"only verify.go is gone")
	assert.ElementsMatch(t, []string{"moves.go"}, slices.DeleteFunc(slices.Clone(after), func(name string) bool {
		return slices.Contains(before, name)
	}), "only moves.go is new")

	var shown []string
	added, removed := 0, 0
	for _, name := range after {
		if slices.Contains(apart, name) || !slices.Contains(before, name) {
			continue
		}
		changed := changes(lines(t, filepath.Join("before", name)), lines(t, filepath.Join("after", name)))
		if len(changed) == 0 {
			continue
		}
		shown = append(append(shown, "# "+name), changed...)
		for _, line := range changed {
			if line[0] == '+' {
				added++
			} else {
				removed++
			}
		}
	}
	require.NotEmpty(t, shown, "there are changes")
	readme := strings.Join(lines(t, "README.md"), "\n")
	assert.Contains(t, readme, "```diff\n"+strings.Join(shown, "\n")+"\n```\n", "the README shows:\n%s", strings.Join(shown, "\n"))
	assert.Contains(t, readme, fmt.Sprintf("%d lines added and %d removed", added, removed))
	assert.Contains(t, readme, fmt.Sprintf("`verify.go`, %d lines, is gone", len(lines(t, "before/verify.go"))))
}

// The server does what it did before: by the same tests.
func TestTestsOfTheServerAreTheSame(t *testing.T) {
	assert.Equal(t, lines(t, "before/small_test.go"), lines(t, "after/small_test.go"))
}

// The README says how long each method is that an author writes, and the file.
func TestReadmeCountsWhatAnAuthorWrites(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "after/moves.go", nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	long := map[string]int{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			long[f.Name.Name] = fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1
		}
	}
	readme := strings.Join(lines(t, "README.md"), "\n")
	sum := 0
	for _, row := range []struct{ of, name string }{
		{"move.Relations", "Parties"}, {"move.Relations", "Relation"}, {"move.Relations", "Follow"}, {"move.Relations", "Undo"},
		{"move.Notifier", "Notify"},
		{"move.Home", "Point"}, {"move.Home", "Recipients"},
	} {
		require.NotZero(t, long[row.name], "moves.go has the method %s", row.name)
		sum += long[row.name]
		assert.Contains(t, readme, fmt.Sprintf("| `%s.%s` | %d |", row.of, row.name, long[row.name]))
	}
	assert.Contains(t, readme, fmt.Sprintf("The seven methods have %d lines together", sum))
	all := lines(t, "after/moves.go")
	code := slices.DeleteFunc(slices.Clone(all), func(line string) bool {
		line = strings.TrimSpace(line)
		return line == "" || strings.HasPrefix(line, "//")
	})
	assert.Contains(t, readme, fmt.Sprintf("`moves.go` has %d lines, %d of them code", len(all), len(code)))
}

// Before, the server knew nothing of godwit.
func TestServerBeforeImportsNothingOfOurs(t *testing.T) {
	sources, err := filepath.Glob("before/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, sources)
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range file.Imports {
			assert.NotContains(t, i.Path.Value, "godwit", name)
		}
	}
}
