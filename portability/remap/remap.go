package remap

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"codeberg.org/godwit/godwit/vocab"
)

// ErrNotText says that a place is not valid UTF-8, so that no document can name it.
var ErrNotText = errors.New("a place is not valid UTF-8")

// A Place is where something is now. Of the two, one may be "": the other is
// written in its stead.
type Place struct {
	ID  vocab.IRI // what programs call it
	URL vocab.IRI // where people find it
}

func (p Place) id() vocab.IRI  { return orElse(p.ID, p.URL) }
func (p Place) url() vocab.IRI { return orElse(p.URL, p.ID) }

func orElse(first, second vocab.IRI) vocab.IRI {
	if first != "" {
		return first
	}
	return second
}

// Options adjusts [Object]. A nil *Options is the same as a zero one.
type Options struct {
	// Shown: the result is to be shown at the new place. At every depth bto and bcc
	// are left out, and what was led elsewhere by its id loses the names that its
	// replies, likes and shares had at the old one; items that stand in them stay.
	Shown bool
	// NoCrumbs: what the document says itself of where it was before (LOLA "previously",
	// migratedFrom and migratedAt of FEP-1580) is left out, at every depth, in whatever
	// spelling: whoever wrote it may have named somebody else's.
	NoCrumbs bool
	// Before, if not nil, is written into the document as where it came from.
	Before *Before
}

// Before is where a copy came from. It is written for proved copies only: readers
// take it for a claim of the server that shows it.
type Before struct {
	ID    vocab.IRI // what it was called
	Actor vocab.IRI // whose it was; "" leaves it out
	// At is when it was copied. Zero writes no migratedFrom and migratedAt (FEP-1580),
	// only "previously" (LOLA 0.3).
	At time.Time
}

// A Document is one that was read for its references.
type Document struct {
	object *vocab.Object
	found  []vocab.IRI
	links  map[int][]link // by where the string that they stand in begins; nil if not read
}

// Read reads a document for its references.
func Read(o *vocab.Object) *Document {
	d := &Document{object: o, links: map[int][]link{}}
	seen := map[vocab.IRI]bool{}
	w := walker{document: d, data: o.Bytes(), reading: true, names: func(id vocab.IRI) (Place, bool) {
		if !seen[id] {
			seen[id] = true
			d.found = append(d.found, id)
		}
		return Place{}, false
	}}
	w.walk()
	return d
}

// References returns every IRI that stands where [Document.Lead] would lead it
// elsewhere, each once, in the order of the document.
func (d *Document) References() []vocab.IRI { return d.found }

// References is [Document.References] of o.
func References(o *vocab.Object) []vocab.IRI { return Read(o).References() }

// Lead returns a copy of the document in which every reference that names knows is led
// to its place; the document itself, if there is none. A nil names knows nothing.
//
// In every object that is changed, proofs and signatures are left out, since they no
// longer hold; and the stamp of a quote (FEP-044f) is, where the quoting or the
// quoted post is led elsewhere. Contexts stay as they are, but for terms that
// [Options.Before] needs.
func (d *Document) Lead(names func(vocab.IRI) (Place, bool), options *Options) (*vocab.Object, error) {
	var opts Options
	if options != nil {
		opts = *options
	}
	if names == nil {
		names = func(vocab.IRI) (Place, bool) { return Place{}, false }
	}
	w := walker{document: d, data: d.object.Bytes(), names: names, shown: opts.Shown}
	if opts.NoCrumbs {
		w.crumbs = readCrumbs(w.data)
	}
	w.walk()
	if w.err != nil {
		return nil, fmt.Errorf("remap document: %w", w.err)
	}
	said := w.sayBefore(d.object, opts.Before)
	led, err := w.changed(d.object)
	if err != nil {
		return nil, fmt.Errorf("remap document: %w", err)
	}
	if said {
		return led, nil
	}
	return withBefore(led, opts.Before)
}

// Object is [Document.Lead] of o, for who knows already where everything leads.
func Object(o *vocab.Object, names func(vocab.IRI) (Place, bool), options *Options) (*vocab.Object, error) {
	return (&Document{object: o}).Lead(names, options)
}

// changed returns the document with the edits made.
func (w *walker) changed(o *vocab.Object) (*vocab.Object, error) {
	if len(w.edits) == 0 {
		return o, nil
	}
	slices.SortFunc(w.edits, func(a, b edit) int { return a.start - b.start })
	size := len(w.data)
	for _, e := range w.edits {
		size += len(e.with)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range w.edits {
		out = append(append(out, w.data[at:e.start]...), e.with...)
		at = e.end
	}
	return parse(append(out, w.data[at:]...))
}

// parse reads what was made of a document that was within its reader's limits.
func parse(raw []byte) (*vocab.Object, error) {
	return vocab.ParseWith(raw, &vocab.Limits{
		Bytes: math.MaxInt, Depth: math.MaxInt, Members: math.MaxInt, AllowDuplicateNames: true,
	})
}

// place returns where an IRI is led to.
func (w *walker) place(old string) (Place, bool) {
	if old == "" {
		return Place{}, false
	}
	p, found := w.names(vocab.IRI(old))
	if !found || p.id() == "" {
		return Place{}, false
	}
	if !utf8.ValidString(string(p.ID)) || !utf8.ValidString(string(p.URL)) {
		w.err = ErrNotText
		return Place{}, false
	}
	return p, true
}
