package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"time"
)

// A pager leads through pages of one list.
type pager struct {
	Page, Last                int
	Path, First, Before, Next string
}

func newPager(page, last int, path func(int) string) pager {
	p := pager{Page: page, Last: last, Path: path(page), First: path(1)}
	if page > 1 {
		p.Before = path(page - 1)
	}
	if page < last {
		p.Next = path(page + 1)
	}
	return p
}

// Several reports whether there is anything to lead to.
func (p pager) Several() bool { return p.Before != "" || p.Next != "" }

// A listPage is posts one below the other.
type listPage struct {
	title string
	at    string
	posts []template.HTML
	pager pager
}

type listBody struct {
	Title string
	Posts []template.HTML
	Pager pager
}

func (p *pages) list(l listPage) error {
	title := l.title
	if l.pager.Page > 1 {
		title += ", page " + strconv.Itoa(l.pager.Page)
	}
	body := listBody{l.title, l.posts, l.pager}
	return p.render(l.pager.Path, "list", p.page(l.pager.Path, title, l.at, body))
}

// post renders a post for the pages of many, and writes its own page.
func (p *pages) post(e *entry) error {
	var err error
	among := newArticle(e, "../", false)
	if e.rendered, err = p.article(among); err != nil {
		return err
	}
	path := e.Post.Path
	body := newArticle(e, root(path), true)
	if !e.rooted() {
		body.Said = among.Said
	} else if body.Said, err = p.said(body); err != nil {
		return err
	}
	body.about(p.site.options.ShowReceived)
	return p.render(path, "post", p.page(path, titleOf(&e.Post), "", body))
}

// article renders a post as it stands among others.
func (p *pages) article(one *article) (template.HTML, error) {
	said, err := p.said(one)
	if err != nil {
		return "", err
	}
	one.Said = said
	return p.part("article", one)
}

// said renders what the post itself says.
func (p *pages) said(one *article) (template.HTML, error) { return p.part("said", one) }

func (p *pages) part(name string, one *article) (template.HTML, error) {
	buffer := p.buffers.Get().(*bytes.Buffer)
	defer p.buffers.Put(buffer)
	buffer.Reset()
	err := p.template.ExecuteTemplate(buffer, name, one)
	return template.HTML(buffer.String()), err
}

// articles renders posts for a page at the top of the site.
func (p *pages) articles(entries []*entry) ([]template.HTML, error) {
	var all []template.HTML
	for _, e := range entries {
		if e == nil {
			continue
		}
		one, err := p.article(newArticle(e, "", false))
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (p *pages) tagList(rows []tagRow, at pager) error {
	return p.render(at.Path, "tags", p.page(at.Path, "Tags", "tags", struct {
		Rows  []tagRow
		Pager pager
	}{rows, at}))
}

// A boostRow is one of the posts that the account shared.
type boostRow struct{ URL, Local, Date, Stamp, Host string }

const boostsPerPage = 200

func boostPath(page int) string { return "boosts" + numbered(page) + ".html" }

// writeBoosts writes the pages of what the account shared, newest first.
func (b *builder) writeBoosts(ctx context.Context) error {
	last := max(pagesFor(b.report.Boosts, boostsPerPage), 1)
	page, rows := 1, []boostRow(nil)
	flush := func() {
		body := struct {
			Rows  []boostRow
			Pager pager
			Count int64
		}{rows, newPager(page, last, boostPath), b.report.Boosts}
		path := boostPath(page)
		b.pages.later(func() error { return b.pages.render(path, "boosts", b.pages.page(path, "Boosts", "boosts", body)) })
		rows, page = nil, page+1
	}
	if b.report.Boosts == 0 {
		return nil
	}
	for r, err := range b.boosts.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		one := parseBoosted(r)
		t := timeOf(one.when)
		rows = append(rows, boostRow{one.target, one.path, date(t), stamp(t), hostOf(one.target)})
		if len(rows) == boostsPerPage {
			flush()
		}
	}
	if len(rows) > 0 {
		flush()
	}
	return b.pages.wait()
}

type home struct {
	Pinned, Latest []template.HTML
	Tags           []tagRow
	Summary        string
}

// writeFront writes the pages that lead to all others.
func (b *builder) writeFront(context.Context) error {
	return errors.Join(b.home(), b.archivePage(), b.searchPage(), b.pages.assets())
}

func (b *builder) home() error {
	p := b.pages
	for _, picture := range []**file{&b.site.profile.Icon, &b.site.profile.Header} {
		if *picture == nil {
			continue
		}
		there, err := p.file(*picture)
		if err != nil {
			return err
		}
		if !there {
			*picture = nil
		}
	}
	pinned, err := p.articles(b.pins)
	if err != nil {
		return err
	}
	latest, err := p.articles(b.newest(b.site.options.PerPage))
	if err != nil {
		return err
	}
	body := home{Pinned: pinned, Latest: latest}
	for _, tag := range b.pinList {
		if b.pinTags[foldTag(tag)] {
			body.Tags = append(body.Tags, tagRow{Name: "#" + tag, Path: href(tagPath(foldTag(tag), 1))})
		}
	}
	body.Summary = b.summary()
	return p.render("index.html", "home", p.page("index.html", "", "home", body))
}

// summary says how much there is, and from when.
func (b *builder) summary() string {
	text := counted(b.report.Posts, "post", "posts")
	years := slices.DeleteFunc(slices.Clone(b.archive.years), func(year int) bool { return year == 0 })
	switch {
	case len(years) == 1:
		text += fmt.Sprintf(" from %d", years[0])
	case len(years) > 1:
		text += fmt.Sprintf(" from %d to %d", years[0], years[len(years)-1])
	}
	return text
}

// newest returns the last posts that answer nobody else, newest first.
func (b *builder) newest(n int) []*entry {
	latest := slices.Clone(b.latest[max(0, len(b.latest)-n):])
	slices.Reverse(latest)
	return latest
}

func yearName(year int) string {
	if year == 0 {
		return "without a date"
	}
	return strconv.Itoa(year)
}

// A yearRow is a year in the archive, with its months.
type yearRow struct {
	Name, Path string
	Count      string
	Months     []monthRow
}

type monthRow struct {
	Name, Path, Count string
}

func (b *builder) archivePage() error {
	var rows []yearRow
	for _, year := range slices.Backward(b.archive.years) {
		row := yearRow{Name: yearName(year), Path: yearPath(year, 1), Count: counted(b.archive.counts[year], "post", "posts")}
		for m := 1; m <= 12; m++ {
			at := month{year, m}
			if n := b.archive.months[at]; n > 0 {
				row.Months = append(row.Months, monthRow{Name: time.Month(m).String(),
					Path: yearPath(year, b.archive.pages[at]), Count: counted(n, "post", "posts")})
			}
		}
		rows = append(rows, row)
	}
	return b.pages.render("archive.html", "archive", b.pages.page("archive.html", "Archive", "archive", rows))
}

func (b *builder) searchPage() error {
	return b.pages.render("search.html", "search", b.pages.page("search.html", "Search", "search", nil))
}
