package redirect

import (
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// destination follows the verified moves of an account as far as they are known, and
// returns the last. It has no New if the account has come back, or goes round.
func (h *Handler) destination(q question, a MovedAccount) (MovedAccount, error) {
	last := a
	err := h.moves(q, a, func(next MovedAccount) { last = next })
	var chain *ChainError
	if errors.As(err, &chain) {
		if !errors.Is(err, ErrLoop) {
			h.problem(q.r, err)
		}
		return MovedAccount{}, nil
	}
	return last, err
}

// moves calls yield for each known move of an account.
func (h *Handler) moves(q question, a MovedAccount, yield func(MovedAccount)) error {
	start := a.Old
	seen := map[vocab.IRI]bool{start: true}
	for n := 1; ; n++ {
		switch {
		case seen[a.New]:
			return &ChainError{start, ErrLoop}
		case n > h.o.Hops:
			return &ChainError{start, ErrHops}
		}
		seen[a.New] = true
		yield(a)
		next, moved, err := h.o.Accounts.Moved(q.ctx, a.New)
		if err != nil {
			return fmt.Errorf("redirect: %w", err)
		}
		if !moved || next.Off || next.Old != a.New || next.New == "" {
			return nil
		}
		a = next
	}
}

// lastPlace follows an item over further moves of its account. A mapping counts only
// if it leads to an actor that a verified move names; the last that does is returned.
func (h *Handler) lastPlace(q question, a MovedAccount, m portability.Mapping) (portability.Mapping, bool, error) {
	named, end := map[vocab.IRI]bool{}, a.New
	err := h.moves(q, a, func(next MovedAccount) { named[next.New], end = true, next.New })
	var chain *ChainError
	if errors.As(err, &chain) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	return h.follow(q, m, named, end)
}

func (h *Handler) follow(q question, m portability.Mapping, named map[vocab.IRI]bool, end vocab.IRI) (best portability.Mapping, ok bool, err error) {
	for range h.o.Hops {
		if named[m.To] {
			best, ok = m, true
		}
		if m.To == end {
			return best, ok, nil
		}
		next, known, err := further(q.ctx, h.o.Finder, m)
		if err != nil {
			return best, false, err
		}
		if !known {
			return best, ok, nil
		}
		if m, err = Compose(m, next); err != nil {
			return best, false, nil
		}
	}
	return best, ok, nil
}
