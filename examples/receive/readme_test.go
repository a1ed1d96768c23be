package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	signaturevectors "codeberg.org/godwit/godwit/actor/client/vectors"
	actorvectors "codeberg.org/godwit/godwit/actor/vectors"
	movevectors "codeberg.org/godwit/godwit/move/vectors"
	redirectvectors "codeberg.org/godwit/godwit/portability/redirect/vectors"
)

const root = "../.."

func text(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(data)
}

// all returns the first groups of all places where a pattern is found, of which
// there must be some.
func all(t *testing.T, pattern, in string) []string {
	t.Helper()
	var found []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(in, -1) {
		found = append(found, m[1])
	}
	require.NotEmpty(t, found, "nothing is like %s", pattern)
	return found
}

func section(t *testing.T, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(text(t, "README.md"), "\n## "+heading+"\n")
	require.True(t, found, "the README has a section %q", heading)
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

func TestReadmeSaysFirstThingsFirst(t *testing.T) {
	readme := text(t, "README.md")
	last := -1
	for _, part := range []string{"\ngodwit is ", "\n    go run ./examples/migration\n", "\n    go test ./...\n", "\n```go\n",
		"\n## I want to… / import…\n", "\n## Why go-fed and json-gold stand where they stand\n"} {
		at := strings.Index(readme, part)
		require.Greater(t, at, last, "%q comes next", part)
		last = at
	}
}

// The Go code in the README is code that is compiled and run.
func TestReadmeCodeIsTheExample(t *testing.T) {
	blocks := all(t, "(?s)\n```go\n(.*?)\n```\n", text(t, "README.md"))
	require.Len(t, blocks, 2)
	assert.Contains(t, text(t, "move/example_test.go"), "\n"+blocks[0]+"\n", "the code stands in the example of move.Verify")
	assert.Equal(t, 15, strings.Count(blocks[0], "\n")+1, "lines, as the README says")
	assert.Contains(t, text(t, "README.md"), "in fifteen lines")
	assert.Contains(t, text(t, "portability/sqlstore/example_test.go"), "\n"+blocks[1]+"\n", "the code stands in the example of sqlstore")
}

func TestReadmeCountsTheVectors(t *testing.T) {
	table := section(t, "Test vectors")
	for folder, files := range map[string]fs.FS{
		"move/vectors": movevectors.FS, "actor/vectors": actorvectors.FS, "actor/client/vectors": signaturevectors.FS,
		"portability/redirect/vectors": redirectvectors.FS,
	} {
		found, err := fs.Glob(files, "*.json")
		require.NoError(t, err)
		require.NotEmpty(t, found, "%s has vectors", folder)
		said := all(t, `\[`+"`"+folder+"`"+`\]\([^)]*\) \| (\d+) \|`, table)
		assert.Equal(t, []string{strconv.Itoa(len(found))}, said, "files in %s", folder)
	}
}

// Links in what people read lead to files, folders and headings.
func TestLinksResolve(t *testing.T) {
	for _, page := range []string{"README.md", "examples/embed/README.md"} {
		headings := map[string]bool{}
		for _, h := range all(t, `(?m)^#+ (.*)$`, text(t, page)) {
			headings["#"+strings.ReplaceAll(strings.ToLower(h), " ", "-")] = true
		}
		for _, link := range all(t, `\]\(([^)]+)\)`, text(t, page)) {
			switch {
			case strings.HasPrefix(link, "https://"):
			case strings.HasPrefix(link, "#"):
				assert.True(t, headings[link], "%s: the link %s leads to a heading", page, link)
			default:
				_, err := os.Stat(filepath.Join(root, filepath.Dir(page), link))
				assert.NoError(t, err, "%s: the link %s leads to a file", page, link)
			}
		}
	}
}

// Commands in the README name programs, packages and benchmarks that are there.
func TestCommandsExist(t *testing.T) {
	readme := text(t, "README.md")
	for _, path := range all(t, `go run (?:-\S+ )*\./(\S+?)[\s`+"`"+`]`, readme) {
		assert.Equal(t, "main", packageName(t, path), "go run ./%s", path)
	}
	benches := regexp.MustCompile(`go test -run=- -bench=(\w+) (?:-\S+ )*\./([\w/]+)`).FindAllStringSubmatch(readme, -1)
	require.NotEmpty(t, benches, "the README says how figures are reproduced")
	for _, b := range benches {
		assert.True(t, hasFunction(t, b[2], "Benchmark"+b[1]), "%s has Benchmark%s", b[2], b[1])
	}
}

func packageName(t *testing.T, path string) string {
	t.Helper()
	name, err := exec.Command("go", "list", "-f", "{{.Name}}", "codeberg.org/godwit/godwit/"+path).Output()
	require.NoError(t, err, path)
	return strings.TrimSpace(string(name))
}

// hasFunction looks for a test's function, by its name or how that begins.
func hasFunction(t *testing.T, path, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, path, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, name) {
				return true
			}
		}
	}
	return false
}

// The README lists the subcommands and exit statuses that the command lists.
func TestReadmeKnowsTheCommand(t *testing.T) {
	help, err := exec.Command("go", "run", "codeberg.org/godwit/godwit/cmd/godwit", "help").Output()
	require.NoError(t, err, "go run ./cmd/godwit help")
	here := section(t, "The command")
	listed := slices.DeleteFunc(all(t, `(?m)^  godwit (\S+)`, string(help)), func(name string) bool { return name == "help" })
	assert.Equal(t, listed, all(t, "(?m)^\\| `godwit ([a-z-]+)", here), "subcommands")

	_, statuses, found := strings.Cut(string(help), "exit status: ")
	require.True(t, found)
	assert.Len(t, all(t, `(?m)^\| (\d) \|`, here), strings.Count(statuses, ",")+1, "exit statuses")
	for status := range strings.SplitSeq(strings.TrimSpace(statuses), ", ") {
		number, word, _ := strings.Cut(status, " ")
		assert.Contains(t, here, "| "+number+" | "+word, "exit status %s", number)
	}
}

// Each module that is used earns a sentence.
func TestReadmeTellsWhatEachDependencyIsFor(t *testing.T) {
	direct, _, found := strings.Cut(text(t, "go.mod"), "\n)")
	require.True(t, found)
	used := usedImports(t)
	var want []string
	for _, module := range all(t, `(?m)^\t(\S+) v`, direct) {
		if slices.ContainsFunc(used, func(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }) {
			want = append(want, module)
		}
	}
	got := all(t, `(?m)^\| ([a-z.]+/\S+) \|`, section(t, "Dependencies"))
	for i := range want {
		want[i] = regexp.MustCompile(`/v\d+$`).ReplaceAllString(want[i], "")
	}
	assert.ElementsMatch(t, want, got)
}

// usedImports lists what the sources of the module import, but for the package
// that only pins modules.
func usedImports(t *testing.T) []string {
	t.Helper()
	var used []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || strings.HasSuffix(path, "internal/deps")):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			used = append(used, name)
		}
		return nil
	})
	require.NoError(t, err)
	return used
}
