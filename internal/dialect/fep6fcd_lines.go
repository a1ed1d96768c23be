package dialect

import (
	"context"
	"encoding/base64"
	"fmt"
	"iter"
	"slices"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// unknownEntry holds what is no document, under the kind that it had.
const unknownEntry = apFolder + "objects/unknown.jsonl"

// lines makes an item of each line of an entry that is a document, and says of the
// others that they are none.
func (f *fepArchive) lines(entry string, make func(*vocab.Object) portability.Item) func(context.Context) iter.Seq2[portability.Item, error] {
	return func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return markRepeated(func(yield func(portability.Item, error) bool) {
			for e, err := range f.view.Lines(ctx, entry, nil) {
				if err != nil {
					yield(portability.Item{}, err)
					return
				}
				o, err := f.view.Parse(e.Data)
				if err != nil {
					f.badLine(entry, e)
					continue
				}
				if !yield(make(o), nil) {
					return
				}
			}
		})
	}
}

func (f *fepArchive) badLine(entry string, e jsonitems.Element) {
	if e.Fault == jsonitems.Truncated && e.Line == 0 {
		f.note(PartlyRead, entry, "it is damaged")
		return
	}
	f.note(TextFault, entry, fmt.Sprintf("line %d: %s", e.Line, orReason(string(e.Fault), "not a document")))
}

func orReason(fault, otherwise string) string {
	if fault == "" {
		return otherwise
	}
	return fault
}

// unknownParts are the parts of what is no document: one for each kind that it had.
// The entry is read once to find them.
func (f *fepArchive) unknownParts(ctx context.Context) ([]Part, error) {
	if !f.has(unknownEntry) {
		return nil, nil
	}
	f.used[unknownEntry] = true
	var kinds []portability.Kind
	for e, err := range f.view.Lines(ctx, unknownEntry, nil) {
		if err != nil {
			return nil, f.damaged(unknownEntry, err)
		}
		o, err := f.view.Parse(e.Data)
		if err != nil {
			continue
		}
		if k := kindOfLine(o); !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	var parts []Part
	for _, k := range kinds {
		parts = append(parts, f.unknownPart(k))
	}
	return parts, nil
}

// kindOfLine is the kind that a line is of; what it is called by no name that is
// known is unknown.
func kindOfLine(o *vocab.Object) portability.Kind {
	k := portability.Kind(o.Text("kind"))
	if !k.Known() || k == portability.Actor {
		return portability.Unknown
	}
	return k
}

func (f *fepArchive) unknownPart(k portability.Kind) Part {
	each := f.lines(unknownEntry, unknownItem)
	return Part{Kind: k, Name: unknownEntry, Said: -1, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			for item, err := range each(ctx) {
				if (err != nil || item.Kind == k) && !yield(item, err) {
					return
				}
			}
		}
	}}
}

// missingFile is what is said of a file that was missing already, and so has no
// digest to be listed by.
func missingFile(item portability.Item) portability.Item {
	item.Problems = []portability.Problem{{Reason: portability.MissingMedia, Detail: unknownEntry}}
	if o, err := vocab.ParseWith(item.Raw, &vocab.Limits{AllowDuplicateNames: true}); err == nil {
		item.Object, item.Raw = o, nil
	}
	return item
}

// unknownItem gives back, byte for byte, what could not be read.
func unknownItem(o *vocab.Object) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: kindOfLine(o), ID: o.Text("id")}}
	if text, ok := o.Get("text").Text(); ok {
		item.Raw = []byte(text)
	} else if data, err := base64.StdEncoding.DecodeString(o.Text("base64")); err == nil {
		item.Raw = data
	}
	problem := portability.Problem{Reason: portability.Unreadable, Detail: unknownEntry}
	switch {
	case item.Kind == portability.Media && len(item.Raw) > 0:
		return missingFile(item)
	case item.ID == "":
		problem.Reason, problem.Fatal = portability.NoID, true
	case len(item.Raw) == 0:
		problem.Fatal = true
	case item.Kind == portability.Unknown:
		return item
	}
	item.Problems = []portability.Problem{problem}
	return item
}
