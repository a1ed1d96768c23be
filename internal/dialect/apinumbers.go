package dialect

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/vocab"
)

// mostNumbers is how many ids of others' statuses are remembered, in some eight
// megabytes.
const mostNumbers = 1 << 16

// numbers finds the ids of statuses that an export has in other places, by their
// numbers in the API: what the account likes, has marked, shares or was sent is
// also what it answers.
type numbers struct {
	lists []list // of statuses
	own   string // the account's number; its own statuses need no remembering

	mu   sync.Mutex
	done bool
	ids  map[string]vocab.IRI
}

func (n *numbers) of(number string) vocab.IRI {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ids[number]
}

// before reads the numbers once, before the first element.
func (n *numbers) before(each func(context.Context) iter.Seq2[jsonitems.Element, error]) func(context.Context) iter.Seq2[jsonitems.Element, error] {
	return func(ctx context.Context) iter.Seq2[jsonitems.Element, error] {
		return func(yield func(jsonitems.Element, error) bool) {
			if err := n.read(ctx); err != nil {
				yield(jsonitems.Element{}, err)
				return
			}
			each(ctx)(yield)
		}
	}
}

func (n *numbers) read(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.done {
		return nil
	}
	ids := map[string]vocab.IRI{}
	for i, l := range n.lists {
		if slices.ContainsFunc(n.lists[:i], l.isBeside) {
			continue // read with it
		}
		if err := n.readEntry(ctx, l, ids); err != nil {
			return err
		}
	}
	n.ids, n.done = ids, true
	return nil
}

// isBeside reports whether two lists are of one entry.
func (l list) isBeside(other list) bool { return l.entry == other.entry }

// readEntry reads all lists of an entry at once.
func (n *numbers) readEntry(ctx context.Context, l list, ids map[string]vocab.IRI) error {
	for e, err := range l.view.Elements(ctx, l.entry, &jsonitems.Options{Arrays: l.arrays}) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		wanted := func(other list) bool { return l.isBeside(other) && other.array == e.Array }
		if !slices.ContainsFunc(n.lists, wanted) || n.isOwn(e.Data) {
			continue
		}
		if o, err := l.view.Parse(e.Data); err == nil {
			n.remember(ids, o)
			n.remember(ids, o.Child("reblog"))
		}
		if len(ids) >= mostNumbers {
			break
		}
	}
	return nil
}

// isOwn reports whether a text is plainly a status that shares nothing, with an id
// that its number is part of: nearly all own ones are.
func (n *numbers) isOwn(data []byte) bool {
	shared, ok := peek(data, `"reblog"`)
	by, isObject := peek(data, `"account"`)
	if !ok || string(shared) != "null" || !isObject {
		return false
	}
	number, _ := peek(by, `"id"`)
	return n.own != "" && string(bytes.Trim(number, `"`)) == n.own
}

// remember keeps the id of somebody's status.
func (n *numbers) remember(ids map[string]vocab.IRI, o *vocab.Object) {
	if o == nil || o.Child("reblog") != nil {
		return
	}
	if by := o.Child("account"); by != nil && n.own != "" && number(by, "id") == n.own {
		return
	}
	if at, id := number(o, "id"), o.Text("uri"); at != "" && id != "" && len(at)+len(id) < 1024 {
		ids[at] = vocab.IRI(id)
	}
}
