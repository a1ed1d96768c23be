package portability

import (
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A Readership is what tells the audience of what an account wrote.
type Readership struct {
	Actor vocab.IRI // the account; "" if it is not known
	// Followers is the account's followers collection. Where it is not known, as
	// in exports without an actor, an id on the account's own origin that ends in
	// "/followers" is taken for it.
	Followers vocab.IRI
}

// ReadershipOf returns the readership of an actor document's account. A nil
// document gives one that knows nothing.
func ReadershipOf(actor *vocab.Object) Readership {
	if actor == nil {
		return Readership{}
	}
	return Readership{Actor: actor.ID(), Followers: actor.IRI(vocab.Followers)}
}

// AudienceOf tells who may read a document, after ActivityPub §5.6 and the use
// that Mastodon makes of "to" and "cc". It never answers more than the document
// says: where it and the activity around it differ, the narrower counts, of which
// an empty "to" is one. What servers say beside the addresses counts as well: that
// a post is local, or for followers. A document whose context gives its words other
// meanings ([vocab.ContextOdd]) is for its author alone. The bool is false where
// nothing says anything of it at all; then it is for its author alone too.
// bto and bcc are read as cc.
//
// Announces and other activities in an outbox are read as content is.
func (r Readership) AudienceOf(item Item) (Audience, bool) {
	audience, said := r.AddressedTo(item)
	if said && audience == ForAuthor {
		return ForAuthor, true
	}
	widest := narrower(allowed(item.Object), allowed(item.Activity))
	switch {
	case said:
		return narrower(audience, widest), true
	case widest != ForPublic:
		return ForAuthor, true // it is for fewer than all, and nobody is named
	}
	return ForAuthor, false
}

// AddressedTo is AudienceOf by the addresses alone. It is for whoever writes addresses
// anew; it does not tell who may read.
func (r Readership) AddressedTo(item Item) (Audience, bool) {
	audience, said := r.of(item.Object)
	around, also := r.of(item.Activity)
	switch {
	case said && (also || isForNobody(item.Activity)):
		return narrower(audience, around), true
	case also && !isForNobody(item.Object):
		return around, true
	}
	return audience, said || also
}

// isForNobody reports whether a document says that it is to nobody, in place of
// saying nothing.
func isForNobody(o *vocab.Object) bool {
	if o == nil || o.Get(vocab.To).Kind() != vocab.Array {
		return false
	}
	return len(slices.Collect(o.All(vocab.To))) == 0
}

func (r Readership) of(o *vocab.Object) (Audience, bool) {
	if o == nil {
		return ForAuthor, false
	}
	to := o.IRIs(vocab.To)
	others := slices.Concat(o.IRIs(vocab.CC), o.IRIs(vocab.Audience), o.IRIs(vocab.Bto), o.IRIs(vocab.Bcc))
	all := slices.Concat(to, others)
	switch {
	case slices.ContainsFunc(to, vocab.IRI.IsPublic):
		return ForPublic, true
	case slices.ContainsFunc(others, vocab.IRI.IsPublic):
		return ForUnlisted, true
	case slices.ContainsFunc(all, r.isFollowers):
		return ForFollowers, true
	case slices.ContainsFunc(all, r.isOther):
		return ForMentioned, true
	}
	return ForAuthor, len(all) > 0
}

func (r Readership) isFollowers(id vocab.IRI) bool {
	if r.Followers != "" {
		return id == r.Followers
	}
	return strings.HasSuffix(string(id), "/followers") && vocab.SameOrigin(id, r.Actor)
}

// isOther reports whether an id names somebody but the account itself.
func (r Readership) isOther(id vocab.IRI) bool { return id != "" && id != r.Actor }

// widths are the audiences, widest first.
var widths = []Audience{ForPublic, ForUnlisted, ForFollowers, ForMentioned, ForAuthor}

func narrower(a, b Audience) Audience {
	if slices.Index(widths, a) > slices.Index(widths, b) {
		return a
	}
	return b
}
