package dialect

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Part is the items of one kind in one place of an export.
type Part struct {
	Kind portability.Kind
	// Name tells it from the other parts of its kind; the name of the entry.
	Name string
	// Each yields the items from the first, any number of times, and the same as
	// long as the export stays the same. It leaves Next alone. An error is the
	// last thing it yields, and about the whole; reading is bounded in memory
	// whatever the size of the entry.
	Each func(ctx context.Context) iter.Seq2[portability.Item, error]
	// Said is how many items the export says there are, -1 if it says nothing.
	Said int64
}

// An Account is an export that was opened: a portability.Source, MediaSource and
// Counter. It is safe for concurrent use.
type Account struct {
	Name  string        // of the dialect
	Doc   *vocab.Object // the actor document; nil if there is none
	Owner portability.Readership
	// Parts are in the order in which they are yielded, for each kind. The actor
	// needs none: [portability.Actor] is made of Doc, unless a part has it.
	Parts []Part
	// Media opens a file of the export; nil if it has none. See
	// portability.MediaSource.
	Media func(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error)
	// Pictures are the entries of the actor's icon and image, by their URLs; for
	// the actor that is made of Doc.
	Pictures map[vocab.IRI]string
	// Archive is what an archive of FEP-6fcd says of itself; nil for other dialects.
	Archive *ArchiveInfo
	// Problems are what is odd about the export as a whole, and was known when
	// it was opened. [Account.Odd] has those found since, too.
	Problems []Problem

	view *View
	mu   sync.Mutex
	odd  map[Problem]bool // found while reading
	list []Problem
}

func (a *Account) ready(name string, v *View) *Account {
	a.Name, a.view = name, v
	if a.Doc != nil && a.Owner == (portability.Readership{}) {
		a.Owner = portability.ReadershipOf(a.Doc)
	}
	if a.Doc != nil && holdsSecret(a.Doc) {
		a.note(SecretInside, string(portability.Actor), "a private key")
	}
	if a.Doc != nil && !slices.ContainsFunc(a.Parts, func(p Part) bool { return p.Kind == portability.Actor }) {
		a.Parts = slices.Insert(a.Parts, 0, actorPart(a.pictured(actorItem(a.Doc))))
	}
	return a
}

func actorPart(item portability.Item) Part {
	return Part{Kind: portability.Actor, Name: "actor", Said: 1, Each: Just(item)}
}

func actorItem(doc *vocab.Object) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: portability.Actor, ID: string(doc.ID())}, Object: doc}
	if item.ID == "" {
		item.Problems = []portability.Problem{{Reason: portability.NoID}}
	}
	return item
}

// Just yields items that are in memory.
func Just(items ...portability.Item) func(context.Context) iter.Seq2[portability.Item, error] {
	return func(context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

const mostOdd = 1000

// Note records what is odd about the whole and was found while reading. Said
// again, it counts once; at most a thousand are kept.
func (a *Account) Note(p Problem) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.odd == nil {
		a.odd = map[Problem]bool{}
	}
	if a.odd[p] || len(a.list) >= mostOdd {
		return
	}
	a.odd[p] = true
	a.list = append(a.list, p)
}

// Odd returns all that is known to be odd by now.
func (a *Account) Odd() []Problem {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Concat(a.Problems, a.list)
}

// Actor implements portability.Source.
func (a *Account) Actor(ctx context.Context) (*vocab.Object, error) {
	if a.Doc == nil {
		return nil, portability.ErrNoActor
	}
	return a.Doc, ctx.Err()
}

// Kinds implements portability.Source. A kind whose parts turn out to be empty is
// not among them.
func (a *Account) Kinds(ctx context.Context) ([]portability.Kind, error) {
	var kinds []portability.Kind
	for _, k := range portability.Kinds() {
		for _, err := range a.Items(ctx, k, "") {
			if err != nil {
				return nil, err
			}
			kinds = append(kinds, k)
			break
		}
	}
	return kinds, ctx.Err()
}

// Items implements portability.Source. A position is the number of the part, the
// number of the item in it and a hash of the item's name.
func (a *Account) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		from, ok := parsePosition(after)
		if !ok {
			yield(portability.Item{}, fmt.Errorf("read %s: %w", k, portability.ErrChanged))
			return
		}
		number := 0
		for _, part := range a.Parts {
			if part.Kind != k {
				continue
			}
			number++
			if number < from.part {
				continue
			}
			if !a.part(ctx, part, number, from, yield) {
				return
			}
		}
		if number < from.part {
			yield(portability.Item{}, fmt.Errorf("read %s: %w", k, portability.ErrChanged))
		}
	}
}

// part yields the items of a part, and reports whether to go on.
func (a *Account) part(ctx context.Context, p Part, number int, from position, yield func(portability.Item, error) bool) bool {
	skip := int64(0)
	if number == from.part {
		skip = from.item
	}
	n := int64(0)
	for item, err := range p.Each(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(portability.Item{}, fmt.Errorf("read %s: %w", p.Kind, err))
			return false
		}
		n++
		here := position{part: number, item: n, sum: nameSum(item.Ref)}
		switch {
		case n < skip:
			continue
		case n == skip && here != from:
			yield(portability.Item{}, fmt.Errorf("read %s: %w", p.Kind, portability.ErrChanged))
			return false
		case n == skip:
			continue
		}
		item.Next = here.String()
		if !yield(item, nil) {
			return false
		}
	}
	if n < skip {
		yield(portability.Item{}, fmt.Errorf("read %s: %w", p.Kind, portability.ErrChanged))
		return false
	}
	return true
}

// Count implements portability.Counter: what the export says, which may be wrong.
// What it says nothing of is counted by reading, and exact.
func (a *Account) Count(ctx context.Context, k portability.Kind) (int64, bool, error) {
	total, exact := int64(0), true
	for _, part := range a.Parts {
		switch {
		case part.Kind != k:
		case part.Said >= 0:
			total, exact = total+part.Said, false
		default:
			for _, err := range part.Each(ctx) {
				if err != nil {
					return 0, false, fmt.Errorf("count %s: %w", k, err)
				}
				total++
			}
		}
	}
	return total, exact || k == portability.Actor, ctx.Err()
}

// OpenMedia implements portability.MediaSource.
func (a *Account) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	if a.Media == nil {
		return nil, m, portability.ErrNoMedium
	}
	return a.Media(ctx, m)
}

type position struct {
	part int   // from 1
	item int64 // from 1
	sum  string
}

func (p position) String() string {
	return strconv.Itoa(p.part) + "." + strconv.FormatInt(p.item, 10) + "." + p.sum
}

func parsePosition(text string) (position, bool) {
	if text == "" {
		return position{}, true
	}
	part, rest, _ := strings.Cut(text, ".")
	item, sum, _ := strings.Cut(rest, ".")
	p := position{sum: sum}
	p.part, _ = strconv.Atoi(part)
	p.item, _ = strconv.ParseInt(item, 10, 64)
	return p, p.part > 0 && p.item > 0 && p.String() == text
}

// nameSum tells items apart, so that a position in another export does not pass. It
// is FNV-1a, as package hash/fnv has it.
func nameSum(ref portability.Ref) string {
	sum := uint64(14695981039346656037)
	for _, text := range [...]string{string(ref.Kind), "\x00", ref.ID} {
		for i := range len(text) {
			sum = (sum ^ uint64(text[i])) * 1099511628211
		}
	}
	return strconv.FormatUint(sum, 36)
}
