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

// hypertext leads the links in HTML elsewhere, within the string at a place. What is
// not the value of such an attribute keeps its bytes.
func (w *walker) hypertext(start, end int) {
	quoted := w.data[start:end]
	if bytes.IndexByte(quoted, '<') < 0 && bytes.IndexByte(quoted, '\\') < 0 {
		return
	}
	text, ok := unquote(quoted)
	if !ok || !mayLink(text) {
		return
	}
	if w.last.text != text {
		w.last = markup{text, w.links(text)}
	}
	w.edits = append(w.edits, inString(quoted, start, w.last.changes)...)
}

// A markup is what is to change in HTML. Posts hold theirs twice: as their content and
// as that of a language.
type markup struct {
	text    string
	changes []edit // places counted from the beginning of the text
}

// links returns what is to change in HTML.
func (w *walker) links(text string) []edit {
	var found []edit
	at := 0
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		kind := z.Next()
		raw := z.Raw()
		if kind == html.ErrorToken {
			return found
		}
		if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			if e, ok := w.tag(z, raw); ok {
				found = append(found, edit{at + e.start, at + e.end, e.with})
			}
		}
		at += len(raw)
	}
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

// tag returns the change of a tag's link, with places counted from its beginning.
func (w *walker) tag(z *html.Tokenizer, raw []byte) (edit, bool) {
	name, more := z.TagName()
	wanted := linking[string(name)]
	if wanted == "" || !more {
		return edit{}, false
	}
	raw = bytes.Clone(raw) // reading attributes unescapes them where they stand
	old, found := attribute(z, wanted)
	link := strings.Trim(old, " \t\n\f\r")
	if !found || !strings.Contains(link, ":") {
		return edit{}, false
	}
	p, known := w.place(link)
	if !known || string(p.url()) == link {
		return edit{}, false
	}
	start, end := attributeValue(raw, len(name)+1, wanted)
	if start < 0 {
		return edit{}, false
	}
	e := edit{start, end, attributeText(raw, start, string(p.url()))}
	isPlain := string(raw[start:end]) == link && isQuote(raw[start-1])
	return e, isPlain || e.agrees(raw, wanted, string(p.url()))
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

// attributeText writes a value as it must stand at start: between the quotes that are
// there, or with quotes of its own.
func attributeText(raw []byte, start int, value string) []byte {
	escaped := html.EscapeString(value)
	if isQuote(raw[start-1]) {
		return []byte(escaped)
	}
	return []byte(`"` + escaped + `"`)
}

// agrees reports whether the tag, once changed, says what it should, whatever else
// stands in it.
func (e edit) agrees(raw []byte, wanted, value string) bool {
	tag := bytes.Join([][]byte{raw[:e.start], e.with, raw[e.end:]}, nil)
	z := html.NewTokenizer(bytes.NewReader(tag))
	if kind := z.Next(); kind != html.StartTagToken && kind != html.SelfClosingTagToken || len(z.Raw()) != len(tag) {
		return false
	}
	z.TagName()
	now, found := attribute(z, wanted)
	return found && now == value
}

// attributeValue returns where the value of the first attribute of that name stands in
// a tag, between its quotes if it has any; -1 if there is none. i is behind the tag's
// name (HTML, 13.2.5.32 and following).
func attributeValue(raw []byte, i int, wanted string) (start, end int) {
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
		if start >= 0 && strings.EqualFold(string(name), wanted) {
			return start, end
		}
	}
}

// valueBehind returns where the value of an attribute stands whose name ends at i, and
// where the next attribute may begin.
func valueBehind(raw []byte, i int) (start, end, next int) {
	i = skipBlank(raw, i)
	if i >= len(raw) || raw[i] != '=' {
		return -1, -1, i
	}
	i = skipBlank(raw, i+1)
	if i >= len(raw) {
		return -1, -1, i
	}
	if isQuote(raw[i]) {
		length := bytes.IndexByte(raw[i+1:], raw[i])
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

func skipBlank(raw []byte, i int) int {
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
