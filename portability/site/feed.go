package site

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"html"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

const feedItems = 20

// A feedEntry is a post as all three feeds have it.
type feedEntry struct {
	id, url, title, html, summary string
	published, updated            time.Time
	tags                          []string
	files                         []feedFile
}

type feedFile struct {
	url, mediaType, alt string
	size                int64
}

// writeFeeds writes the newest posts as RSS 2.0, Atom (RFC 4287) and JSON Feed
// 1.1. Links lead below BaseURL or, without one, to the old server.
func (b *builder) writeFeeds(context.Context) error {
	var all []feedEntry
	for _, e := range b.newest(feedItems) {
		all = append(all, b.feedEntry(e))
	}
	frame := b.pages.page("index.html", "", "", nil)
	f := feed{title: frame.SiteTitle(), home: b.site.options.BaseURL, base: b.site.options.BaseURL,
		author: b.site.profile.Name, language: b.site.options.Language, entries: all}
	if f.home == "" {
		f.home = b.site.profile.URL
	}
	for _, e := range all {
		if last := e.updated; last.After(f.updated) {
			f.updated = last
		}
	}
	for _, one := range []struct {
		path  string
		write func(feed) ([]byte, error)
	}{{"feeds/rss.xml", rss}, {"feeds/atom.xml", atom}, {"feeds/feed.json", jsonFeed}} {
		data, err := one.write(f)
		if err != nil {
			return err
		}
		if err := b.pages.write(one.path, data); err != nil {
			return err
		}
	}
	return nil
}

type feed struct {
	title, home, base, author, language string
	updated                             time.Time
	entries                             []feedEntry
}

func (b *builder) feedEntry(from *entry) feedEntry {
	p := &from.Post
	e := feedEntry{id: p.ID, url: p.URL, title: line(titleOf(p), 100), html: p.HTML, summary: p.Warning,
		published: p.Published, updated: p.Published, tags: p.Tags}
	if p.Updated.After(e.updated) {
		e.updated = p.Updated
	}
	base := b.site.options.BaseURL
	if base != "" {
		e.url, e.html = base+address(p.Path), from.local.html(p.HTML, base)
	}
	if p.Warning != "" {
		e.html = "<p><strong>" + html.EscapeString(p.Warning) + "</strong></p>" + e.html
	}
	for _, one := range p.Files {
		if one.File != nil && base != "" && one.File.Shown != "" {
			e.files = append(e.files, feedFile{base + one.File.Path(), one.File.MediaType, one.Alt, one.File.Size})
		}
	}
	return e
}

type rssItem struct {
	Title       string        `xml:"title"`
	Link        string        `xml:"link,omitempty"`
	GUID        rssGUID       `xml:"guid"`
	PubDate     string        `xml:"pubDate,omitempty"`
	Description string        `xml:"description"`
	Categories  []string      `xml:"category"`
	Enclosure   *rssEnclosure `xml:"enclosure"` // RSS 2.0 means one
}

type rssGUID struct {
	PermaLink string `xml:"isPermaLink,attr"`
	ID        string `xml:",chardata"`
}

type rssEnclosure struct {
	URL    string `xml:"url,attr"`
	Length int64  `xml:"length,attr"`
	Type   string `xml:"type,attr"`
}

func rss(f feed) ([]byte, error) {
	type channel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Description string    `xml:"description"`
		Language    string    `xml:"language,omitempty"`
		LastBuild   string    `xml:"lastBuildDate,omitempty"`
		Items       []rssItem `xml:"item"`
	}
	c := channel{Title: f.title, Link: f.home, Description: "Posts of " + f.title, Language: f.language, LastBuild: rfc822(f.updated)}
	for _, e := range f.entries {
		item := rssItem{Title: e.title, Link: e.url, GUID: rssGUID{"false", e.id}, PubDate: rfc822(e.published),
			Description: e.html, Categories: e.tags}
		if len(e.files) > 0 {
			item.Enclosure = &rssEnclosure{e.files[0].url, e.files[0].size, e.files[0].mediaType}
		}
		c.Items = append(c.Items, item)
	}
	return xmlDocument(struct {
		XMLName xml.Name `xml:"rss"`
		Version string   `xml:"version,attr"`
		Channel channel  `xml:"channel"`
	}{Version: "2.0", Channel: c})
}

// rfc822 is a date as RSS has it.
func rfc822(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC1123Z)
}

type atomLink struct {
	Rel    string `xml:"rel,attr,omitempty"`
	Type   string `xml:"type,attr,omitempty"`
	Length int64  `xml:"length,attr,omitempty"`
	Href   string `xml:"href,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Links      []atomLink     `xml:"link"`
	Published  string         `xml:"published,omitempty"`
	Updated    string         `xml:"updated"`
	Summary    string         `xml:"summary,omitempty"`
	Categories []atomCategory `xml:"category"`
	Content    atomText       `xml:"content"`
}

// undated is what Atom gets for a post without a date, since it must have one.
const undated = "1970-01-01T00:00:00Z"

func orUndated(t time.Time) string {
	if t.IsZero() {
		return undated
	}
	return stamp(t)
}

func atom(f feed) ([]byte, error) {
	type author struct {
		Name string `xml:"name"`
	}
	document := struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Links   []atomLink  `xml:"link"`
		Updated string      `xml:"updated"`
		Author  author      `xml:"author"`
		Entries []atomEntry `xml:"entry"`
	}{ID: f.home, Title: f.title, Updated: orUndated(f.updated), Author: author{f.author}}
	if document.ID == "" {
		document.ID = "urn:godwit:" + keyOf("feed", f.title).short()
	}
	if document.Author.Name == "" {
		document.Author.Name = f.title
	}
	if f.home != "" {
		document.Links = append(document.Links, atomLink{Rel: "alternate", Type: "text/html", Href: f.home})
	}
	if f.base != "" {
		document.Links = append(document.Links, atomLink{Rel: "self", Type: "application/atom+xml", Href: f.base + "feeds/atom.xml"})
	}
	for _, e := range f.entries {
		document.Entries = append(document.Entries, atomEntryOf(e))
	}
	return xmlDocument(document)
}

func atomEntryOf(e feedEntry) atomEntry {
	entry := atomEntry{ID: atomID(e.id), Title: e.title, Published: stamp(e.published), Updated: orUndated(e.updated),
		Summary: e.summary, Content: atomText{"html", e.html}}
	if e.url != "" {
		entry.Links = append(entry.Links, atomLink{Rel: "alternate", Type: "text/html", Href: e.url})
	}
	for _, one := range e.files {
		entry.Links = append(entry.Links, atomLink{Rel: "enclosure", Type: one.mediaType, Length: one.size, Href: one.url})
	}
	for _, tag := range e.tags {
		entry.Categories = append(entry.Categories, atomCategory{tag})
	}
	return entry
}

// atomID returns an id as Atom must have it, an IRI.
func atomID(id string) string {
	if vocab.IRI(id).IsHTTP() {
		return id
	}
	return "urn:godwit:" + keyOf("id", id).short()
}

func xmlDocument(document any) ([]byte, error) {
	data, err := xml.MarshalIndent(document, "", " ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), append(data, '\n')...), nil
}

func jsonFeed(f feed) ([]byte, error) {
	type file struct {
		URL      string `json:"url"`
		MimeType string `json:"mime_type"`
		Title    string `json:"title,omitempty"`
		Size     int64  `json:"size_in_bytes"`
	}
	type item struct {
		ID            string   `json:"id"`
		URL           string   `json:"url,omitempty"`
		Title         string   `json:"title,omitempty"`
		ContentHTML   string   `json:"content_html"`
		Summary       string   `json:"summary,omitempty"`
		DatePublished string   `json:"date_published,omitempty"`
		DateModified  string   `json:"date_modified,omitempty"`
		Tags          []string `json:"tags,omitempty"`
		Attachments   []file   `json:"attachments,omitempty"`
	}
	items := []item{}
	for _, e := range f.entries {
		one := item{ID: e.id, URL: e.url, Title: e.title, ContentHTML: e.html, Summary: e.summary,
			DatePublished: stamp(e.published), DateModified: stamp(e.updated), Tags: e.tags}
		for _, a := range e.files {
			one.Attachments = append(one.Attachments, file{a.url, a.mediaType, a.alt, a.size})
		}
		items = append(items, one)
	}
	document := struct {
		Version  string `json:"version"`
		Title    string `json:"title"`
		HomePage string `json:"home_page_url,omitempty"`
		FeedURL  string `json:"feed_url,omitempty"`
		Language string `json:"language,omitempty"`
		Items    []item `json:"items"`
	}{Version: "https://jsonfeed.org/version/1.1", Title: f.title, HomePage: f.home, Language: f.language, Items: items}
	if f.base != "" {
		document.FeedURL = f.base + "feeds/feed.json"
	}
	return json.MarshalIndent(document, "", " ")
}
