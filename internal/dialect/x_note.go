package dialect

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// post makes the item of a post: a Note, or for one that shares another's an
// Announce. One that shares and does not say what is a Note with the text that X
// gave it, "RT @alice: …".
func (x *xExport) post(pair xPair, k portability.Kind) portability.Item {
	row := pair.post
	if row.object == nil {
		return row.item(k)
	}
	p := pair.read
	if !pair.readable {
		return Unreadable(k, row.where, row.data, portability.NoID)
	}
	item := portability.Item{Ref: portability.Ref{Kind: k, ID: string(xStatusIRI(p.number()))}}
	id := vocab.IRI(item.ID)
	if k == portability.History {
		id = xStatusIRI(p.latest())
		item.ID = string(id) + "#" + p.at().Format("2006-01-02T15:04:05.000Z07:00")
	}
	var m maker
	m.put(vocab.Context, madeContext)
	m.put(vocab.ID, id)
	if k == portability.Outbox {
		m.put(vocab.Type, vocab.TypeAnnounce)
		m.put(vocab.Actor, x.account.iri())
		m.put(vocab.ObjectProperty, xStatusIRI(p.shares()))
	} else {
		m.put(vocab.Type, vocab.TypeNote)
		m.put(vocab.AttributedTo, x.account.iri())
		m.put(vocab.URL, x.account.page(xText(strings.TrimPrefix(string(id), string(xStatusIRI(""))))))
	}
	x.dates(&m, &item, p)
	x.audience(&m, &item, pair.file)
	if k != portability.Outbox {
		x.say(&m, &item, p, pair.note)
	}
	item = m.finish(item, pair.original())
	if k == portability.History && item.Object != nil {
		item.ID = nameOfState(item.Object)
	}
	return row.tell(item)
}

// original is what a post was made from, with its whole text if it has one.
func (pair xPair) original() *vocab.Object {
	if pair.note.object == nil {
		return pair.post.object
	}
	both, err := vocab.Build(
		vocab.Member{Name: "tweet", Value: within(pair.post.object, "tweet")},
		vocab.Member{Name: "noteTweet", Value: within(pair.note.object, "noteTweet")},
	)
	if err != nil {
		return pair.post.object
	}
	return both
}

func (x *xExport) dates(m *maker, item *portability.Item, p xPost) {
	first, at := p.first(), p.at()
	if at.IsZero() {
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.BadDate, Detail: "created_at"})
		return
	}
	if !first.IsZero() {
		m.put(vocab.Published, first.Truncate(time.Second).Format(time.RFC3339))
	}
	if len(p.states()) > 1 && !at.Equal(first) {
		m.put(vocab.Updated, at.Truncate(time.Second).Format(time.RFC3339))
	}
}

// audience says who may read a post. X says it of the whole account, and of those
// for a circle that they are. Where the archive has no word on the account, its
// posts are for their author alone.
func (x *xExport) audience(m *maker, item *portability.Item, f xFile) {
	who := x.account.iri()
	switch {
	case f.kind == xCircle && who != "":
		m.put(vocab.To, []vocab.IRI{who})
	case f.kind == xCircle, x.account.audience == "":
		item.Problems = append(item.Problems, portability.Problem{
			Reason: portability.NoAudience, Detail: "the archive does not say whether the account is protected",
		})
	case x.account.audience == portability.ForPublic:
		m.put(vocab.To, []vocab.IRI{vocab.Public})
	case who != "":
		m.put(vocab.To, []vocab.IRI{who + "/followers"})
	}
}

// say puts what the post says.
func (x *xExport) say(m *maker, item *portability.Item, p xPost, note xRow) {
	text := p.text()
	markup := xMarkup{links: map[string]string{}, mentions: map[string]string{}, tags: map[string]bool{}}
	markup.take(p)
	if long, ok := xReadNote(note.data); ok {
		text = xWhole(text, string(long.Core.Text))
		markup.takeLong(long)
	}
	content := markup.html(xPlain.Replace(text))
	if _, ok := p.ReplyTo.number(); ok {
		m.put(vocab.InReplyTo, xStatusIRI(p.ReplyTo))
	}
	m.put(vocab.Content, content)
	if language := xLanguage(p.Language); language != "" && content != "" {
		m.put("contentMap", map[string]string{language: content})
	}
	if p.Sensitive == "true" {
		m.put(vocab.Sensitive, true)
	}
	m.put(vocab.Tag, xTags(p, markup))
	m.put(vocab.Attachment, x.attachments(item, p))
}

// xWhole is a long text with the names that a reply begins with, which X leaves out.
func xWhole(short, long string) string {
	names := xLeadingNames.FindString(short)
	if names == "" || xLeadingNames.MatchString(long) {
		return long
	}
	return names + long
}

// media are the files of a post. The second place has all of them, the first has
// one at most.
func (p xPost) media() []xMedia {
	if len(p.Extended.Media) > 0 {
		return p.Extended.Media
	}
	return p.Entities.Media
}

func (x *xExport) attachments(item *portability.Item, p xPost) []map[string]any {
	var docs []map[string]any
	for _, m := range p.media() {
		doc, medium, ok := x.attach(p.number(), m)
		if !ok {
			continue
		}
		docs = append(docs, doc)
		item.Media = append(item.Media, medium)
	}
	*item = locate(x.view, *item, func(m portability.Medium) string { return m.Path })
	return docs
}

// take learns what X had marked in a post. The addresses of its files are left out
// of the text: they are attached.
func (m xMarkup) take(p xPost) {
	for _, l := range p.Entities.Links {
		m.links[string(l.Short)] = string(cmp.Or(l.Expanded, l.Short))
	}
	for _, f := range p.media() {
		if len(f.links()) > 0 {
			m.links[string(f.URL)] = ""
		}
	}
	for _, who := range p.Entities.Mentions {
		m.mention(who.Name, who.Number)
	}
	for _, t := range p.Entities.Tags {
		m.tags[strings.ToLower(string(t.Text))] = true
	}
}

func (m xMarkup) takeLong(n xLongText) {
	for _, l := range n.Core.Links {
		if _, attached := m.links[string(l.Short)]; !attached {
			m.links[string(l.Short)] = string(cmp.Or(l.Expanded, l.Short))
		}
	}
	for _, who := range n.Core.Mentions {
		m.mention(who.Name, "")
	}
	for _, t := range n.Core.Tags {
		m.tags[strings.ToLower(string(t.Text))] = true
	}
}

// mention learns where an account is. Those that are gone have no number, and in
// long texts no account has.
func (m xMarkup) mention(name, number xText) {
	key := strings.ToLower(string(name))
	if _, ok := number.number(); ok {
		m.mentions[key] = string(xAccountIRI(number))
		return
	}
	if m.mentions[key] == "" && xName.MatchString(key) {
		m.mentions[key] = "https://x.com/" + string(name)
	}
}

// xTags are the mentions and tags of a post, in its own order.
func xTags(p xPost, m xMarkup) []map[string]any {
	var tags []map[string]any
	once := map[string]bool{}
	add := func(kind, name, href string) {
		if key := kind + strings.ToLower(name); href != "" && !once[key] {
			once[key] = true
			tags = append(tags, map[string]any{"type": kind, "name": name, "href": href})
		}
	}
	for _, who := range p.Entities.Mentions {
		add("Mention", "@"+string(who.Name), m.mentions[strings.ToLower(string(who.Name))])
	}
	for _, t := range p.Entities.Tags {
		add("Hashtag", "#"+string(t.Text), xTagLink(string(t.Text)))
	}
	return tags
}

var xLanguageCode = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z]{2,4})?$`)

// xLanguage is X's language as BCP 47 has it. Codes for texts without one, such as
// those of links alone, are none.
func xLanguage(t xText) string {
	code := string(t)
	switch {
	case !xLanguageCode.MatchString(code), slices.Contains([]string{"und", "zxx", "art"}, code), strings.HasPrefix(code, "q"):
		return ""
	case code == "in":
		return "id"
	case code == "iw":
		return "he"
	}
	return code
}
