package site

import (
	"html/template"
	"strings"
	"time"
)

// An article is a post as a template shows it. It has fields and not methods, as
// it is by far what templates look at most.
type article struct {
	Post         *post
	Path, Root   string
	Date, Stamp  string
	Updated      moment
	HTML         template.HTML // safe: the sanitizer made it
	Translations []translated
	Parent       string
	Answered     string // the host of what it replies to that is not here
	AnswersLink  string
	Thread       string
	Folded       bool // the text waits behind its warning
	FoldedFiles  bool // the files alone do
	Tags         []tagRow
	Media        []medium
	Poll         *pollView
	Counts       string // reactions in one line

	*around // for the page that is about it, nil elsewhere
	entry   *entry
}

// An around is what stands below a post on its own page.
type around struct {
	Older, Newer           string
	Children               []sibling
	Replies, Boosts, Likes reactions
}

// A moment is a date for people and for machines.
type moment struct{ Date, Stamp string }

func momentOf(t time.Time) moment { return moment{date(t), stamp(t)} }

type translated struct {
	Language string
	HTML     template.HTML
}

type sibling struct{ Path, Date string }

// Main reports whether the page is about this post.
func (a *article) Main() bool { return a.around != nil }

func newArticle(e *entry, root string) *article {
	p := &e.Post
	a := &article{Post: p, Path: p.Path, Root: root, Date: date(p.Published), Stamp: stamp(p.Published),
		Updated: momentOf(p.Updated), HTML: template.HTML(p.HTML), Parent: e.parent, Thread: e.thread,
		Folded: p.Warning != "", FoldedFiles: p.Sensitive && p.Warning == "" && len(p.Files) > 0, entry: e}
	if host := hostOf(p.Answers); host != "" {
		a.Answered, a.AnswersLink = host, p.Answers
	}
	for _, one := range p.Others {
		a.Translations = append(a.Translations, translated{one.Language, template.HTML(one.HTML)})
	}
	for _, tag := range p.Tags {
		a.Tags = append(a.Tags, tagRow{Name: "#" + tag, Path: root + tagPath(foldTag(tag), 1)})
	}
	for _, one := range p.Files {
		a.Media = append(a.Media, mediumFrom(one, root))
	}
	if p.Poll != nil {
		a.Poll = viewPoll(p.Poll)
	}
	a.Counts = countsOf(e)
	return a
}

// about adds what stands on a page about the post alone; show says whether others'
// words do.
func (a *article) about(show bool) {
	e := a.entry
	a.around = &around{Older: e.older, Newer: e.newer, Replies: view(e.replies, e.replyCount, show),
		Boosts: view(e.boosts, e.boostCount, false), Likes: view(e.likes, e.likeCount, false)}
	for _, child := range e.children {
		text := date(child.Published)
		if text == "" {
			text = "Without a date"
		}
		a.Children = append(a.Children, sibling{child.Path, text})
	}
}

// countsOf is one line for the reactions.
func countsOf(e *entry) string {
	var parts []string
	for _, one := range []struct {
		n         int64
		one, many string
	}{
		{e.replyCount + e.childCount, "reply", "replies"}, {e.boostCount, "boost", "boosts"}, {e.likeCount, "like", "likes"},
	} {
		if one.n > 0 {
			parts = append(parts, counted(one.n, one.one, one.many))
		}
	}
	return strings.Join(parts, " · ")
}

// A pollView is a poll with its shares.
type pollView struct {
	Options      []choice
	Total, Ended string
}

type choice struct {
	Name                string
	Votes, Percent, Max int64
}

func viewPoll(p *poll) *pollView {
	of := max(p.Votes, 1)
	if p.Several && p.Voters > 0 {
		of = p.Voters
	}
	v := &pollView{Ended: date(p.Ended), Total: counted(p.Votes, "vote", "votes")}
	if p.Voters > 0 {
		v.Total = counted(p.Voters, "person", "people") + " took part"
	}
	for _, one := range p.Options {
		v.Options = append(v.Options, choice{one.Name, one.Votes, min((one.Votes*200+of)/(2*of), 100), max(of, one.Votes)})
	}
	return v
}

// reactions are the first of a sort, and how many there are.
type reactions struct {
	All   []replied
	Count string
	More  string // how many are left out, "" if none
}

// A replied is what somebody else did, as a link.
type replied struct {
	URL, Who, Date, Stamp, Language, Warning string
	HTML                                     template.HTML
}

func view(all []reaction, count int64, show bool) reactions {
	views := reactions{Count: grouped(count)}
	if more := count - int64(len(all)); more > 0 {
		views.More = grouped(more)
	}
	for _, r := range all {
		one := replied{URL: r.URL, Who: who(r.Actor, r.URL), Date: date(r.Published), Stamp: stamp(r.Published)}
		if show {
			one.HTML, one.Language, one.Warning = template.HTML(r.HTML), r.Language, r.Warning
		}
		views.All = append(views.All, one)
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
