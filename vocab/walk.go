package vocab

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// A Getter returns the document behind an IRI, as its own origin serves it;
// package actor's Fetcher is one. It must check that the document was served
// by the origin of the IRI.
type Getter interface {
	Fetch(ctx context.Context, id IRI) (*Object, error)
}

// Why a walk ended early. A [WalkError] wraps one of these, or an error of the
// [Getter].
var (
	ErrNotCollection = errors.New("not a collection, nor a page of one")
	ErrNotOwned      = errors.New("the collection belongs to someone else")
	ErrForeignPage   = errors.New("a page is not on the origin of its collection")
	ErrPageCycle     = errors.New("the pages go round in a circle")
	ErrTooManyPages  = errors.New("the collection has too many pages")
	ErrTooManyItems  = errors.New("the collection has too many items")
)

// A WalkError reports a walk that could not be finished.
type WalkError struct {
	Page IRI // the document at which it ended; printed as its origin only
	Err  error
}

func (e *WalkError) Error() string {
	where := e.Page.Origin()
	if where == "" {
		where = "an IRI that is no URL"
	}
	return fmt.Sprintf("walk collection: on %s: %v", where, e.Err)
}

func (e *WalkError) Unwrap() error { return e.Err }

// Temporary reports whether the same walk might succeed later.
func (e *WalkError) Temporary() bool {
	var cause interface{ Temporary() bool }
	return errors.As(e.Err, &cause) && cause.Temporary()
}

// A Position is a place in a walk: behind the first Ordinal items of the
// document Page. The zero Position is the beginning.
type Position struct {
	Page    IRI
	Ordinal int
}

// An Item is one element of a collection. The Value is what the collection's
// server says; an object in it from another origin is not to be believed
// before it was fetched there.
type Item struct {
	Value Value
	After Position // resumes behind this item
}

// WalkOptions adjusts [Walk]. A nil *WalkOptions is the same as a zero one.
type WalkOptions struct {
	// After is the position to resume from: an [Item]'s After.
	After Position
	// Pages is how many documents are fetched at most. Default 10,000.
	Pages int
	// Items is how many items are yielded at most. Default 1,000,000.
	Items int
	// Owner is the object to which the collection must belong, as far as it
	// says so by one of FEP-5711's inverse properties. "" means any.
	Owner IRI
	// Inverse is the property that must name Owner ([FollowersOf]). "" means
	// that whichever of them is there must.
	Inverse Property
	// Strict refuses a collection without the Inverse property.
	Strict bool
}

const (
	defaultPages = 10_000
	defaultItems = 1_000_000
)

// Walk yields the items of the collection behind id, fetching it and page after
// page as they are wanted: those in the collection itself, in an embedded first
// page, and in all pages that follow. Both "items" and "orderedItems" are read
// everywhere; an item that stands in two places is yielded twice. All pages
// must be on the origin of the collection (FEP-fe34).
//
// An error is the last thing that is yielded, with a zero Item, and is a
// [WalkError]; an item that is itself broken is the caller's to judge.
func Walk(ctx context.Context, g Getter, id IRI, options *WalkOptions) iter.Seq2[Item, error] {
	return walk(ctx, walker{getter: g, id: id}, options)
}

// WalkObject is [Walk] for a collection that the caller fetched, and believes.
func WalkObject(ctx context.Context, g Getter, o *Object, options *WalkOptions) iter.Seq2[Item, error] {
	return walk(ctx, walker{getter: g, id: o.ID(), given: o}, options)
}

func walk(ctx context.Context, start walker, options *WalkOptions) iter.Seq2[Item, error] {
	start.options = options.orDefault()
	return func(yield func(Item, error) bool) {
		w := start
		w.seen = map[IRI]bool{}
		if err := w.run(ctx, yield); err != nil && err != errStopped {
			yield(Item{}, &WalkError{Page: w.at.Page, Err: err})
		}
	}
}

func (options *WalkOptions) orDefault() WalkOptions {
	var o WalkOptions
	if options != nil {
		o = *options
	}
	if o.Pages == 0 {
		o.Pages = defaultPages
	}
	if o.Items == 0 {
		o.Items = defaultItems
	}
	return o
}

// errStopped ends a walk whose caller wants no more.
var errStopped = errors.New("stopped")

type walker struct {
	getter         Getter
	id             IRI
	given          *Object // the collection, if it need not be fetched
	options        WalkOptions
	at             Position
	seen           map[IRI]bool
	fetches, items int
}

func (w *walker) run(ctx context.Context, yield func(Item, error) bool) error {
	page := w.id
	if after := w.options.After.Page; after != "" && after != w.id {
		if err := w.checkOwner(ctx); err != nil {
			return err
		}
		page = after
	}
	for {
		o, err := w.page(ctx, page)
		if err != nil {
			return err
		}
		if page, err = w.document(o, yield); err != nil || page == "" {
			return err
		}
	}
}

// checkOwner looks at the collection when the walk begins at a later page.
func (w *walker) checkOwner(ctx context.Context) error {
	if w.options.Owner == "" {
		return nil
	}
	o, err := w.fetch(ctx, w.id)
	if err != nil {
		return err
	}
	return w.owned(o)
}

// page returns a document that may be believed to be the collection's.
func (w *walker) page(ctx context.Context, page IRI) (*Object, error) {
	w.at = Position{Page: page}
	switch {
	case page != w.id && !SameOrigin(page, w.id):
		return nil, ErrForeignPage
	case w.seen[page.Document()]:
		return nil, ErrPageCycle
	}
	w.seen[page.Document()] = true
	o, err := w.fetch(ctx, page)
	if err != nil {
		return nil, err
	}
	if id := o.ID(); id != "" && id != page && !SameOrigin(id, w.id) {
		return nil, ErrForeignPage
	}
	if !isPaged(o) {
		return nil, ErrNotCollection
	}
	if page == w.id {
		return o, w.owned(o)
	}
	return o, nil
}

func (w *walker) fetch(ctx context.Context, page IRI) (*Object, error) {
	if w.given != nil && page == w.id {
		return w.given, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if w.fetches == w.options.Pages {
		return nil, ErrTooManyPages
	}
	w.fetches++
	return w.getter.Fetch(ctx, page)
}

// isPaged also takes a collection without a type that is known here.
func isPaged(o *Object) bool {
	return o.IsCollection() || holdsItems(o) || o.Has(First) || o.Has(TotalItems)
}

func holdsItems(o *Object) bool { return o.Has(Items) || o.Has(OrderedItems) || o.Has(Next) }

func (w *walker) owned(o *Object) error {
	if w.options.Owner == "" {
		return nil
	}
	inverses := []Property{LikesOf, SharesOf, RepliesOf, InboxOf, OutboxOf, FollowersOf, FollowingOf, LikedOf}
	if w.options.Inverse != "" {
		inverses = []Property{w.options.Inverse}
	}
	found := false
	for _, p := range inverses {
		for v := range o.All(p) {
			found = true
			if v.IRI() != w.options.Owner {
				return ErrNotOwned
			}
		}
	}
	if w.options.Strict && !found {
		return ErrNotOwned
	}
	return nil
}

// document yields the items of one fetched document, pages embedded in it
// included, and returns the page to fetch next. Positions count all items of
// the document.
func (w *walker) document(o *Object, yield func(Item, error) bool) (IRI, error) {
	skip := 0
	if w.at.Page == w.options.After.Page {
		skip = w.options.After.Ordinal
	}
	for {
		if err := w.yieldItems(o, skip, yield); err != nil {
			return "", err
		}
		next := following(o)
		page, isObject := next.Object()
		if !isObject || !holdsItems(page) {
			return next.IRI(), nil
		}
		if err := w.enter(page.ID()); err != nil {
			return "", err
		}
		o = page
	}
}

// enter marks an embedded page as read.
func (w *walker) enter(page IRI) error {
	switch {
	case page == "":
		return nil
	case !SameOrigin(page, w.id):
		return ErrForeignPage
	case w.seen[page.Document()]:
		return ErrPageCycle
	}
	w.seen[page.Document()] = true
	return nil
}

// following returns where a collection or page goes on. A page may name the
// first of all pages too.
func following(o *Object) Value {
	if !o.Is(TypeCollectionPage, TypeOrderedCollectionPage) {
		for v := range o.All(First) {
			return v
		}
	}
	for v := range o.All(Next) {
		return v
	}
	return Value{}
}

func (w *walker) yieldItems(o *Object, skip int, yield func(Item, error) bool) error {
	for _, p := range [...]Property{Items, OrderedItems} {
		for v := range o.All(p) {
			w.at.Ordinal++
			if w.at.Ordinal <= skip {
				continue
			}
			if w.items == w.options.Items {
				return ErrTooManyItems
			}
			w.items++
			if !yield(Item{Value: v, After: w.at}, nil) {
				return errStopped
			}
		}
	}
	return nil
}
