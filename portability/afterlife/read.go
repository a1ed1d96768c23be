package afterlife

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

// A reading is one account while it is read into a segment.
type reading struct {
	build    *build
	from     Account
	source   portability.Source
	owner    portability.Readership
	document *vocab.Object
	account  accountEntry
	private  *scratch.Map
	segment  *segmentWriter
	files    map[string]*heldFile // those of the item that is being read, by digest
	so       Report
	outbox   int64
}

var errNoActor = errors.New("the account has no document with an id on https")

// read reads one account into a segment. A source without an account is left out:
// the bool is false.
func (b *build) read(ctx context.Context, from Account, segment string) (bool, Report, error) {
	r := &reading{build: b, from: from, source: from.Source}
	err := r.begin(ctx)
	if errors.Is(err, errNoActor) {
		r.so.leave(NoActor)
		return false, r.so, nil
	}
	if err != nil {
		return false, r.so, err
	}
	if r.private, err = b.folder.Map("private", 1, 0); err != nil {
		return false, r.so, err
	}
	defer func() { err = errors.Join(err, r.private.Close()) }()
	if r.segment, err = createSegment(segment + ".part"); err != nil {
		return false, r.so, err
	}
	err = r.all(ctx)
	if err := errors.Join(err, r.segment.finish()); err != nil {
		return false, r.so, err
	}
	return true, r.so, rename(segment+".part", segment)
}

// begin reads whose account it is.
func (r *reading) begin(ctx context.Context) error {
	document, err := r.source.Actor(ctx)
	switch {
	case errors.Is(err, portability.ErrNoActor):
		return errNoActor
	case err != nil:
		return err
	}
	if _, ok := addressOf(document.ID()); !ok || document.ID() != document.ID().Document() || document.ContextKind() == vocab.ContextOdd {
		return errNoActor
	}
	r.document, r.owner = document, portability.ReadershipOf(document)
	r.account = accountEntry{ID: document.ID(), User: document.Text(vocab.Username), Deleted: r.from.Deleted}
	if h, err := webfinger.ParseHandle(r.account.User + "@" + r.account.ID.Host()); err != nil || h.User != r.account.User {
		r.account.User = "" // nobody can ask for it
	}
	r.account.MovedTo = r.from.MovedTo
	return nil
}

func (r *reading) all(ctx context.Context) error {
	if err := errors.Join(r.forgetAccount(), r.findPrivate(ctx)); err != nil {
		return err
	}
	for _, k := range []portability.Kind{portability.Content, portability.Outbox} {
		for item, err := range r.source.Items(ctx, k, "") {
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if err := r.item(ctx, k, item); err != nil {
				return fmt.Errorf("read %s: %w", k, err)
			}
		}
	}
	if err := r.self(ctx); err != nil {
		return err
	}
	r.so.Accounts = 1
	return r.segment.writeJSON(markReport, segmentEnd{r.build.fingerprint(r.from), r.so})
}

// findPrivate notes the ids of what is not for strangers, for other documents name
// them.
func (r *reading) findPrivate(ctx context.Context) error {
	for _, k := range []portability.Kind{portability.Content, portability.Outbox} {
		for item, err := range r.source.Items(ctx, k, "") {
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if r.isSeen(item) {
				continue
			}
			for _, id := range r.namesOf(item) {
				if err := r.hide(id); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// isSeen reports whether an item was for everybody.
func (r *reading) isSeen(item portability.Item) bool {
	audience, said := r.owner.AudienceOf(item)
	return said && (audience == portability.ForPublic || audience == portability.ForUnlisted)
}

// namesOf are all names of an item by which others may mean it.
func (r *reading) namesOf(item portability.Item) []vocab.IRI {
	names := []vocab.IRI{vocab.IRI(item.ID)}
	for _, o := range []*vocab.Object{item.Object, item.Activity} {
		if o != nil {
			names = append(names, o.ID(), vocab.IRI(o.Text(vocab.AtomURI)))
			names = append(names, o.IRIs(vocab.URL)...)
		}
	}
	// An id of others, as in a share of a post, is no name of this one.
	return slices.DeleteFunc(names, func(id vocab.IRI) bool { return !vocab.SameOrigin(id, r.account.ID) || id == r.account.ID })
}

func (r *reading) isPrivate(id vocab.IRI) (bool, error) {
	_, found, err := r.private.Get(scratch.Key(privateKey(id)))
	return found, err
}

// item takes a post or a share.
func (r *reading) item(ctx context.Context, k portability.Kind, item portability.Item) error {
	if why := r.unfit(k, item); why != "" {
		r.so.leave(why)
		return nil
	}
	id := item.Object.ID()
	if is, err := r.isPrivate(id); err != nil || is {
		r.so.leave(NotPublic)
		return err
	}
	if is, err := r.isForgotten(item); err != nil || is {
		return errors.Join(err, r.forgotten(ctx, item))
	}
	places, err := r.takeFiles(ctx, item.Media)
	if err != nil {
		return err
	}
	c := &cleaner{owner: r.account.ID, private: r.isPrivate, places: places, origin: r.account.ID.Origin()}
	document, err := r.shown(k, item.Object, c)
	if err != nil {
		r.so.leave(Unusable)
		return c.err
	}
	r.so.Objects++
	r.outbox++
	return r.object(item, document, c)
}

// shown is what strangers see of an object.
func (r *reading) shown(k portability.Kind, o *vocab.Object, c *cleaner) (*vocab.Object, error) {
	if k == portability.Outbox {
		var err error
		if o, err = byReference(o); err != nil {
			return nil, err
		}
	}
	return c.whole(o)
}

// object writes a document, and where it and what belongs to it answers.
func (r *reading) object(item portability.Item, document *vocab.Object, c *cleaner) error {
	id := item.Object.ID()
	if err := r.segment.write(markDocument, document.Bytes()); err != nil {
		return err
	}
	if err := r.objectAddresses(id, document, len(document.Bytes())); err != nil {
		return err
	}
	if err := r.activity(item, id, c); err != nil {
		return err
	}
	return r.fileAddresses(itemKey(id))
}

// unfit says why an item cannot be shown, "" if it can.
func (r *reading) unfit(k portability.Kind, item portability.Item) Reason {
	o := item.Object
	_, fatal := item.Fatal()
	switch {
	case fatal || o == nil || o.ContextKind() == vocab.ContextOdd || o.Is(vocab.TypeTombstone):
		return Unusable
	case !r.isSeen(item):
		return NotPublic
	case !vocab.SameOrigin(o.ID(), r.account.ID):
		return ForeignID
	case r.isTheirs(k, o) != nil:
		return NotTheirs
	}
	if _, ok := addressOf(o.ID()); !ok || o.ID() != o.ID().Document() {
		return Unsayable
	}
	return ""
}

// isForgotten reports whether there is a tombstone for an object, or for all of the
// account. One that was forgotten by another of its addresses before its archive came
// is then forgotten as a whole.
func (r *reading) isForgotten(item portability.Item) (bool, error) {
	id, t := item.Object.ID(), r.build.o.Tombstones
	if t.has(itemKey(id), accountKey(r.account.ID)) {
		return true, nil
	}
	addresses := redirect.Forms("", id, ownURLs(item.Object))
	if a := item.Activity; a != nil && vocab.SameOrigin(a.ID(), id) {
		addresses = append(addresses, a.ID())
	}
	if !t.hasAny(addresses) {
		return false, nil
	}
	return true, t.add(itemKey(id))
}

// forgetAccount forgets an account as a whole that was forgotten by one of its
// addresses before its archive came.
func (r *reading) forgetAccount() error {
	id, t := r.account.ID, r.build.o.Tombstones
	if t.has(accountKey(id)) || !t.hasAny(redirect.Forms("", id, ownURLs(r.document))) {
		return nil
	}
	return t.add(accountKey(id))
}

// ownURLs are the other addresses that a document names, on its own origin.
func ownURLs(o *vocab.Object) []vocab.IRI {
	urls := slices.DeleteFunc(o.IRIs(vocab.URL), func(u vocab.IRI) bool { return !vocab.SameOrigin(u, o.ID()) })
	if atom := vocab.IRI(o.Text(vocab.AtomURI)); vocab.SameOrigin(atom, o.ID()) {
		urls = append(urls, atom)
	}
	return urls
}

// forgotten keeps where an object and its files answered, and nothing of them, so
// that they go on being gone.
func (r *reading) forgotten(ctx context.Context, item portability.Item) error {
	r.so.leave(Forgotten)
	id := item.Object.ID()
	if _, err := r.takeFiles(ctx, item.Media); err != nil {
		return err
	}
	if err := r.objectAddresses(id, item.Object, 0); err != nil {
		return err
	}
	if a := item.Activity; a != nil && vocab.SameOrigin(a.ID(), id) && a.ID() != id {
		if err := r.address(record{item: itemKey(id), total: -1}, isActivity, a.ID()); err != nil {
			return err
		}
	}
	return r.fileAddresses(itemKey(id))
}

// isTheirs checks that the account itself wrote or shared something.
func (r *reading) isTheirs(k portability.Kind, o *vocab.Object) error {
	by := actor.OwnerOf(o)
	switch {
	case k == portability.Outbox && !o.Is(vocab.TypeAnnounce):
		return errNoActor
	case by != r.account.ID:
		return errNoActor
	}
	return nil
}

// byReference names what an activity is about, in place of showing it.
func byReference(o *vocab.Object) (*vocab.Object, error) {
	ids := o.IRIs(vocab.ObjectProperty)
	if len(ids) != 1 || ids[0] == "" {
		return nil, errNoActor
	}
	return o.With(vocab.ObjectProperty, ids[0])
}

// objectAddresses writes where the last document answers.
func (r *reading) objectAddresses(id vocab.IRI, document *vocab.Object, length int) error {
	urls := ownURLs(document)
	if err := r.segment.writeJSON(markNames, append([]vocab.IRI{id}, urls...)); err != nil {
		return err
	}
	base := record{item: itemKey(id), body: span{0, length}, total: -1}
	for i, u := range redirect.Forms("", id, urls) {
		is := isForm
		switch {
		case i == 0:
			is = isObject
		case i <= len(urls):
			is = isPage
		}
		if err := r.address(base, is, u); err != nil {
			return err
		}
	}
	return nil
}

// address writes a record, if the address is one on the account's origin.
func (r *reading) address(base record, is role, u vocab.IRI) error {
	a, ok := addressOf(u)
	if !ok || !vocab.SameOrigin(u, r.account.ID) && is != isMedium {
		if is != isForm {
			r.so.leave(Unsayable)
		}
		return nil
	}
	base.address, base.role = a, is
	return r.segment.write(markRecord, base.append(nil))
}

// activity keeps what brought a post into the outbox, without the post.
func (r *reading) activity(item portability.Item, id vocab.IRI, c *cleaner) error {
	a := item.Activity
	if a == nil || !vocab.SameOrigin(a.ID(), id) || a.ID() == id || actor.OwnerOf(a) != r.account.ID || a.ContextKind() == vocab.ContextOdd {
		return nil
	}
	a, err := byReference(a)
	if err != nil || a.IRI(vocab.ObjectProperty) != id {
		return nil
	}
	if a, err = c.whole(a); err != nil {
		return c.err
	}
	if err := r.segment.write(markDocument, a.Bytes()); err != nil {
		return err
	}
	base := record{item: itemKey(id), body: span{0, len(a.Bytes())}, total: -1}
	return r.address(base, isActivity, a.ID())
}
