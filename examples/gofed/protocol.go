package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/go-fed/activity/pub"
	asvocab "github.com/go-fed/activity/streams/vocab"

	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

// A protocol is what pub asks of a server: pub.CommonBehavior,
// pub.FederatingProtocol and pub.Clock. The lines that name gofed are what
// godwit adds.
type protocol struct {
	*server
	moves *gofed.Moves
}

var (
	_ pub.CommonBehavior     = (*protocol)(nil)
	_ pub.FederatingProtocol = (*protocol)(nil)
	_ pub.Clock              = (*protocol)(nil)
)

func (p *protocol) AuthenticatePostInbox(ctx context.Context, w http.ResponseWriter, r *http.Request) (context.Context, bool, error) {
	return gofed.Authenticate(ctx, w, r)
}

func (p *protocol) PostInboxRequestBodyHook(ctx context.Context, _ *http.Request, _ pub.Activity) (context.Context, error) {
	return p.moves.Receive(ctx)
}

func (p *protocol) FederatingCallbacks(context.Context) (pub.FederatingWrappedCallbacks, []any, error) {
	return p.moves.Callbacks(pub.FederatingWrappedCallbacks{
		OnFollow: pub.OnFollowAutomaticallyAccept,
		Follow:   p.followed,
		Accept:   p.accepted,
		Reject:   p.rejected,
		Undo:     p.undone,
	})
}

func (p *protocol) NewTransport(context.Context, *url.URL, string) (pub.Transport, error) {
	return gofed.NewTransport(p.person, p.client, p.client), nil
}

// followed keeps the follower's profile, so that the way to its inbox is known
// even while its server is down. Recipients asks again for one that is missing.
func (p *protocol) followed(ctx context.Context, _ asvocab.ActivityStreamsFollow) error {
	d, _ := gofed.Delivery(ctx)
	profile, err := p.client.Fetch(ctx, d.Activity.IRI(vocab.Actor))
	if err == nil {
		p.db.put(profile)
	}
	return nil
}

// accepted comes after pub has put the account on the list of those followed.
func (p *protocol) accepted(ctx context.Context, _ asvocab.ActivityStreamsAccept) error {
	d, _ := gofed.Delivery(ctx)
	p.people.answered(d.Activity.IRI(vocab.Actor))
	return nil
}

func (p *protocol) rejected(ctx context.Context, _ asvocab.ActivityStreamsReject) error {
	d, _ := gofed.Delivery(ctx)
	p.people.answered(d.Activity.IRI(vocab.Actor))
	return p.db.remove(ctx, p.person+"/following", d.Activity.IRI(vocab.Actor))
}

// undone takes the sender off the list of followers.
func (p *protocol) undone(ctx context.Context, _ asvocab.ActivityStreamsUndo) error {
	d, _ := gofed.Delivery(ctx)
	follow := d.Activity.Child(vocab.ObjectProperty)
	if follow == nil || !follow.Is("Follow") || follow.IRI(vocab.ObjectProperty) != p.person {
		return nil
	}
	return p.db.remove(ctx, p.person+"/followers", d.Activity.IRI(vocab.Actor))
}

func (p *protocol) Blocked(context.Context, []*url.URL) (bool, error) { return false, nil }

func (p *protocol) DefaultCallback(context.Context, pub.Activity) error { return nil }

func (p *protocol) MaxInboxForwardingRecursionDepth(context.Context) int { return 1 }

func (p *protocol) MaxDeliveryRecursionDepth(context.Context) int { return 2 }

func (p *protocol) FilterForwarding(context.Context, []*url.URL, pub.Activity) ([]*url.URL, error) {
	return nil, nil
}

func (p *protocol) GetInbox(ctx context.Context, r *http.Request) (asvocab.ActivityStreamsOrderedCollectionPage, error) {
	return p.db.GetInbox(ctx, r.URL)
}

func (p *protocol) GetOutbox(ctx context.Context, r *http.Request) (asvocab.ActivityStreamsOrderedCollectionPage, error) {
	return p.db.GetOutbox(ctx, r.URL)
}

// Nobody but the owner, who reads the terminal, may see the boxes.
func (p *protocol) AuthenticateGetInbox(ctx context.Context, w http.ResponseWriter, _ *http.Request) (context.Context, bool, error) {
	w.WriteHeader(http.StatusForbidden)
	return ctx, false, nil
}

func (p *protocol) AuthenticateGetOutbox(ctx context.Context, w http.ResponseWriter, r *http.Request) (context.Context, bool, error) {
	return p.AuthenticateGetInbox(ctx, w, r)
}

func (p *protocol) Now() time.Time { return time.Now() }
