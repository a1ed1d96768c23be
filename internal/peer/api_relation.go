package peer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// An OtherRequest names the other account of a relation: an id, or a handle.
type OtherRequest struct {
	Target string `json:"target"`
}

// relate does something between an account here and another.
func (p *Peer) relate(do func(ctx context.Context, h *host, name string, other vocab.IRI) error) call {
	return func(r *http.Request) (any, int, error) {
		h, name, err := p.account(r.Context(), r.PathValue("who"))
		if err != nil {
			return nil, 0, err
		}
		request, err := read[OtherRequest](r)
		if err != nil {
			return nil, 0, err
		}
		other, err := p.resolve(r.Context(), h, request.Target)
		if err != nil {
			return nil, 0, err
		}
		if err := do(r.Context(), h, name, other); err != nil {
			return nil, 0, err
		}
		account, err := h.shown(r.Context(), name)
		return account, http.StatusOK, err
	}
}

func follow(ctx context.Context, h *host, name string, other vocab.IRI) error {
	return h.Follow(ctx, rand.Text(), h.id(name), other)
}

func unfollow(ctx context.Context, h *host, name string, other vocab.IRI) error {
	return h.Undo(ctx, rand.Text(), h.id(name), other)
}

// block blocks an account, or with https://HOST a whole host.
func block(ctx context.Context, h *host, name string, other vocab.IRI) error {
	if strings.TrimSuffix(string(other), "/") == other.Origin() {
		other = vocab.IRI(other.Host())
	}
	return h.Block(ctx, name, other)
}

func mute(ctx context.Context, h *host, name string, other vocab.IRI) error {
	return h.Mute(ctx, name, other)
}

func answerRequest(accept bool) func(context.Context, *host, string, vocab.IRI) error {
	return func(ctx context.Context, h *host, name string, other vocab.IRI) error {
		waiting, err := h.Requests(ctx, name)
		if err != nil {
			return err
		}
		followers, err := h.Followers(ctx, name)
		if err != nil {
			return err
		}
		// A follower can be rejected later, too.
		if !subset([]vocab.IRI{other}, append(waiting, followers...)) {
			return &apiError{http.StatusConflict, fmt.Sprintf("%s has not asked to follow", other)}
		}
		return h.Answer(ctx, name, other, accept)
	}
}

// confirm moves an account by hand, away from other, whose Move was never
// confirmed.
func confirm(ctx context.Context, h *host, name string, other vocab.IRI) error {
	err := h.Receiver().Confirm(ctx, h.id(name), other)
	if errors.Is(err, move.ErrNothingToConfirm) {
		return &apiError{http.StatusConflict, err.Error()}
	}
	return err
}
