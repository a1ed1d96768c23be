package dialect

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A collection is an entry of an export that is an ActivityStreams collection, or
// a bare array of what would be in one. Its parts read it element by element.
type collection struct {
	view *View
	// account is whose export it is. Its Owner must be set before the first
	// item is read, and may be empty: then nothing is known to be somebody
	// else's. What is odd about the collection is noted on it.
	account *Account
	entry   string
	// attach adds to an item the files that it uses, and what is wrong with
	// them. It must be safe for concurrent use. Nil if there are no files.
	attach func(ctx context.Context, item *portability.Item)
	// takeout says that godwit may have written it for importers, see restore.
	takeout bool

	// needed: without it there is nothing, and one that is no JSON at all is a
	// refusal.
	needed bool
	own    ownIDs // of the account, while it is read
}

// outbox returns the parts of an outbox: what the account wrote, and what it did
// otherwise. Each element is in one of them.
func (c collection) outbox() []Part {
	c.needed = true
	return []Part{
		{Kind: portability.Content, Name: c.entry, Said: -1, Each: c.eachBut(isOther(portability.Content), collection.content)},
		{Kind: portability.Outbox, Name: c.entry, Said: -1, Each: c.eachBut(isOther(portability.Outbox), collection.activity)},
	}
}

// named returns the part of a collection of things that have a name elsewhere:
// likes, bookmarks, followers. A name alone becomes the document {"id": name}.
func (c collection) named(k portability.Kind) Part {
	return Part{Kind: k, Name: c.entry, Said: -1, Each: c.each(func(c collection, _ context.Context, e jsonitems.Element) (portability.Item, bool) {
		return c.reference(k, e), true
	})}
}

// A reader reads an element of a collection as an item, if it is one of its kind.
type reader func(collection, context.Context, jsonitems.Element) (portability.Item, bool)

func (c collection) each(read reader) func(context.Context) iter.Seq2[portability.Item, error] {
	return c.items(read, nil)
}

// eachBut passes over the elements that are reported to be of no use. What read is
// given stands as it stood, and may have to be repaired.
func (c collection) eachBut(pass func([]byte) bool, read reader) func(context.Context) iter.Seq2[portability.Item, error] {
	return c.items(read, &jsonitems.Options{Pass: pass, AsItStands: true})
}

func (c collection) items(read reader, o *jsonitems.Options) func(context.Context) iter.Seq2[portability.Item, error] {
	return func(ctx context.Context) iter.Seq2[portability.Item, error] {
		c := c
		c.own = ownIDsOf(c.account.Owner.Actor)
		return markRepeated(itemsOf(ctx, c.read(ctx, o), func(e jsonitems.Element) (portability.Item, bool) {
			return read(c, ctx, e)
		}))
	}
}

// elements yields the elements.
func (c collection) elements(ctx context.Context) iter.Seq2[jsonitems.Element, error] {
	return c.read(ctx, nil)
}

// read yields the elements, and notes on the account what is odd about the rest.
// Of a damaged entry it yields what is whole, where that is asked for.
func (c collection) read(ctx context.Context, o *jsonitems.Options) iter.Seq2[jsonitems.Element, error] {
	return func(yield func(jsonitems.Element, error) bool) {
		count, total := int64(0), ""
		for e, err := range c.view.Elements(ctx, c.entry, o) {
			switch {
			case e.Passed:
				count++
			case err != nil:
				yield(e, err)
				return
			case e.Fault == jsonitems.NotText && c.needed && !c.view.Salvage:
				yield(e, &Refusal{Dialect: c.account.Name, Reason: NotReadable, Where: c.entry})
				return
			case e.Member == string(vocab.TotalItems) && e.Data != nil:
				total = string(e.Data)
			case e.Member != "" || isAbout(e):
				c.odd(e)
			default:
				count++
				if !yield(e, nil) {
					return
				}
			}
		}
		c.compare(count, total)
	}
}

// isAbout reports whether a fault is one of the whole.
func isAbout(e jsonitems.Element) bool {
	return e.Data == nil && e.Fault != jsonitems.TooLarge && e.Fault != jsonitems.TooDeep
}

func (c collection) odd(e jsonitems.Element) {
	p := Problem{Reason: TextFault, Where: c.entry, Detail: fmt.Sprintf("%s at byte %d", e.Fault, e.Offset)}
	switch e.Fault {
	case "":
		return
	case jsonitems.Truncated:
		p.Reason = PartlyRead
	case jsonitems.NotText:
		p.Reason = NotReadable
	}
	c.account.Note(p)
}

// compare holds what a collection says of its size against what it has.
func (c collection) compare(count int64, total string) {
	if total == "" || total == strconv.FormatInt(count, 10) {
		return
	}
	said := "no number"
	if n, err := strconv.ParseInt(strings.Trim(total, `"`), 10, 64); err == nil {
		said = strconv.FormatInt(n, 10)
	}
	c.account.Note(Problem{Reason: TotalDiffers, Where: c.entry, Detail: fmt.Sprintf("says %s, has %d", said, count)})
}

func (c collection) where(e jsonitems.Element) string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d", c.entry, e.Line)
	}
	return fmt.Sprintf("%s@%d", c.entry, e.Offset)
}

// content reads an element as content, if it is that: what a Create brought, or an
// object by itself. Whatever cannot be told is taken for content.
func (c collection) content(ctx context.Context, e jsonitems.Element) (portability.Item, bool) {
	o, isContent, bad := c.document(portability.Content, &e)
	switch {
	case !isContent:
		return portability.Item{}, false
	case bad != nil:
		return *bad, true
	}
	item := portability.Item{Ref: portability.Ref{Kind: portability.Content}, Object: o}
	if o.Is(vocab.TypeCreate) {
		item.Object, item.Activity = o.Child(vocab.ObjectProperty), o
	}
	j := c.judge(&item, e)
	if item.Object == nil {
		item.Object, item.Activity = o, nil
		j.fatal(portability.WrongKind)
	}
	j.named(e)
	j.content()
	c.files(ctx, &item)
	if c.takeout && isRestorable(e.Data) {
		c.restore(&item)
	}
	return item, true
}

// activity reads an element as an activity that is not told by content.
func (c collection) activity(ctx context.Context, e jsonitems.Element) (portability.Item, bool) {
	o, isContent, bad := c.document(portability.Outbox, &e)
	switch {
	case isContent:
		return portability.Item{}, false
	case bad != nil:
		return *bad, true
	}
	item := portability.Item{Ref: portability.Ref{Kind: portability.Outbox}, Object: o}
	j := c.judge(&item, e)
	j.named(e)
	j.activity()
	c.files(ctx, &item)
	return item, true
}

func (c collection) files(ctx context.Context, item *portability.Item) {
	if c.attach != nil && item.Object != nil {
		c.attach(ctx, item)
	}
}

// document parses an element of an outbox if it belongs to the kind that is
// wanted, and tells whether it is content; bad is the item for one that is no
// document. All that decides is what the element says, so that the parts of an
// outbox agree.
func (c collection) document(want portability.Kind, e *jsonitems.Element) (o *vocab.Object, isContent bool, bad *portability.Item) {
	name, plain := typeOf(e.Data)
	known := false
	if plain {
		isContent, known = contentType(vocab.CompactType(name))
	}
	if known && isContent != (want == portability.Content) {
		return nil, isContent, nil
	}
	kind := portability.Content
	if known {
		kind = want
	}
	o, bad = c.parse(kind, e)
	if bad != nil {
		return nil, kind == portability.Content, bad
	}
	if !known {
		if isContent, known = contentType(o.Type()); !known {
			isContent = !o.Has(vocab.Actor) || !o.Has(vocab.ObjectProperty)
		}
	}
	return o, isContent, nil
}

// isOther tells elements that are plainly not of a kind of an outbox.
func isOther(want portability.Kind) func([]byte) bool {
	return func(data []byte) bool {
		name, plain := typeOf(data)
		if !plain {
			return false
		}
		isContent, known := contentType(vocab.CompactType(name))
		return known && isContent != (want == portability.Content)
	}
}

// parse reads an element as a document, repaired if it must be. The item for one
// that is none keeps its bytes, if there are any.
func (c collection) parse(k portability.Kind, e *jsonitems.Element) (*vocab.Object, *portability.Item) {
	if e.Data == nil {
		return nil, &portability.Item{
			Ref:      portability.Ref{Kind: k, ID: c.where(*e)},
			Problems: []portability.Problem{{Reason: portability.TooLarge, Detail: c.where(*e), Fatal: true}},
		}
	}
	o, err := c.view.parseElement(e)
	if err == nil {
		return o, nil
	}
	reason := portability.Unreadable
	if errors.Is(err, vocab.ErrTooLarge) || errors.Is(err, vocab.ErrTooMany) || errors.Is(err, vocab.ErrTooDeep) {
		reason = portability.TooLarge
	}
	item := Unreadable(k, c.where(*e), e.Data, reason)
	return nil, &item
}

// parseElement parses an element that stands as it stood. What parses is text
// throughout, so that only of the rest anything can have to be replaced.
func (v *View) parseElement(e *jsonitems.Element) (*vocab.Object, error) {
	o, err := v.Parse(e.Data)
	if err == nil {
		return o, nil
	}
	before := e.Fault
	if jsonitems.Repair(e); e.Fault == before {
		return nil, err
	}
	return v.Parse(e.Data)
}

// contentType tells whether things of a type are content or activities, and whether
// the type is known at all.
func contentType(name string) (isContent, known bool) {
	switch {
	case name == vocab.TypeCreate, slices.Contains(contentTypes, name):
		return true, true
	case name == vocab.TypeAnnounce, slices.Contains(otherActivities, name), slices.Contains(forbiddenActivities, name):
		return false, true
	}
	return false, false
}

var contentTypes = []string{
	vocab.TypeNote, vocab.TypeArticle, vocab.TypeQuestion, vocab.TypePage, vocab.TypeImage, vocab.TypeVideo,
	vocab.TypeAudio, vocab.TypeDocument, vocab.TypeEvent, vocab.TypeTombstone,
}

// otherActivities change nothing for anybody else.
var otherActivities = []string{
	vocab.TypeAnnounce, vocab.TypeLike, "Dislike", "EmojiReact", "Listen", "Read", "View", "Arrive", "Travel",
}

// forbiddenActivities have no place in an outbox that is read again: who published
// them would act, and not tell.
var forbiddenActivities = []string{
	vocab.TypeUpdate, vocab.TypeDelete, vocab.TypeMove, vocab.TypeFollow, vocab.TypeUndo, vocab.TypeAccept,
	vocab.TypeReject, vocab.TypeTentativeAccept, vocab.TypeTentativeReject, vocab.TypeAdd, vocab.TypeRemove,
	vocab.TypeBlock, vocab.TypeFlag, vocab.TypeOffer, "Invite", "Join", "Leave", "Ignore",
}

// reference reads an element that names something: as a string, as an object with
// an id, or as a Like of it.
func (c collection) reference(k portability.Kind, e jsonitems.Element) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: k}}
	if len(e.Data) > 0 && e.Data[0] == '"' {
		return c.lone(k, e)
	}
	o, bad := c.parse(k, &e)
	if bad != nil {
		return *bad
	}
	item.Object = o
	if liked := o.IRI(vocab.ObjectProperty); o.Is(vocab.TypeLike) && liked != "" {
		item.Object, item.Activity = idAlone(string(liked)), o
	}
	c.judge(&item, e).named(e)
	return item
}

// lone is the item for a name alone.
func (c collection) lone(k portability.Kind, e jsonitems.Element) portability.Item {
	o, err := c.view.Parse(slices.Concat([]byte(`{"id":`), e.Data, []byte(`}`)))
	if err != nil {
		return Unreadable(k, c.where(e), e.Data, portability.Unreadable)
	}
	item := portability.Item{Ref: portability.Ref{Kind: k}, Object: o}
	c.judge(&item, e).named(e)
	return item
}

// idAlone is the document {"id": id}.
func idAlone(id string) *vocab.Object {
	o, err := vocab.Build(vocab.Member{Name: vocab.ID, Value: id})
	if err != nil {
		return nil
	}
	return o
}
