package remap

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/vocab"
)

// A walker goes through a document once, and notes what is to change.
type walker struct {
	document *Document
	data     []byte
	names    func(vocab.IRI) (Place, bool)
	reading  bool // links are noted, and nothing changes
	shown    bool
	crumbs   *crumbs // those that go; nil if they stay
	edits    []edit
	open     []member // of all objects that are open, the outermost first
	last     markup   // the HTML that was read last
	top      ending   // of the document itself
	err      error
}

func (w *walker) walk() {
	w.open = make([]member, 0, 64)
	w.edits = make([]edit, 0, 16)
	w.object(skipSpace(w.data, 0), reference)
}

// An edit replaces what stands at a place.
type edit struct {
	start, end int
	with       []byte
}

// A member is where one stands, with its name, and when it is to go.
type member struct {
	start, end int
	cut        cut
}

type cut uint8

const (
	kept        cut = iota
	cutAlways       // whatever else changes
	cutUntrue       // if anything in the object has changed
	cutUnproved     // if the object or what it quotes is called otherwise
)

// An object is what is known of one that is open.
type object struct {
	in      role
	start   int // of its members
	members int // on the stack before it
	edits   int // before it
	moved   bool
	looked  bool // whether moved can be told
	quotes  bool // what it quotes has moved
}

// object walks the object that starts at i, standing where in says, and returns the
// index behind it.
func (w *walker) object(i int, in role) int {
	i = skipSpace(w.data, i+1)
	o := object{in: in, start: i, members: len(w.open), edits: len(w.edits)}
	for w.data[i] != '}' {
		nameEnd := skipString(w.data, i)
		value := skipSpace(w.data, skipSpace(w.data, nameEnd)+1)
		end, cut := w.member(&o, inner(w.data[i:nameEnd]), value)
		w.open = append(w.open, member{i, end, cut})
		i = skipComma(w.data, end)
	}
	w.close(&o)
	return i + 1
}

// member walks the value of one member, and returns the index behind it and when the
// member is to go.
func (w *walker) member(o *object, name []byte, value int) (int, cut) {
	before := len(w.edits)
	if w.crumbs != nil && w.crumbs.isCrumb(string(name)) {
		return skipValue(w.data, value), cutAlways
	}
	switch r := within(o.in, name); r {
	case identity:
		end := w.value(value, reference)
		o.looked, o.moved = true, o.moved || len(w.edits) > before
		return end, w.unledPage(o.in, value, before)
	case quoted:
		end := w.value(value, reference)
		o.quotes = o.quotes || len(w.edits) > before
		return end, kept
	case page:
		in := reference
		if o.in == collection {
			in = collection
		}
		return w.value(value, in), w.unledPage(o.in, value, before)
	case collection:
		return w.collection(o, value)
	case stamp:
		return skipValue(w.data, value), cutUnproved
	case proof:
		return skipValue(w.data, value), cutUntrue
	case hidden:
		return skipValue(w.data, value), w.ifShown()
	default:
		return w.value(value, r), kept
	}
}

func (w *walker) ifShown() cut {
	if w.shown {
		return cutAlways
	}
	return kept
}

// collection walks one of the collections of what others did with an object. Where
// the object has moved, its old names go.
func (w *walker) collection(o *object, value int) (int, cut) {
	if !w.shown || !w.hasMoved(o) {
		return w.value(value, reference), kept
	}
	before := len(w.edits)
	end := w.value(value, collection)
	return end, w.unledPage(collection, value, before)
}

// unledPage tells that a name of a collection that was not led elsewhere goes.
func (w *walker) unledPage(in role, value, edits int) cut {
	if in == collection && w.data[value] == '"' && len(w.edits) == edits {
		return cutAlways
	}
	return kept
}

// hasMoved reports whether an open object is led elsewhere by its id, which may stand
// further on.
func (w *walker) hasMoved(o *object) bool {
	if o.looked {
		return o.moved
	}
	o.looked = true
	for i := o.start; w.data[i] != '}'; {
		nameEnd := skipString(w.data, i)
		value := skipSpace(w.data, skipSpace(w.data, nameEnd)+1)
		if within(o.in, inner(w.data[i:nameEnd])) == identity && w.data[value] == '"' {
			old, _ := unquote(w.data[value:skipString(w.data, value)])
			p, found := w.place(old)
			o.moved = found && string(p.id()) != old
			return o.moved
		}
		i = skipComma(w.data, skipValue(w.data, value))
	}
	return false
}

// value walks a value that has a role, and returns the index behind it.
func (w *walker) value(i int, r role) int {
	if r == untouched || r == unknown && !w.shown && w.crumbs == nil {
		return skipValue(w.data, i)
	}
	switch w.data[i] {
	case '"':
		end := skipString(w.data, i)
		w.text(i, end, r)
		return end
	case '{':
		if r == languages {
			return w.languages(i)
		}
		return w.object(i, r)
	case '[':
		for i = skipSpace(w.data, i+1); w.data[i] != ']'; {
			i = skipComma(w.data, w.value(i, r))
		}
		return i + 1
	}
	return skipLiteral(w.data, i)
}

// languages walks HTML by language.
func (w *walker) languages(i int) int {
	for i = skipSpace(w.data, i+1); w.data[i] != '}'; {
		value := skipSpace(w.data, skipSpace(w.data, skipString(w.data, i))+1)
		i = skipComma(w.data, w.value(value, hypertext))
	}
	return i + 1
}

// text leads a string elsewhere.
func (w *walker) text(start, end int, r role) {
	switch r {
	case unknown, languages:
		return
	case hypertext:
		w.hypertext(start, end)
		return
	}
	old, ok := unquote(w.data[start:end])
	if !ok {
		return
	}
	p, found := w.place(old)
	if !found {
		return
	}
	now := p.id()
	if r == address || r == attached {
		now = p.url()
	}
	if string(now) == old {
		return
	}
	quoted, _ := jsontext.AppendQuote(nil, now)
	w.edits = append(w.edits, edit{start, end, quoted})
}

// close notes which members of an object go, now that everything in it is known.
func (w *walker) close(o *object) {
	members := w.open[o.members:]
	changed := len(w.edits) > o.edits
	for _, m := range members {
		changed = changed || m.cut == cutAlways || m.cut == cutUnproved && (o.moved || o.quotes)
	}
	for i := 0; i < len(members); {
		if !o.cuts(members[i].cut, changed) {
			i++
			continue
		}
		first := i
		for i < len(members) && o.cuts(members[i].cut, changed) {
			i++
		}
		w.edits = append(w.edits, removal(members, first, i))
	}
	w.top = endingOf(members, changed, o)
	w.open = w.open[:o.members]
}

// An ending is where members can be added to an object.
type ending struct {
	at   int
	kept bool // members stay before it
}

func endingOf(members []member, changed bool, o *object) ending {
	if len(members) == 0 {
		return ending{}
	}
	stays := func(m member) bool { return !o.cuts(m.cut, changed) }
	return ending{members[len(members)-1].end, slices.ContainsFunc(members, stays)}
}

func (o *object) cuts(c cut, changed bool) bool {
	switch c {
	case cutAlways:
		return true
	case cutUntrue:
		return changed
	case cutUnproved:
		return o.moved || o.quotes
	}
	return false
}

// removal takes out the members from first up to next, with the comma behind them, or
// else the one before.
func removal(members []member, first, next int) edit {
	e := edit{start: members[first].start, end: members[next-1].end}
	switch {
	case next < len(members):
		e.end = members[next].start
	case first > 0:
		e.start = members[first-1].end
	}
	return e
}
