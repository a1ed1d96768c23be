package site_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// TestLinksToOwnPostsStayInTheSite has a post that links to all sorts of places.
func TestLinksToOwnPostsStayInTheSite(t *testing.T) {
	const outside = ` rel="nofollow noopener noreferrer"`
	tests := []struct{ name, address, want string }{
		{"an own post, by its URL", "https://old.example/@alice/2", `<a href="../../@alice/2/index.html">x</a>`},
		{"an own post, by its id", alice + "/statuses/2", `<a href="../../@alice/2/index.html">x</a>`},
		{"one that comes later", "https://old.example/@alice/9", `<a href="../../@alice/9/index.html">x</a>`},
		{"itself", "https://old.example/@alice/1", `<a href="../../@alice/1/index.html">x</a>`},
		{"one with a query in its URL", "https://old.example/post?a=1&amp;b=2", `<a href="../../posts/2023/04/01-`},
		{"one for followers", "https://old.example/@alice/3", `<a href="https://old.example/@alice/3"` + outside + `>x</a>`},
		{"one that is not there", "https://old.example/@alice/4", `<a href="https://old.example/@alice/4"` + outside + `>x</a>`},
		{"somebody else's at the same server", "https://old.example/@bob/1", `<a href="https://old.example/@bob/1"` + outside + `>x</a>`},
		{"another server", "https://friends.example/@alice/2", `<a href="https://friends.example/@alice/2"` + outside + `>x</a>`},
		{"a text that looks like a link", `https://friends.example/?href=&quot;https://old.example/@alice/2&quot;`, outside + `>x</a>`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := &account{}
			a.add(t, portability.Actor, theActor(nil))
			a.add(t, portability.Content, note(1, object{"content": `<p>See <a class="mention" href="` + test.address + `">x</a> and <a href="https://z.example">z</a></p>`}),
				note(2, nil), note(3, object{"to": []string{alice + "/followers"}, "cc": nil}),
				note(5, object{"url": "https://old.example/post?a=1&b=2"}), note(9, object{"published": "2024-01-01T00:00:00Z"}))
			dir, _ := a.made(t, &site.Options{KeepPaths: true, BaseURL: "https://alice.example/"})
			files := tree(t, dir)
			checkPages(t, files)
			page := strings.ReplaceAll(files["@alice/1/index.html"], ` class="mention"`, "")
			assert.Contains(t, page, test.want)
			assert.Contains(t, page, `<a href="https://z.example"`+outside, "the link behind it is as it was")
			among := strings.ReplaceAll(test.want, "../../", "../")
			assert.Contains(t, strings.ReplaceAll(files["years/2023.html"], ` class="mention"`, ""), among, "where it stands with others")
		})
	}
}

func TestAQuoteOfAnOwnPostLeadsToItsPage(t *testing.T) {
	a := &account{}
	a.add(t, portability.Content, note(1, object{"quote": alice + "/statuses/2"}), note(2, object{"quoteUrl": "https://friends.example/notes/1"}))
	dir, _ := a.made(t, nil)
	files := tree(t, dir)
	checkPages(t, files)
	year := files["years/2023.html"]
	assert.Contains(t, year, `Quotes <a href="../posts/2023/04/01-`)
	assert.Contains(t, year, `Quotes <a href="https://friends.example/notes/1"`)
}

func TestFeedsLeadToTheSiteToo(t *testing.T) {
	a := &account{}
	a.add(t, portability.Content, note(1, object{"content": `<a href="https://old.example/@alice/2">x</a>`}), note(2, nil))
	dir, _ := a.made(t, &site.Options{BaseURL: "https://alice.example/"})
	feed := tree(t, dir)["feeds/rss.xml"]
	assert.Contains(t, feed, `href=&#34;https://alice.example/posts/2023/04/01-`)
}
