package dialect

import (
	"bytes"
	"maps"
	"slices"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// The members in which a takeout that godwit wrote keeps what it had to change so
// that importers take it. Reading one puts that back.
const (
	// KeptPrefix stands before the name of a member whose former value it is.
	KeptPrefix = "https://codeberg.org/godwit/ns#"
	// MadeMember is true in a Create that the source had none of; elsewhere it
	// lists the members that were added.
	MadeMember = KeptPrefix + "made"
	// SingleMember lists the members that were a value, and became an array of it.
	SingleMember = KeptPrefix + "single"
)

// Marks are the changes that godwit makes to documents of a sort; others that one
// claims are not believed.
type marks struct {
	kept map[vocab.Property]vocab.Property // by the name that follows the prefix
	made []vocab.Property                  // those that may have been added, or put into an array
}

var (
	marksOfPosts = marks{made: []vocab.Property{vocab.Attachment, vocab.Tag}}
	marksOfFiles = marks{map[vocab.Property]vocab.Property{"url": vocab.URL}, []vocab.Property{vocab.URL, vocab.MediaType}}
	marksOfActor = marks{map[vocab.Property]vocab.Property{"outbox": vocab.Outbox, "likes": vocab.Likes, "bookmarks": "bookmarks", "context": vocab.Context},
		[]vocab.Property{vocab.Outbox, vocab.Likes, "bookmarks", vocab.Context}}
)

// isRestorable reports whether a text has such members, at little cost for the
// takeouts of others.
func isRestorable(data []byte) bool { return bytes.Contains(data, []byte(KeptPrefix)) }

// restore puts back what godwit changed in a post. The files were found by what
// stands there now; they are named by what stood there before.
func (c collection) restore(item *portability.Item) {
	if item.Object == nil {
		return
	}
	object := marksOfPosts.restored(item.Object)
	nameFormerly(item.Media, attachmentsOf(object))
	item.Object = object
	if item.Activity == nil {
		return
	}
	if c.isMade(item) {
		item.Activity = nil
		return
	}
	if inside := item.Activity.Child(vocab.ObjectProperty); inside != nil && inside.Value().String() != object.Value().String() {
		if whole, err := item.Activity.With(vocab.ObjectProperty, object); err == nil {
			item.Activity = whole
		}
	}
}

// isMade reports whether godwit made the activity. One that narrows for whom the
// object is stays, whoever made it.
func (c collection) isMade(item *portability.Item) bool {
	with, _ := c.account.Owner.AudienceOf(*item)
	without, _ := c.account.Owner.AudienceOf(portability.Item{Ref: item.Ref, Object: item.Object})
	return item.Activity.Bool(MadeMember) && with == without
}

// nameFormerly gives files the names that attachments had, if there are as many of
// both.
func nameFormerly(media []portability.Medium, attachments []attachment) {
	if len(media) != len(attachments) {
		return
	}
	for i, a := range attachments {
		if !slices.Contains(a.urls, string(media[i].URL)) {
			media[i].URL = vocab.IRI(a.urls[0])
		}
	}
}

// restored returns a document with its own members as they were, and those of its
// attachments and pictures. One that cannot be restored stays as it is.
func (m marks) restored(o *vocab.Object) *vocab.Object {
	if !isRestorable(o.Bytes()) {
		return o
	}
	was := o
	var err error
	for _, p := range []vocab.Property{vocab.Attachment, vocab.Icon, vocab.Image} {
		if o, err = restoredInside(o, p); err != nil {
			return was
		}
	}
	if o, err = m.members(o); err != nil {
		return was
	}
	return o
}

func restoredInside(o *vocab.Object, p vocab.Property) (*vocab.Object, error) {
	value := o.Get(p)
	if !isRestorable(value.Raw()) {
		return o, nil
	}
	var all []vocab.Value
	for v := range value.Elements() {
		if inside, is := v.Object(); is {
			changed, err := marksOfFiles.members(inside)
			if err != nil {
				return nil, err
			}
			v = changed.Value()
		}
		all = append(all, v)
	}
	if value.Kind() == vocab.Record {
		return o.With(p, all[0])
	}
	return o.With(p, all)
}

// members puts the members of one document back, and takes the marks out.
func (m marks) members(o *vocab.Object) (*vocab.Object, error) {
	o, err := m.putBack(o)
	if err != nil {
		return nil, err
	}
	for _, p := range m.made {
		switch all := slices.Collect(o.Get(p).Elements()); {
		case isListed(o, MadeMember, p):
			o, err = o.Without(p)
		case isListed(o, SingleMember, p) && len(all) == 1:
			o, err = o.With(p, all[0])
		}
		if err != nil {
			return nil, err
		}
	}
	if o, err = o.Without(MadeMember); err != nil {
		return nil, err
	}
	return o.Without(SingleMember)
}

// putBack gives members the values that were kept of them. What leads to a file by
// its href was given a url besides.
func (m marks) putBack(o *vocab.Object) (*vocab.Object, error) {
	for _, name := range slices.Sorted(maps.Keys(m.kept)) {
		p, kept := m.kept[name], KeptPrefix+name
		value := o.Get(kept)
		if value.IsZero() {
			continue
		}
		if p == vocab.URL && isListed(o, MadeMember, vocab.URL) {
			p = vocab.Href
		}
		changed, err := o.With(p, value)
		if err != nil {
			return nil, err
		}
		if o, err = changed.Without(kept); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// isListed reports whether a mark of o names p.
func isListed(o *vocab.Object, mark, p vocab.Property) bool {
	for v := range o.All(mark) {
		if name, is := v.Text(); is && name == string(p) {
			return true
		}
	}
	return false
}
