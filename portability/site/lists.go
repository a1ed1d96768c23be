package site

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"html/template"
	"time"
)

func timeOf(when uint64) time.Time {
	if when == 0 {
		return time.Time{}
	}
	return dayOf(when)
}

// An archive counts posts by month, and knows on which page of its year each
// month begins.
type archive struct {
	years  []int // in order
	counts map[int]int64
	months map[month]int64
	pages  map[month]int
}

type month struct{ year, month int }

func newArchive() archive {
	return archive{counts: map[int]int64{}, months: map[month]int64{}, pages: map[month]int{}}
}

func monthOf(when uint64) month {
	if when == 0 {
		return month{}
	}
	t := dayOf(when)
	return month{t.Year(), int(t.Month())}
}

func (a *archive) count(when uint64) {
	m := monthOf(when)
	a.counts[m.year]++
	a.months[m]++
}

// A yearWriter writes the pages of the years, oldest posts first, as a diary is
// read.
type yearWriter struct {
	*builder
	year int
	page int
	list []template.HTML
}

func (w *yearWriter) add(e *entry) {
	m := monthOf(instant(e.Post.Published))
	if w.page > 0 && m.year != w.year {
		w.end()
	}
	if w.page == 0 {
		w.year, w.page = m.year, 1
		w.archive.years = append(w.archive.years, m.year)
	}
	if len(w.list) == w.site.options.PerPage {
		w.flush()
		w.page++
	}
	if _, begun := w.archive.pages[m]; !begun {
		w.archive.pages[m] = w.page
	}
	w.list = append(w.list, e.rendered)
}

func (w *yearWriter) flush() {
	year, page, list := w.year, w.page, w.list
	w.list = nil
	last := pagesFor(w.archive.counts[year], w.site.options.PerPage)
	title := "Without a date"
	if year > 0 {
		title = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006")
	}
	w.pages.later(func() error {
		return w.pages.list(listPage{title: title, posts: list, at: "archive",
			pager: newPager(page, last, func(n int) string { return yearPath(year, n) })})
	})
}

func (w *yearWriter) end() {
	if w.page > 0 {
		w.flush()
	}
	w.page = 0
}

func pagesFor(n int64, perPage int) int { return int((n + int64(perPage) - 1) / int64(perPage)) }

// writeThreads writes each thread of the account's own, from its beginning.
func (b *builder) writeThreads(ctx context.Context) error {
	w := groupWriter{builder: b, at: "archive", path: func(name []byte, page int) string {
		return threadPath(key(name), page)
	}}
	for r, err := range b.threads.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		name := r[:len(key{})]
		if err := w.add(name, parsePlace(r[len(name)+4:]), "Thread"); err != nil {
			return err
		}
	}
	return errors.Join(w.end(), b.pages.wait())
}

// writeTags writes the pages of each tag, newest posts first, and the list of
// all tags.
func (b *builder) writeTags(ctx context.Context) error {
	list := tagList{builder: b}
	w := groupWriter{builder: b, at: "tags", ended: list.add, path: func(name []byte, page int) string {
		return tagPath(string(name), page)
	}}
	for r, err := range b.tags.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		name := r[:bytes.IndexByte(r, 0)]
		behind := r[len(name)+1+4:]
		if err := w.add(name, parsePlace(behind), "#"+string(behind[12:])); err != nil {
			return err
		}
	}
	return errors.Join(w.end(), list.end(), b.pages.wait())
}

// A groupWriter writes pages of posts that belong together and come one after
// the other.
type groupWriter struct {
	*builder
	at    string // where it stands in the menu
	path  func(name []byte, page int) string
	ended func(title, path string, count int64) error // may be nil

	name   []byte
	title  string
	page   int
	count  int64
	places []place
}

func (w *groupWriter) add(name []byte, at place, title string) error {
	if w.page > 0 && !bytes.Equal(name, w.name) {
		if err := w.end(); err != nil {
			return err
		}
	}
	if w.page == 0 {
		w.name, w.title, w.page = bytes.Clone(name), title, 1
	}
	if len(w.places) == w.site.options.PerPage {
		w.flush(w.page + 1)
		w.page++
	}
	w.places = append(w.places, at)
	w.count++
	return nil
}

// flush writes a page; last is the number of the last that is known of.
func (w *groupWriter) flush(last int) {
	name, path, places := w.name, w.path, w.places
	w.places = nil
	one := listPage{title: w.title, at: w.at, pager: newPager(w.page, last, func(n int) string { return path(name, n) })}
	w.pages.later(func() error {
		for _, at := range places {
			rendered, err := w.entries.get(at)
			if err != nil {
				return err
			}
			one.posts = append(one.posts, rendered)
		}
		return w.pages.list(one)
	})
}

func (w *groupWriter) end() error {
	if w.page == 0 {
		return nil
	}
	w.flush(w.page)
	var err error
	if w.ended != nil {
		err = w.ended(w.title, w.path(w.name, 1), w.count)
	}
	w.page, w.count = 0, 0
	return err
}

// A tagList is all tags, a thousand on a page.
type tagList struct {
	*builder
	rows []tagRow
	page int
}

type tagRow struct {
	Name  string
	Path  template.HTMLAttr
	Count int64
}

const tagsPerPage = 1000

func tagListPath(page int) string { return "tags" + numbered(page) + ".html" }

func (l *tagList) add(title, path string, count int64) error {
	if len(l.rows) == tagsPerPage {
		l.flush(l.page + 2)
	}
	l.rows = append(l.rows, tagRow{title, href(path), count})
	return nil
}

func (l *tagList) flush(last int) {
	l.page++
	rows, page := l.rows, l.page
	l.rows = nil
	l.pages.later(func() error { return l.pages.tagList(rows, newPager(page, last, tagListPath)) })
}

func (l *tagList) end() error {
	l.flush(l.page + 1)
	return nil
}

// A boosted is a record of what the account shared, newest first.
type boosted struct {
	when   uint64
	target string
	path   string // if it is one of the account's own
}

func (x boosted) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, ^x.when)
	return append(append(append(dst, x.target...), 0), x.path...)
}

func parseBoosted(r []byte) boosted {
	target, path, _ := bytes.Cut(r[8:], []byte{0})
	return boosted{^binary.BigEndian.Uint64(r), string(target), string(path)}
}
