package site

import (
	"html"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// local are the pages of own posts that a text links to, by the keys of the
// addresses that those had at the old server.
type local map[key]string

// mostLinks is how many links of one post are looked after.
const mostLinks = 100

// ownLinks returns what in a post may be the address of another post of the same
// account: what is at the same host.
func ownLinks(p *post) []string {
	hosts := []string{hostOf(p.ID), hostOf(p.URL)}
	var links []string
	add := func(u string) {
		host := hostOf(u)
		if host != "" && slices.Contains(hosts, host) && !slices.Contains(links, u) && len(links) < mostLinks {
			links = append(links, u)
		}
	}
	add(p.Quotes)
	eachLink(p.HTML, add)
	for _, one := range p.Others {
		eachLink(one.HTML, add)
	}
	return links
}

func eachLink(markup string, found func(string)) {
	for tag := range strings.SplitSeq(markup, "<a ") {
		if before, after, ok := target(tag); ok {
			found(html.UnescapeString(tag[before:after]))
		}
	}
}

// target finds the address in what follows "<a " in a sanitized text.
func target(tag string) (from, to int, ok bool) {
	const begins = `href="`
	inside, _, _ := strings.Cut(tag, ">")
	if from = strings.Index(inside, begins); from < 0 {
		return 0, 0, false
	}
	from += len(begins)
	n := strings.IndexByte(inside[from:], '"')
	return from, from + n, n >= 0
}

// html has the links of a sanitized text to own posts lead to their pages.
func (l local) html(markup, root string) string {
	if len(l) == 0 {
		return markup
	}
	var b strings.Builder
	for i, tag := range strings.Split(markup, "<a ") {
		if i > 0 {
			b.WriteString("<a ")
			tag = l.lead(tag, root)
		}
		b.WriteString(tag)
	}
	return b.String()
}

func (l local) lead(tag, root string) string {
	from, to, ok := target(tag)
	if !ok {
		return tag
	}
	path, here := l[nameKey(html.UnescapeString(tag[from:to]))]
	if !here {
		return tag
	}
	attributes, behind, _ := strings.Cut(tag[to:], ">")
	return tag[:from] + root + path + strings.Replace(attributes, ` rel="nofollow noopener noreferrer"`, "", 1) + ">" + behind
}

// hostOf is the host in the name of an account or page, for people.
func hostOf(id string) string { return vocab.IRI(id).Host() }
