package portability

import (
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A judge tells what of an account's source can be copied. It has no effects, and
// looks at one item at a time.
type judge struct {
	old    vocab.IRI
	now    time.Time
	limits Limits
	who    Readership
}

// entry returns an item's entry: staged, or ended with a reason.
func (g judge) entry(i Item, ref Ref, sum [32]byte) Entry {
	e := Entry{Ref: ref, Stage: stageOf(i.Kind), Digest: sum, Size: int64(i.size())}
	e.State, e.Reason = g.verdict(i)
	if e.State != "" {
		return e
	}
	e.Reason = g.warning(i)
	if i.Kind == Content || i.Kind == Outbox || i.Kind == History {
		e.Audience, _ = g.who.AudienceOf(i)
	}
	if i.Object != nil {
		e.Published, _ = g.published(i.Object)
	}
	if i.Kind == Content {
		e.Parent = g.parent(i.Object)
	}
	return e
}

// verdict returns how an item ends that is not to be put at all, or nothing.
func (g judge) verdict(i Item) (State, Reason) {
	if p, fatal := i.Fatal(); fatal {
		return Failed, p.Reason
	}
	switch {
	case i.ID == "":
		return Failed, NoID
	case i.Object == nil && len(i.Raw) == 0 && i.Kind != Media:
		return Failed, Unreadable
	}
	state, reason := g.ofKind(i)
	if state != "" {
		return state, reason
	}
	for _, rule := range g.limits.Breaks(i, g.who) {
		if rule == RuleKind || rule == RuleType {
			return Skipped, NoPlace
		}
	}
	return "", ""
}

func (g judge) ofKind(i Item) (State, Reason) {
	switch i.Kind {
	case Actor:
		if g.old == "" || i.ID != string(g.old) {
			return Skipped, NotOwn
		}
	case Keys:
		return g.key(i)
	case Content, History:
		return g.content(i)
	case Outbox:
		return g.activity(i)
	case Received:
		if i.Object == nil {
			return Failed, Unreadable
		}
	}
	return "", ""
}

// content judges a post: it must be the account's own, say nothing else, and have its
// id from the account's server.
func (g judge) content(i Item) (State, Reason) {
	o := i.Object
	switch {
	case o == nil:
		return Failed, Unreadable
	case o.Is(vocab.TypeTombstone), o.Is(activities...), o.IsActor():
		return Skipped, WrongKind
	case i.Activity != nil && !i.Activity.Is(vocab.TypeCreate, vocab.TypeUpdate):
		return Skipped, WrongKind
	case !g.isOwn(o, vocab.AttributedTo), !g.isOwn(o, vocab.Actor), i.Activity != nil && !g.isOwn(i.Activity, vocab.Actor):
		return Skipped, NotOwn
	case vocab.IRI(i.ID).Host() != g.old.Host():
		return Skipped, ForeignHost
	}
	return "", ""
}

// activities are those that are no content, and that no outbox brings back.
var activities = []string{
	vocab.TypeCreate, vocab.TypeUpdate, vocab.TypeDelete, vocab.TypeMove, vocab.TypeFollow, vocab.TypeFlag,
	vocab.TypeUndo, vocab.TypeAccept, vocab.TypeReject, vocab.TypeTentativeAccept, vocab.TypeTentativeReject,
	vocab.TypeAdd, vocab.TypeRemove, vocab.TypeBlock, vocab.TypeOffer, vocab.TypeAnnounce, vocab.TypeLike,
}

// kept are those of them that are kept in an outbox: they say what the account liked
// or shared, and nothing that would have to be done again.
var kept = []string{vocab.TypeAnnounce, vocab.TypeLike, vocab.TypeCreate}

func (g judge) activity(i Item) (State, Reason) {
	o := i.Object
	switch {
	case o == nil:
		return Failed, Unreadable
	case o.Is(vocab.TypeTombstone), o.Is(activities...) && !o.Is(kept...):
		return Skipped, WrongKind
	case !g.isOwn(o, vocab.Actor), g.bringsForeign(o):
		return Skipped, NotOwn
	case vocab.IRI(i.ID).Host() != g.old.Host():
		return Skipped, ForeignHost
	}
	return "", ""
}

// bringsForeign reports whether an activity brings along what somebody else wrote,
// and not for everybody; or creates what somebody else wrote.
func (g judge) bringsForeign(o *vocab.Object) bool {
	brought := o.Child(vocab.ObjectProperty)
	if brought == nil || g.isOwn(brought, vocab.AttributedTo) && brought.Has(vocab.AttributedTo) {
		return false
	}
	if o.Is(vocab.TypeCreate) {
		return brought.Has(vocab.AttributedTo)
	}
	if !brought.Has(vocab.Content) && !brought.Has("contentMap") {
		return false
	}
	audience, _ := Readership{}.AudienceOf(Item{Object: brought})
	return audience != ForPublic && audience != ForUnlisted
}

// isOwn reports whether a document names the account as who made it, or nobody.
func (g judge) isOwn(o *vocab.Object, p vocab.Property) bool {
	if !o.Has(p) {
		return g.old != ""
	}
	for _, id := range o.IRIs(p) {
		if id == g.old {
			return g.old != ""
		}
	}
	return false
}

// key judges a public key.
func (g judge) key(i Item) (State, Reason) {
	o := i.Object
	if o == nil {
		return Failed, Unreadable
	}
	for name := range o.Members() {
		switch name {
		case "privateKeyPem", "secretKeyMultibase", "privateKeyMultibase", "privateKeyJwk":
			return Skipped, SecretWithheld
		}
	}
	for _, p := range []vocab.Property{vocab.Owner, vocab.Controller} {
		if !g.isOwn(o, p) {
			return Skipped, NotOwn
		}
	}
	return "", ""
}

// warning returns the first thing that is wrong with an item that can be used.
func (g judge) warning(i Item) Reason {
	for _, p := range i.Problems {
		return p.Reason
	}
	if i.Kind != Content {
		return ""
	}
	if _, ok := g.published(i.Object); !ok {
		return BadDate
	}
	if i.Object.IRI(vocab.InReplyTo) == vocab.IRI(i.ID) {
		return CutCycle
	}
	if _, said := g.who.AudienceOf(i); !said {
		return NoAudience
	}
	return ""
}

// published returns when a document says it was published, and whether that can be:
// not before year 1, not the epoch of a clock that was never set, not tomorrow.
func (g judge) published(o *vocab.Object) (time.Time, bool) {
	at, ok := o.Time(vocab.Published)
	if !ok || at.Year() < 1 || at.Unix() == 0 || at.IsZero() || at.After(g.now.Add(24*time.Hour)) {
		return time.Time{}, false
	}
	return at.UTC().Truncate(time.Microsecond), true
}

// parent returns the id of what a post answers, if the account may have written that.
func (g judge) parent(o *vocab.Object) string {
	parent := o.IRI(vocab.InReplyTo)
	if parent == "" || parent == o.ID() || parent.Host() != g.old.Host() {
		return ""
	}
	return string(parent)
}
