package arch

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// A Rule says what some packages of the module may import. Packages are named
// by their paths within the module, as [path.Match] has it; "x/..." is x and
// all below it.
type Rule struct {
	Packages string
	// Ours are the packages of the module that may be imported. [Public] and
	// [Internal] stand for all of a sort.
	Ours []string
	// Never are packages that must not be reached, not even through others.
	Never []string
	// NoIO means that neither the package nor anything that it uses outside
	// the standard library opens files or connections.
	NoIO bool
}

// Public stands for every package that an importer may use, Internal for those
// that only this module may. Programs, and what is internal to them, are
// neither.
const (
	Public   = "(public)"
	Internal = "(internal)"
)

// A Fence says where a module from outside may be used.
type Fence struct {
	Module string
	// Importers are the packages of ours that may import it. None: tests only.
	Importers []string
	// Reachers are the packages that may depend on it through others, besides
	// the importers. Nil: whoever may import the importers.
	Reachers []string
}

// A Breach is one thing that the tables forbid.
type Breach struct {
	Package string   // within the module
	What    string   // what is wrong
	Chain   []string // the imports that lead there, the package first
}

func (b Breach) String() string {
	if len(b.Chain) == 0 {
		return b.Package + " " + b.What
	}
	return fmt.Sprintf("%s %s:\n\t%s", b.Package, b.What, strings.Join(b.Chain, "\n\timports "))
}

// Check returns every breach of the tables in g.
func Check(g *Graph, rules []Rule, fences []Fence) []Breach {
	var all []Breach
	for _, own := range g.Own() {
		rule, found := ruleFor(rules, own)
		if !found {
			all = append(all, Breach{Package: own, What: "is named by no rule: add a row to internal/arch/table.go"})
			continue
		}
		all = append(all, checkOurs(g, own, rule)...)
		all = append(all, checkNever(g, own, rule)...)
		all = append(all, checkNoIO(g, own, rule)...)
		all = append(all, checkFences(g, own, fences)...)
	}
	return all
}

// ruleFor returns the first rule that names the package.
func ruleFor(rules []Rule, own string) (Rule, bool) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return matches(r.Packages, own) })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

func checkOurs(g *Graph, own string, rule Rule) []Breach {
	var all []Breach
	for _, imported := range g.Packages[g.full(own)].Imports {
		within, ours := g.within(imported)
		if ours && !matchesAny(rule.Ours, within) {
			all = append(all, Breach{own, "may not import " + within, []string{own, within}})
		}
	}
	return all
}

func checkNever(g *Graph, own string, rule Rule) []Breach {
	var all []Breach
	for _, never := range rule.Never {
		chain := g.Chain(g.full(own), func(p *Package) bool { return p.ImportPath == never })
		if chain != nil {
			all = append(all, Breach{own, "must not reach " + never, chain})
		}
	}
	return all
}

// checkNoIO looks at direct imports of what is not the standard library: fmt
// itself imports os.
func checkNoIO(g *Graph, own string, rule Rule) []Breach {
	if !rule.NoIO {
		return nil
	}
	if b, found := opens(g.Packages[g.full(own)]); found {
		return []Breach{{own, "does I/O", []string{g.full(own), b}}}
	}
	chain := g.Chain(g.full(own), func(p *Package) bool {
		_, found := opens(p)
		return found
	})
	if chain == nil {
		return nil
	}
	b, _ := opens(g.Packages[chain[len(chain)-1]])
	return []Breach{{own, "does I/O", append(chain, b)}}
}

func opens(p *Package) (string, bool) {
	if p.Standard {
		return "", false
	}
	for _, doing := range []string{"os", "os/exec", "os/signal", "net", "net/http", "net/rpc", "net/smtp", "io/fs", "io/ioutil", "path/filepath", "plugin", "syscall", "database/sql"} {
		if slices.Contains(p.Imports, doing) {
			return doing, true
		}
	}
	return "", false
}

func checkFences(g *Graph, own string, fences []Fence) []Breach {
	var all []Breach
	for _, imported := range g.Packages[g.full(own)].Imports {
		p := g.Packages[imported]
		if _, ours := g.within(imported); p == nil || p.Standard || ours {
			continue
		}
		fence, found := fenceAround(fences, imported)
		switch {
		case !found:
			all = append(all, Breach{own, "imports a module that no fence names: add a row to internal/arch/table.go", []string{own, imported}})
		case !matchesAny(fence.Importers, own):
			all = append(all, Breach{own, "may not import " + imported, []string{own, imported}})
		}
	}
	for _, fence := range fences {
		if fence.Reachers == nil || matchesAny(fence.Reachers, own) || matchesAny(fence.Importers, own) {
			continue
		}
		chain := g.Chain(g.full(own), func(p *Package) bool { return under(p.ImportPath, fence.Module) })
		if chain != nil {
			all = append(all, Breach{own, "must not reach " + fence.Module, chain})
		}
	}
	return all
}

func fenceAround(fences []Fence, imported string) (Fence, bool) {
	i := slices.IndexFunc(fences, func(f Fence) bool { return under(imported, f.Module) })
	if i < 0 {
		return Fence{}, false
	}
	return fences[i], true
}

func under(importPath, module string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

func matchesAny(patterns []string, own string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, own) })
}

func matches(pattern, own string) bool {
	switch pattern {
	case Public:
		return !isInternal(own) && !isEdge(own)
	case Internal:
		return isInternal(own) && !isEdge(own)
	}
	if above, below := strings.CutSuffix(pattern, "/..."); below {
		return under(own, above)
	}
	ok, err := path.Match(pattern, own)
	return err == nil && ok
}

func isInternal(own string) bool { return slices.Contains(strings.Split(own, "/"), "internal") }

// isEdge holds for programs: nothing imports them.
func isEdge(own string) bool { return under(own, "cmd") || under(own, "examples") }
