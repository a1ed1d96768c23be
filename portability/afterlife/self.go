package afterlife

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
	"codeberg.org/godwit/godwit/vocab"
)

// self writes the account itself: its document, its keys, and what goes on
// answering beside it.
func (r *reading) self(ctx context.Context) error {
	id := r.account.ID
	places, err := r.picture(ctx)
	if err != nil {
		return err
	}
	c := &cleaner{owner: id, private: r.isPrivate, places: places, origin: id.Origin()}
	document, err := r.publicActor(c)
	if err != nil {
		return errors.Join(c.err, err)
	}
	pages := slices.DeleteFunc(document.IRIs(vocab.URL), func(u vocab.IRI) bool { return !vocab.SameOrigin(u, id) || u == id })
	r.account.Pages = pages
	r.account.Inbox = document.IRI(vocab.Inbox)
	if endpoints := document.Child(vocab.Endpoints); endpoints != nil {
		r.account.Shared = endpoints.IRI(vocab.SharedInbox)
	}
	shown := document.Bytes()
	if r.build.o.Tombstones.has(accountKey(id)) {
		shown = nil
	}
	if err := r.segment.write(markDocument, shown); err != nil {
		return err
	}
	if err := r.ownAddresses(document, len(shown)); err != nil {
		return err
	}
	if err := errors.Join(r.fileAddresses(key{}), r.keys(ctx, document)); err != nil {
		return err
	}
	return r.segment.writeJSON(markAccount, r.account)
}

// picture takes the files of the actor: its avatar and header.
func (r *reading) picture(ctx context.Context) (map[string]vocab.IRI, error) {
	var media []portability.Medium
	for item, err := range r.source.Items(ctx, portability.Actor, "") {
		if err != nil {
			return nil, err
		}
		if vocab.IRI(item.ID) == r.account.ID {
			media = append(media, item.Media...)
		}
	}
	return r.takeFiles(ctx, media)
}

// publicActor is the document without what is not for strangers, and with whole
// addresses. Where it moved is added when it is asked for.
func (r *reading) publicActor(c *cleaner) (*vocab.Object, error) {
	document, err := c.clean(r.document)
	if err != nil {
		return nil, err
	}
	for _, p := range [...]vocab.Property{vocab.MovedTo, vocab.CopiedTo, "likes"} {
		if document, err = document.Without(p); err != nil {
			return nil, err
		}
	}
	whole := map[vocab.Property]string{vocab.Inbox: "/inbox", vocab.Outbox: "/outbox"}
	for _, p := range slices.Sorted(maps.Keys(whole)) {
		if u := document.IRI(p); u.IsHTTP() {
			continue
		}
		if document, err = document.With(p, string(r.account.ID)+whole[p]); err != nil {
			return nil, err
		}
	}
	return document, nil
}

// ownAddresses writes where the account answers.
func (r *reading) ownAddresses(document *vocab.Object, length int) error {
	id, base := r.account.ID, record{body: span{0, length}, total: -1}
	if err := r.address(base, isActor, id); err != nil {
		return err
	}
	for i, u := range redirect.Forms("", id, r.account.Pages) {
		is := isForm
		if i > 0 && i <= len(r.account.Pages) {
			is = isProfile
		}
		if i > 0 && !isFederated(u) {
			if err := r.address(base, is, u); err != nil {
				return err
			}
		}
	}
	for _, inbox := range []vocab.IRI{r.account.Inbox, r.account.Shared} {
		if inbox != "" {
			if err := r.address(record{total: -1}, isInbox, inbox); err != nil {
				return err
			}
		}
	}
	return r.collections(document)
}

// isFederated reports whether a guessed address is one of an inbox or a collection.
func isFederated(u vocab.IRI) bool {
	form, ok := redirect.Parse("", u)
	return ok && form.Shape == redirect.Kept
}

// collections writes those that the document names. How many follow is not told:
// nobody knows any more.
func (r *reading) collections(document *vocab.Object) error {
	for _, p := range [...]vocab.Property{vocab.Outbox, vocab.Followers, vocab.Following, vocab.Liked, vocab.Featured, vocab.FeaturedTags} {
		u := document.IRI(p)
		if u == "" {
			continue
		}
		base := record{total: -1}
		if p == vocab.Outbox {
			base.total = r.outbox
		}
		if err := r.address(base, isCollection, u); err != nil {
			return err
		}
	}
	return nil
}

// keys writes the keys that stand in documents of their own. Each answers with the
// least that says whose it is.
func (r *reading) keys(ctx context.Context, document *vocab.Object) error {
	id := r.account.ID
	published, _ := actor.Keys(document)
	for item, err := range r.source.Items(ctx, portability.Keys, "") {
		if err != nil {
			return err
		}
		if item.Object != nil {
			more, _ := actor.KeysIn(item.Object)
			published = append(published, more...)
		}
	}
	for _, k := range published {
		if k.Owner != id || k.ID.Document() == id || !vocab.SameOrigin(k.ID, id) {
			continue
		}
		stub, err := vocab.Build(vocab.Member{Name: vocab.Context, Value: vocab.ContextAS}, vocab.Member{Name: vocab.ID, Value: id},
			vocab.Member{Name: vocab.Type, Value: cmp.Or(document.Type(), vocab.TypePerson)})
		if err == nil {
			stub, err = actor.WithKeys(stub, k)
		}
		if err != nil {
			r.so.leave(Unusable)
			continue
		}
		if err := r.segment.write(markDocument, stub.Bytes()); err != nil {
			return err
		}
		if err := r.address(record{body: span{0, len(stub.Bytes())}, total: -1}, isKey, k.ID.Document()); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// segmentName is that of the file for an account, which tells nothing of it.
func segmentName(id string) string {
	k := keyOf("segment", id)
	return "account-" + strings.ToLower(hexOf(k))
}
