package gofed

import (
	"context"
	"errors"

	"github.com/go-fed/activity/pub"
	asvocab "github.com/go-fed/activity/streams/vocab"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// ErrNoDelivery means that an activity came to a callback without the bytes in
// which it came in: the request did not pass through an [Inbox].
var ErrNoDelivery = errors.New("the activity did not come through gofed.Inbox")

// Moves joins package move to a FederatingProtocol of go-fed's pub, at two
// places:
//
//	func (p *protocol) PostInboxRequestBodyHook(ctx context.Context, _ *http.Request, _ pub.Activity) (context.Context, error) {
//		return p.moves.Receive(ctx)
//	}
//
//	func (p *protocol) FederatingCallbacks(context.Context) (pub.FederatingWrappedCallbacks, []any, error) {
//		return p.moves.Callbacks(pub.FederatingWrappedCallbacks{OnFollow: pub.OnFollowAutomaticallyAccept})
//	}
//
// The fields must not change once activities come in.
type Moves struct {
	// Receiver honours the Moves of others.
	Receiver *move.Receiver
	// Announcer, if not nil, is told which followers are seen to leave.
	Announcer *move.Announcer
	// Concluded, if not nil, is told what was concluded about each Move at once;
	// of those decided later move.ReceiverOptions tells.
	Concluded func(context.Context, move.Verdict)
	// Follower, if not nil, returns who here sent the Follow with an id, or "".
	// It is asked where an Accept or Reject names the Follow by its id alone.
	Follower func(ctx context.Context, follow vocab.IRI) (vocab.IRI, error)
}

// Receive takes in a Move, or an actor's Update of itself; any other activity
// is let pass. It is for the PostInboxRequestBodyHook: go-fed notes an activity
// as received before it calls a callback, so a Move that the store could not
// take would never be tried again, however often its sender repeats it.
func (m *Moves) Receive(ctx context.Context) (context.Context, error) {
	d, ok := Delivery(ctx)
	if !ok {
		return ctx, ErrNoDelivery
	}
	verdict, err := m.Receiver.Receive(ctx, d)
	if err == nil && m.Concluded != nil && d.Activity.Is(vocab.TypeMove) {
		m.Concluded(ctx, verdict)
	}
	return ctx, err
}

// Callbacks completes what a FederatingProtocol returns from its
// FederatingCallbacks, so that follows which a Move caused are seen to be
// accepted, rejected and undone. The host's own callbacks are called first: its
// lists must show a follow before godwit hears of it.
func (m *Moves) Callbacks(wrapped pub.FederatingWrappedCallbacks, other ...any) (pub.FederatingWrappedCallbacks, []any, error) {
	wrapped.Accept = after(wrapped.Accept, m.accept)
	wrapped.Reject = after(wrapped.Reject, m.reject)
	wrapped.Undo = after(wrapped.Undo, m.undo)
	return wrapped, other, nil
}

// after calls the host's callback and then ours.
func after[A any](first, then func(context.Context, A) error) func(context.Context, A) error {
	if first == nil {
		return then
	}
	return func(ctx context.Context, activity A) error {
		if err := first(ctx, activity); err != nil {
			return err
		}
		return then(ctx, activity)
	}
}

func (m *Moves) accept(ctx context.Context, _ asvocab.ActivityStreamsAccept) error {
	return m.answered(ctx, m.Receiver.Accepted)
}

func (m *Moves) reject(ctx context.Context, _ asvocab.ActivityStreamsReject) error {
	return m.answered(ctx, m.Receiver.Rejected)
}

// answered tells of each Follow that the sender has answered. Who did not sign
// the answer answers for nobody.
func (m *Moves) answered(ctx context.Context, tell func(ctx context.Context, party, target vocab.IRI) error) error {
	d, ok := Delivery(ctx)
	if !ok {
		return ErrNoDelivery
	}
	if !signed(d) {
		return nil
	}
	for follow := range d.Activity.All(vocab.ObjectProperty) {
		party, err := m.follower(ctx, follow)
		if err != nil {
			return err
		}
		if party == "" {
			continue
		}
		if err := tell(ctx, party, d.Signature.Owner); err != nil {
			return err
		}
	}
	return nil
}

func (m *Moves) follower(ctx context.Context, follow vocab.Value) (vocab.IRI, error) {
	if o, ok := follow.Object(); ok && o.Has(vocab.Actor) {
		return o.IRI(vocab.Actor), nil
	}
	if id := follow.IRI(); id != "" && m.Follower != nil {
		return m.Follower(ctx, id)
	}
	return "", nil
}

// undo tells the announcer that a follower has left the account that moved.
func (m *Moves) undo(ctx context.Context, _ asvocab.ActivityStreamsUndo) error {
	d, ok := Delivery(ctx)
	if !ok {
		return ErrNoDelivery
	}
	if m.Announcer == nil || !signed(d) {
		return nil
	}
	for _, follow := range d.Activity.Children(vocab.ObjectProperty) {
		if old := follow.IRI(vocab.ObjectProperty); follow.Is("Follow") && old != "" {
			if err := m.Announcer.Observed(ctx, old, d.Signature.Owner); err != nil {
				return err
			}
		}
	}
	return nil
}
