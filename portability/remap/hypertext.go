package remap

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/net/html"
)

// linking has the elements that name other things, with the attribute they do it in:
// links, and the files that the text shows.
var linking = map[string]string{"a": "href", "img": "src", "audio": "src", "video": "src", "source": "src"}

// A link is where HTML names another thing.
type link struct {
	at         int    // where its tag begins
	tag        string // as it stands
	attribute  string
	start, end int // of the value, within the tag
	to         string
}

// A markup is HTML with its links. Posts hold theirs twice: as their content and as that
// of a language.
type markup struct {
	text  string
	links []link
}

// hypertext leads the links in HTML elsewhere, within the string at a place. What is
// not the value of such an attribute keeps its bytes.
func (w *walker) hypertext(start, end int) {
	quoted := w.data[start:end]
	var changes []edit
	for _, l := range w.linksOf(quoted, start) {
		if e, ok := w.link(l); ok {
			changes = append(changes, e)
		}
	}
	if len(changes) > 0 {
		w.edits = append(w.edits, inString(quoted, start, changes)...)
	}
}

// linksOf returns the links in a string that begins at start.
func (w *walker) linksOf(quoted []byte, start int) []link {
	if known := w.document.links; known != nil && !w.reading {
		return known[start]
	}
	if bytes.IndexByte(quoted, '<') < 0 && bytes.IndexByte(quoted, '\\') < 0 {
		return nil
	}
	text, ok := unquote(quoted)
	if !ok || !mayLink(text) {
		return nil
	}
	if w.last.text != text {
		w.last = markup{text, linksIn(text)}
	}
	if w.reading && len(w.last.links) > 0 {
		w.document.links[start] = w.last.links
	}
	return w.last.links
}

// linksIn finds the links in HTML.
func linksIn(text string) []link {
	var found []link
	at := 0
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		kind := z.Next()
		length := len(z.Raw())
		if kind == html.ErrorToken {
			return found
		}
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			if l, ok := linkOf(z, text[at:at+length]); ok {
				l.at = at
				found = append(found, l)
			}
		}
		at += length
	}
}

// linkOf returns the link of a tag.
func linkOf(z *html.Tokenizer, tag string) (link, bool) {
	name, more := z.TagName()
	l := link{tag: tag, attribute: linking[string(name)]}
	if l.attribute == "" || !more {
		return l, false
	}
	value, found := attribute(z, l.attribute)
	l.to = strings.Trim(value, " \t\n\f\r")
	if !found || !strings.Contains(l.to, ":") {
		return l, false
	}
	l.start, l.end = attributeValue(tag, len(name)+1, l.attribute)
	return l, l.start >= 0
}

// link returns the change of a link, with places counted from the beginning of the text.
func (w *walker) link(l link) (edit, bool) {
	p, known := w.place(l.to)
	if !known || string(p.url()) == l.to {
		return edit{}, false
	}
	value := l.written(string(p.url()))
	isPlain := l.tag[l.start:l.end] == l.to && isQuote(l.tag[l.start-1])
	return edit{l.at + l.start, l.at + l.end, []byte(value)}, isPlain || l.agrees(value, string(p.url()))
}

// written writes a value as it must stand in the tag: between the quotes that are there,
// or with quotes of its own.
func (l link) written(value string) string {
	escaped := html.EscapeString(value)
	if isQuote(l.tag[l.start-1]) {
		return escaped
	}
	return `"` + escaped + `"`
}

// agrees reports whether the tag, once changed, says what it should, whatever else
// stands in it.
func (l link) agrees(written, value string) bool {
	tag := l.tag[:l.start] + written + l.tag[l.end:]
	z := html.NewTokenizer(strings.NewReader(tag))
	if kind := z.Next(); kind != html.StartTagToken && kind != html.SelfClosingTagToken || len(z.Raw()) != len(tag) {
		return false
	}
	z.TagName()
	now, found := attribute(z, l.attribute)
	return found && now == value
}

// mayLink reports whether one of the linking elements may begin in text.
func mayLink(text string) bool {
	for {
		_, after, found := strings.Cut(text, "<")
		if !found {
			return false
		}
		name := after[:min(len(after), 7)]
		if end := strings.IndexAny(name, " \t\n\f\r/>"); end >= 0 && linking[strings.ToLower(name[:end])] != "" {
			return true
		}
		text = after
	}
}

// attribute returns the first of a tag's attributes of that name: the one that counts.
func attribute(z *html.Tokenizer, wanted string) (value string, found bool) {
	for more := true; more; {
		var name, val []byte
		name, val, more = z.TagAttr()
		if string(name) == wanted {
			return string(val), true
		}
	}
	return "", false
}

// attributeValue returns where the value of the first attribute of that name stands in
// a tag, between its quotes if it has any; -1 if there is none. i is behind the tag's
// name (HTML, 13.2.5.32 and following).
func attributeValue(raw string, i int, wanted string) (start, end int) {
	for {
		for i < len(raw) && (isSpace(raw[i]) || raw[i] == '/') {
			i++
		}
		if i >= len(raw) || raw[i] == '>' {
			return -1, -1
		}
		nameEnd := i + 1
		for nameEnd < len(raw) && !isSpace(raw[nameEnd]) && strings.IndexByte("/>=", raw[nameEnd]) < 0 {
			nameEnd++
		}
		name := raw[i:nameEnd]
		start, end, i = valueBehind(raw, nameEnd)
		if start >= 0 && strings.EqualFold(name, wanted) {
			return start, end
		}
	}
}

// valueBehind returns where the value of an attribute stands whose name ends at i, and
// where the next attribute may begin.
func valueBehind(raw string, i int) (start, end, next int) {
	i = skipBlank(raw, i)
	if i >= len(raw) || raw[i] != '=' {
		return -1, -1, i
	}
	i = skipBlank(raw, i+1)
	if i >= len(raw) {
		return -1, -1, i
	}
	if isQuote(raw[i]) {
		length := strings.IndexByte(raw[i+1:], raw[i])
		if length < 0 {
			return -1, -1, len(raw)
		}
		return i + 1, i + 1 + length, i + length + 2
	}
	for end = i; end < len(raw) && !isSpace(raw[end]) && raw[end] != '>'; {
		end++
	}
	return i, end, end
}

func skipBlank(raw string, i int) int {
	for i < len(raw) && isSpace(raw[i]) {
		i++
	}
	return i
}

func isQuote(c byte) bool { return c == '"' || c == '\'' }

func isSpace(c byte) bool { return strings.IndexByte(" \t\n\f\r", c) >= 0 }

// inString turns changes of what a JSON string says into changes of the document that
// it stands in, at start.
func inString(quoted []byte, start int, changes []edit) []edit {
	at, said := 1, 0 // in the string's bytes, and in what it says
	place := func(want int) int {
		for said < want {
			size, text := character(quoted[at:])
			at, said = at+size, said+text
		}
		return start + at
	}
	placed := make([]edit, len(changes))
	for i, c := range changes {
		from := place(c.start)
		written, _ := jsontext.AppendQuote(nil, c.with)
		placed[i] = edit{from, place(c.end), written[1 : len(written)-1]}
	}
	return placed
}

// character returns the length of the first character of a string's inside, as it is
// written and as it is meant.
func character(s []byte) (size, text int) {
	switch {
	case s[0] != '\\':
		return 1, 1
	case s[1] != 'u':
		return 2, 1
	}
	r := hex4(s[2:6])
	if r >= 0xd800 && r < 0xdc00 { // the first half of a pair, which unquote has seen whole
		return 12, 4
	}
	return 6, utf8.RuneLen(r)
}

func hex4(digits []byte) rune {
	var r rune
	for _, c := range digits {
		r = r<<4 | rune(bytes.IndexByte([]byte("0123456789abcdef"), c|0x20))
	}
	return r
}
