package ldsig

import (
	"slices"

	"github.com/piprate/json-gold/ld"

	"codeberg.org/godwit/godwit/vocab"
)

// judged are the members by which an activity is judged.
var judged = []vocab.Property{vocab.Actor, vocab.ObjectProperty, vocab.Target, vocab.Origin}

// covers checks that the graph has one root, the document's id, and says of it
// what is read in the document: no less, so that all of it is signed, and no
// more, so that nothing signed is overlooked.
func (g *graph) covers(o *vocab.Object) error {
	id := string(o.ID())
	if id == "" || !g.isRoot(id) {
		return ErrShape
	}
	if !g.hasTypes(id, o.Types()) {
		return ErrUncovered
	}
	for _, p := range judged {
		var values []vocab.IRI
		for v := range o.All(p) {
			values = append(values, v.IRI())
		}
		if !g.hasValues(id, p, values) {
			return ErrUncovered
		}
	}
	return nil
}

// isRoot reports whether nothing points at id, and all else hangs below it. No
// graph has two such nodes, so no part of a signed document can be dressed up
// as the whole.
func (g *graph) isRoot(id string) bool {
	below := map[string][]string{}
	for _, q := range g.quads {
		if ld.IsBlankNode(q.Object) || ld.IsIRI(q.Object) {
			if q.Object.GetValue() == id {
				return false
			}
			below[q.Subject.GetValue()] = append(below[q.Subject.GetValue()], q.Object.GetValue())
		}
	}
	reached := map[string]bool{id: true}
	for next := []string{id}; len(next) > 0; next = next[1:] {
		for _, child := range below[next[0]] {
			if !reached[child] {
				reached[child] = true
				next = append(next, child)
			}
		}
	}
	return !slices.ContainsFunc(g.quads, func(q *ld.Quad) bool { return !reached[q.Subject.GetValue()] })
}

// values lists the objects of the quads of subject whose predicate is taken.
func (g *graph) values(subject string, taken func(predicate string) bool) []ld.Node {
	var found []ld.Node
	for _, q := range g.quads {
		if ld.IsIRI(q.Subject) && q.Subject.GetValue() == subject && taken(q.Predicate.GetValue()) {
			found = append(found, q.Object)
		}
	}
	return found
}

func (g *graph) hasTypes(id string, types []string) bool {
	var signed []string
	for _, node := range g.values(id, func(p string) bool { return p == ld.RDFType }) {
		signed = append(signed, vocab.CompactType(node.GetValue()))
	}
	return len(types) > 0 && sameSet(signed, types)
}

// hasValues compares identifiers. A value without one, such as an object
// without id, is a blank node in the graph.
func (g *graph) hasValues(id string, p vocab.Property, values []vocab.IRI) bool {
	var signed []vocab.IRI
	for _, node := range g.values(id, p.Means) {
		switch {
		case ld.IsIRI(node):
			signed = append(signed, vocab.IRI(node.GetValue()))
		case ld.IsBlankNode(node):
			signed = append(signed, "")
		default:
			return false // a literal is no reference, whatever it reads like
		}
	}
	return sameSet(signed, values)
}

func sameSet[T ~string](a, b []T) bool {
	a, b = slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b)))
	return slices.Equal(a, b)
}

// says reports whether the only value that any node of the graph has of a
// predicate is what is read of p in entry; none, if p does not stand there.
func (g *graph) says(predicate string, entry *vocab.Object, p vocab.Property) bool {
	var signed, read []string
	for _, q := range g.quads {
		if q.Predicate.GetValue() == predicate {
			signed = append(signed, q.Object.GetValue())
		}
	}
	if entry.Has(p) {
		read = []string{entry.Text(p)}
	}
	return slices.Equal(signed, read)
}
