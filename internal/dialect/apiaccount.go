package dialect

import (
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// APIActor makes an actor document of an Account of Mastodon's client API. The id
// is the account's "uri", which servers give since 2023, or else the one given
// here, which may be "". Collections and keys are not said there, and so not made.
func APIActor(o *vocab.Object, id vocab.IRI) (*vocab.Object, error) {
	if uri := o.Text("uri"); uri != "" {
		id = vocab.IRI(uri)
	}
	var m maker
	m.put(vocab.Context, madeContext)
	m.put(vocab.ID, id)
	m.put(vocab.Type, actorType(o))
	m.put(vocab.Username, o.Text("username"))
	m.put(vocab.Name, o.Text("display_name"))
	m.put(vocab.Summary, o.Text("note"))
	m.put(vocab.URL, o.Text("url"))
	m.put(vocab.Published, date(o, "created_at"))
	m.value(vocab.ManualApprove, boolean(o, "locked"))
	m.value(vocab.Discoverable, boolean(o, "discoverable"))
	m.put(vocab.Icon, picture(o, "avatar"))
	m.put(vocab.Image, picture(o, "header"))
	m.put(vocab.Attachment, fields(o))
	m.put(vocab.Tag, tags(o))
	if moved := o.Child("moved"); moved != nil {
		m.put(vocab.MovedTo, moved.Text("uri"))
	}
	made, err := m.build()
	if err != nil {
		return nil, err
	}
	return WithOriginal(made, o)
}

func actorType(o *vocab.Object) string {
	switch {
	case o.Bool("group"):
		return vocab.TypeGroup
	case o.Bool("bot"):
		return vocab.TypeService
	}
	return vocab.TypePerson
}

// fields are the profile's, as the API has them for reading.
func fields(o *vocab.Object) []*vocab.Object {
	var all []*vocab.Object
	for _, field := range o.Children("fields") {
		var m maker
		m.put(vocab.Type, vocab.TypePropertyValue)
		m.put(vocab.Name, field.Text("name"))
		m.put(vocab.FieldValue, field.Text("value"))
		if made, err := m.build(); err == nil {
			all = append(all, made)
		}
	}
	return all
}

// ActorOfStatus returns the actor's id as Mastodon, GoToSocial and others make the
// ids of posts of it: what stands before "/statuses/". "" if that is not there.
func ActorOfStatus(id vocab.IRI) vocab.IRI {
	actor, _, found := strings.Cut(string(id), "/statuses/")
	if !found || !vocab.IRI(actor).IsHTTP() {
		return ""
	}
	return vocab.IRI(actor)
}

// APIRelation returns the item for an Account in a list of them, named by its id
// where the API says that, or else by its handle; host completes the handles of
// the account's own server.
func APIRelation(k portability.Kind, o *vocab.Object, host string) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: k}}
	switch uri, acct := o.Text("uri"), strings.TrimPrefix(o.Text("acct"), "@"); {
	case uri != "":
		item.ID = uri
	case acct == "":
	case strings.Contains(acct, "@"):
		item.ID = "acct:" + acct
	case host != "":
		item.ID = "acct:" + acct + "@" + host
	}
	if item.ID == "" {
		item.Problems = []portability.Problem{{Reason: portability.NoID, Detail: "acct", Fatal: true}}
	}
	var m maker
	m.put(vocab.ID, item.ID)
	if k == portability.Muted {
		m.put("until", date(o, "mute_expires_at"))
	}
	return m.finish(item, o)
}

// APIReference returns the item for a status that an account likes, has marked or
// pinned: its id, and the date where that is of the mark.
func APIReference(k portability.Kind, o *vocab.Object) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: k, ID: string(statusID(o))}}
	if item.ID == "" {
		item.Problems = []portability.Problem{{Reason: portability.NoID, Detail: "uri", Fatal: true}}
	}
	var m maker
	m.put(vocab.ID, item.ID)
	return m.finish(item, o)
}

// APIReceived returns the item for a status of somebody else that the account
// received, in the name of whoever wrote it.
func APIReceived(o *vocab.Object) (portability.Item, bool) {
	var author vocab.IRI
	if account := o.Child("account"); account != nil {
		author = personID(account)
	}
	item := (&API{Owner: portability.Readership{Actor: author}}).Status(o)
	item.Kind = portability.Inbox
	item.Problems = slices.DeleteFunc(item.Problems, func(p portability.Problem) bool {
		return p.Reason == portability.ForeignHost || p.Reason == portability.MissingParent && !p.Fatal
	})
	return item, true
}
