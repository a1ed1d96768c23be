package ldsig

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/piprate/json-gold/ld"

	"codeberg.org/godwit/godwit/internal/jsonld"
	"codeberg.org/godwit/godwit/vocab"
)

// A graph is what a document says in RDF.
type graph struct{ quads []*ld.Quad }

// tables is the processor's DocumentLoader. It knows no context but those of
// the tables.
type tables struct{}

var _ ld.DocumentLoader = tables{}

func (tables) LoadDocument(url string) (*ld.RemoteDocument, error) {
	known, found := jsonld.Lookup(url)
	if !found {
		return nil, ErrContext
	}
	var list []any
	for _, before := range known.Before {
		if earlier, found := jsonld.Lookup(before); found {
			list = append(list, earlier.Local())
		}
	}
	var context any = append(list, known.Local())
	if len(list) == 0 {
		context = known.Local() // "@import" takes no list
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: map[string]any{"@context": context}}, nil
}

// without returns an object as encoding/json would decode it, less some
// members.
func without(o *vocab.Object, names ...string) (map[string]any, error) {
	document := make(map[string]any, o.Len())
	for name, v := range o.Members() {
		if slices.Contains(names, name) {
			continue
		}
		var value any
		if err := json.Unmarshal(v.Raw(), &value); err != nil {
			return nil, fmt.Errorf("%w: a number that no float64 holds", ErrShape)
		}
		document[name] = value
	}
	return document, nil
}

func processing() *ld.JsonLdOptions {
	options := ld.NewJsonLdOptions("")
	options.DocumentLoader = tables{}
	options.Algorithm = ld.AlgorithmURDNA2015
	return options
}

func graphOf(document map[string]any) (*graph, error) {
	found, err := ld.NewJsonLdProcessor().ToRDF(document, processing())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContext, withoutText(err))
	}
	dataset, ok := found.(*ld.RDFDataset)
	if !ok {
		return nil, ErrInnerFault
	}
	for name, quads := range dataset.Graphs {
		// Signers disagree on what becomes of a graph's name, and a blank one
		// makes canonicalization take for ever.
		if name != "@default" && len(quads) > 0 {
			return nil, ErrShape
		}
	}
	g := &graph{quads: dataset.Graphs["@default"]}
	return g, g.check()
}

// withoutText keeps the kind of a processor's error; its details quote the
// document.
func withoutText(err error) error {
	if known, ok := err.(*ld.JsonLdError); ok {
		return fmt.Errorf("%s", known.Code)
	}
	return ErrInnerFault
}

// hash canonicalizes the graph and returns its SHA-256 in hexadecimal.
func (g *graph) hash() (string, error) {
	options := processing()
	options.Format = "application/n-quads"
	dataset := ld.NewRDFDataset()
	dataset.Graphs["@default"] = g.quads
	found, err := ld.NewJsonLdApi().Normalize(dataset, options)
	text, ok := found.(string)
	if err != nil || !ok {
		return "", ErrInnerFault
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:]), nil
}

// check refuses what would take too long to canonicalize, or would be written
// like something else.
func (g *graph) check() error {
	size := 0
	for _, q := range g.quads {
		size += len(q.Subject.GetValue()) + len(q.Predicate.GetValue()) + len(q.Object.GetValue())
		for _, node := range []ld.Node{q.Subject, q.Predicate, q.Object} {
			// The processor writes them between < and > as they are.
			if ld.IsIRI(node) && strings.ContainsFunc(node.GetValue(), notInIRI) {
				return ErrShape
			}
		}
	}
	switch {
	case size > maxGraph:
		return ErrTooLarge
	case g.alike() > maxAlike:
		return ErrAlike
	}
	return nil
}

// notInIRI reports whether N-Quads (§2.5, IRIREF) forbids a character in an IRI.
func notInIRI(r rune) bool { return r <= ' ' || strings.ContainsRune("<>\"{}|^`\\", r) }

// alike counts the blank nodes that share their first-degree hash (URDNA2015
// §4.6) with another: the time to tell them apart grows with the factorial of
// their number.
func (g *graph) alike() int {
	lines := map[string][]string{}
	for _, q := range g.quads {
		for _, id := range blanks(q) {
			lines[id] = append(lines[id], seenFrom(id, q))
		}
	}
	groups := map[string]int{}
	for _, of := range lines {
		slices.Sort(of)
		groups[strings.Join(of, "\n")]++
	}
	n := 0
	for _, members := range groups {
		if members > 1 {
			n += members
		}
	}
	return n
}

// blanks lists the blank nodes of a quad, each once.
func blanks(q *ld.Quad) []string {
	var ids []string
	for _, node := range []ld.Node{q.Subject, q.Object} {
		if ld.IsBlankNode(node) && !slices.Contains(ids, node.GetValue()) {
			ids = append(ids, node.GetValue())
		}
	}
	return ids
}

// seenFrom writes a quad without the names of blank nodes.
func seenFrom(id string, q *ld.Quad) string {
	name := func(node ld.Node) string {
		switch {
		case !ld.IsBlankNode(node):
			return fmt.Sprintf("%#v", node)
		case node.GetValue() == id:
			return "_:a"
		}
		return "_:z"
	}
	return name(q.Subject) + " " + name(q.Predicate) + " " + name(q.Object)
}
