package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/go-fed/activity/pub"
	"github.com/go-fed/activity/streams"
	asvocab "github.com/go-fed/activity/streams/vocab"

	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/gofed"
)

var errNotFound = errors.New("no such document")

// A database is a pub.Database in memory. What it keeps are documents, byte for
// byte as they came; go-fed's values are made of them when pub asks.
type database struct {
	origin string
	person vocab.IRI

	mu        sync.Mutex
	documents map[vocab.IRI]*vocab.Object
	locks     map[vocab.IRI]chan struct{}
}

var _ pub.Database = (*database)(nil)

func newDatabase(origin string, profile *vocab.Object) *database {
	d := &database{
		origin: origin, person: profile.ID(),
		documents: map[vocab.IRI]*vocab.Object{profile.ID(): profile}, locks: map[vocab.IRI]chan struct{}{},
	}
	for name, empty := range map[string]string{
		"inbox": `"OrderedCollectionPage","orderedItems":[]`, "outbox": `"OrderedCollectionPage","orderedItems":[]`,
		"followers": `"Collection","items":[]`, "following": `"Collection","items":[]`, "liked": `"Collection","items":[]`,
	} {
		id := string(d.person) + "/" + name
		o, err := vocab.Parse(fmt.Appendf(nil, `{"@context":%q,"id":%q,"type":%s}`, vocab.ContextAS, id, empty))
		if err != nil {
			panic(err)
		}
		d.documents[vocab.IRI(id)] = o
	}
	return d
}

// iri returns the id that go-fed means: it takes every server to be on https.
func (d *database) iri(u *url.URL) vocab.IRI {
	if rest, ours := strings.CutPrefix(u.String(), "https://"+vocab.IRI(d.origin).Host()+"/"); ours {
		return vocab.IRI(d.origin + "/" + rest)
	}
	return vocab.IRI(u.String())
}

func (d *database) find(id vocab.IRI) *vocab.Object {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.documents[id]
}

func (d *database) put(o *vocab.Object) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.documents[o.ID()] = o
}

// public returns a document of this server that anybody may read.
func (d *database) public(id vocab.IRI) *vocab.Object {
	if !vocab.SameOrigin(id, d.person) || id == d.person+"/inbox" || id == d.person+"/outbox" {
		return nil
	}
	return d.find(id)
}

// change edits a document in place.
func (d *database) change(id vocab.IRI, edit func(*vocab.Object) (*vocab.Object, error)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.documents[id]
	if o == nil {
		return errNotFound
	}
	edited, err := edit(o)
	if err != nil {
		return err
	}
	d.documents[id] = edited
	return nil
}

// members returns what stands in a collection.
func (d *database) members(_ context.Context, id vocab.IRI) ([]vocab.IRI, error) {
	o := d.find(id)
	if o == nil {
		return nil, errNotFound
	}
	return append(o.IRIs(vocab.Items), o.IRIs(vocab.OrderedItems)...), nil
}

func (d *database) remove(ctx context.Context, id, member vocab.IRI) error {
	u, err := url.Parse(string(id))
	if err != nil {
		return err
	}
	if err := d.Lock(ctx, u); err != nil {
		return err
	}
	defer d.Unlock(ctx, u)
	return d.change(id, func(o *vocab.Object) (*vocab.Object, error) {
		return o.With(vocab.Items, slices.DeleteFunc(append([]vocab.IRI{}, o.IRIs(vocab.Items)...), func(i vocab.IRI) bool { return i == member }))
	})
}

// activityID returns an id on this server for a name.
func (d *database) activityID(name string) vocab.IRI {
	return vocab.IRI(d.origin + "/activities/" + url.PathEscape(name))
}

func (d *database) Get(ctx context.Context, id *url.URL) (asvocab.Type, error) {
	o := d.find(d.iri(id))
	if o == nil {
		return nil, errNotFound
	}
	return gofed.ToType(ctx, o)
}

// Create keeps the original of what came in, or of what is being sent.
func (d *database) Create(ctx context.Context, value asvocab.Type) error {
	o, err := gofed.Record(ctx, value)
	if err != nil {
		return err
	}
	d.put(o)
	return nil
}

// Update writes a value that pub got here and changed into the document that
// is kept, and takes the original of a value that came in.
func (d *database) Update(ctx context.Context, value asvocab.Type) error {
	kept := d.find(vocab.IRI(value.GetJSONLDId().Get().String()))
	if kept == nil || !vocab.SameOrigin(kept.ID(), d.person) {
		return d.Create(ctx, value)
	}
	o, err := gofed.FromType(ctx, value, kept)
	if err != nil {
		return err
	}
	d.put(o)
	return nil
}

func (d *database) Delete(_ context.Context, id *url.URL) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.documents, d.iri(id))
	return nil
}

func (d *database) Exists(_ context.Context, id *url.URL) (bool, error) {
	return d.find(d.iri(id)) != nil, nil
}

func (d *database) Owns(ctx context.Context, id *url.URL) (bool, error) {
	exists, err := d.Exists(ctx, id)
	return exists && vocab.SameOrigin(d.iri(id), d.person), err
}

// NewID lets an activity keep the id that was made for it.
func (d *database) NewID(_ context.Context, value asvocab.Type) (*url.URL, error) {
	if id := value.GetJSONLDId(); id != nil && vocab.SameOrigin(vocab.IRI(id.Get().String()), d.person) {
		return id.Get(), nil
	}
	return url.Parse(string(d.activityID(rand.Text())))
}

func (d *database) ActorForOutbox(context.Context, *url.URL) (*url.URL, error) {
	return url.Parse(string(d.person))
}

func (d *database) ActorForInbox(context.Context, *url.URL) (*url.URL, error) {
	return url.Parse(string(d.person))
}

func (d *database) OutboxForInbox(context.Context, *url.URL) (*url.URL, error) {
	return url.Parse(string(d.person + "/outbox"))
}

func (d *database) InboxContains(ctx context.Context, inbox, id *url.URL) (bool, error) {
	items, err := d.members(ctx, d.iri(inbox))
	return slices.Contains(items, d.iri(id)), err
}

func (d *database) GetInbox(ctx context.Context, inbox *url.URL) (asvocab.ActivityStreamsOrderedCollectionPage, error) {
	return get[asvocab.ActivityStreamsOrderedCollectionPage](ctx, d, d.iri(inbox))
}

func (d *database) SetInbox(ctx context.Context, inbox asvocab.ActivityStreamsOrderedCollectionPage) error {
	return d.Update(ctx, inbox)
}

func (d *database) GetOutbox(ctx context.Context, outbox *url.URL) (asvocab.ActivityStreamsOrderedCollectionPage, error) {
	return get[asvocab.ActivityStreamsOrderedCollectionPage](ctx, d, d.iri(outbox))
}

// SetOutbox leaves out an activity that stands there already: one that is sent
// again after a failure.
func (d *database) SetOutbox(ctx context.Context, outbox asvocab.ActivityStreamsOrderedCollectionPage) error {
	once := streams.NewActivityStreamsOrderedItemsProperty()
	seen := map[string]bool{}
	for item := outbox.GetActivityStreamsOrderedItems().Begin(); item != nil; item = item.Next() {
		if id, err := pub.ToId(item); err == nil && !seen[id.String()] {
			seen[id.String()] = true
			once.AppendIRI(id)
		}
	}
	outbox.SetActivityStreamsOrderedItems(once)
	return d.Update(ctx, outbox)
}

func (d *database) Followers(ctx context.Context, _ *url.URL) (asvocab.ActivityStreamsCollection, error) {
	return get[asvocab.ActivityStreamsCollection](ctx, d, d.person+"/followers")
}

func (d *database) Following(ctx context.Context, _ *url.URL) (asvocab.ActivityStreamsCollection, error) {
	return get[asvocab.ActivityStreamsCollection](ctx, d, d.person+"/following")
}

func (d *database) Liked(ctx context.Context, _ *url.URL) (asvocab.ActivityStreamsCollection, error) {
	return get[asvocab.ActivityStreamsCollection](ctx, d, d.person+"/liked")
}

func get[T asvocab.Type](ctx context.Context, d *database, id vocab.IRI) (T, error) {
	var none T
	o := d.find(id)
	if o == nil {
		return none, errNotFound
	}
	value, err := gofed.ToType(ctx, o)
	if err != nil {
		return none, err
	}
	typed, ok := value.(T)
	if !ok {
		return none, fmt.Errorf("read %s: it is a %s", id.Document(), value.GetTypeName())
	}
	return typed, nil
}

// Lock waits for the lock of one id. pub takes locks of several ids at a time.
func (d *database) Lock(ctx context.Context, id *url.URL) error {
	select {
	case d.lock(id) <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *database) Unlock(_ context.Context, id *url.URL) error {
	<-d.lock(id)
	return nil
}

func (d *database) lock(id *url.URL) chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locks[d.iri(id)] == nil {
		d.locks[d.iri(id)] = make(chan struct{}, 1)
	}
	return d.locks[d.iri(id)]
}
