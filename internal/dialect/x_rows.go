package dialect

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An xRow is one element of a script.
type xRow struct {
	where  string        // "data/follower.js#17"
	object *vocab.Object // nil if it is no document
	data   []byte        // nil if it was too large to be read
	odd    jsonitems.Fault
}

// item is the item for a row that is no document.
func (r xRow) item(k portability.Kind) portability.Item {
	reason := portability.Unreadable
	if r.odd == jsonitems.TooLarge {
		reason = portability.TooLarge
	}
	item := Unreadable(k, r.where, r.data, reason)
	item.Problems[0].Fatal = r.data == nil
	return item
}

// elements takes a script apart. What is wrong with the whole is noted, or an error
// where something other than data stands in it. The number of an element in its
// script stands in Line.
func (x *xExport) elements(ctx context.Context, a *Account, f xFile) iter.Seq2[jsonitems.Element, error] {
	return func(yield func(jsonitems.Element, error) bool) {
		n := int64(0)
		for e, err := range x.view.Elements(ctx, f.name, &jsonitems.Options{Assignment: true}) {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && e.Fault != "" && !ofElement(e) {
				if err = x.whole(a, f, e); err == nil {
					continue
				}
			}
			if err != nil {
				yield(jsonitems.Element{}, err)
				return
			}
			n++
			e.Line = n
			if !yield(e, nil) {
				return
			}
		}
		if f.said >= 0 && n != f.said {
			a.Note(Problem{CountMismatch, f.name, fmt.Sprintf("the manifest counts %d, there are %d", f.said, n)})
		}
	}
}

// whole judges what is wrong with a script.
func (x *xExport) whole(a *Account, f xFile, e jsonitems.Element) error {
	switch e.Fault {
	case jsonitems.NotText, jsonitems.WrongShape, jsonitems.Trailing:
		if !x.view.Salvage {
			return x.refuse(CodeNotData, f.name)
		}
	}
	a.Note(Problem{reasonOfText(e.Fault), f.name, string(e.Fault)})
	return nil
}

func (x *xExport) row(f xFile, e jsonitems.Element) xRow {
	r := xRow{where: fmt.Sprintf("%s#%d", f.name, e.Line), data: e.Data, odd: e.Fault}
	if e.Data == nil {
		return r
	}
	if o, err := x.view.Parse(e.Data); err == nil {
		r.object = o
	}
	return r
}

func (x *xExport) rows(ctx context.Context, a *Account, f xFile) iter.Seq2[xRow, error] {
	return func(yield func(xRow, error) bool) {
		for e, err := range x.elements(ctx, a, f) {
			if err != nil {
				yield(xRow{}, err)
				return
			}
			if !yield(x.row(f, e), nil) {
				return
			}
		}
	}
}

// part makes items of the rows of a script.
func (x *xExport) part(a *Account, f xFile, k portability.Kind, make func(xRow) portability.Item) Part {
	return Part{Kind: k, Name: f.name, Said: f.said, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			seen := repeats{seed: maphash.MakeSeed()}
			for row, err := range x.rows(ctx, a, f) {
				if err != nil {
					yield(portability.Item{}, err)
					return
				}
				item := row.item(k)
				if row.object != nil {
					item = row.tell(make(row))
				}
				if !yield(seen.mark(item), nil) {
					return
				}
			}
		}
	}}
}

// tell says with an item what was wrong with its text.
func (r xRow) tell(item portability.Item) portability.Item {
	if r.odd != "" {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.Unreadable, Detail: string(r.odd)})
	}
	return item
}

// within is the document under the only name that a row has, and the row itself if
// it has others, as the posts of 2019 do.
func within(o *vocab.Object, names ...vocab.Property) *vocab.Object {
	for _, name := range names {
		if inner := o.Child(name); inner != nil && o.Len() == 1 {
			return inner
		}
	}
	return o
}
