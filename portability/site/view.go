package site

import (
	"html/template"
	"strconv"
	"time"
)

// A page is what the frame of every page shows.
type page struct {
	Path  string
	Title string
	At    string // the entry of the menu
	Body  any
	pages *pages
}

// A menu is what a site has to offer besides posts.
type menu struct{ Tags, Boosts bool }

func (p page) Root() string      { return root(p.Path) }
func (p page) Menu() menu        { return p.pages.menu }
func (p page) Profile() *profile { return &p.pages.site.profile }

// SiteTitle is what the site is called.
func (p page) SiteTitle() string {
	if title := line(p.pages.site.options.Title, 200); title != "" {
		return title
	}
	if p.Profile().Name != "" {
		return p.Profile().Name
	}
	return "Archive"
}

// FullTitle is the page's and the site's.
func (p page) FullTitle() string {
	if p.Title == "" || p.Title == p.SiteTitle() {
		return p.SiteTitle()
	}
	return p.Title + " · " + p.SiteTitle()
}

// Canonical is the address of the page, "" if nobody said where the site stands.
func (p page) Canonical() string {
	if base := p.pages.site.options.BaseURL; base != "" {
		return base + address(p.Path)
	}
	return ""
}

func (p *pages) page(path, title, at string, body any) page {
	return page{Path: path, Title: title, At: at, Body: body, pages: p}
}

// A medium is a file of a post, seen from its page.
type medium struct {
	attachment
	Kind         string // what the template makes of it
	Source, Size string
}

func mediumFrom(a attachment, root string) medium {
	switch {
	case a.Link != "":
		return medium{attachment: a, Kind: "link"}
	case a.File == nil:
		return medium{attachment: a, Kind: "missing"}
	}
	m := medium{attachment: a, Kind: a.File.Shown, Source: root + a.File.Path(), Size: bytesFor(a.File.Size)}
	if m.Kind == "" {
		m.Kind = "download"
	}
	return m
}

// bytesFor is a size for people.
func bytesFor(n int64) string {
	switch {
	case n < 1<<10:
		return counted(n, "byte", "bytes")
	case n < 1<<20:
		return strconv.FormatInt(n>>10, 10) + " KiB"
	}
	return strconv.FormatInt(n>>20, 10) + " MiB"
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 January 2006, 15:04")
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// grouped writes a number with its thousands apart.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// titleOf is what a post is called in lists, in titles, in feeds: its title, or
// its warning, or how it begins.
func titleOf(p *post) string {
	switch {
	case p.Title != "":
		return p.Title
	case p.Warning != "":
		return p.Warning
	}
	if text := plain(p.HTML, 80); text != "" {
		return text
	}
	if len(p.Files) > 0 {
		return "Picture of " + day(p.Published)
	}
	return "Post of " + day(p.Published)
}

func day(t time.Time) string {
	if t.IsZero() {
		return "an unknown day"
	}
	return t.UTC().Format("2 January 2006")
}

// SafeBio is safe, as [article.HTML] is.
func (p *profile) SafeBio() template.HTML { return template.HTML(p.Bio) }

func (f field) SafeHTML() template.HTML { return template.HTML(f.HTML) }
