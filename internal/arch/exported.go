package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
)

// CheckExported returns where a public package writes a type of an internal
// one in what it exports: importers could neither name nor make it.
func CheckExported(g *Graph) ([]Breach, error) {
	var all []Breach
	for _, own := range g.Own() {
		if !matches(Public, own) {
			continue
		}
		p := g.Packages[g.full(own)]
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, fmt.Errorf("check what %s exports: %w", own, err)
			}
			for _, leak := range leaks(g, file) {
				all = append(all, Breach{Package: own, What: "exports a type of an internal package: " + leak})
			}
		}
	}
	return all, nil
}

// leaks lists the internal types in the exported declarations of a file.
func leaks(g *Graph, file *ast.File) []string {
	internal := internalNames(g, file)
	var found []string
	var look func(ast.Node)
	look = func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.StructType:
				lookFields(n.Fields, look)
				return false
			case *ast.InterfaceType:
				lookFields(n.Methods, look)
				return false
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && slices.Contains(internal, x.Name) {
					found = append(found, x.Name+"."+n.Sel.Name)
				}
			}
			return true
		})
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || exportedReceiver(d.Recv)) {
				look(d.Type)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				lookSpec(s, look)
			}
		}
	}
	return found
}

func lookSpec(s ast.Spec, look func(ast.Node)) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			look(s.Type)
		}
	case *ast.ValueSpec:
		if s.Type != nil && slices.ContainsFunc(s.Names, (*ast.Ident).IsExported) {
			look(s.Type)
		}
	}
}

// lookFields passes over the fields and methods that no importer sees.
// Embedded ones have no name of their own.
func lookFields(fields *ast.FieldList, look func(ast.Node)) {
	for _, f := range fields.List {
		if len(f.Names) == 0 || slices.ContainsFunc(f.Names, (*ast.Ident).IsExported) {
			look(f.Type)
		}
	}
}

func exportedReceiver(recv *ast.FieldList) bool {
	t := recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// internalNames returns the names under which a file imports internal packages.
func internalNames(g *Graph, file *ast.File) []string {
	var names []string
	for _, i := range file.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		within, ours := g.within(imported)
		switch {
		case !ours || !isInternal(within):
		case i.Name != nil:
			names = append(names, i.Name.Name)
		default:
			names = append(names, path.Base(within))
		}
	}
	return names
}
