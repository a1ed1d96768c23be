package arch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/arch"
)

const module = "example.org/m"

// graph draws packages from lines such as "move: actor fmt". Names with a dot
// are of other modules, those of the lines' own are ours, the rest is the
// standard library.
func graph(t *testing.T, lines string) *arch.Graph {
	t.Helper()
	g := &arch.Graph{Module: module, Packages: map[string]*arch.Package{}}
	full := func(name string) string {
		for line := range strings.Lines(lines) {
			if own, _, _ := strings.Cut(strings.TrimSpace(line), ":"); own == name && !strings.Contains(name, ".") && name != "net/http" && name != "fmt" {
				return module + "/" + name
			}
		}
		return name
	}
	for line := range strings.Lines(lines) {
		name, imports, found := strings.Cut(strings.TrimSpace(line), ":")
		require.True(t, found, "a line of the graph: %q", line)
		p := &arch.Package{ImportPath: full(name), Standard: full(name) == name && !strings.Contains(name, ".")}
		for _, i := range strings.Fields(imports) {
			p.Imports = append(p.Imports, full(i))
			if g.Packages[full(i)] == nil {
				g.Packages[full(i)] = &arch.Package{ImportPath: full(i), Standard: full(i) == i && !strings.Contains(i, ".")}
			}
		}
		g.Packages[p.ImportPath] = p
	}
	return g
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		situation, graph string
		want             string // of the one breach; "" means that there is none
		chain            []string
	}{
		{"the arrows as they should be", "vocab: fmt\nactor: vocab\nmove: actor vocab\nactor/client: actor vocab internal/safehttp net/http\ninternal/safehttp: net/http\nfmt: os", "", nil},
		{"a package that no rule names", "surprise: fmt", "surprise is named by no rule", nil},
		{"an internal package that no rule names", "internal/surprise: fmt", "internal/surprise is named by no rule", nil},
		{"an arrow that runs up", "vocab: actor\nactor: fmt", "vocab may not import actor", []string{"vocab", "actor"}},
		{"two that do not know each other", "move: portability\nportability: fmt", "move may not import portability", []string{"move", "portability"}},
		{"an end in the middle", "move: actor/client\nactor/client: fmt", "move may not import actor/client", []string{"move", "actor/client"}},
		{"a program imported", "actor/client: examples/x\nexamples/x: fmt", "actor/client may not import examples/x", []string{"actor/client", "examples/x"}},
		{"the network through another module", "actor: github.com/go-json-experiment/json\ngithub.com/go-json-experiment/json: net/http",
			"actor must not reach net/http", []string{module + "/actor", "github.com/go-json-experiment/json", "net/http"}},
		{"a file opened in vocab", "vocab: os", "vocab does I/O", []string{module + "/vocab", "os"}},
		{"a file opened by what vocab uses", "vocab: golang.org/x/sync\ngolang.org/x/sync: syscall",
			"vocab does I/O", []string{module + "/vocab", "golang.org/x/sync", "syscall"}},
		{"what is internal to the examples", "examples/x: examples/internal/y\nexamples/internal/y: fmt", "", nil},
		{"what is internal to the examples, in a package", "actor/client: examples/internal/y\nexamples/internal/y: fmt",
			"actor/client may not import examples/internal/y", []string{"actor/client", "examples/internal/y"}},
		{"go-fed in the command, through the bridge", "cmd/godwit: vocab/gofed\nvocab/gofed: github.com/go-fed/activity/pub",
			"cmd/godwit must not reach github.com/go-fed/activity", []string{module + "/cmd/godwit", module + "/vocab/gofed", "github.com/go-fed/activity/pub"}},
		{"a driver in a store", "move/movesql: modernc.org/sqlite", "move/movesql may not import modernc.org/sqlite", []string{"move/movesql", "modernc.org/sqlite"}},
		{"a driver in a command", "cmd/godwit: modernc.org/sqlite", "", nil},
		{"go-fed outside its fence", "actor/client: github.com/go-fed/activity/streams", "actor/client may not import github.com/go-fed/activity/streams", []string{"actor/client", "github.com/go-fed/activity/streams"}},
		{"go-fed in an example", "examples/gofed: github.com/go-fed/activity/pub", "", nil},
		{"testify outside tests", "actor: github.com/stretchr/testify/require", "actor may not import github.com/stretchr/testify/require", []string{"actor", "github.com/stretchr/testify/require"}},
		{"testify in an exported suite", "move/movetest: github.com/stretchr/testify/require", "", nil},
		{"a module that nobody spoke of", "actor: example.net/left-pad", "actor imports a module that no fence names", []string{"actor", "example.net/left-pad"}},
	} {
		breaches := arch.Check(graph(t, c.graph), arch.Rules(), arch.Fences())
		seen := false
		for _, b := range breaches {
			assert.NotEmpty(t, c.want, "%s: %s", c.situation, b)
			if c.want != "" && strings.HasPrefix(b.String(), c.want) {
				seen = true
				assert.Equal(t, c.chain, b.Chain, c.situation)
			}
		}
		assert.Equal(t, c.want != "", seen, "%s: not found among %v", c.situation, breaches)
	}
}

func TestCheckExported(t *testing.T) {
	for _, c := range []struct{ situation, code, leak string }{
		{"a parameter", "func F(o safehttp.Options) {}", "safehttp.Options"},
		{"a result inside others", "func F() map[string][]*safehttp.Client { return nil }", "safehttp.Client"},
		{"a field", "type T struct { C *safehttp.Client }", "safehttp.Client"},
		{"an embedded field", "type T struct { *safehttp.Client }", "safehttp.Client"},
		{"a field of function type", "type T struct { F func(c *safehttp.Client) }", "safehttp.Client"},
		{"a method", "type T int\nfunc (t *T) F(c safehttp.Client) {}", "safehttp.Client"},
		{"a method of an interface", "type I interface { F(safehttp.Client) }", "safehttp.Client"},
		{"another name for it", "type T = safehttp.Client", "safehttp.Client"},
		{"a variable", "var V safehttp.Client", "safehttp.Client"},
		{"a hidden field", "type T struct { c *safehttp.Client }", ""},
		{"a hidden type", "type t struct { C *safehttp.Client }", ""},
		{"a hidden function", "func f(c *safehttp.Client) {}", ""},
		{"a method of a hidden type", "type t int\nfunc (t) F(c *safehttp.Client) {}", ""},
		{"use within a body", "func F() { safehttp.New(nil) }", ""},
	} {
		dir := t.TempDir()
		file := "package p\nimport \"" + module + "/internal/safehttp\"\n" + c.code + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "p.go"), []byte(file), 0o600))
		g := &arch.Graph{Module: module, Packages: map[string]*arch.Package{
			module + "/p": {ImportPath: module + "/p", Dir: dir, GoFiles: []string{"p.go"}},
		}}
		breaches, err := arch.CheckExported(g)
		require.NoError(t, err, c.situation)
		if c.leak == "" {
			assert.Empty(t, breaches, c.situation)
			continue
		}
		if assert.Len(t, breaches, 1, c.situation) {
			assert.Contains(t, breaches[0].String(), c.leak, c.situation)
		}
	}
}
