package redirect

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Finder knows where old things are now, as [portability.URIMap] does. What is not
// known is left out. It is safe for concurrent use. Every [portability.Store] is one, as
// that of package portability/sqlstore.
type Finder interface {
	Find(ctx context.Context, olds []vocab.IRI) (map[vocab.IRI]portability.Mapping, error)
}

// A FinderFunc is a [Finder] that looks up one IRI at a time and needs nobody else, as the
// method Look of uriindex.Index does. What cannot be read is an error, and not unknown:
// nobody is told that a link is dead because a disk is.
type FinderFunc func(old vocab.IRI) (portability.Mapping, bool, error)

var _ Finder = FinderFunc(nil)

// Find is [Finder.Find].
func (f FinderFunc) Find(_ context.Context, olds []vocab.IRI) (map[vocab.IRI]portability.Mapping, error) {
	found := make(map[vocab.IRI]portability.Mapping, 1)
	for _, old := range olds {
		m, known, err := f(old)
		if err != nil {
			return nil, err
		}
		if known {
			found[old] = m
		}
	}
	return found, nil
}

// DefaultHops is how many moves of one item are followed where nothing else is said.
const DefaultHops = 32

// Why a mapping cannot be composed, to be tested with errors.Is.
var (
	ErrLoop       = errors.New("it leads back to where it came from")
	ErrHops       = errors.New("it has moved too often")
	ErrNotFurther = errors.New("the second does not begin where the first ends")
)

// A ChainError says what could not be followed.
type ChainError struct {
	Old vocab.IRI
	Err error // one of the errors above
}

func (e *ChainError) Error() string { return "follow " + string(e.Old) + ": " + e.Err.Error() }

func (e *ChainError) Unwrap() error { return e.Err }

// Compose joins a move A→B of an item and a move B→C of the same into A→C, so that the
// middle may go away. The copy is for no more readers than either says, and gone if
// either is.
func Compose(first, second portability.Mapping) (portability.Mapping, error) {
	switch {
	case first.New != second.Old || first.To != second.From:
		return first, &ChainError{first.Old, ErrNotFurther}
	case second.New == first.Old || second.New == first.ID:
		return first, &ChainError{first.Old, ErrLoop}
	}
	joined := first
	joined.New, joined.URL, joined.To = second.New, second.URL, second.To
	joined.Audience = narrower(first.Audience, second.Audience)
	joined.Gone = first.Gone || second.Gone
	if second.At.After(first.At) {
		joined.At = second.At
	}
	return joined, nil
}

// narrower returns the audience with fewer readers; one that is not known counts for
// the author alone.
func narrower(a, b portability.Audience) portability.Audience {
	if width(a) <= width(b) {
		return a
	}
	return b
}

func width(a portability.Audience) int {
	switch a {
	case portability.ForPublic:
		return 4
	case portability.ForUnlisted:
		return 3
	case portability.ForFollowers:
		return 2
	case portability.ForMentioned:
		return 1
	}
	return 0
}

// Flatten follows a mapping over further moves of the item as long as f knows one, and
// returns one that leads from its old place to its last. At most hops moves are
// followed, [DefaultHops] for 0. A [ChainError] refuses a longer chain, and one that comes
// back: an item that is again where it was needs no mapping.
func Flatten(ctx context.Context, f Finder, m portability.Mapping, hops int) (portability.Mapping, error) {
	if hops == 0 {
		hops = DefaultHops
	}
	seen := map[vocab.IRI]bool{m.Old: true, m.ID: true}
	last := m
	for n := 1; ; n++ {
		next, ok, err := further(ctx, f, last)
		switch {
		case err != nil:
			return m, err
		case !ok:
			return last, nil
		case seen[next.New] || seen[last.New]:
			return m, &ChainError{m.Old, ErrLoop}
		case n >= hops:
			return m, &ChainError{m.Old, ErrHops}
		}
		seen[last.New] = true
		if last, err = Compose(last, next); err != nil {
			return m, err
		}
	}
}

// further returns the next move of an item, if it is known.
func further(ctx context.Context, f Finder, m portability.Mapping) (portability.Mapping, bool, error) {
	found, err := f.Find(ctx, []vocab.IRI{m.New})
	if err != nil {
		return m, false, fmt.Errorf("follow %s: %w", m.Old, err)
	}
	next, ok := found[m.New]
	return next, ok && next.Old == m.New && next.From == m.To && next.New != "", nil
}

// FlattenAll flattens a whole map. A mapping that cannot be followed is yielded as it was, with
// its [ChainError]; the sequence goes on. Any other error is the last thing yielded.
func FlattenAll(ctx context.Context, f Finder, all iter.Seq2[portability.Mapping, error], hops int) iter.Seq2[portability.Mapping, error] {
	return func(yield func(portability.Mapping, error) bool) {
		for m, err := range all {
			if err == nil {
				m, err = Flatten(ctx, f, m, hops)
			}
			var chain *ChainError
			if !yield(m, err) || err != nil && !errors.As(err, &chain) {
				return
			}
		}
	}
}
