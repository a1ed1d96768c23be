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
	where string // "" where the element of the collection tells it

	from    collection
	element jsonitems.Element
	own     ownIDs
}

// ownIDs tell ids on the account's host, without taking each apart.
type ownIDs struct {
	host   string
	prefix string // what most of them begin with; "" if that is not worked out
}

func ownIDsOf(actor vocab.IRI) ownIDs {
	own := ownIDs{host: hostOf(actor)}
	if own.host != "" {
		own.prefix = "https://" + own.host + "/"
	}
	return own
}

// judge judges an item of the collection.
func (c collection) judge(item *portability.Item, e jsonitems.Element) judge {
	j := judge{owner: c.account.Owner, item: item, from: c, element: e, own: c.own}
	if j.own.prefix == "" {
		j.own = ownIDsOf(j.owner.Actor)
	}
	return j
}

func (j judge) place() string {
	if j.where == "" {
		return j.from.where(j.element)
	}
	return j.where
}

func (j judge) fatal(r portability.Reason) { j.say(r, true) }

func (j judge) say(r portability.Reason, fatal bool) {
	j.item.Problems = append(j.item.Problems, portability.Problem{Reason: r, Detail: j.place(), Fatal: fatal})
}

// named gives the item its name, which is the document's.
func (j judge) named(e jsonitems.Element) {
	j.item.ID = string(j.item.Object.ID())
	if e.Fault == jsonitems.BadText {
		j.say(BadText, strings.ContainsRune(j.item.ID, '\uFFFD'))
	}
	if j.item.ID == "" {
		j.item.ID = j.place()
		j.fatal(portability.NoID)
	}
}

// content judges what was written, and what brought it.
func (j judge) content() {
	o, around := j.item.Object, j.item.Activity
	if types := o.Types(); isActivity(types) || o.IsActor() || around != nil && around.Is(forbiddenActivities...) {
		j.fatal(portability.WrongKind)
	}
	authors := o.IRIs(vocab.AttributedTo)
	switch {
	case j.owner.Actor == "":
	case around != nil && !isWrapper(around) && around.IRI(vocab.Actor) != j.owner.Actor,
		len(authors) > 0 && !slices.Contains(authors, j.owner.Actor):
		j.fatal(portability.NotOwn)
	}
	nameless := around != nil && around.ID() == ""
	if j.isForeign(o.ID()) || around != nil && !nameless && j.isForeign(around.ID()) {
		j.fatal(portability.ForeignHost)
	}
	j.dates(o, true)
	j.audience()
	if nameless {
		j.unwrap()
	}
}

// isWrapper reports whether a Create is none that was ever sent, and says no more
// than what is in it.
func isWrapper(o *vocab.Object) bool { return o.ID() == "" && !o.Has(vocab.Actor) }

func isActivity(types []string) bool {
	return slices.ContainsFunc(types, func(name string) bool {
		isContent, known := contentType(name)
		return known && !isContent || name == vocab.TypeCreate
	})
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
	switch {
	case id == "", j.owner.Actor == "", j.own.prefix != "" && strings.HasPrefix(string(id), j.own.prefix):
		return false
	}
	return hostOf(id) != hostOf(j.owner.Actor)
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
	bad := !ok && (needed || isSet(o, vocab.Published)) || ok && (published.Unix() <= 0 || published.Year() >= 2100 || !hasZone(o))
	if !bad && isSet(o, vocab.Updated) {
		updated, changed := o.Time(vocab.Updated)
		bad = !changed || ok && updated.Before(published)
	}
	if bad {
		j.say(portability.BadDate, false)
	}
}

// hasZone reports whether the date of publishing says of which zone it is. One that
// does not is taken for UTC, which may be hours off.
func hasZone(o *vocab.Object) bool {
	text := strings.TrimSpace(o.Text(vocab.Published))
	if strings.HasSuffix(text, "Z") || strings.HasSuffix(text, "z") {
		return true
	}
	_, time, _ := strings.Cut(text, "T")
	return strings.ContainsAny(time, "+-")
}

func isSet(o *vocab.Object, p vocab.Property) bool {
	v := o.Get(p)
	return !v.IsZero() && v.Kind() != vocab.Null
}

// audience says so where nothing says for whom an item is, see
// [portability.Readership.AudienceOf].
func (j judge) audience() {
	for _, o := range []*vocab.Object{j.item.Object, j.item.Activity} {
		for _, p := range addressing {
			if o != nil && len(o.IRIs(p)) > 0 {
				return
			}
		}
	}
	j.say(portability.NoAudience, false)
}

var addressing = []vocab.Property{vocab.To, vocab.CC, vocab.Audience, vocab.Bto, vocab.Bcc}
