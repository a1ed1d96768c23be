package site

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var languageShape = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$`)

// languageTag returns a BCP 47 tag, or "" for what does not have the shape of one.
func languageTag(tag string) string {
	if !languageShape.MatchString(tag) {
		return ""
	}
	return tag
}

// clean drops what no page and no feed can hold: control characters that XML
// does not know, and the two that turn the direction of all that follows.
func clean(text string) string {
	if !strings.ContainsFunc(text, unprintable) && utf8.ValidString(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return -1
		}
		return r
	}, text)
}

func unprintable(r rune) bool {
	switch {
	case r == '\t', r == '\n':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff, r == utf8.RuneError:
		return true
	}
	return r == '\u202d' || r == '\u202e'
}

// line is clean for one line of text: every control of direction goes, and white
// space is single spaces. It is cut after most characters.
func line(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unprintable(r):
			return -1
		}
		return r
	}, text)
	return cut(strings.Join(strings.Fields(text), " "), most)
}

// cut shortens text to most characters, at a word if one is near.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	end, n := 0, 0
	for i := range text {
		if n == most-1 {
			end = i
			break
		}
		n++
	}
	short := text[:end]
	if space := strings.LastIndexByte(short, ' '); space > len(short)*3/4 {
		short = short[:space]
	}
	return strings.TrimRight(short, " ,.;:") + "…"
}

// plain is what a reader sees of HTML that was sanitized, on one line.
func plain(markup string, most int) string {
	var text strings.Builder
	for markup != "" {
		before, rest, found := strings.Cut(markup, "<")
		text.WriteString(before)
		if !found {
			break
		}
		tag, behind, _ := strings.Cut(rest, ">")
		switch name := tagName(tag); name {
		case "span", "/span", "a", "/a", "em", "/em", "strong", "/strong", "b", "/b", "i", "/i", "u", "/u",
			"del", "/del", "s", "/s", "code", "/code", "ruby", "/ruby", "rb", "/rb", "rt", "/rt", "sub", "/sub", "sup", "/sup":
		default:
			text.WriteByte(' ')
		}
		markup = behind
		if text.Len() > most*8 {
			break
		}
	}
	return line(html.UnescapeString(text.String()), most)
}

func tagName(tag string) string {
	name, _, _ := strings.Cut(tag, " ")
	return strings.TrimSuffix(name, "/")
}
