package dialect

import (
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// attachments makes the files of a status, and names them as the item's media.
func attachments(o *vocab.Object, item *portability.Item) []*vocab.Object {
	var all []*vocab.Object
	for _, file := range o.Children("media_attachments") {
		url := file.Text("url")
		if url == "" {
			url = file.Text("remote_url")
		}
		var m maker
		m.put(vocab.Type, fileType(file.Text("type")))
		m.put(vocab.MediaType, file.Text("mime"))
		m.put(vocab.URL, url)
		m.put(vocab.Name, file.Text("description"))
		m.put("blurhash", file.Text("blurhash"))
		putSizes(&m, file.Child("meta"))
		if made, err := m.build(); err == nil {
			all = append(all, made)
		}
		if url != "" {
			item.Media = append(item.Media, portability.Medium{URL: vocab.IRI(url), Type: file.Text("mime"), Size: -1})
		}
	}
	return all
}

// fileType is the type of an attachment; Mastodon's "gifv" is a film without sound.
func fileType(word string) string {
	switch strings.ToLower(word) {
	case "image":
		return vocab.TypeImage
	case "video", "gifv":
		return vocab.TypeVideo
	case "audio":
		return vocab.TypeAudio
	}
	return vocab.TypeDocument
}

func putSizes(m *maker, meta *vocab.Object) {
	if meta == nil {
		return
	}
	if focus := meta.Child("focus"); focus != nil {
		x, y := focus.Get("x"), focus.Get("y")
		if x.Kind() == vocab.Number && y.Kind() == vocab.Number {
			m.put("focalPoint", []vocab.Value{x, y})
		}
	}
	original := meta.Child("original")
	if original == nil {
		return
	}
	for _, side := range []vocab.Property{"width", "height"} {
		if v := original.Get(side); v.Kind() == vocab.Number {
			m.put(side, v)
		}
	}
}

// tags makes mentions, hashtags and emoji of those that a status lists.
func tags(o *vocab.Object) []*vocab.Object {
	var all []*vocab.Object
	add := func(kind, name string, rest ...vocab.Member) {
		var m maker
		m.put(vocab.Type, kind)
		m.put(vocab.Name, name)
		for _, member := range rest {
			m.put(member.Name, member.Value)
		}
		if made, err := m.build(); err == nil && name != "" {
			all = append(all, made)
		}
	}
	for _, mention := range o.Children("mentions") {
		add(vocab.TypeMention, prefixed("@", mention.Text("acct")), vocab.Member{Name: vocab.Href, Value: personID(mention)})
	}
	for _, tag := range o.Children("tags") {
		add(vocab.TypeHashtag, prefixed("#", tag.Text("name")), vocab.Member{Name: vocab.Href, Value: tag.Text("url")})
	}
	for _, emoji := range o.Children("emojis") {
		if code := emoji.Text("shortcode"); code != "" {
			add(vocab.TypeEmoji, ":"+code+":", vocab.Member{Name: vocab.Icon, Value: picture(emoji, "url")})
		}
	}
	return all
}

func prefixed(mark, name string) string {
	if name == "" || strings.HasPrefix(name, mark) {
		return name
	}
	return mark + name
}

// picture makes an Image of an address, nil if there is none.
func picture(o *vocab.Object, p vocab.Property) any {
	url := o.Text(p)
	if url == "" {
		return nil
	}
	return map[string]string{"type": vocab.TypeImage, "url": url}
}

// putPoll writes a poll as Mastodon sends it: a Question whose choices are Notes
// that count their votes.
func putPoll(m *maker, poll *vocab.Object) {
	if poll == nil {
		return
	}
	var choices []*vocab.Object
	for _, option := range poll.Children("options") {
		if made, err := choice(option.Text("title"), option.Get("votes_count")); err == nil {
			choices = append(choices, made)
		}
	}
	putChoices(m, choices, poll.Bool("multiple"))
	ends := date(poll, "expires_at")
	m.put("endTime", ends)
	if poll.Bool("expired") {
		m.put("closed", ends)
	}
	if n, ok := poll.Int64("voters_count"); ok && n >= 0 {
		m.put("votersCount", n)
	}
}

func putChoices(m *maker, choices []*vocab.Object, several bool) {
	name := vocab.Property("oneOf")
	if several {
		name = "anyOf"
	}
	m.put(name, choices)
}

func choice(name string, votes vocab.Value) (*vocab.Object, error) {
	var m maker
	m.put(vocab.Type, vocab.TypeNote)
	m.put(vocab.Name, name)
	if n, ok := votes.Int64(); ok && n >= 0 {
		m.put(vocab.Replies, map[string]any{"type": vocab.TypeCollection, "totalItems": n})
	}
	return m.build()
}
