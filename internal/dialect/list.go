package dialect

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A list is one array in an entry of an export that is no ActivityStreams
// collection.
type list struct {
	account *Account // notes what is wrong with the whole
	view    *View
	entry   string
	array   string   // the member that holds it; "" where the entry is the array
	arrays  []string // all members of the entry that hold arrays
	maxItem int      // in place of the view's; 0 means that
}

// elements yields the elements of the array alone.
func (l list) elements(ctx context.Context) iter.Seq2[jsonitems.Element, error] {
	return func(yield func(jsonitems.Element, error) bool) {
		for e, err := range l.view.Elements(ctx, l.entry, &jsonitems.Options{Arrays: l.arrays, MaxItem: l.maxItem}) {
			if err == nil {
				err = ctx.Err()
			}
			switch {
			case err != nil:
				yield(jsonitems.Element{}, err)
				return
			case e.Fault != "" && !ofElement(e):
				l.account.Note(Problem{Reason: reasonOfText(e.Fault), Where: l.entry, Detail: string(e.Fault)})
			case e.Array != l.array || e.Member != "":
			case !yield(e, nil):
				return
			}
		}
	}
}

// oldestFirst is elements in the order of a date that each has.
func (l list) oldestFirst(member vocab.Property) func(context.Context) iter.Seq2[jsonitems.Element, error] {
	return l.sortedBy(member, l.elements)
}

// sortedBy is oldestFirst for elements that come by another way.
func (l list) sortedBy(member vocab.Property, each func(context.Context) iter.Seq2[jsonitems.Element, error]) func(context.Context) iter.Seq2[jsonitems.Element, error] {
	in := &order{elements: each, scratch: l.view.Scratch, account: l.account, entry: l.entry, date: dateOf(l.view, member)}
	return in.each
}

// ofElement reports whether a fault is one of an element, and not of the text
// around it.
func ofElement(e jsonitems.Element) bool {
	if e.Member != "" {
		return false
	}
	return slices.Contains([]jsonitems.Fault{jsonitems.TooLarge, jsonitems.TooDeep, jsonitems.BadText, jsonitems.BadJSON}, e.Fault)
}

func reasonOfText(f jsonitems.Fault) Reason {
	switch f {
	case jsonitems.Truncated:
		return PartlyRead
	case jsonitems.NotText, jsonitems.WrongShape:
		return NotReadable
	}
	return TextFault
}

// where names an element by its entry and place.
func (l list) where(e jsonitems.Element) string { return fmt.Sprintf("%s@%d", l.entry, e.Offset) }

// A reading is how a list becomes the items of one kind.
type reading struct {
	kind portability.Kind
	// make makes the item of an element; false if it is none of this kind. Things
	// that are unknown need none: they are kept byte for byte.
	make func(o *vocab.Object) (portability.Item, bool)
	// placed is make for items that may be named by where they stand.
	placed func(e jsonitems.Element, o *vocab.Object) (portability.Item, bool)
	// value makes the item of an element that need not be an object, in place
	// of make. Nil: what is no object is unreadable.
	value func(text string) portability.Item
	// rest: elements of which nothing can be made are items of this kind. Of all
	// readings of a list one must be it, so that none is lost.
	rest bool
	// from yields the elements; nil means the list's own, as they stand.
	from func(context.Context) iter.Seq2[jsonitems.Element, error]
}

// part reads a list as items of one kind.
func (l list) part(r reading) Part {
	from := r.from
	if from == nil {
		from = l.elements
	}
	name := l.entry
	if l.array != "" {
		name += "#" + l.array
	}
	return Part{Kind: r.kind, Name: name, Said: -1, Each: inOrder(from, func(_ context.Context, e jsonitems.Element) (portability.Item, bool) {
		return l.item(r, e)
	})}
}

// inOrder yields the items that elements become, in their order, and marks names
// that come again.
func inOrder(each func(context.Context) iter.Seq2[jsonitems.Element, error],
	read func(context.Context, jsonitems.Element) (portability.Item, bool),
) func(context.Context) iter.Seq2[portability.Item, error] {
	return func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return markRepeated(itemsOf(ctx, each(ctx), func(e jsonitems.Element) (portability.Item, bool) {
			return read(ctx, e)
		}))
	}
}

func (l list) item(r reading, e jsonitems.Element) (portability.Item, bool) {
	if e.Data == nil {
		return l.tooMuch(r.kind, e), r.rest
	}
	if r.value != nil {
		if text, ok := stringOf(e.Data); ok {
			return r.value(text), true
		}
	}
	if r.kind == portability.Unknown {
		return portability.Item{Ref: portability.Ref{Kind: r.kind, ID: l.where(e)}, Raw: e.Data}, true
	}
	o, err := l.view.Parse(e.Data)
	if err != nil || r.make == nil && r.placed == nil {
		return Unreadable(r.kind, l.where(e), e.Data, portability.Unreadable), r.rest
	}
	var item portability.Item
	var ok bool
	if r.placed != nil {
		item, ok = r.placed(e, o)
	} else {
		item, ok = r.make(o)
	}
	if ok && e.Fault != "" {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.Unreadable, Detail: string(e.Fault)})
	}
	return item, ok
}

// tooMuch is the item for an element that was not read, for what it asked.
func (l list) tooMuch(k portability.Kind, e jsonitems.Element) portability.Item {
	reason := portability.Unreadable
	if e.Fault == jsonitems.TooLarge {
		reason = portability.TooLarge
	}
	return portability.Item{
		Ref:      portability.Ref{Kind: k, ID: l.where(e)},
		Problems: []portability.Problem{{Reason: reason, Detail: string(e.Fault), Fatal: true}},
	}
}

// stringOf reads an element that is a string.
func stringOf(data []byte) (string, bool) {
	o, err := vocab.Parse(slices.Concat([]byte(`{"v":`), data, []byte(`}`)))
	if err != nil {
		return "", false
	}
	return o.Get("v").Text()
}

// mostRepeats is how many names are remembered, in a few megabytes.
const mostRepeats = 1 << 18

// repeats marks items whose name was there before, in the same part.
type repeats struct {
	seed maphash.Seed
	seen map[uint64]struct{}
}

func (r *repeats) mark(item portability.Item) portability.Item {
	if item.ID == "" {
		return item
	}
	h := maphash.String(r.seed, item.ID)
	if _, before := r.seen[h]; before {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.DuplicateID})
		return item
	}
	if r.seen == nil {
		r.seen = map[uint64]struct{}{}
	}
	if len(r.seen) < mostRepeats {
		r.seen[h] = struct{}{}
	}
	return item
}
