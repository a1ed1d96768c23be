package dialect

import (
	"context"
	"fmt"
	"iter"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// writings are the members of a book that hold what the account wrote about it.
var writings = []vocab.Property{"comments", "quotations", "quotes", "reviews"}

// written yields reviews, comments and quotations as they stand, oldest first. The
// books around them are in the books' own part.
func (b *bookwyrmExport) written() Part {
	l := b.list("books")
	sorted := l.sortedBy(vocab.Published, b.statuses)
	return Part{Kind: portability.Content, Name: b.entry + "#books", Said: -1, Each: inOrder(sorted, func(_ context.Context, e jsonitems.Element) (portability.Item, bool) {
		o, err := b.view.Parse(e.Data)
		if err != nil {
			return Unreadable(portability.Content, l.where(e), e.Data, portability.Unreadable), true
		}
		item := portability.Item{Ref: portability.Ref{Kind: portability.Content}, Object: o}
		j := judge{owner: b.account.Owner, item: &item, where: l.where(e)}
		j.named(e)
		j.content()
		return item, true
	})}
}

// statuses yields what stands in the books, as elements at the offset of the book
// and on.
func (b *bookwyrmExport) statuses(ctx context.Context) iter.Seq2[jsonitems.Element, error] {
	return func(yield func(jsonitems.Element, error) bool) {
		for e, err := range b.list("books").elements(ctx) {
			if err != nil {
				yield(e, err)
				return
			}
			book, err := b.view.Parse(e.Data)
			if err != nil {
				continue // the books' own part has it
			}
			for _, member := range writings {
				for v := range book.Get(member).Elements() {
					if !yield(jsonitems.Element{Data: v.Raw(), Offset: e.Offset, Fault: e.Fault}, nil) {
						return
					}
					e.Offset++ // names an element that cannot be read
				}
			}
		}
	}
}

// covers yields the pictures of the books that are there, and then those that no
// book names.
func (b *bookwyrmExport) covers(ctx context.Context) iter.Seq2[kept, error] {
	return func(yield func(kept, error) bool) {
		_, avatar := b.actorItem()
		named := namedEntries{indexNames(b.view, whole, isPicture), make([]bool, len(b.view.Names()))}
		named.add(avatar)
		for e, err := range b.list("books").elements(ctx) {
			if err != nil {
				yield(kept{}, err)
				return
			}
			cover, ok := b.cover(e, named)
			if ok && !yield(cover, nil) {
				return
			}
		}
		for place, name := range named.names {
			if isPicture(name) && !named.seen[place] && !yield(kept{entry: name}, nil) {
				return
			}
		}
	}
}

// cover reads the picture of a book. Two editions may have one.
func (b *bookwyrmExport) cover(e jsonitems.Element, named namedEntries) (kept, bool) {
	book, err := b.view.Parse(e.Data)
	if err != nil {
		return kept{}, false
	}
	edition := book.Child("edition")
	if edition == nil || edition.Child("cover") == nil {
		return kept{}, false
	}
	cover := edition.Child("cover")
	said := cover.Text(vocab.URL)
	if said == "" {
		return kept{}, false
	}
	entry := b.picture(said)
	if !named.add(entry) {
		return kept{}, false
	}
	if entry == "" {
		entry = fmt.Sprintf("%s@%d#cover", b.entry, e.Offset)
	}
	return kept{entry: entry, url: said, name: cover.Text(vocab.Name), original: cover}, true
}
