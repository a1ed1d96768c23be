package site

import (
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A reaction is what somebody else did with a post: a reply, a like, a boost.
type reaction struct {
	Sort      string    `json:"sort"`
	Target    string    `json:"target"`
	URL       string    `json:"url,omitzero"` // of the reply or, for the others, of who it was
	Actor     string    `json:"actor,omitzero"`
	Published time.Time `json:"published,omitzero"`
	HTML      string    `json:"html,omitzero"` // only where that was asked for
	Language  string    `json:"language,omitzero"`
	Warning   string    `json:"warning,omitzero"`
}

// Sorts of reactions.
const (
	aReply = "reply"
	aLike  = "like"
	aBoost = "boost"
)

// reactionOf reads what was received. It says false for what is not shown: a
// reply or boost that was not public, or whose audience nobody knows, is not even
// counted, for that would tell of it.
func (s *Site) reactionOf(item portability.Item) (reaction, bool) {
	o := item.Object
	switch {
	case o.Is(vocab.TypeLike, "EmojiReact"):
		return s.mark(aLike, o), true
	case o.Is(vocab.TypeAnnounce):
		return s.mark(aBoost, o), isPublic(item, false)
	case o.Is(vocab.TypeCreate) && o.Child(vocab.ObjectProperty) != nil:
		inner := item
		inner.Activity, inner.Object = o, o.Child(vocab.ObjectProperty)
		return s.reply(inner), isPublic(inner, true)
	case o.IRI(vocab.InReplyTo) != "":
		return s.reply(item), isPublic(item, true)
	}
	return reaction{}, false
}

// isPublic reports whether anybody could read an item. One that names no audience
// counts unless it must say so.
func isPublic(item portability.Item, mustSay bool) bool {
	audience, said := portability.Readership{}.AudienceOf(item)
	if !said {
		return !mustSay
	}
	return audience == portability.ForPublic || audience == portability.ForUnlisted
}

func (s *Site) mark(sort string, o *vocab.Object) reaction {
	by := o.IRI(vocab.Actor)
	return reaction{Sort: sort, Target: string(o.IRI(vocab.ObjectProperty)), URL: link(by), Actor: string(by),
		Published: dateOf(o, vocab.Published)}
}

func (s *Site) reply(item portability.Item) reaction {
	o := item.Object
	r := reaction{Sort: aReply, Target: string(o.IRI(vocab.InReplyTo)), URL: link(placeOf(o)),
		Actor: string(o.IRI(vocab.AttributedTo)), Published: dateOf(o, vocab.Published)}
	if r.Actor == "" && item.Activity != nil {
		r.Actor = string(item.Activity.IRI(vocab.Actor))
	}
	if s.options.ShowReceived {
		p := post{}
		s.texts(&p, o)
		r.HTML, r.Language, r.Warning = p.HTML, p.Language, line(plainOf(o.Text(vocab.Summary)), longestTitle)
	}
	return r
}
