package gofed

import (
	"context"
	"net/http"

	asvocab "github.com/go-fed/activity/streams/vocab"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

type (
	deliveryKey struct{}
	documentKey struct{}
)

// WithDelivery returns a context that carries an activity as it came in, so
// that everything which go-fed calls on its account finds the original.
// [Inbox] does it for each request.
func WithDelivery(ctx context.Context, d move.Delivery) context.Context {
	return context.WithValue(ctx, deliveryKey{}, d)
}

// Delivery returns the activity that is being processed, as it came in.
func Delivery(ctx context.Context) (move.Delivery, bool) {
	d, ok := ctx.Value(deliveryKey{}).(move.Delivery)
	return d, ok
}

// WithDocument returns a context that carries the original of a value which is
// to be sent: pub's Send hands go-fed's own writing of it to the transport, and
// [Transport] puts right what that lost.
func WithDocument(ctx context.Context, o *vocab.Object) context.Context {
	return context.WithValue(ctx, documentKey{}, o)
}

// Record returns the document of a value that go-fed hands to a database or a
// callback: the original with the changes of the value, if the value is, or
// stands in, the activity that the context carries; else one written anew. What
// stood in an activity gets that activity's @context.
func Record(ctx context.Context, value asvocab.Type) (*vocab.Object, error) {
	return FromType(ctx, value, original(ctx, value))
}

// original finds what a value was read from by its id.
func original(ctx context.Context, value asvocab.Type) *vocab.Object {
	if value == nil || value.GetJSONLDId() == nil || value.GetJSONLDId().Get() == nil {
		return nil
	}
	id := vocab.IRI(value.GetJSONLDId().Get().String())
	if o, ok := ctx.Value(documentKey{}).(*vocab.Object); ok {
		if found := within(o, id); found != nil {
			return found
		}
	}
	if d, ok := Delivery(ctx); ok {
		return within(d.Activity, id)
	}
	return nil
}

// within finds the object with an id in a document, the document itself first.
func within(document *vocab.Object, id vocab.IRI) *vocab.Object {
	found := embedded(document, id, maxDepth)
	if found == nil || found == document || found.Has(vocab.Context) || !document.Has(vocab.Context) {
		return found
	}
	whole, err := found.With(vocab.Context, document.Get(vocab.Context))
	if err != nil {
		return nil
	}
	return whole
}

func embedded(o *vocab.Object, id vocab.IRI, depth int) *vocab.Object {
	if o.ID() == id && o.Type() != "" {
		return o
	}
	if depth == 0 {
		return nil
	}
	for _, member := range o.Members() {
		for element := range member.Elements() {
			child, ok := element.Object()
			if !ok {
				continue
			}
			if found := embedded(child, id, depth-1); found != nil {
				return found
			}
		}
	}
	return nil
}

// Authenticate is the body of a FederatingProtocol's AuthenticatePostInbox: it
// lets a delivery pass whose HTTP signature is that of the activity's own actor
// and answers 401 to any other. go-fed itself never compares the two.
func Authenticate(ctx context.Context, w http.ResponseWriter, _ *http.Request) (context.Context, bool, error) {
	if d, ok := Delivery(ctx); ok && signed(d) {
		return ctx, true, nil
	}
	w.WriteHeader(http.StatusUnauthorized)
	return ctx, false, nil
}

// signed reports whether the activity's actor signed the request.
func signed(d move.Delivery) bool {
	return d.Signature != nil && d.Signature.Owner != "" && d.Activity.IRI(vocab.Actor) == d.Signature.Owner
}
