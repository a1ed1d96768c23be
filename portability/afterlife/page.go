package afterlife

import (
	"bytes"
	"html"
	"html/template"
	"regexp"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A plainPage shows people one post, or one account, as text: nothing that an archive
// holds becomes markup.
type plainPage struct {
	Title, Language, Date string
	Paragraphs            []string
	Links                 []vocab.IRI
	By                    vocab.IRI
}

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html{{with .Language}} lang="{{.}}"{{end}}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>{{.Title}}</title></head>
<body><main>
<h1>{{.Title}}</h1>
{{range .Paragraphs}}<p>{{.}}</p>
{{end}}{{range .Links}}<p><a href="{{.}}" rel="nofollow">{{.}}</a></p>
{{end}}{{with .Date}}<p><time>{{.}}</time></p>
{{end}}{{with .By}}<p>{{.}}</p>
{{end}}</main></body>
</html>
`))

// pageOf makes the page of a document.
func pageOf(o *vocab.Object, by accountEntry) ([]byte, error) {
	p := plainPage{Title: title(o, by), By: by.ID, Date: o.Text(vocab.Published)}
	warning, text := o.Text(vocab.Summary), o.Text(vocab.Content)
	if o.IsActor() {
		p.Date = ""
	}
	for _, markup := range []string{warning, text} {
		p.Paragraphs = append(p.Paragraphs, paragraphs(markup)...)
	}
	for _, option := range append(o.Children("oneOf"), o.Children("anyOf")...) {
		p.Paragraphs = append(p.Paragraphs, "– "+strings.Join(paragraphs(option.Text(vocab.Name)), " "))
	}
	for _, a := range o.Children(vocab.Attachment) {
		for _, u := range append(a.IRIs(vocab.URL), a.IRIs(vocab.Href)...) {
			if u.IsHTTP() && !a.Is(vocab.TypePropertyValue) {
				p.Links = append(p.Links, u)
			}
		}
	}
	if o.Is(vocab.TypeAnnounce) {
		p.Links = append(p.Links, o.IRIs(vocab.ObjectProperty)...)
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, p)
	return b.Bytes(), err
}

func title(o *vocab.Object, by accountEntry) string {
	if name := strings.Join(paragraphs(o.Text(vocab.Name)), " "); name != "" {
		return name
	}
	if by.User != "" {
		return "@" + by.User + "@" + by.ID.Host()
	}
	return string(by.ID)
}

var (
	breaks = regexp.MustCompile(`(?i)<br\s*/?>|</(?:p|div|li|h[1-6]|blockquote|pre)>`)
	hidden = regexp.MustCompile(`(?is)<(script|style)\b.*?(?:</(?:script|style)\s*>|$)`)
	tags   = regexp.MustCompile(`<[^>]*(?:>|$)`)
)

// paragraphs are the lines of a text that was marked up.
func paragraphs(markup string) []string {
	text := hidden.ReplaceAllString(markup, "")
	text = html.UnescapeString(tags.ReplaceAllString(breaks.ReplaceAllString(text, "\n"), ""))
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
