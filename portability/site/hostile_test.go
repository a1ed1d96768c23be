package site_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// attacks are texts that a page, a feed, a script or a rule could fall for.
var attacks = map[string]string{
	"a script":                   `<script>alert(1)</script>`,
	"a script in a script":       `<scr<script>ipt>alert(1)</scr</script>ipt>`,
	"an event handler":           `<p onclick="alert(1)" onmouseover=alert(1)>x</p><img src=x onerror=alert(1)>`,
	"a link to a script":         `<a href="javascript:alert(1)">x</a><a href=" jAvAsCrIpT:alert(1)">x</a><a href="java&#9;script:alert(1)">x</a>`,
	"data as a link":             `<a href="data:text/html,<script>alert(1)</script>">x</a>`,
	"a link of another scheme":   `<a href="vbscript:x">x</a><a href="file:///etc/passwd">x</a><a href="blob:x">x</a>`,
	"a link to nowhere":          `<a href="//evil.example/x">x</a><a href="/etc/passwd">x</a><a href="../../../x">x</a>`,
	"a remote picture":           `<img src="https://evil.example/pixel.png"><picture><source srcset="https://evil.example/x"></picture>`,
	"frames and plugins":         `<iframe src="https://evil.example/"></iframe><object data="x"></object><embed src="x"><frame>`,
	"styles":                     `<style>body{background:url(https://evil.example/x)}</style><p style="position:fixed;top:0">x</p>`,
	"forms":                      `<form action="https://evil.example/"><input name="q" autofocus onfocus=alert(1)><button>x</button></form>`,
	"a base and a refresh":       `<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example/"><link rel=stylesheet href=//evil.example/x>`,
	"drawings and formulas":      `<svg onload=alert(1)><script>alert(1)</script></svg><math><mtext><script>alert(1)</script></mtext></math>`,
	"the end of the page":        `</div></article></main></body></html><script>alert(1)</script>`,
	"a link left open":           `<a href="https://evil.example/">everything below`,
	"elements left open":         `<p><em><strong><blockquote><ul><li><pre><code>x`,
	"elements that close others": `</p></li></ul></section></header>x</em></a>`,
	"nested without end":         strings.Repeat("<blockquote>", 5000) + "x",
	"a comment left open":        `x<!-- <p>y`,
	"data of another kind":       `<![CDATA[<script>alert(1)</script>]]><?php echo 1 ?><!DOCTYPE html>`,
	"raw text elements":          `<textarea><title><noscript><xmp><plaintext><template>x`,
	"classes of the page":        `<span class="skip">x</span><span class="mention skip">x</span><p id="main" class="post">x</p>`,
	"quotes and markup":          `"'><script>alert(1)</script>` + "`" + `--!>]]>`,
	"the end of a script":        `</script><script>alert(1)</script>` + "\u2028\u2029",
	"templates":                  `{{.}} {{template "top"}} ${alert(1)} #{x} <% x %>`,
	"turned text":                "\u202eevil\u202d \u2066x\u2067y\u2068z \u200f",
	"control characters":         "a\x00b\x01c\x08d\x0be\x0cf\x1bg\x7fh\u0085i\ufffej\uffff",
	"formulas":                   `=cmd|' /C calc'!A0`,
	"a path upwards":             `../../../../etc/passwd`,
	"a device":                   `CON`,
	"another device":             `aux.html`,
	"a name with separators":     `a/b\c:d*e?f"g<h>i|j`,
	"dots":                       `..`,
	"a line break":               "a\r\nSet-Cookie: x\r\n\r\nb",
	"white space alone":          " \t\u00a0\u3000 ",
	"a long word":                strings.Repeat("W", 20_000),
	"many languages":             "喵呜 привет שלום مرحبا 👩‍👩‍👧 e\u0301",
}

// hostile is an account in which every text is an attack.
func hostile(t testing.TB) *account {
	a := &account{files: map[string]string{
		"https://old.example/f/script.svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`,
		"https://old.example/f/page.png":   `<html><script>alert(1)</script>`,
		"https://old.example/f/../../x":    "\x89PNG\r\n\x1a\n<script>alert(1)</script>",
		"https://old.example/f/empty.jpg":  "",
	}}
	names := make([]string, 0, len(attacks))
	for name := range attacks {
		names = append(names, name)
	}
	slices.Sort(names)
	all := strings.Join([]string{attacks["quotes and markup"], attacks["the end of the page"], attacks["turned text"]}, " ")
	a.add(t, portability.Actor, theActor(object{"name": all, "preferredUsername": attacks["quotes and markup"], "summary": all,
		"url": "javascript:alert(1)", "movedTo": "javascript:alert(1)",
		"attachment": []object{{"type": "PropertyValue", "name": all, "value": all + attacks["a link left open"]}}}))
	for i, name := range names {
		text := attacks[name]
		with := object{"content": text, "summary": nil, "contentMap": object{"en": text, text: text, "de": text + " "}}
		a.add(t, portability.Content, note(4*i, with))
		a.add(t, portability.Content, note(4*i+1, object{"name": text, "summary": text, "content": text, "sensitive": true,
			"tag": []object{{"type": "Hashtag", "name": "#" + text}, {"type": "Emoji", "name": text}, {"type": "Mention", "name": text, "href": text}},
			"attachment": []object{
				{"type": "Document", "url": "https://old.example/f/script.svg", "name": text, "mediaType": text},
				{"type": "Document", "url": "https://old.example/f/page.png", "name": text, "mediaType": "image/png"},
				{"type": "Document", "url": "https://old.example/f/../../x", "name": text, "width": -1, "height": 1e9},
				{"type": "Document", "url": "https://old.example/f/empty.jpg", "name": text},
				{"type": "Document", "url": text, "name": text, "mediaType": text},
				{"type": "Link", "href": text, "name": text},
				{"type": "Link", "href": "https://friends.example/" + text, "name": text},
			}}))
		a.add(t, portability.Content, note(4*i+2, object{"id": "https://old.example/" + text, "url": "https://old.example/" + text,
			"inReplyTo": text, "quoteUrl": text, "type": "Question", "content": text,
			"oneOf":   []object{{"type": "Note", "name": text, "replies": object{"totalItems": -5}}, {"type": "Note", "name": text, "replies": object{"totalItems": 1 << 60}}},
			"endTime": text, "votersCount": -7}))
		a.add(t, portability.Content, note(4*i+3, object{"url": "https://old.example/@alice/" + text, "published": text, "updated": text,
			"inReplyTo": "https://friends.example/" + text}))
		a.add(t, portability.Received,
			object{"id": "https://friends.example/like/" + text, "type": "Like", "actor": "https://friends.example/users/" + text, "object": note(4*i, nil)["id"]},
			object{"id": "https://friends.example/share/" + text, "type": "Announce", "actor": text, "object": note(4*i, nil)["id"]},
			object{"id": "https://friends.example/reply/" + text, "type": "Note", "attributedTo": text, "inReplyTo": note(4*i, nil)["id"],
				"url": text, "content": text, "summary": text, "to": public})
		a.add(t, portability.Outbox, object{"id": "https://old.example/share/" + text, "type": "Announce", "actor": alice, "to": public,
			"object": "https://friends.example/" + text, "published": text})
		a.add(t, portability.FeaturedTags, object{"id": text, "name": text})
	}
	return a
}

func TestHostile(t *testing.T) {
	for name, options := range map[string]*site.Options{
		"as it comes": nil,
		"with others' words, at its own domain": {ShowReceived: true, KeepPaths: true, BaseURL: "https://alice.example/old/",
			PerPage: 7, Title: attacks["quotes and markup"], Language: attacks["quotes and markup"]},
	} {
		t.Run(name, func(t *testing.T) {
			dir, report := hostile(t).made(t, options)
			assert.EqualValues(t, 4*len(attacks), report.Posts, "every post has its page")
			files := tree(t, dir)
			checkNames(t, files)
			checkPages(t, files)
			checkFeeds(t, files)
			checkIndex(t, files)
		})
	}
}

func checkNames(t *testing.T, files map[string]string) {
	t.Helper()
	folded := map[string]string{}
	for name := range files {
		assert.Regexp(t, `^[A-Za-z0-9@_~][A-Za-z0-9@._~-]*(/[A-Za-z0-9@_~][A-Za-z0-9@._~-]*)*$`, name, "a plain name")
		for part := range strings.SplitSeq(name, "/") {
			assert.NotRegexp(t, `(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`, part, "a device of some system")
		}
		other, twice := folded[strings.ToLower(name)]
		assert.False(t, twice, "%s and %s are one file where case does not count", name, other)
		folded[strings.ToLower(name)] = name
	}
}

// allowed are the elements of a page, and the attributes that each may have.
var allowed = map[string]string{
	"html": "lang", "head": "", "body": "", "title": "", "meta": "charset http-equiv content name", "link": "rel href type title",
	"a": "href rel class download aria-current aria-label", "header": "class role", "footer": "class role", "nav": "class aria-label", "main": "id tabindex",
	"section": "class aria-labelledby", "article": "class", "div": "class dir lang id role hidden aria-label", "p": "class id dir lang role",
	"h1": "class id", "h2": "id", "h3": "", "h4": "", "h5": "", "ul": "class aria-label", "ol": "id start", "li": "dir lang value",
	"dl": "class", "dt": "", "dd": "dir", "span": "class lang dir", "bdi": "class lang", "time": "datetime",
	"img": "src alt width height loading class", "video": "controls preload src aria-label", "audio": "controls preload src aria-label",
	"figure": "", "figcaption": "", "details": "class", "summary": "", "meter": "min max value", "blockquote": "class dir lang",
	"em": "lang", "strong": "lang", "b": "", "i": "", "u": "", "del": "", "s": "", "sub": "", "sup": "", "code": "", "pre": "", "br": "", "hr": "",
	"ruby": "", "rb": "", "rt": "", "rp": "",
	"noscript": "", "label": "for", "input": "id type autocomplete spellcheck", "button": "id type hidden", "script": "src",
}

// checkPages reads every page as a browser does.
func checkPages(t *testing.T, files map[string]string) {
	t.Helper()
	pages := 0
	for name, text := range files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		pages++
		parsed, err := html.Parse(strings.NewReader(text))
		require.NoError(t, err)
		c := pageCheck{t: t, name: name, files: files}
		c.walk(parsed)
		assert.Equal(t, 1, c.headings, "%s: headings of the first rank", name)
		assert.Equal(t, []string{"a", "header", "main", "footer"}, c.parts, "%s: what stands in the body", name)
		assert.Contains(t, text, `<meta http-equiv="Content-Security-Policy" content="default-src 'none';`, name)
	}
	require.NotZero(t, pages, "there are pages")
}

type pageCheck struct {
	t        *testing.T
	name     string
	files    map[string]string
	headings int
	rank     int // of the last heading of the page's own
	parts    []string
}

func (c *pageCheck) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		c.element(n)
	}
	assert.NotEqual(c.t, html.CommentNode, n.Type, "%s: no comments", c.name)
	for child := range n.ChildNodes() {
		c.walk(child)
	}
}

func (c *pageCheck) element(n *html.Node) {
	attributes, known := allowed[n.Data]
	assert.True(c.t, known, "%s: element %s", c.name, n.Data)
	if n.Parent != nil && n.Parent.Data == "body" {
		c.parts = append(c.parts, n.Data)
	}
	if n.Data == "a" {
		assert.NotEmpty(c.t, strings.TrimSpace(nameOf(n)), "%s: a link that says nothing", c.name)
	}
	if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data != "hr" && !inText(n) {
		rank := int(n.Data[1] - '0')
		assert.LessOrEqual(c.t, rank, c.rank+1, "%s: a rank of headings is left out", c.name)
		c.rank = rank
	}
	if n.Data == "h1" {
		c.headings++
		assert.NotEmpty(c.t, strings.TrimSpace(textOf(n)), "%s: its heading", c.name)
	}
	has := map[string]string{}
	for _, a := range n.Attr {
		assert.Contains(c.t, strings.Fields(attributes), a.Key, "%s: attribute of %s", c.name, n.Data)
		has[a.Key] = a.Val
	}
	c.meaning(n, has)
	for _, key := range []string{"src", "href"} {
		if target, ok := has[key]; ok {
			c.link(n.Data, key, target, has)
		}
	}
}

// meaning checks what people need who do not see the page.
func (c *pageCheck) meaning(n *html.Node, has map[string]string) {
	switch n.Data {
	case "html":
		assert.Equal(c.t, "en", has["lang"], c.name)
	case "img":
		assert.Contains(c.t, has, "alt", "%s: a picture without a description", c.name)
	case "script":
		assert.Empty(c.t, textOf(n), "%s: no script inside", c.name)
		assert.Contains(c.t, []string{"search/index.js", "assets/search.js"}, has["src"], c.name)
	case "meta":
		assert.Contains(c.t, []string{"", "Content-Security-Policy"}, has["http-equiv"], c.name)
	}
	if lang, ok := has["lang"]; ok {
		assert.Regexp(c.t, `^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`, lang, "%s: a language", c.name)
	}
}

// link checks that what is loaded stands in the site, and that what can be
// followed is there or safe.
func (c *pageCheck) link(element, key, target string, has map[string]string) {
	outside := strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "mailto:")
	switch {
	case element == "link" && has["rel"] == "canonical":
		assert.True(c.t, strings.HasPrefix(target, "https://alice.example/"), "%s: canonical %s", c.name, target)
		return
	case outside && element == "a":
		assert.Equal(c.t, "nofollow noopener noreferrer", has["rel"], "%s: a link away: %.80s", c.name, target)
		return
	case target == "#main":
		return
	}
	assert.NotRegexp(c.t, `^[a-zA-Z]+:|^/|^\\|\?|#`, target, "%s: %s of %s", c.name, key, element)
	_, there := c.files[path.Join(path.Dir(c.name), target)]
	assert.True(c.t, there, "%s: %s of %s leads to %.80s, which is not there", c.name, key, element, target)
}

// inText reports whether somebody wrote an element, and not the site.
func inText(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if slices.Contains(strings.Fields(attribute(n, "class")), "text") {
			return true
		}
	}
	return false
}

// nameOf is what a link is called for who does not see it.
func nameOf(n *html.Node) string {
	name := textOf(n)
	for inside := range n.Descendants() {
		name += attribute(inside, "alt")
	}
	return name + attribute(n, "aria-label")
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var text strings.Builder
	for child := range n.ChildNodes() {
		text.WriteString(textOf(child))
	}
	return text.String()
}
