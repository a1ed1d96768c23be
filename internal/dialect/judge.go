package dialect

import (
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// BadText is the problem of an item in which U+FFFD stands in place of what was
// no text. It is fatal in names.
const BadText portability.Reason = "bad-text"

// A judge finds what is wrong with an item of an outbox. An export says what it
// likes, and whoever uploads it need not be the account: nothing of somebody else's
// may pass as the owner's.
type judge struct {
	owner portability.Readership // what is unknown of it is not compared
	item  *portability.Item
	where string
}

func (j judge) fatal(r portability.Reason) { j.say(r, true) }

func (j judge) say(r portability.Reason, fatal bool) {
	j.item.Problems = append(j.item.Problems, portability.Problem{Reason: r, Detail: j.where, Fatal: fatal})
}

// named gives the item its name, which is the document's.
func (j judge) named(e jsonitems.Element) {
	j.item.ID = string(j.item.Object.ID())
	bad := strings.ContainsRune(j.item.ID, '\uFFFD')
	if e.Fault == jsonitems.BadText {
		j.say(BadText, bad)
	}
	if j.item.ID == "" {
		j.item.ID = j.where
		j.fatal(portability.NoID)
	}
}

// content judges what was written, and what brought it.
func (j judge) content() {
	o, around := j.item.Object, j.item.Activity
	if isActivity(o) || o.IsActor() || around != nil && around.Is(forbiddenActivities...) {
		j.fatal(portability.WrongKind)
	}
	authors := o.IRIs(vocab.AttributedTo)
	switch {
	case j.owner.Actor == "":
	case around != nil && !isWrapper(around) && around.IRI(vocab.Actor) != j.owner.Actor,
		len(authors) > 0 && !slices.Contains(authors, j.owner.Actor):
		j.fatal(portability.NotOwn)
	}
	if j.isForeign(o.ID()) || around != nil && j.isForeign(around.ID()) {
		j.fatal(portability.ForeignHost)
	}
	j.dates(o, true)
	j.audience()
	if around != nil && around.ID() == "" {
		j.unwrap()
	}
}

// isWrapper reports whether a Create is none that was ever sent, and says no more
// than what is in it.
func isWrapper(o *vocab.Object) bool { return o.ID() == "" && !o.Has(vocab.Actor) }

func isActivity(o *vocab.Object) bool {
	return o.Is(vocab.TypeCreate) || o.Is(otherActivities...) || o.Is(forbiddenActivities...)
}

// unwrap leaves out a Create without a name, unless fewer people may read it than
// the object says.
func (j judge) unwrap() {
	with, _ := j.owner.AudienceOf(*j.item)
	bare := *j.item
	bare.Activity = nil
	if without, _ := j.owner.AudienceOf(bare); with == without {
		*j.item = bare
	}
}

// activity judges what was done otherwise.
func (j judge) activity() {
	o := j.item.Object
	if o.Is(forbiddenActivities...) || o.Is(vocab.TypeCreate) || o.Is(contentTypes...) {
		j.fatal(portability.WrongKind)
	}
	if j.owner.Actor != "" && o.IRI(vocab.Actor) != j.owner.Actor || j.tellsPrivate(o) {
		j.fatal(portability.NotOwn)
	}
	if j.isForeign(o.ID()) {
		j.fatal(portability.ForeignHost)
	}
	j.dates(o, o.Is(vocab.TypeAnnounce))
	j.audience()
}

// tellsPrivate reports whether an activity holds what somebody else wrote for few.
func (j judge) tellsPrivate(o *vocab.Object) bool {
	for _, inner := range o.Children(vocab.ObjectProperty) {
		authors := inner.IRIs(vocab.AttributedTo)
		own := j.owner.Actor != "" && !j.isForeign(inner.ID()) && slices.Contains(authors, j.owner.Actor)
		if own || inner.Len() == 1 {
			continue
		}
		who, _ := portability.Readership{}.AudienceOf(portability.Item{Object: inner})
		if who != portability.ForPublic && who != portability.ForUnlisted {
			return true
		}
	}
	return false
}

// isForeign reports whether an id is on another host than the account.
func (j judge) isForeign(id vocab.IRI) bool {
	return id != "" && j.owner.Actor != "" && hostOf(id) != hostOf(j.owner.Actor)
}

// hostOf is the host of an id; of a tag: URI (RFC 4151), as OStatus gave them, the
// authority that made it.
func hostOf(id vocab.IRI) string {
	if rest, ok := strings.CutPrefix(string(id), "tag:"); ok {
		authority, _, _ := strings.Cut(rest, ",")
		return authority
	}
	return id.Host()
}

// dates finds dates that cannot be. Whether one lies ahead depends on the reader's
// clock, and is not asked, short of a year that no export is from.
func (j judge) dates(o *vocab.Object, needed bool) {
	published, ok := o.Time(vocab.Published)
	updated, changed := o.Time(vocab.Updated)
	switch {
	case !ok && (needed || isSet(o, vocab.Published)),
		ok && (published.Unix() <= 0 || published.Year() >= 2100),
		!changed && isSet(o, vocab.Updated),
		changed && ok && updated.Before(published):
		j.say(portability.BadDate, false)
	}
}

func isSet(o *vocab.Object, p vocab.Property) bool {
	v := o.Get(p)
	return !v.IsZero() && v.Kind() != vocab.Null
}

func (j judge) audience() {
	if _, said := j.owner.AudienceOf(*j.item); !said {
		j.say(portability.NoAudience, false)
	}
}
