package site

import (
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// longestHTML is how much of one text is shown, in bytes.
const longestHTML = 1 << 20

// A sanitizer makes HTML by strangers fit to stand in a page.
type sanitizer struct{ policy *bluemonday.Policy }

// newSanitizer allows what servers of the fediverse write, and nothing that
// loads, runs, or looks like a part of the page. Pictures are none of it, custom
// emoji stay as the text that they are.
func newSanitizer() sanitizer {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "em", "strong", "b", "i", "u", "del", "s", "sub", "sup", "code", "pre",
		"blockquote", "ul", "ol", "li", "ruby", "rb", "rt", "rp", "h1", "h2", "h3", "h4", "h5", "h6", "hr")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AllowAttrs("class").Matching(regexp.MustCompile(
		`^(?:h-card|u-url|mention|hashtag|invisible|ellipsis)(?: (?:h-card|u-url|mention|hashtag|invisible|ellipsis))*$`)).
		OnElements("span", "a")
	p.AllowAttrs("lang").Matching(languageShape).OnElements("p", "span", "blockquote", "em", "strong", "li")
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(?:ltr|rtl|auto)$`)).OnElements("p", "span", "blockquote", "li")
	p.AllowAttrs("start", "value").Matching(regexp.MustCompile(`^-?[0-9]{1,6}$`)).OnElements("ol", "li")
	return sanitizer{p}
}

// HTML returns markup that can stand anywhere in a page: every element that it
// opens it closes, and it closes no other.
func (s sanitizer) HTML(markup string) string {
	if len(markup) > longestHTML {
		markup = strings.ToValidUTF8(markup[:longestHTML], "") + "…"
	}
	return balance(s.policy.Sanitize(clean(markup)))
}

// deepestHTML is how far elements nest; what is deeper loses its tags.
const deepestHTML = 40

// balance closes what is left open and drops what closes nothing, since a page
// goes on behind the text: a link left open would take in all that follows. It is
// for the output of the policy alone, where every "<" begins a tag.
func balance(markup string) string {
	b := balancer{}
	b.out.Grow(len(markup) + 16)
	for {
		text, rest, found := strings.Cut(markup, "<")
		b.out.WriteString(text)
		if !found {
			break
		}
		tag, behind, _ := strings.Cut(rest, ">")
		b.tag(tag)
		markup = behind
	}
	for i := range slices.Backward(b.open) {
		b.close(i)
	}
	return b.out.String()
}

type balancer struct {
	out  strings.Builder
	open []string
}

// below ranks the headings of a text under those of the page around it.
var below = strings.NewReplacer("h6", "h5", "h4", "h5", "h3", "h4", "h2", "h3", "h1", "h3")

func (b *balancer) tag(tag string) {
	name := tagName(strings.TrimPrefix(tag, "/"))
	if len(name) == 2 && name[0] == 'h' && name != "hr" {
		name, tag = below.Replace(name), below.Replace(tag)
	}
	switch {
	case name == "br", name == "hr":
		b.out.WriteString("<" + name + ">")
	case strings.HasPrefix(tag, "/"):
		for i, open := range slices.Backward(b.open) {
			if open == name {
				b.close(i)
				return
			}
		}
	case len(b.open) >= deepestHTML, name == "a" && slices.Contains(b.open, "a"):
	default:
		b.open = append(b.open, name)
		// Only the policy writes rel, and never this word of it.
		tag = strings.Replace(tag, ` rel="nofollow noreferrer"`, ` rel="nofollow noopener noreferrer"`, 1)
		b.out.WriteString("<" + tag + ">")
	}
}

// close ends the elements from the i-th on.
func (b *balancer) close(i int) {
	for _, name := range slices.Backward(b.open[i:]) {
		b.out.WriteString("</" + name + ">")
	}
	b.open = b.open[:i]
}
