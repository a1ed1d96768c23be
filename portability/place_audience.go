package portability

import (
	"slices"

	"codeberg.org/godwit/godwit/vocab"
)

// audience tells who may read an item at the new server: nobody who could not read it
// at the old one. What cannot be told is for its author alone.
func (l *placer) audience(item Item) Audience {
	switch item.Kind {
	case Actor, FeaturedTags:
		return ForPublic // a profile, and what it shows
	case Content, Outbox:
		return l.readers(item)
	case History:
		return narrower(l.readers(item), l.copied(item))
	case Featured:
		return l.copied(item)
	}
	return ForAuthor
}

// copied returns for whom the own content is that an item is about. It is only looked
// for who is anybody: followers of the one account are not those of the other.
func (l *placer) copied(item Item) Audience {
	if item.Object == nil {
		return ForAuthor
	}
	e, found := l.found[item.Object.ID()]
	if found && e.isOwn() && e.wasPut() && (e.Audience == ForPublic || e.Audience == ForUnlisted) {
		return e.Audience
	}
	return ForAuthor
}

// readers tells it of what the account wrote or did.
func (l *placer) readers(item Item) Audience {
	if item.Object == nil {
		return ForAuthor
	}
	if inner := item.Object.Child(vocab.ObjectProperty); item.Kind == Outbox && item.Activity == nil && inner != nil && item.Object.Is(vocab.TypeCreate) {
		item.Object, item.Activity = inner, item.Object
	}
	audience, _ := l.who.AudienceOf(item)
	return l.here(item, audience)
}

// here returns what an audience of the old server is at the new one.
func (l *placer) here(item Item, audience Audience) Audience {
	switch {
	case audience == ForPublic, audience == ForUnlisted:
		return audience
	case !l.addressesMentioned(item):
		return ForAuthor
	case audience == ForFollowers && l.options.FollowersOnly && l.options.ByHand:
		return ForFollowers
	case audience == ForMentioned && len(mentionsOf(item.Object)) > 0:
		return ForMentioned
	}
	return ForAuthor
}

// addressesMentioned reports whether everybody whom a document mentions is also whom it
// went to, by every word about that. Servers show a document to those whom it
// mentions.
func (l *placer) addressesMentioned(item Item) bool {
	for _, o := range []*vocab.Object{item.Object, item.Activity} {
		if o == nil || !isAddressed(o) {
			continue
		}
		to := recipients(o)
		if slices.ContainsFunc(to, vocab.IRI.IsPublic) {
			continue
		}
		for _, who := range mentionsOf(item.Object) {
			if !l.self[who] && !slices.Contains(to, who) {
				return false
			}
		}
	}
	return true
}

func mentionsOf(o *vocab.Object) []vocab.IRI {
	var who []vocab.IRI
	for _, tag := range o.Children(vocab.Tag) {
		if tag.Is(vocab.TypeMention) {
			who = append(who, tag.IRIs(vocab.Href)...)
		}
	}
	return who
}

func isAddressed(o *vocab.Object) bool { return len(recipients(o)) > 0 || isForNobody(o) }

func recipients(o *vocab.Object) []vocab.IRI {
	return slices.Concat(o.IRIs(vocab.To), o.IRIs(vocab.CC), o.IRIs(vocab.Audience), o.IRIs(vocab.Bto), o.IRIs(vocab.Bcc))
}
