package dialect

import (
	"html"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A misskeyHost makes ActivityStreams documents of the notes of a Misskey server,
// and of those that follow it. Their exports have no ids but those of the database;
// the addresses are made of them as the server's ApRendererService makes them.
type misskeyHost struct {
	base   vocab.IRI // https://host; "" if it is not known
	owner  portability.Readership
	handle string // the owner's name, for the page of the followers; "" if unknown
	// entry names the file that a note's picture stands in; nil if there are none.
	entry func(file *vocab.Object) string
}

// misskeyBase is the origin of a host; "" for what is none.
func misskeyBase(host string) vocab.IRI {
	base := vocab.IRI("https://" + strings.ToLower(host))
	if host == "" || base.Host() != strings.ToLower(host) {
		return ""
	}
	return base
}

// address is what the server has at /notes/x and /users/x; "" if the host is not
// known, or x is none of its ids.
func (h *misskeyHost) address(folder, id string) vocab.IRI {
	if h.base == "" || !plainNumber.MatchString(id) {
		return ""
	}
	return h.base + "/" + vocab.IRI(folder) + "/" + vocab.IRI(id)
}

// note returns the item that a note is: content, or for a renote without words of
// its own an Announce in the outbox.
func (h *misskeyHost) note(o *vocab.Object, where string) portability.Item {
	id, item := number(o, "id"), portability.Item{Ref: portability.Ref{Kind: portability.Content, ID: where}}
	address := h.address("notes", id)
	var m maker
	m.put(vocab.Context, madeContext)
	if isPlainRenote(o) {
		item.Kind = portability.Outbox
		if address != "" {
			address += "/activity"
		}
		h.begin(&m, &item, o, address, vocab.TypeAnnounce)
		shared := h.address("notes", o.Text("renoteId"))
		if shared == "" && h.base != "" {
			item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingParent, Detail: "renoteId", Fatal: true})
		}
		m.put(vocab.ObjectProperty, shared)
		return m.finish(item, o)
	}
	h.begin(&m, &item, o, address, misskeyType(o))
	m.put(vocab.Summary, o.Text("cw"))
	m.put(vocab.InReplyTo, h.address("notes", o.Text("replyId")))
	m.put(vocab.Sensitive, isMisskeySensitive(o))
	if text := o.Text("text"); text != "" {
		m.put(vocab.Content, plainHTML(text))
		m.put(vocab.Source, map[string]string{"content": text, "mediaType": "text/x.misskeymarkdown"})
	}
	quote := h.address("notes", o.Text("renoteId"))
	m.put("quoteUrl", quote)
	m.put("_misskey_quote", quote)
	m.put(vocab.Attachment, h.attachments(o, &item))
	putMisskeyPoll(&m, o.Child("poll"))
	return m.finish(item, o)
}

func (h *misskeyHost) begin(m *maker, item *portability.Item, o *vocab.Object, id vocab.IRI, kind string) {
	author := vocab.AttributedTo
	if kind == vocab.TypeAnnounce {
		author = vocab.Actor
	}
	published := date(o, "createdAt")
	to, cc, said := h.audience(o)
	m.put(vocab.ID, id)
	m.put(vocab.Type, kind)
	m.put(author, h.owner.Actor)
	m.put(vocab.Published, published)
	m.put(vocab.To, to)
	m.put(vocab.CC, cc)
	say := func(r portability.Reason, detail string, fatal bool) {
		item.Problems = append(item.Problems, portability.Problem{Reason: r, Detail: detail, Fatal: fatal})
	}
	switch {
	case id != "":
		item.ID = string(id)
	case h.base == "":
		say(portability.NoID, "the host is not known", true)
	default:
		say(portability.NoID, "id", true)
	}
	if published == "" {
		say(portability.BadDate, "createdAt", false)
	}
	switch {
	case o.Bool("localOnly"):
		say(portability.NoAudience, "localOnly", false)
	case !said:
		say(portability.NoAudience, "visibility", false)
	}
}

// audience tells to whom a note is addressed. "home" is what others call unlisted;
// "specified" names people by their ids on this server, of remote ones too. A note
// that never left its server is its author's alone elsewhere.
func (h *misskeyHost) audience(o *vocab.Object) (to, cc []vocab.IRI, said bool) {
	followers := h.followers()
	visibility := o.Text("visibility")
	switch {
	case o.Bool("localOnly"):
		return nil, nil, false
	case visibility == "public":
		return []vocab.IRI{vocab.Public}, followers, true
	case visibility == "home":
		return followers, []vocab.IRI{vocab.Public}, true
	case visibility == "followers" && len(followers) > 0:
		return followers, nil, true
	case visibility == "specified":
		for person := range o.All("visibleUserIds") {
			id, _ := person.Text()
			if address := h.address("users", id); address != "" && address != h.owner.Actor {
				to = append(to, address)
			}
		}
		if len(to) == 0 && h.owner.Actor != "" {
			to = []vocab.IRI{h.owner.Actor}
		}
		return to, nil, len(to) > 0
	}
	return nil, nil, false
}

// followers is the owner's followers collection. Where the export does not say who
// the owner is, the page of the followers stands for it.
func (h *misskeyHost) followers() []vocab.IRI {
	switch {
	case h.owner.Followers != "":
		return []vocab.IRI{h.owner.Followers}
	case h.owner.Actor != "":
		return []vocab.IRI{h.owner.Actor + "/followers"}
	case h.base != "" && plainName.MatchString(h.handle):
		return []vocab.IRI{h.base + "/@" + vocab.IRI(h.handle) + "/followers"}
	}
	return nil
}

// isPlainRenote reports whether a note does nothing but share another, as
// Misskey's isPureRenote does.
func isPlainRenote(o *vocab.Object) bool {
	return o.Text("renoteId") != "" && o.Text("text") == "" && o.Text("cw") == "" && o.Text("replyId") == "" &&
		o.Child("poll") == nil && len(o.IRIs("fileIds")) == 0 && len(o.Children("files")) == 0
}

func misskeyType(o *vocab.Object) string {
	if o.Child("poll") != nil {
		return vocab.TypeQuestion
	}
	return vocab.TypeNote
}

// isMisskeySensitive is true, or nothing.
func isMisskeySensitive(o *vocab.Object) any {
	sensitive := o.Get("cw").Kind() == vocab.String
	for _, file := range o.Children("files") {
		sensitive = sensitive || file.Bool("isSensitive")
	}
	if !sensitive {
		return nil
	}
	return true
}

// plainHTML shows text as it was typed. What MFM makes of it is in the source, for
// those who can.
func plainHTML(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return "<p>" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") + "</p>"
}

// attachments makes the files of a note. Exports before 2023 have nothing of them
// but their ids.
func (h *misskeyHost) attachments(o *vocab.Object, item *portability.Item) []*vocab.Object {
	files := o.Children("files")
	if ids := len(o.IRIs("fileIds")); ids > len(files) {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingMedia, Detail: "fileIds"})
	}
	var all []*vocab.Object
	for _, file := range files {
		var m maker
		m.put(vocab.Type, vocab.TypeDocument)
		m.put(vocab.MediaType, file.Text("type"))
		m.put(vocab.URL, file.Text("url"))
		m.put(vocab.Name, file.Text("comment"))
		m.put("blurhash", file.Text("blurhash"))
		if sides := file.Child("properties"); sides != nil {
			m.value("width", only(sides.Get("width"), vocab.Number))
			m.value("height", only(sides.Get("height"), vocab.Number))
		}
		m.value(vocab.Sensitive, boolean(file, "isSensitive"))
		if made, err := m.build(); err == nil {
			all = append(all, made)
		}
		h.medium(item, file)
	}
	return all
}

func (h *misskeyHost) medium(item *portability.Item, file *vocab.Object) {
	m := portability.Medium{URL: vocab.IRI(file.Text("url")), Type: file.Text("type"), Size: -1}
	if h.entry != nil {
		if m.Path = h.entry(file); m.Path == "" {
			item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingMedia, Detail: "files"})
		}
	}
	if m.URL != "" || m.Path != "" {
		item.Media = append(item.Media, m)
	}
}

// putMisskeyPoll writes a poll as the server sends it. Whether it has ended depends
// on the clock, and is not said.
func putMisskeyPoll(m *maker, poll *vocab.Object) {
	if poll == nil {
		return
	}
	var choices []*vocab.Object
	var votes []vocab.Value
	for v := range poll.All("votes") {
		votes = append(votes, v)
	}
	i := 0
	for name := range poll.All("choices") {
		var count vocab.Value
		if i < len(votes) {
			count = votes[i]
		}
		i++
		text, _ := name.Text()
		if made, err := choice(text, count); err == nil {
			choices = append(choices, made)
		}
	}
	putChoices(m, choices, poll.Bool("multiple"))
	m.put("endTime", date(poll, "expiresAt"))
}

// favorite returns the item for a note that was marked with a star, which nobody
// else sees: a bookmark.
func (h *misskeyHost) favorite(o *vocab.Object, where string) portability.Item {
	item := portability.Item{Ref: portability.Ref{Kind: portability.Bookmarks, ID: where}}
	var id vocab.IRI
	if note := o.Child("note"); note != nil {
		if id = vocab.IRI(note.Text("uri")); id == "" {
			id = h.address("notes", number(note, "id"))
		}
	}
	if id == "" {
		item.Problems = []portability.Problem{{Reason: portability.NoID, Detail: "note", Fatal: true}}
	} else {
		item.ID = string(id)
	}
	var m maker
	m.put(vocab.ID, id)
	m.put(vocab.Published, date(o, "createdAt"))
	return m.finish(item, o)
}
