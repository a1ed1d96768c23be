package site

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A post is what a page shows of a piece of content, sanitized already.
type post struct {
	ID        string        `json:"id"`
	URL       string        `json:"url,omitzero"` // where it stood for people; "" if that is no link
	Path      string        `json:"path"`
	Published time.Time     `json:"published,omitzero"`
	Updated   time.Time     `json:"updated,omitzero"`
	Title     string        `json:"title,omitzero"`
	Warning   string        `json:"warning,omitzero"`
	Sensitive bool          `json:"sensitive,omitzero"`
	Language  string        `json:"language,omitzero"`
	HTML      string        `json:"html,omitzero"`
	Others    []translation `json:"others,omitzero"`
	Answers   string        `json:"answers,omitzero"` // id of what it replies to
	Quotes    string        `json:"quotes,omitzero"`
	Links     []string      `json:"links,omitzero"` // at the same host, in its text
	Tags      []string      `json:"tags,omitzero"`
	Files     []attachment  `json:"files,omitzero"`
	Poll      *poll         `json:"poll,omitzero"`
	Followers bool          `json:"followers,omitzero"` // it was for followers only
}

// A translation is the text in a further language.
type translation struct {
	Language string `json:"language"`
	HTML     string `json:"html"`
}

// How much of one post is shown.
const (
	mostTags      = 100
	mostOptions   = 100
	mostFiles     = 100
	mostLanguages = 20
	longestTitle  = 300
	longestAlt    = 10_000
	mostVotes     = 1 << 40
)

func (s *Site) postOf(item portability.Item, audience portability.Audience) (post, error) {
	o := item.Object
	p := post{
		ID: item.ID, URL: link(placeOf(o)), Published: dateOf(o, vocab.Published),
		Title: line(o.Text(vocab.Name), longestTitle), Warning: line(plainOf(o.Text(vocab.Summary)), longestTitle),
		Sensitive: o.Bool(vocab.Sensitive), Answers: string(o.IRI(vocab.InReplyTo)), Quotes: quoteOf(o),
		Tags: tagsOf(o), Poll: pollOf(o), Followers: audience == portability.ForFollowers,
	}
	if p.Published.IsZero() && item.Activity != nil {
		p.Published = dateOf(item.Activity, vocab.Published)
	}
	if updated := dateOf(o, vocab.Updated); updated.After(p.Published) {
		p.Updated = updated
	}
	s.texts(&p, o)
	p.Links = ownLinks(&p)
	var err error
	p.Files, err = s.attachments(item)
	return p, err
}

// texts fills in what the post says, in each of its languages.
func (s *Site) texts(p *post, o *vocab.Object) {
	content := o.Text(vocab.Content)
	if said, ok := o.Get("contentMap").Object(); ok {
		for name, value := range said.Members() {
			text, _ := value.Text()
			switch tag := languageTag(name); {
			case text == "" || tag == "":
			case content == "" || text == content && p.Language == "":
				content, p.Language = text, tag
			case text != content && len(p.Others) < mostLanguages:
				p.Others = append(p.Others, translation{tag, s.sanitize.HTML(text)})
			}
		}
	}
	if p.Language == "" {
		p.Language = s.options.Language
	}
	if kind := o.Text(vocab.MediaType); kind != "" && !strings.HasPrefix(kind, "text/html") {
		content = strings.ReplaceAll(html.EscapeString(content), "\n", "<br>")
	}
	p.HTML = s.sanitize.HTML(content)
}

var tagShape = regexp.MustCompile(`</?[a-zA-Z][^<>]*>`)

// plainOf reads a text that may have been written as HTML, as warnings are by
// some servers, or may just have a "<" in it.
func plainOf(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	return html.UnescapeString(tagShape.ReplaceAllString(text, " "))
}

// dateOf returns a date that has a place in the archive.
func dateOf(o *vocab.Object, p vocab.Property) time.Time {
	t, ok := o.Time(p)
	t = t.UTC().Truncate(time.Second)
	if !ok || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// placeOf returns where people find an object: its first URL that is one.
func placeOf(o *vocab.Object) vocab.IRI {
	urls := o.IRIs(vocab.URL)
	if i := slices.IndexFunc(urls, vocab.IRI.IsHTTP); i >= 0 {
		return urls[i]
	}
	return o.ID()
}

// link returns what a page may link to.
func link(id vocab.IRI) string {
	if !id.IsHTTP() || len(id) > 4096 {
		return ""
	}
	return string(id)
}

func quoteOf(o *vocab.Object) string {
	for _, p := range []vocab.Property{"quote", "quoteUrl", "quoteUri", "_misskey_quote"} {
		if quoted := link(o.IRI(p)); quoted != "" {
			return quoted
		}
	}
	return ""
}

// tagsOf returns the hashtags of a post as its author wrote them, without "#".
func tagsOf(o *vocab.Object) []string {
	var tags []string
	seen := map[string]bool{}
	for _, tag := range o.Children(vocab.Tag) {
		name := line(strings.TrimLeft(tag.Text(vocab.Name), "#＃"), 100)
		if !tag.Is(vocab.TypeHashtag) || name == "" || seen[foldTag(name)] || len(tags) == mostTags {
			continue
		}
		seen[foldTag(name)] = true
		tags = append(tags, name)
	}
	return tags
}

// foldTag is what a tag is known by: how it is written does not matter.
func foldTag(tag string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return '_'
		}
		return r
	}, tag))
}

// A poll is a question, with what people answered.
type poll struct {
	Options []option  `json:"options"`
	Several bool      `json:"several,omitzero"` // more than one could be chosen
	Voters  int64     `json:"voters,omitzero"`
	Votes   int64     `json:"votes"`
	Ended   time.Time `json:"ended,omitzero"`
}

type option struct {
	Name  string `json:"name"`
	Votes int64  `json:"votes"`
}

func pollOf(o *vocab.Object) *poll {
	p := &poll{Several: true}
	options := o.Children("anyOf")
	if len(options) == 0 {
		options, p.Several = o.Children("oneOf"), false
	}
	for _, one := range options[:min(len(options), mostOptions)] {
		var votes int64
		if answers := one.Child(vocab.Replies); answers != nil {
			votes, _ = answers.Int64(vocab.TotalItems)
		}
		votes = min(max(votes, 0), mostVotes)
		p.Options = append(p.Options, option{line(one.Text(vocab.Name), longestTitle), votes})
		p.Votes += votes
	}
	if len(p.Options) == 0 {
		return nil
	}
	voters, _ := o.Int64("votersCount")
	p.Voters, p.Ended = min(max(voters, 0), mostVotes), dateOf(o, "endTime")
	return p
}
