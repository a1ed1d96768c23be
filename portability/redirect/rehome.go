package redirect

import (
	"context"
	"fmt"
	"iter"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/consent"
	"codeberg.org/godwit/godwit/vocab"
)

// Owners knows whose the things of a server are that changes its domain. It is safe for
// concurrent use.
type Owners interface {
	// Owner returns the actor that had something under an old id or address, and who may
	// read it. False for what is nobody's.
	Owner(ctx context.Context, old vocab.IRI) (actor vocab.IRI, audience portability.Audience, ok bool, err error)
}

// A Rehoming leads what accounts had at one origin to another, where everything has the
// path that it had: a change of domain, of one person or of a whole server. It is the
// [Finder] and the [Accounts] of the handler that stays at the old origin. An account is
// led from when [Rehoming.Prove] has found that both ends say so; until then, and for
// everybody else, the old origin answers as before. It is safe for concurrent use.
type Rehoming struct {
	AccountTable
	from, to vocab.IRI
	owners   Owners
}

var (
	_ Finder   = (*Rehoming)(nil)
	_ Accounts = (*Rehoming)(nil)
)

// NewRehoming returns one that leads nobody yet. From and to are origins, such as
// "https://old.example".
func NewRehoming(from, to vocab.IRI, owners Owners) (*Rehoming, error) {
	if from.Origin() == "" || to.Origin() == "" || vocab.SameOrigin(from, to) || owners == nil {
		return nil, ErrOptions
	}
	return &Rehoming{from: vocab.IRI(from.Origin()), to: vocab.IRI(to.Origin()), owners: owners}, nil
}

// New returns what an id or address is called at the new origin; "" for one that is not
// of the old.
func (h *Rehoming) New(old vocab.IRI) vocab.IRI {
	if vocab.IRI(old.Origin()) != h.from {
		return ""
	}
	return h.to + vocab.IRI(afterAuthority(string(old)))
}

// A Rehomed is what came of one account.
type Rehomed struct {
	Old, New vocab.IRI
	// Why it is not led; "" if it is.
	Why consent.Unproven
}

// Prove reads both ends of every account anew, and leads on those of which the old actor
// names the new one, as an alias or in movedTo, and the new one names the old as itself. It
// may be called again, for all or for some: an account whose ends no longer say so is led
// no longer. An account that cannot be read stays as it is, and comes with the error, an
// [actor.FetchError]; the others behind it are read all the same. Whoever stops early has
// proved those that he saw. It tells nobody: the Move is the caller's to send, paced.
func (h *Rehoming) Prove(ctx context.Context, f actor.Fetcher, olds iter.Seq2[vocab.IRI, error]) iter.Seq2[Rehomed, error] {
	return func(yield func(Rehomed, error) bool) {
		for old, err := range olds {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Rehomed{}, fmt.Errorf("rehome: %w", err))
				return
			}
			r, err := h.prove(ctx, f, old)
			if err != nil {
				err = fmt.Errorf("rehome %s: %w", old.Origin(), err)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (h *Rehoming) prove(ctx context.Context, f actor.Fetcher, old vocab.IRI) (Rehomed, error) {
	r := Rehomed{Old: old, New: h.New(old)}
	if r.New == "" {
		r.Why = consent.AnotherID
		return r, nil
	}
	standing, evidence, err := consent.Prove(ctx, f, old, r.New, nil)
	if err != nil {
		return r, err
	}
	if r.Why = evidence.Why; standing != portability.Proved {
		h.Remove(old)
		return r, nil
	}
	before, after, err := h.both(ctx, f, r)
	if err != nil {
		return r, err
	}
	if after.ID() != r.New || !actor.Claims(after, old) {
		r.Why = consent.NotNamed
		h.Remove(old)
		return r, nil
	}
	a := AccountOf(before, r.New)
	if page := after.IRI(vocab.URL); vocab.SameOrigin(page, r.New) {
		a.NewPage = page
	}
	h.Put(a)
	return r, nil
}

// both reads the documents of an account's two ends, past any cache where that can be.
func (h *Rehoming) both(ctx context.Context, f actor.Fetcher, r Rehomed) (before, after *vocab.Object, err error) {
	if before, err = fetchNow(ctx, f, r.Old); err != nil {
		return nil, nil, err
	}
	after, err = fetchNow(ctx, f, r.New)
	return before, after, err
}

// Find implements [Finder].
func (h *Rehoming) Find(ctx context.Context, olds []vocab.IRI) (map[vocab.IRI]portability.Mapping, error) {
	found := map[vocab.IRI]portability.Mapping{}
	for _, old := range olds {
		to := h.New(old)
		if to == "" {
			continue
		}
		owner, audience, ok, err := h.owners.Owner(ctx, old)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		a, led, err := h.Moved(ctx, owner)
		if err != nil {
			return nil, err
		}
		if led && a.Old == owner {
			found[old] = portability.Mapping{Old: old, ID: old, New: to, Kind: portability.Content, From: owner, To: a.New, Audience: audience}
		}
	}
	return found, nil
}
