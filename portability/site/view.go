package site

import (
	"html/template"
	"strconv"
	"strings"
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

// An article is a post as a template shows it.
type article struct {
	*entry
	Root string
	Main bool // it is what the page is about
	show bool // others' words
}

// HTML is safe: the sanitizer made it.
func (a article) HTML() template.HTML { return template.HTML(a.Post.HTML) }

func (a article) Date() string  { return date(a.Post.Published) }
func (a article) Stamp() string { return stamp(a.Post.Published) }
func (a article) Older() string { return a.older }
func (a article) Newer() string { return a.newer }

// Updated is when it was last edited, "" if never.
func (a article) Updated() string { return date(a.Post.Updated) }

func (a article) UpdatedStamp() string { return stamp(a.Post.Updated) }

// Folded reports whether the text waits behind its warning.
func (a article) Folded() bool { return a.Post.Warning != "" }

// FoldedFiles reports whether the files alone do.
func (a article) FoldedFiles() bool {
	return a.Post.Sensitive && a.Post.Warning == "" && len(a.Post.Files) > 0
}

// Answered is the host of what a post replies to that is not here.
func (a article) Answered() string { return hostOf(a.Post.Answers) }

// AnswersLink is the address of that, "" if it is none.
func (a article) AnswersLink() string {
	if a.Answered() == "" {
		return ""
	}
	return a.Post.Answers
}

func (a article) Translations() []translated {
	var all []translated
	for _, one := range a.Post.Others {
		all = append(all, translated{one.Language, template.HTML(one.HTML)})
	}
	return all
}

type translated struct {
	Language string
	HTML     template.HTML
}

// TagLinks are the tags and their pages.
func (a article) TagLinks() []tagRow {
	var all []tagRow
	for _, tag := range a.Post.Tags {
		all = append(all, tagRow{Name: "#" + tag, Path: tagPath(foldTag(tag), 1)})
	}
	return all
}

func (a article) Media() []medium {
	var all []medium
	for _, one := range a.Post.Files {
		all = append(all, medium{one, a.Root})
	}
	return all
}

// Grid reports whether the files are pictures and films, more than one.
func (a article) Grid() bool { return len(a.Post.Files) > 1 }

func (a article) Options() []choice {
	var all []choice
	of := max(a.Post.Poll.Votes, a.Post.Poll.Voters)
	if a.Post.Poll.Several && a.Post.Poll.Voters > 0 {
		of = a.Post.Poll.Voters
	}
	for _, one := range a.Post.Poll.Options {
		all = append(all, choice{one, max(of, 1)})
	}
	return all
}

// PollTotal says how many took part.
func (a article) PollTotal() string {
	if a.Post.Poll.Voters > 0 {
		return counted(a.Post.Poll.Voters, "person", "people") + " took part"
	}
	return counted(a.Post.Poll.Votes, "vote", "votes")
}

func (a article) PollEnded() string { return date(a.Post.Poll.Ended) }

// Counts is one line for the reactions.
func (a article) Counts() string {
	var parts []string
	for _, one := range []struct {
		n         int64
		one, many string
	}{
		{a.ReplyCount + a.ChildCount, "reply", "replies"}, {a.BoostCount, "boost", "boosts"}, {a.LikeCount, "like", "likes"},
	} {
		if one.n > 0 {
			parts = append(parts, counted(one.n, one.one, one.many))
		}
	}
	return strings.Join(parts, " · ")
}

func (a article) ReplyViews() []replied { return repliesOf(a.Replies, a.show) }
func (a article) LikeViews() []replied  { return repliesOf(a.Likes, false) }
func (a article) BoostViews() []replied { return repliesOf(a.Boosts, false) }

func (a article) MoreReplies() int64 { return a.ReplyCount - int64(len(a.Replies)) }
func (a article) MoreLikes() int64   { return a.LikeCount - int64(len(a.Likes)) }
func (a article) MoreBoosts() int64  { return a.BoostCount - int64(len(a.Boosts)) }

// A replied is what somebody else did, as a link.
type replied struct {
	URL, Who, Date, Stamp, Language, Warning string
	HTML                                     template.HTML
}

func repliesOf(all []reaction, show bool) []replied {
	var views []replied
	for _, r := range all {
		view := replied{URL: r.URL, Who: who(r.Actor, r.URL), Date: date(r.Published), Stamp: stamp(r.Published)}
		if show {
			view.HTML, view.Language, view.Warning = template.HTML(r.HTML), r.Language, r.Warning
		}
		views = append(views, view)
	}
	return views
}

// who names an account by the last part of its id and its host.
func who(id, place string) string {
	host := hostOf(id)
	if host == "" {
		id, host = place, hostOf(place)
	}
	if host == "" {
		return "somebody"
	}
	path := strings.TrimRight(id, "/")
	name := strings.TrimPrefix(path[strings.LastIndexByte(path, '/')+1:], "@")
	if strings.ContainsAny(name, "?#=%") || name == host || name == "" {
		return line(host, 100)
	}
	return line(name, 60) + "@" + line(host, 100)
}

// A choice is an option of a poll.
type choice struct {
	option
	Of int64
}

func (c choice) Percent() int64 { return min(c.Votes*100/c.Of, 100) }
func (c choice) Max() int64     { return max(c.Of, c.Votes) }

// A medium is a file of a post, seen from its page.
type medium struct {
	attachment
	root string
}

func (m medium) Source() string { return m.root + m.File.Path() }

// Kind tells the template what to make of it.
func (m medium) Kind() string {
	switch {
	case m.Link != "":
		return "link"
	case m.File == nil:
		return "missing"
	case m.File.Shown == "":
		return "download"
	}
	return m.File.Shown
}

// Size is for people.
func (m medium) Size() string {
	switch n := m.File.Size; {
	case n < 1<<10:
		return counted(n, "byte", "bytes")
	case n < 1<<20:
		return strconv.FormatInt(n>>10, 10) + " KiB"
	default:
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
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

func (n neighbour) Date() string  { return date(n.Published) }
func (n neighbour) Stamp() string { return stamp(n.Published) }
