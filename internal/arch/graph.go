package arch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// A Package is what the go command says of one package, tests apart.
type Package struct {
	ImportPath string
	Dir        string
	Standard   bool
	GoFiles    []string
	Imports    []string
	ImportMap  map[string]string
	Module     *struct {
		Path string
		Main bool
	}
}

// A Graph is a module's packages and all they depend on.
type Graph struct {
	Module   string
	Packages map[string]*Package // by import path
}

// Load lists the packages of the module in dir, and their dependencies, for
// one operating system.
func Load(ctx context.Context, dir, goos string) (*Graph, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps",
		"-json=ImportPath,Dir,Standard,GoFiles,Imports,ImportMap,Module", "./...")
	list.Dir = dir
	list.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	var said strings.Builder
	list.Stderr = &said
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w: %s", err, said.String())
	}
	return parse(strings.NewReader(string(out)))
}

func parse(listed io.Reader) (*Graph, error) {
	g := &Graph{Packages: make(map[string]*Package)}
	for d := json.NewDecoder(listed); ; {
		p := new(Package)
		switch err := d.Decode(p); {
		case errors.Is(err, io.EOF):
			return g, nil
		case err != nil:
			return nil, fmt.Errorf("read the list of packages: %w", err)
		}
		for i, path := range p.Imports {
			if real, mapped := p.ImportMap[path]; mapped {
				p.Imports[i] = real
			}
		}
		slices.Sort(p.Imports)
		g.Packages[p.ImportPath] = p
		if p.Module != nil && p.Module.Main {
			g.Module = p.Module.Path
		}
	}
}

// Own returns the packages of the module by their paths within it, sorted. The
// package at the root is ".".
func (g *Graph) Own() []string {
	var own []string
	for path := range g.Packages {
		if within, ok := g.within(path); ok {
			own = append(own, within)
		}
	}
	slices.Sort(own)
	return own
}

func (g *Graph) within(path string) (string, bool) {
	if path == g.Module {
		return ".", true
	}
	return strings.CutPrefix(path, g.Module+"/")
}

func (g *Graph) full(within string) string {
	if within == "." {
		return g.Module
	}
	return g.Module + "/" + within
}

// Chain returns the shortest way from one package to another that matches, by
// imports, both ends included; nil if there is none.
func (g *Graph) Chain(from string, match func(*Package) bool) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		at := g.Packages[queue[0]]
		if at == nil {
			continue
		}
		if at.ImportPath != from && match(at) {
			return trace(before, at.ImportPath)
		}
		for _, next := range at.Imports {
			if _, seen := before[next]; !seen {
				before[next] = at.ImportPath
				queue = append(queue, next)
			}
		}
	}
	return nil
}

func trace(before map[string]string, to string) []string {
	var chain []string
	for at := to; at != ""; at = before[at] {
		chain = append(chain, at)
	}
	slices.Reverse(chain)
	return chain
}
