package site

import (
	"html/template"
	"strings"
	"time"
)

// What is of our own making, dates and numbers and the paths of pages, needs no
// escaping, and every page has much of it: it is put together here, since a
// template takes longer. No text of the archive comes this way. Paths consist of
// letters, digits and "@._~-/" alone; see paths.go.

// href is the attribute that leads to a page of the site.
func href(path string) template.HTMLAttr { return template.HTMLAttr(`href="` + path + `"`) }

// anchor puts a link to a page of the site around markup of our own.
func anchor(path string, inside template.HTML) template.HTML {
	return `<a ` + template.HTML(href(path)) + `>` + inside + `</a>`
}

func when(t time.Time) template.HTML {
	if t.IsZero() {
		return "Without a date"
	}
	return template.HTML(`<time datetime="` + stamp(t) + `">` + date(t) + `</time>`)
}

// factsOf is the line below the date, "" if there is nothing to say.
func factsOf(p *post) template.HTML {
	var facts template.HTML
	if !p.Updated.IsZero() {
		facts = "edited " + when(p.Updated)
	}
	if p.Followers {
		facts += ` <span class="audience">for followers</span>`
	}
	if facts == "" {
		return ""
	}
	return `<p class="facts">` + facts + "</p>\n"
}

// belowOf is the line below a post that stands with others.
func belowOf(e *entry, root string) template.HTML {
	var parts template.HTML
	if e.thread != "" {
		parts = anchor(root+e.thread, "Thread")
	}
	if counts := countsOf(e); counts != "" {
		parts += template.HTML(`<span>` + counts + `</span>`)
	}
	if parts == "" {
		return ""
	}
	return `<footer>` + parts + "</footer>\n"
}

// pagerOf leads from a post to its neighbours in time.
func pagerOf(e *entry, root string) template.HTML {
	if e.older == "" && e.newer == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("<nav class=\"pager\" aria-label=\"Posts\">\n")
	for _, one := range []struct{ path, rel, text string }{{e.older, "prev", "← Older"}, {e.newer, "next", "Newer →"}} {
		if one.path == "" {
			b.WriteString("<span></span>\n")
			continue
		}
		b.WriteString(`<a rel="` + one.rel + `" href="` + root + one.path + `">` + one.text + "</a>\n")
	}
	b.WriteString("</nav>\n")
	return template.HTML(b.String())
}
