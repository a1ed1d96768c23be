package portability

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// Memory is an account in memory: a [Source] and a [Sink] with every further
// ability but [Finisher], for tests and for small accounts. It is safe for
// concurrent use.
//
// It yields items in the order in which they were put, and does not look at
// dates. What it holds is compared by meaning (RFC 8785), so a document with
// its members in another order is the same one.
type Memory struct {
	options MemoryOptions

	mu    sync.RWMutex
	last  uint64 // the number of the item put last
	kinds map[Kind][]held
	refs  map[Ref][sha256.Size]byte // what was given under each
	files files
}

// MemoryOptions adjusts [NewMemory]. A nil *MemoryOptions is the same as a zero
// one.
type MemoryOptions struct {
	// Base is what the ids of items begin with. Default
	// "https://memory.example/".
	Base string
	// Limits is what the account can hold. Of those, [Limits.Fit] says which are
	// looked at; MediaBytes, MediaTypes and Items are too.
	Limits Limits
}

// held is an item with its number, which never changes.
type held struct {
	Item
	number uint64
}

// NewMemory returns an account that has nothing.
func NewMemory(options *MemoryOptions) *Memory {
	m := &Memory{kinds: map[Kind][]held{}, refs: map[Ref][sha256.Size]byte{}}
	if options != nil {
		m.options = *options
	}
	if m.options.Base == "" {
		m.options.Base = "https://memory.example/"
	}
	return m
}

// Actor returns the document of the first item of kind [Actor].
func (m *Memory) Actor(ctx context.Context) (*vocab.Object, error) {
	for item, err := range m.Items(ctx, Actor, "") {
		if err != nil {
			return nil, err
		}
		if item.Object != nil {
			return item.Object, nil
		}
	}
	return nil, ErrNoActor
}

// Kinds implements [Source].
func (m *Memory) Kinds(ctx context.Context) ([]Kind, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.DeleteFunc(Kinds(), func(k Kind) bool { return len(m.kinds[k]) == 0 }), ctx.Err()
}

// Items implements [Source]. It yields what is there when it is called upon;
// a position behind an item that was removed is [ErrChanged].
func (m *Memory) Items(ctx context.Context, k Kind, after string) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		items, err := m.behind(k, after)
		if err != nil {
			yield(Item{}, err)
			return
		}
		for _, item := range items {
			if err := ctx.Err(); err != nil {
				yield(Item{}, fmt.Errorf("read %s: %w", k, err))
				return
			}
			if !yield(item.Item.clone(), nil) {
				return
			}
		}
	}
}

// behind returns the items behind a position. Nobody writes to what it returns.
func (m *Memory) behind(k Kind, after string) ([]held, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if after == "" {
		return m.kinds[k], nil
	}
	text, _, _ := strings.Cut(after, ".")
	number, _ := strconv.ParseUint(text, 10, 64)
	i, found := slices.BinarySearchFunc(m.kinds[k], number, func(h held, n uint64) int {
		return cmp.Compare(h.number, n)
	})
	if !found || m.kinds[k][i].Next != after {
		return nil, fmt.Errorf("read %s: %w", k, ErrChanged)
	}
	return m.kinds[k][i+1:], nil
}

// Count implements [Counter]. It is exact.
func (m *Memory) Count(ctx context.Context, k Kind) (int64, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return int64(len(m.kinds[k])), true, ctx.Err()
}

// Limits implements [Limited].
func (m *Memory) Limits(ctx context.Context) (Limits, error) { return m.options.Limits, ctx.Err() }

// position names the place behind an item, so that no other item's passes for it.
func position(number uint64, sum [sha256.Size]byte) string {
	return strconv.FormatUint(number, 10) + "." + hex.EncodeToString(sum[:8])
}

// content hashes what an item says, for whom, and with which files. What only says where
// these are in their source is left out.
func content(item Item) [sha256.Size]byte {
	sum := document(item)
	if item.Activity == nil && len(item.Media) == 0 {
		return sum
	}
	whole := sha256.New()
	whole.Write(sum[:])
	if item.Activity != nil {
		sum = document(Item{Object: around(item.Activity)})
		whole.Write(sum[:])
	}
	for _, m := range item.Media {
		whole.Write([]byte("\x00" + m.URL))
	}
	return [sha256.Size]byte(whole.Sum(nil))
}

// around is an activity without what it brings, which the item has itself.
func around(activity *vocab.Object) *vocab.Object {
	if bare, err := activity.Without(vocab.ObjectProperty); err == nil {
		return bare
	}
	return activity
}

// document hashes an item's own document. One that cannot be canonical is compared by
// its bytes.
func document(item Item) [sha256.Size]byte {
	switch o := item.Object; {
	case o != nil:
		if canonical, err := actor.Canonical(o.Bytes()); err == nil {
			return sha256.Sum256(append([]byte("jcs "), canonical...))
		}
		return sha256.Sum256(append([]byte("document "), o.Bytes()...))
	default:
		return sha256.Sum256(append([]byte("raw "), item.Raw...))
	}
}

// clone returns an item that shares nothing that can be written to.
func (i Item) clone() Item {
	i.Raw, i.Media, i.Problems = slices.Clone(i.Raw), slices.Clone(i.Media), slices.Clone(i.Problems)
	return i
}
