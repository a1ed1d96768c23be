package portability

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"codeberg.org/godwit/godwit/vocab"
)

// Put implements [Sink].
func (m *Memory) Put(ctx context.Context, items []Item) ([]Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("put items: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	results := make([]Result, len(items))
	for i, item := range items {
		results[i] = m.put(item)
	}
	return results, nil
}

func (m *Memory) put(item Item) Result {
	end := func(state State, reason Reason) Result {
		return Result{Ref: item.Ref, State: state, Reason: reason}
	}
	if p, fatal := item.Fatal(); fatal {
		return end(Failed, p.Reason)
	}
	switch {
	case item.ID == "":
		return end(Failed, NoID)
	case item.Object == nil && len(item.Raw) == 0 && item.Kind != Media:
		return end(Failed, Unreadable)
	}
	given := content(item)
	if before, there := m.refs[item.Ref]; there {
		return m.again(item.Ref, before == given)
	}
	if most := m.options.Limits.Items; most > 0 && int64(len(m.refs)) >= most {
		return end(Skipped, TooMany)
	}
	fitting, state, reason := m.options.Limits.Fit(item)
	if state != Copied && state != Changed {
		return end(state, reason)
	}
	if missing := m.files.resolve(&fitting); missing && item.Kind == Media {
		return end(Failed, mediaProblem(item))
	} else if missing && state == Copied {
		state, reason = Changed, mediaProblem(item)
	}
	m.hold(fitting, given)
	return Result{Ref: item.Ref, NewID: m.name(item.Ref), State: state, Reason: reason}
}

// again is the end of an item that was put before.
func (m *Memory) again(ref Ref, same bool) Result {
	if same {
		return Result{Ref: ref, NewID: m.name(ref), State: Skipped, Reason: AlreadyThere}
	}
	return Result{Ref: ref, NewID: m.name(ref), State: Conflicting, Reason: Differs}
}

func (m *Memory) hold(item Item, given [sha256.Size]byte) {
	m.last++
	item.Next = position(m.last, sha256.Sum256([]byte(item.ID)))
	m.refs[item.Ref] = given
	m.kinds[item.Kind] = append(m.kinds[item.Kind], held{Item: item.clone(), number: m.last})
}

// name is what an item is called here; it follows from the Ref alone.
func (m *Memory) name(ref Ref) vocab.IRI {
	sum := sha256.Sum256([]byte(ref.ID))
	return vocab.IRI(m.options.Base + string(ref.Kind) + "/" + hex.EncodeToString(sum[:16]))
}

// mediaProblem says why a file of the item is not here.
func mediaProblem(item Item) Reason {
	for _, p := range item.Problems {
		if p.Reason == BadMedia || p.Reason == NoPlace {
			return p.Reason
		}
	}
	return MissingMedia
}

// Remove implements [Remover].
func (m *Memory) Remove(ctx context.Context, refs []Ref) ([]Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("remove items: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	results := make([]Result, len(refs))
	for i, ref := range refs {
		results[i] = m.remove(ref)
	}
	return results, nil
}

func (m *Memory) remove(ref Ref) Result {
	if _, there := m.refs[ref]; !there {
		return Result{Ref: ref, State: Skipped, Reason: NotHere}
	}
	delete(m.refs, ref)
	var kept []held // a list of its own: somebody may be reading the other
	var gone Item
	for _, h := range m.kinds[ref.Kind] {
		if h.Ref == ref {
			gone = h.Item
			continue
		}
		kept = append(kept, h)
	}
	m.kinds[ref.Kind] = kept
	for _, medium := range gone.Media {
		if !m.uses(medium.Digest) {
			m.files.drop(medium.Digest)
		}
	}
	return Result{Ref: ref, NewID: m.name(ref), State: Removed}
}

// uses reports whether any item uses the file.
func (m *Memory) uses(digest string) bool {
	for _, items := range m.kinds {
		for _, h := range items {
			if slices.ContainsFunc(h.Media, func(f Medium) bool { return f.Digest == digest }) {
				return true
			}
		}
	}
	return false
}
