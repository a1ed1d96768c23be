package gofed

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/go-fed/activity/pub"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// A Transport is a pub.Transport over godwit's own client, or any other pair
// of a fetcher and a deliverer. Unlike go-fed's own it guards where it connects
// to, checks which origin a document came from (FEP-fe34), gives go-fed only
// documents that it can read, and sends documents whose @context defines their
// terms.
type Transport struct {
	as        vocab.IRI
	fetcher   actor.Fetcher
	deliverer move.Deliverer
}

var _ pub.Transport = (*Transport)(nil)

// NewTransport returns a Transport that delivers as one account. The fetcher
// should sign as the same one.
func NewTransport(as vocab.IRI, f actor.Fetcher, d move.Deliverer) *Transport {
	return &Transport{as: as, fetcher: f, deliverer: d}
}

// Dereference implements pub.Transport. go-fed's Undo fetches what is undone,
// which many servers do not serve: where the origin has no such document, what
// stands in the delivery that is being processed is taken instead, if its actor
// signed that delivery and is on the same origin.
func (t *Transport) Dereference(ctx context.Context, iri *url.URL) ([]byte, error) {
	id := vocab.IRI(iri.String())
	o, err := t.fetcher.Fetch(ctx, id)
	if errors.Is(err, actor.ErrNotFound) || errors.Is(err, actor.ErrForbidden) || errors.Is(err, actor.ErrContentType) {
		if vouched := vouchedFor(ctx, id); vouched != nil {
			o, err = vouched, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return rewritten(ctx, o)
}

// vouchedFor returns what the signer of the delivery embedded of its own.
func vouchedFor(ctx context.Context, id vocab.IRI) *vocab.Object {
	d, ok := Delivery(ctx)
	if !ok || !signed(d) || !vocab.SameOrigin(d.Signature.Owner, id) {
		return nil
	}
	o := within(d.Activity, id)
	if o == nil || o.IRI(vocab.Actor) != d.Signature.Owner {
		return nil
	}
	return o
}

// Deliver implements pub.Transport. The bytes are go-fed's; what they lost of
// the document that [WithDocument] put into the context is restored.
func (t *Transport) Deliver(ctx context.Context, b []byte, to *url.URL) error {
	o, err := restored(ctx, b)
	if err != nil {
		return err
	}
	_, err = t.deliverer.Deliver(ctx, t.as, vocab.IRI(to.String()), o)
	return err
}

// BatchDeliver implements pub.Transport. Every recipient is tried; the errors
// are joined.
func (t *Transport) BatchDeliver(ctx context.Context, b []byte, recipients []*url.URL) error {
	var all []error
	for _, to := range recipients {
		if err := t.Deliver(ctx, b, to); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

func restored(ctx context.Context, b []byte) (*vocab.Object, error) {
	o, err := vocab.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("send document from go-fed: %w", err)
	}
	value, err := ToType(ctx, o)
	if err != nil {
		return nil, err
	}
	return Record(ctx, value)
}
