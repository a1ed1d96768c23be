package site_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// TestGolden compares a small site with the one in testdata, which somebody has
// looked at. With GODWIT_UPDATE=1 it is written anew.
func TestGolden(t *testing.T) {
	dir, report := small(t).made(t, &site.Options{KeepPaths: true, BaseURL: "https://alice.example/", ShowReceived: true, PerPage: 3, Language: "en"})
	assert.Equal(t, site.Report{Posts: 7, Boosts: 1, Reactions: 3, Pages: 18, Files: 4, Redirects: 7}, report)
	files := tree(t, dir)
	golden := filepath.Join("testdata", "small")
	if os.Getenv("GODWIT_UPDATE") == "1" {
		require.NoError(t, os.RemoveAll(golden))
		for name, text := range files {
			if strings.HasPrefix(name, "assets/") {
				continue
			}
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(golden, name)), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(golden, name), []byte(text), 0o644))
		}
	}
	want := tree(t, golden)
	for name, text := range want {
		assert.Equal(t, text, files[name], name)
	}
	for name := range files {
		if !strings.HasPrefix(name, "assets/") {
			assert.Contains(t, want, name, "a file that nobody has looked at")
		}
	}
	checkPages(t, files)
	checkFeeds(t, files)
	checkIndex(t, files)
}

// TestWhatAPageShows names what a reader must find.
func TestWhatAPageShows(t *testing.T) {
	dir, _ := small(t).made(t, &site.Options{KeepPaths: true, BaseURL: "https://alice.example/", ShowReceived: true})
	files := tree(t, dir)
	tests := []struct{ name, page, has string }{
		{"the language of the text", "@alice/1/index.html", `<div class="text" dir="auto" lang="en"><p>A heron</p></div>`},
		{"another language", "@alice/1/index.html", `<div class="text" dir="auto" lang="de"><p>Ein Reiher</p></div>`},
		{"the description of a picture", "@alice/1/index.html", `alt="A heron stands in the reeds."`},
		{"its size", "@alice/1/index.html", `width="640" height="480"`},
		{"the date for machines", "@alice/1/index.html", `<time datetime="2023-04-01T10:01:00Z">1 April 2023, 10:01</time>`},
		{"a reply by another", "@alice/1/index.html", `<a href="https://friends.example/notes/2" rel="nofollow noopener noreferrer"><bdi>bob@friends.example</bdi></a>`},
		{"the other's words, cleaned", "@alice/1/index.html", `<blockquote class="text" dir="auto"><p>Lovely bird!</p></blockquote>`},
		{"a like", "@alice/1/index.html", `Likes <span class="count">1</span>`},
		{"a boost", "@alice/1/index.html", `Boosts <span class="count">1</span>`},
		{"where it goes on", "@alice/1/index.html", `<a href="../../@alice/2/index.html">1 April 2023, 10:02</a>`},
		{"its address", "@alice/1/index.html", `<link rel="canonical" href="https://alice.example/@alice/1/">`},
		{"its tags", "@alice/1/index.html", `<a href="../../tags/birds.html" rel="tag"><bdi>#Birds</bdi></a>`},
		{"what it answers", "@alice/2/index.html", `In reply to <a href="../../@alice/1/index.html">an earlier post</a>`},
		{"when it was edited", "@alice/2/index.html", `edited <time datetime="2023-04-02T00:00:00Z">`},
		{"the thread", "@alice/2/index.html", `Read the whole thread`},
		{"a warning", "@alice/3/index.html", `<summary><span class="label">Content warning</span> <bdi>politics</bdi></summary>`},
		{"a poll", "@alice/4/index.html", `<span class="votes">2 (67 %)</span>`},
		{"a bar", "@alice/4/index.html", `<meter min="0" max="3" value="2">67 %</meter>`},
		{"who took part", "@alice/4/index.html", `3 people took part; ended 3 April 2023, 00:00`},
		{"folded files", "@alice/5/index.html", `<span class="label">Sensitive</span>`},
		{"a sound", "@alice/5/index.html", `<audio controls`},
		{"a download", "@alice/5/index.html", `download>application/pdf, 8 bytes</a>`},
		{"a file that is not there", "@alice/5/index.html", `<span class="label">Not in the backup</span> video/mp4: <bdi>A lost film</bdi>`},
		{"a title", "@alice/6/index.html", `<bdi class="title">On herons</bdi>`},
		{"headings below that of the page", "@alice/6/index.html", `<h3>One</h3>`},
		{"an answer to another", "@alice/7/index.html", `In reply to <a href="https://friends.example/notes/9"`},
		{"what is pinned, first", "index.html", `id="pinned"`},
		{"a featured tag", "index.html", `<a href="tags/birds.html" rel="tag"><bdi>#Birds</bdi></a>`},
		{"the profile", "index.html", `<div><dt><bdi>Home</bdi></dt><dd dir="auto"><a href="https://alice.example"`},
		{"how much there is", "index.html", `7 posts from 2021 to 2023`},
		{"a month", "archive.html", `<a href="years/2021.html">December</a>`},
		{"what was shared", "boosts.html", `<a href="https://friends.example/notes/1"`},
		{"a tag with its count", "tags.html", `<bdi>#Birds</bdi></a> <span class="count">2</span>`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Contains(t, files[test.page], test.has)
		})
	}
	t.Run("no answers to others on the front page", func(t *testing.T) {
		assert.NotContains(t, files["index.html"], "To Bob")
	})
	t.Run("warnings as they were meant", func(t *testing.T) {
		for said, want := range map[string]string{"I <3 cats & dogs": "I &lt;3 cats &amp; dogs", "<p>a &amp; b</p>": "a &amp; b", "x < y > z": "x &lt; y &gt; z"} {
			a := &account{}
			a.add(t, portability.Content, note(1, object{"summary": said}))
			dir, _ := a.made(t, nil)
			assert.Contains(t, tree(t, dir)["index.html"], "<bdi>"+want+"</bdi>", said)
		}
	})
	t.Run("others' words only if they were asked for", func(t *testing.T) {
		dir, _ := small(t).made(t, nil)
		for name, text := range tree(t, dir) {
			assert.NotContains(t, text, "Lovely", name)
		}
	})
}
