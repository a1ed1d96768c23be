package site

import (
	"html/template"
	"strings"
)

// An article is a post as a template shows it. It has fields and not methods, as
// it is by far what templates look at most; what is of our own making is in them
// as it stands in the page.
type article struct {
	Post         *post
	Root         string
	When         template.HTML // its date; a link to its page where others stand beside it
	Facts        template.HTML
	HTML         template.HTML // safe: the sanitizer made it
	Translations []translated
	Said         template.HTML // all that the post itself says, as it was rendered
	Parent       template.HTMLAttr
	Answered     string // the host of what it replies to that is not here
	AnswersLink  string
	Folded       bool // the text waits behind its warning
	FoldedFiles  bool // the files alone do
	Tags         []tagRow
	Media        []medium
	Poll         *pollView
	Quotes       quotation
	Below        template.HTML // where it stands with others: its thread and what came of it

	Around *around // on the page that is about it, nil elsewhere
	entry  *entry
}

// An around is what stands below a post on its own page.
type around struct {
	URL                    string
	Thread                 template.HTMLAttr
	Children               []sibling
	Replies, Boosts, Likes reactions
	Pager                  template.HTML
}

type translated struct {
	Language string
	HTML     template.HTML
}

// A quotation is what a post quotes: here, or elsewhere.
type quotation struct {
	Here template.HTMLAttr
	URL  string
}

type sibling struct {
	Path template.HTMLAttr
	Date string
}

// newArticle is for a page from which root leads to the top of the site; alone
// says whether the page is about this post.
func newArticle(e *entry, root string, alone bool) *article {
	p := &e.Post
	a := &article{Post: p, Root: root, When: when(p.Published), Facts: factsOf(p), HTML: template.HTML(e.local.html(p.HTML, root)),
		Folded: p.Warning != "", FoldedFiles: p.Sensitive && p.Warning == "" && len(p.Files) > 0, entry: e}
	if !alone {
		a.When, a.Below = anchor(root+p.Path, a.When), belowOf(e, root)
	}
	switch host := hostOf(p.Answers); {
	case e.parent != "":
		a.Parent = href(root + e.parent)
	case host != "":
		a.Answered, a.AnswersLink = host, p.Answers
	}
	a.Quotes.URL = p.Quotes
	if path, here := e.local[nameKey(p.Quotes)]; here {
		a.Quotes.Here = href(root + path)
	}
	for _, one := range p.Others {
		a.Translations = append(a.Translations, translated{one.Language, template.HTML(e.local.html(one.HTML, root))})
	}
	for _, tag := range p.Tags {
		a.Tags = append(a.Tags, tagRow{Name: "#" + tag, Path: href(root + tagPath(foldTag(tag), 1))})
	}
	for _, one := range p.Files {
		a.Media = append(a.Media, mediumFrom(one, root))
	}
	if p.Poll != nil {
		a.Poll = viewPoll(p.Poll)
	}
	return a
}

// rooted reports whether what the post says differs with the page it stands on.
func (e *entry) rooted() bool { return len(e.Post.Files) > 0 || len(e.local) > 0 }

// about adds what stands on a page about the post alone; show says whether others'
// words do.
func (a *article) about(show bool) {
	e := a.entry
	a.Around = &around{URL: e.Post.URL, Replies: view(e.replies, e.replyCount, show), Boosts: view(e.boosts, e.boostCount, false),
		Likes: view(e.likes, e.likeCount, false), Pager: pagerOf(e, a.Root)}
	if e.thread != "" {
		a.Around.Thread = href(a.Root + e.thread)
	}
	for _, child := range e.children {
		text := date(child.Published)
		if text == "" {
			text = "Without a date"
		}
		a.Around.Children = append(a.Around.Children, sibling{href(a.Root + child.Path), text})
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
