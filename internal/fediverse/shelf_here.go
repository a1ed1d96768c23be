package fediverse

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// here makes an item this account's own: it gets an id of this server, its author
// is the account here, and so are the followers that it is for. Kinds that are not
// shown to others stay as they are.
func (b *Shelf) here(item portability.Item, files []string) (*vocab.Object, vocab.IRI, error) {
	if item.Object == nil || item.Kind != portability.Content && item.Kind != portability.Outbox {
		return item.Object, "", nil
	}
	id := b.idFor(item.ID)
	o, err := b.alone(item)
	if err == nil {
		o, err = o.With(vocab.ID, id)
	}
	edits := []func(*vocab.Object) (*vocab.Object, error){
		b.authored, b.answered, b.addressed,
		func(o *vocab.Object) (*vocab.Object, error) { return without(o, vocab.URL, vocab.Proof, "signature") },
		func(o *vocab.Object) (*vocab.Object, error) { return b.attached(o, item.Media, files) },
	}
	for _, edit := range edits {
		if err != nil {
			return nil, "", err
		}
		o, err = edit(o)
	}
	return o, id, err
}

// alone is an item's object without the activity around it, which has no place here:
// where it is for fewer than the object says, or says what the object does not, the
// object is for those whom it names.
func (b *Shelf) alone(item portability.Item) (*vocab.Object, error) {
	if item.Kind != portability.Content || item.Activity == nil {
		return item.Object, nil
	}
	together, _ := b.stranger.AddressedTo(item)
	if without, _ := b.stranger.AddressedTo(portability.Item{Object: item.Object}); without == together {
		return item.Object, nil
	}
	o, err := item.Object.With(vocab.To, item.Activity.IRIs(vocab.To))
	if err == nil {
		o, err = o.With(vocab.CC, item.Activity.IRIs(vocab.CC))
	}
	if err == nil {
		o, err = without(o, vocab.Audience)
	}
	return o, err
}

// idFor is what an item is called here.
func (b *Shelf) idFor(old string) vocab.IRI {
	sum := sha256.Sum256([]byte(old))
	return b.account + "/posts/" + vocab.IRI(hex.EncodeToString(sum[:8]))
}

func (b *Shelf) authored(o *vocab.Object) (*vocab.Object, error) {
	var err error
	for _, p := range []vocab.Property{vocab.AttributedTo, vocab.Actor} {
		if o.Has(p) && err == nil {
			o, err = o.With(p, b.account)
		}
	}
	return o, err
}

// answered leads to the account's own posts at their new place.
func (b *Shelf) answered(o *vocab.Object) (*vocab.Object, error) {
	parent := o.IRI(vocab.InReplyTo)
	if b.stranger.Actor == "" || !strings.HasPrefix(string(parent), string(b.stranger.Actor)+"/") {
		return o, nil
	}
	return o.With(vocab.InReplyTo, b.idFor(string(parent)))
}

// addressed puts the followers here in the place of those there. Whom else it was
// for stays on record.
func (b *Shelf) addressed(o *vocab.Object) (*vocab.Object, error) {
	for _, p := range []vocab.Property{vocab.To, vocab.CC} {
		ids := o.IRIs(p)
		i := slices.Index(ids, b.stranger.Followers)
		if i < 0 || b.stranger.Followers == "" {
			continue
		}
		ids = slices.Clone(ids)
		ids[i] = b.account + "/followers"
		var err error
		if o, err = o.With(p, ids); err != nil {
			return nil, err
		}
	}
	return without(o, vocab.Bto, vocab.Bcc)
}

// attached leads to the files at their new place.
func (b *Shelf) attached(o *vocab.Object, media []portability.Medium, files []string) (*vocab.Object, error) {
	attachments := o.Children(vocab.Attachment)
	changed := false
	for i, a := range attachments {
		for n, m := range media {
			if files[n] == "" || a.IRI(vocab.URL) != m.URL {
				continue
			}
			moved, err := a.With(vocab.URL, b.fileURL(files[n]))
			if err != nil {
				return nil, err
			}
			attachments[i], changed = moved, true
		}
	}
	if !changed {
		return o, nil
	}
	return o.With(vocab.Attachment, attachments)
}

func without(o *vocab.Object, properties ...vocab.Property) (*vocab.Object, error) {
	var err error
	for _, p := range properties {
		if o.Has(p) && err == nil {
			o, err = o.Without(p)
		}
	}
	return o, err
}
