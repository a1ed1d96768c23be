package dialect

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"codeberg.org/godwit/godwit/vocab"
)

// xName is a name of an account.
var xName = regexp.MustCompile(`^[A-Za-z0-9_]{1,50}$`)

// An xMarkup makes HTML of the text of a post. Only what X itself had marked becomes
// a link, and addresses.
type xMarkup struct {
	links    map[string]string // what stands for a shortened address; "" for one that is left out
	mentions map[string]string // addresses of accounts, by their names in lower case
	tags     map[string]bool   // in lower case
}

var xParagraphs = regexp.MustCompile(`\n[ \t]*(?:\n[ \t]*)+`)

// html returns text in paragraphs and lines; "" if nothing is left of it.
func (m xMarkup) html(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	var out strings.Builder
	for _, paragraph := range xParagraphs.Split(text, -1) {
		lines := strings.Split(paragraph, "\n")
		for i := range lines {
			lines[i] = strings.TrimSpace(m.line(lines[i]))
		}
		if inner := strings.Trim(strings.Join(lines, "<br>"), " "); strings.ReplaceAll(inner, "<br>", "") != "" {
			out.WriteString("<p>" + inner + "</p>")
		}
	}
	return out.String()
}

func (m xMarkup) line(text string) string {
	var out strings.Builder
	for plain := 0; ; {
		at, token := xNextToken(text, plain)
		if token == "" {
			out.WriteString(html.EscapeString(text[plain:]))
			return out.String()
		}
		out.WriteString(html.EscapeString(text[plain:at]))
		out.WriteString(m.token(token))
		plain = at + len(token)
	}
}

// xNextToken finds the next address, mention or tag.
func xNextToken(text string, from int) (int, string) {
	before := ' '
	for i, r := range text[from:] {
		at := from + i
		if !xInWord(before) {
			if n := xTokenLength(text[at:], r); n > 0 {
				return at, text[at : at+n]
			}
		}
		before = r
	}
	return 0, ""
}

func xInWord(r rune) bool { return r == '_' || r == '&' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func xTokenLength(text string, first rune) int {
	switch first {
	case 'h':
		return xLinkLength(text)
	case '@', '＠':
		size := utf8.RuneLen(first)
		return xRun(text, size, func(r rune) bool { return r < utf8.RuneSelf && xInWord(r) && r != '&' })
	case '#', '＃':
		size := utf8.RuneLen(first)
		return xRun(text, size, func(r rune) bool { return xInWord(r) && r != '&' || unicode.IsMark(r) })
	}
	return 0
}

// xRun is how long a mark and the runes behind it are, 0 if none are.
func xRun(text string, mark int, is func(rune) bool) int {
	end := strings.IndexFunc(text[mark:], func(r rune) bool { return !is(r) })
	switch {
	case end == 0, len(text) == mark:
		return 0
	case end < 0:
		return len(text)
	}
	return mark + end
}

var (
	xShort = regexp.MustCompile(`^https?://t\.co/[A-Za-z0-9]+`)
	xLong  = regexp.MustCompile(`^https?://[^\s<>"]+`)
)

func xLinkLength(text string) int {
	if short := xShort.FindString(text); short != "" {
		return len(short)
	}
	return len(strings.TrimRight(xLong.FindString(text), ".,;:!?)]}'…"))
}

func (m xMarkup) token(token string) string {
	first, size := utf8.DecodeRuneInString(token)
	name := token[size:]
	switch first {
	case 'h':
		if long, ok := m.links[token]; ok {
			return xLink(long, token)
		}
		return xLink(token, token)
	case '@', '＠':
		if href := m.mentions[strings.ToLower(name)]; href != "" {
			return `<a href="` + html.EscapeString(href) + `" class="u-url mention">` + html.EscapeString(token) + `</a>`
		}
	default:
		if m.tags[strings.ToLower(name)] {
			return `<a href="` + xTagLink(name) + `" class="mention hashtag" rel="tag">` + html.EscapeString(token) + `</a>`
		}
	}
	return html.EscapeString(token)
}

// xLink is a link that shows where it leads. What leads nowhere on the web is text,
// as is what stands for it; "" is nothing.
func xLink(address, otherwise string) string {
	switch {
	case address == "":
		return ""
	case vocab.IRI(address).IsHTTP():
		plain := html.EscapeString(address)
		return `<a href="` + plain + `" rel="nofollow noopener">` + plain + `</a>`
	}
	return html.EscapeString(otherwise)
}

func xTagLink(name string) string { return "https://x.com/hashtag/" + url.PathEscape(name) }

// xPlain undoes the three escapes that X writes in texts.
var xPlain = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
