package backup

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// TakeoutURL is the member that keeps, in an attachment or picture of a [Takeout],
// the url that it had, value by value as it stood. One that is there already stays.
const TakeoutURL = dialect.KeptPrefix + "url"

// takeoutNowhere stands for a url that leads importers out of the takeout.
const takeoutNowhere = "/media_attachments/files/missing/original/unknown.bin"

// takeoutPointer escapes a name for a JSON pointer (RFC 6901).
func takeoutPointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// importable returns an item's object as importers take it: attachments lead to
// files in the takeout, tags and attachments are lists.
func (t *Takeout) importable(item portability.Item) (*vocab.Object, takeoutEnd, error) {
	o, end := item.Object, takeoutCopied
	var err error
	for _, p := range []vocab.Property{vocab.Attachment, vocab.Tag} {
		if o, err = takeoutListed(o, p); err != nil {
			return nil, end, err
		}
	}
	for _, m := range item.Media {
		if _, there := t.find(m); !there {
			end = end.or(takeoutChanged(takeoutFileProblem(item)))
		}
	}
	o, err = t.relinked(o, item.Media)
	return o, end, err
}

// takeoutListed returns o with p as an array. Importers run over it without looking.
func takeoutListed(o *vocab.Object, p vocab.Property) (*vocab.Object, error) {
	v, mark := o.Get(p), vocab.Property(dialect.SingleMember)
	switch v.Kind() {
	case vocab.Array:
		return o, nil
	case vocab.Absent:
		mark = dialect.MadeMember
	}
	changed, err := o.With(p, valuesOf(o, p))
	if err != nil {
		return nil, err
	}
	return takeoutMarked(changed, mark, p)
}

// takeoutMarked notes in o what was done to one of its members.
func takeoutMarked(o *vocab.Object, mark, p vocab.Property) (*vocab.Object, error) {
	var names []string
	for v := range o.All(mark) {
		if name, is := v.Text(); is {
			names = append(names, name)
		}
	}
	return o.With(mark, append(names, string(p)))
}

// relinked leads attachments to the files of the takeout.
func (t *Takeout) relinked(o *vocab.Object, media []portability.Medium) (*vocab.Object, error) {
	name := takeoutNameOf(o, vocab.Attachment)
	attachments := slices.Collect(o.Get(vocab.Attachment).Elements())
	inOrder := inOrderOf(attachments, media)
	for i, v := range attachments {
		m := inOrder[i]
		to := t.destination(v, media, &m)
		if to == "" {
			continue
		}
		var err error
		if o, err = takeoutLinked(o, "/"+takeoutPointer(name)+"/"+strconv.Itoa(i), to, m.Type); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// destination is where an attachment is to lead, "" if it stays as it is. The file
// is the one that stood at its url, or else m.
func (t *Takeout) destination(v vocab.Value, media []portability.Medium, m *portability.Medium) string {
	urls := takeoutURLsOf(v)
	if found, ok := takeoutNamed(media, urls); ok {
		*m = found
	}
	if f, there := t.find(*m); there && len(urls) > 0 {
		t.use(f)
		return "/" + f.path()
	}
	if slices.ContainsFunc(urls, takeoutLeadsOut) {
		return takeoutNowhere
	}
	return ""
}

// inOrderOf gives each attachment that is a file the one that stands in its place
// among an item's, if there are as many of both.
func inOrderOf(attachments []vocab.Value, media []portability.Medium) []portability.Medium {
	in := make([]portability.Medium, len(attachments))
	var files []int
	for i, v := range attachments {
		o, is := v.Object()
		if is && len(takeoutURLsOf(v)) > 0 && (o.Type() == "" || o.Is(vocab.TypeDocument, vocab.TypeImage, vocab.TypeVideo, vocab.TypeAudio)) {
			files = append(files, i)
		}
	}
	if len(files) == len(media) {
		for n, i := range files {
			in[i] = media[n]
		}
	}
	return in
}

// takeoutNamed returns the file that stood at one of the urls.
func takeoutNamed(media []portability.Medium, urls []string) (portability.Medium, bool) {
	for _, m := range media {
		for _, u := range urls {
			if string(m.URL) == u || m.Path != "" && strings.TrimPrefix(m.Path, "/") == strings.TrimPrefix(u, "/") {
				return m, true
			}
		}
	}
	return portability.Medium{}, false
}

// takeoutLinked sets the url of what stands at path, and keeps what it was beside it.
func takeoutLinked(o *vocab.Object, path, to, mediaType string) (*vocab.Object, error) {
	inside, is := takeoutAt(o, path)
	if !is {
		return o, nil
	}
	property := vocab.URL
	if !inside.Has(property) && inside.Has(vocab.Href) {
		property = vocab.Href
	}
	was := inside.Get(property)
	changed, err := inside.With(property, to)
	if text, _ := was.Text(); err == nil && text != to && !inside.Has(TakeoutURL) {
		changed, err = changed.With(TakeoutURL, was)
	}
	if err == nil && property == vocab.Href {
		changed, err = takeoutAdded(changed, vocab.URL, to)
	}
	if err == nil && mediaType != "" {
		changed, err = takeoutAdded(changed, vocab.MediaType, mediaType)
	}
	if err != nil {
		return nil, err
	}
	return o.Edit(path, changed)
}

// takeoutAdded gives o a member that it has not, and notes that.
func takeoutAdded(o *vocab.Object, p vocab.Property, value string) (*vocab.Object, error) {
	if o.Has(p) {
		return o, nil
	}
	changed, err := o.With(p, value)
	if err != nil {
		return nil, err
	}
	return takeoutMarked(changed, dialect.MadeMember, p)
}

// takeoutAt follows a path of names and one array index.
func takeoutAt(o *vocab.Object, path string) (*vocab.Object, bool) {
	name, index, indexed := strings.Cut(path[1:], "/")
	for found, v := range o.Members() {
		if takeoutPointer(found) != name {
			continue
		}
		if !indexed {
			return v.Object()
		}
		elements := slices.Collect(v.Elements())
		i, err := strconv.Atoi(index)
		if err != nil || i >= len(elements) {
			return nil, false
		}
		return elements[i].Object()
	}
	return nil, false
}

// takeoutNameOf is the name under which p stands in o.
func takeoutNameOf(o *vocab.Object, p vocab.Property) string {
	for _, name := range p.Spellings() {
		for found := range o.Members() {
			if found == name {
				return name
			}
		}
	}
	return string(p)
}

// takeoutURLsOf lists the places that an attachment or picture names.
func takeoutURLsOf(v vocab.Value) []string {
	o, is := v.Object()
	if !is {
		return nil
	}
	var urls []string
	for _, p := range []vocab.Property{vocab.URL, vocab.Href} {
		for value := range o.All(p) {
			if text, is := value.Text(); is {
				urls = append(urls, text)
			} else if link, is := value.Object(); is && link.Text(vocab.Href) != "" {
				urls = append(urls, link.Text(vocab.Href))
			}
		}
	}
	return urls
}

// takeoutLeadsOut reports whether an importer that joins a folder and the url may end
// up elsewhere, or opens something that is no file of the takeout.
func takeoutLeadsOut(url string) bool {
	scheme, _, found := strings.Cut(url, ":")
	lower := strings.ToLower(strings.ReplaceAll(strings.ToLower(url), "%2e", "."))
	return strings.Contains(url, "\\") || strings.ContainsFunc(url, unicode.IsControl) ||
		slices.Contains(strings.FieldsFunc(lower, func(r rune) bool { return r == '/' || r == '?' || r == '#' }), "..") ||
		found && !strings.Contains(scheme, "/") && !vocab.IRI(url).IsHTTP()
}
