package actor

import (
	"strings"
	"unicode/utf8"

	"codeberg.org/godwit/godwit/vocab"
)

// Limits of what a [Profile] shows of one document.
const (
	maxName   = 1 << 10  // bytes of a name or a field's name
	maxText   = 64 << 10 // bytes of a bio or a field's value
	maxFields = 64
	maxLinks  = 64
)

// A Profile is what a person sees of an account, copied out of its document for
// display. The document stays the record: what stands here is cut where it is
// too long, and what is not known here is left out.
//
// Bio and the values of Fields are HTML by whoever wrote them: never trusted,
// to be sanitized before they are shown. URLs are not checked to be safe to
// fetch.
type Profile struct {
	ID   vocab.IRI
	Type string // the first type that is not Tombstone
	// Username is preferredUsername. With the host of a WebFinger name it
	// makes a handle; the host of ID is only a guess at that one.
	Username string
	// Handle is the name that the actor says is its stable one, without "@"
	// before it (FEP-2c59); believed only after WebFinger confirms it.
	Handle string
	Name   string
	Bio    string
	Icon   Picture
	Header Picture
	Fields []Field     // PropertyValue attachments
	Links  []vocab.IRI // "url": pages about the person, in order

	Inbox       vocab.IRI
	SharedInbox vocab.IRI // "" if none is published
	Outbox      vocab.IRI
	Followers   vocab.IRI
	Following   vocab.IRI
	Liked       vocab.IRI
	Featured    vocab.IRI

	Locked       bool // manuallyApprovesFollowers: follows wait for approval
	Discoverable bool
	Standing     Standing
	Aliases      []string // at most [MaxAliases]
}

// A Picture is an image of a profile.
type Picture struct {
	URL         vocab.IRI
	MediaType   string
	Description string
}

// A Field is one row of the table that many servers show on a profile.
type Field struct {
	Name  string
	Value string // HTML
}

// ProfileOf copies the profile out of an actor's document.
func ProfileOf(o *vocab.Object) Profile {
	p := Profile{
		ID:           o.ID(),
		Type:         livingType(o),
		Username:     bounded(o.Text(vocab.Username), maxName),
		Handle:       bounded(strings.TrimPrefix(o.Text(vocab.WebFinger), "@"), maxName),
		Name:         bounded(o.Text(vocab.Name), maxName),
		Bio:          bounded(o.Text(vocab.Summary), maxText),
		Icon:         picture(o, vocab.Icon),
		Header:       picture(o, vocab.Image),
		Fields:       fields(o),
		Links:        links(o),
		Inbox:        o.IRI(vocab.Inbox),
		Outbox:       o.IRI(vocab.Outbox),
		Followers:    o.IRI(vocab.Followers),
		Following:    o.IRI(vocab.Following),
		Liked:        o.IRI(vocab.Liked),
		Featured:     o.IRI(vocab.Featured),
		Locked:       o.Bool(vocab.ManualApprove),
		Discoverable: o.Bool(vocab.Discoverable),
		Standing:     StandingOf(o),
		Aliases:      Aliases(o),
	}
	if endpoints := o.Child(vocab.Endpoints); endpoints != nil {
		p.SharedInbox = endpoints.IRI(vocab.SharedInbox)
	}
	if p.SharedInbox == "" {
		p.SharedInbox = o.IRI(vocab.SharedInbox)
	}
	p.Aliases = p.Aliases[:min(len(p.Aliases), MaxAliases)]
	return p
}

func livingType(o *vocab.Object) string {
	for _, name := range o.Types() {
		if name != "Tombstone" {
			return bounded(name, maxName)
		}
	}
	return bounded(o.Text(vocab.FormerType), maxName)
}

// picture reads an image that is an Image with a url, a Link, or a bare IRI.
func picture(o *vocab.Object, p vocab.Property) Picture {
	for v := range o.All(p) {
		image, ok := v.Object()
		if !ok {
			if id := v.IRI(); id != "" {
				return Picture{URL: id}
			}
			continue
		}
		url := first(image.IRIs(vocab.URL))
		if url == "" {
			url = vocab.IRI(image.Text("href"))
		}
		if url != "" {
			return Picture{
				URL:         url,
				MediaType:   bounded(image.Text("mediaType"), maxName),
				Description: bounded(description(image), maxText),
			}
		}
	}
	return Picture{}
}

func description(image *vocab.Object) string {
	if name := image.Text(vocab.Name); name != "" {
		return name
	}
	return image.Text(vocab.Summary)
}

func fields(o *vocab.Object) []Field {
	var found []Field
	for v := range o.All(vocab.Attachment) {
		field, ok := v.Object()
		if !ok || !isField(field) {
			continue
		}
		if len(found) == maxFields {
			break
		}
		value := field.Text("value")
		if value == "" {
			value = field.Text("http://schema.org#value")
		}
		found = append(found, Field{Name: bounded(field.Text(vocab.Name), maxName), Value: bounded(value, maxText)})
	}
	return found
}

func isField(o *vocab.Object) bool {
	return o.Is("PropertyValue", "schema:PropertyValue", "http://schema.org#PropertyValue")
}

// links reads url, whose values are IRIs or Links.
func links(o *vocab.Object) []vocab.IRI {
	var found []vocab.IRI
	for v := range o.All(vocab.URL) {
		id := v.IRI()
		if link, ok := v.Object(); ok && link.Text("href") != "" {
			id = vocab.IRI(link.Text("href"))
		}
		if len(found) == maxLinks {
			break
		}
		if id != "" {
			found = append(found, id)
		}
	}
	return found
}

func first(ids []vocab.IRI) vocab.IRI {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// bounded cuts text to a number of bytes, between characters.
func bounded(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
