package dialect

import (
	"regexp"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An API makes ActivityStreams documents of what a server gives its clients: the
// Status of Mastodon's client API, in which some exports are written. Nothing is
// guessed: what the API does not say is left out, and what it says is kept whole
// as the original, see [WithOriginal].
type API struct {
	// Owner is the account. Where its followers collection is not known, the
	// actor's id with "/followers" stands for it in audiences.
	Owner portability.Readership
	// Number is the account's id in the API. A status of another account is
	// not-own. "" if it is not known; then every status passes for own.
	Number string
	// URI returns the id of another status by its number in the API, "" if it is
	// not known. May be nil.
	URI func(number string) vocab.IRI
}

// Status returns the item that a status is: content, or for a reblog an Announce
// in the outbox. Files are named by their URLs alone.
func (a *API) Status(o *vocab.Object) portability.Item {
	if o.Child("reblog") != nil {
		return a.announce(o)
	}
	item := portability.Item{Ref: portability.Ref{Kind: portability.Content}}
	var m maker
	m.put(vocab.Context, madeContext)
	a.begin(&m, &item, o, noteType(o))
	m.put(vocab.Summary, o.Text("spoiler_text"))
	m.put(vocab.InReplyTo, a.parent(o, &item))
	m.put(vocab.Updated, date(o, "edited_at"))
	m.put(vocab.URL, o.Text("url"))
	m.value(vocab.Sensitive, boolean(o, "sensitive"))
	m.value(vocab.Content, text(o, "content"))
	m.put("contentMap", languageMap(o))
	m.put("quoteUrl", quoted(o))
	m.put("_misskey_quote", quoted(o))
	m.put(vocab.Attachment, attachments(o, &item))
	m.put(vocab.Tag, tags(o))
	putPoll(&m, o.Child("poll"))
	return m.finish(item, o)
}

// announce makes the activity that a reblog is. Its object is named and not
// copied: it is somebody else's, and stands in the original.
func (a *API) announce(o *vocab.Object) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: portability.Outbox}}
	var m maker
	m.put(vocab.Context, madeContext)
	a.begin(&m, &item, o, vocab.TypeAnnounce)
	boosted := statusID(o.Child("reblog"))
	if boosted == "" {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingParent, Detail: "what is shared has no name", Fatal: true})
	}
	m.put(vocab.ObjectProperty, boosted)
	return m.finish(item, o)
}

// begin writes what notes and announces have in common.
func (a *API) begin(m *maker, item *portability.Item, o *vocab.Object, kind string) {
	id := statusID(o)
	item.ID = string(id)
	author := vocab.AttributedTo
	if kind == vocab.TypeAnnounce {
		author = vocab.Actor
	}
	published := date(o, "created_at")
	to, cc, said := a.audience(o)
	m.put(vocab.ID, id)
	m.put(vocab.Type, kind)
	m.put(author, a.Owner.Actor)
	m.put(vocab.Published, published)
	m.put(vocab.To, to)
	m.put(vocab.CC, cc)
	item.Problems = append(item.Problems, a.judge(o, id)...)
	if published == "" {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.BadDate, Detail: "created_at"})
	}
	if !said {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.NoAudience, Detail: "visibility"})
	}
}

// judge says what is wrong with a status as a post of this account.
func (a *API) judge(o *vocab.Object, id vocab.IRI) []portability.Problem {
	var by string
	if account := o.Child("account"); account != nil {
		by = number(account, "id")
	}
	switch {
	case id == "":
		return []portability.Problem{{Reason: portability.NoID, Detail: "uri", Fatal: true}}
	case a.Number != "" && by != "" && by != a.Number:
		return []portability.Problem{{Reason: portability.NotOwn, Detail: "account", Fatal: true}}
	case a.Owner.Actor.IsHTTP() && hostOf(id) != hostOf(a.Owner.Actor):
		return []portability.Problem{{Reason: portability.ForeignHost, Detail: "uri", Fatal: true}}
	}
	return nil
}

// statusID is a status's ActivityPub id. All servers give it as "uri"; where it is
// missing, the address of the page stands for it, which the same server chose.
func statusID(o *vocab.Object) vocab.IRI {
	if o == nil {
		return ""
	}
	if uri := o.Text("uri"); uri != "" {
		return vocab.IRI(uri)
	}
	return vocab.IRI(o.Text("url"))
}

// parent is the id of what a status answers, where the export knows it.
func (a *API) parent(o *vocab.Object, item *portability.Item) vocab.IRI {
	n := number(o, "in_reply_to_id")
	if n == "" {
		return ""
	}
	if id := a.sibling(o, n); id != "" {
		return id
	}
	if a.URI != nil {
		if id := a.URI(n); id != "" {
			return id
		}
	}
	item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingParent, Detail: "in_reply_to_id"})
	return ""
}

// sibling is the id of another status of the account, where this one's ends in its
// number, as servers make ids that count their statuses.
func (a *API) sibling(o *vocab.Object, n string) vocab.IRI {
	if a.Number == "" || number(o, "in_reply_to_account_id") != a.Number || !plainNumber.MatchString(n) {
		return ""
	}
	if before, ok := strings.CutSuffix(o.Text("uri"), "/"+number(o, "id")); ok {
		return vocab.IRI(before + "/" + n)
	}
	return ""
}

var plainNumber = regexp.MustCompile(`^[0-9A-Za-z]+$`)

func noteType(o *vocab.Object) string {
	if o.Child("poll") != nil {
		return vocab.TypeQuestion
	}
	return vocab.TypeNote
}

// quoted is the id of the post that a status quotes: Mastodon wraps it in a
// "quote" with the state of its approval, Hollo and others give the status itself.
func quoted(o *vocab.Object) vocab.IRI {
	quote := o.Child("quote")
	if quote == nil {
		return ""
	}
	if inner := quote.Child("quoted_status"); inner != nil {
		quote = inner
	}
	return statusID(quote)
}

// audience tells to whom a status is addressed. Only words whose readers are
// known name any; a reader too few can be put right, one too many cannot.
func (a *API) audience(o *vocab.Object) (to, cc []vocab.IRI, said bool) {
	followers, people := a.followers(), a.people(o)
	visibility := o.Text("visibility")
	switch {
	case o.Bool("local_only"):
		return nil, nil, false
	case visibility == "public":
		return []vocab.IRI{vocab.Public}, append(followers, people...), true
	case visibility == "unlisted":
		return followers, append([]vocab.IRI{vocab.Public}, people...), true
	case visibility == "private" && len(followers) > 0:
		return followers, people, true
	case visibility == "direct" && len(people) > 0:
		return people, nil, true
	case visibility == "direct" && a.Owner.Actor != "" && !a.Owner.Actor.IsPublic():
		return []vocab.IRI{a.Owner.Actor}, nil, true
	}
	return nil, nil, false
}

// followers is the owner's followers collection, or nothing. A hostile actor
// document may call the public its followers.
func (a *API) followers() []vocab.IRI {
	switch own := a.Owner; {
	case own.Followers.IsPublic(), own.Actor.IsPublic():
		return nil
	case own.Followers != "":
		return []vocab.IRI{own.Followers}
	case own.Actor.IsHTTP():
		return []vocab.IRI{own.Actor + "/followers"}
	}
	return nil
}

// people are those whom a status mentions, by the address that the API has of
// them. What could be read as more than one person is left out.
func (a *API) people(o *vocab.Object) []vocab.IRI {
	var all []vocab.IRI
	for _, mention := range o.Children("mentions") {
		if id := personID(mention); a.isPerson(id) {
			all = append(all, id)
		}
	}
	return all
}

func (a *API) isPerson(id vocab.IRI) bool {
	return id.IsHTTP() && !id.IsPublic() && id != a.Owner.Followers && !strings.HasSuffix(string(id), "/followers")
}

// personID is the id of an account or a mention, or the address of its page where
// the API does not say the id.
func personID(o *vocab.Object) vocab.IRI {
	if uri := o.Text("uri"); uri != "" {
		return vocab.IRI(uri)
	}
	return vocab.IRI(o.Text("url"))
}
