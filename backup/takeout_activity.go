package backup

import (
	"slices"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// around returns the activity that brings an object, and whether something of the
// one that was given had to be left out. Where none was given it is made, under the
// id that Mastodon would give it. Neither has bto or bcc any more.
func (t *Takeout) around(given, object *vocab.Object) (activity *vocab.Object, left bool, err error) {
	if given == nil || !given.Is("Create") {
		activity, err = t.create(object)
		return activity, given != nil, err
	}
	narrow, object, err := t.narrowest(given, object)
	if err != nil {
		return nil, false, err
	}
	left = narrow != given
	if inside := narrow.Child(vocab.ObjectProperty); inside == nil || inside.Value().String() != object.Value().String() {
		narrow, err = narrow.With(vocab.ObjectProperty, object)
	}
	return narrow, left, err
}

func (t *Takeout) create(object *vocab.Object) (*vocab.Object, error) {
	by := object.IRI(vocab.AttributedTo)
	if by == "" {
		by = t.owner.Actor
	}
	members := []vocab.Member{
		{Name: vocab.ID, Value: string(object.ID()) + "/activity"},
		{Name: vocab.Type, Value: "Create"},
		{Name: vocab.Actor, Value: by},
	}
	if published := object.Get(vocab.Published); !published.IsZero() {
		members = append(members, vocab.Member{Name: vocab.Published, Value: published})
	}
	made, err := vocab.Build(append(members,
		vocab.Member{Name: vocab.To, Value: valuesOf(object, vocab.To)},
		vocab.Member{Name: vocab.CC, Value: valuesOf(object, vocab.CC)},
		vocab.Member{Name: dialect.MadeMember, Value: true})...)
	if err != nil {
		return nil, err
	}
	return made.With(vocab.ObjectProperty, object) // Build would refuse one that names a member twice
}

// valuesOf returns the values of p, to be written as an array even if there are none.
func valuesOf(o *vocab.Object, p vocab.Property) []vocab.Value {
	return append([]vocab.Value{}, slices.Collect(o.All(p))...)
}

var takeoutWidths = []portability.Audience{
	portability.ForPublic, portability.ForUnlisted, portability.ForFollowers, portability.ForMentioned, portability.ForAuthor,
}

// narrowest lets both speak to the narrower audience of the two: some importers
// look at the activity, and some at the object.
func (t *Takeout) narrowest(activity, object *vocab.Object) (*vocab.Object, *vocab.Object, error) {
	outer, one := t.owner.AddressedTo(portability.Item{Object: activity})
	inner, other := t.owner.AddressedTo(portability.Item{Object: object})
	if !one || !other || outer == inner {
		return activity, object, nil
	}
	var err error
	if slices.Index(takeoutWidths, outer) > slices.Index(takeoutWidths, inner) {
		object, err = takeoutAddressed(object, activity)
	} else {
		activity, err = takeoutAddressed(activity, object)
	}
	return activity, object, err
}

func takeoutAddressed(o, like *vocab.Object) (*vocab.Object, error) {
	o, err := o.With(vocab.To, valuesOf(like, vocab.To))
	if err != nil {
		return nil, err
	}
	if o, err = o.Without(vocab.Audience); err != nil {
		return nil, err
	}
	return o.With(vocab.CC, valuesOf(like, vocab.CC))
}
