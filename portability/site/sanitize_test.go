package site_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/net/html"

	"codeberg.org/godwit/godwit/portability/site"
)

func TestSanitize(t *testing.T) {
	tests := []struct{ name, markup, want string }{
		{"a mention", `<p><span class="h-card"><a href="https://a.example/@b" class="u-url mention">@<span>b</span></a></span></p>`,
			`<p><span class="h-card"><a href="https://a.example/@b" class="u-url mention" rel="nofollow noopener noreferrer">@<span>b</span></a></span></p>`},
		{"a shortened address", `<span class="invisible">https://</span><span class="ellipsis">a.example/x</span>`,
			`<span class="invisible">https://</span><span class="ellipsis">a.example/x</span>`},
		{"ruby", `<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>`, `<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>`},
		{"a list", `<ol start="3"><li value="4">x</li></ol>`, `<ol start="3"><li value="4">x</li></ol>`},
		{"an emoji", `hi :blobcat:`, `hi :blobcat:`},
		{"a picture", `a<img src="https://evil.example/x.png" alt="b">c`, `ac`},
		{"headings", `<h1>a</h1><h2>b</h2><h6>c</h6>`, `<h3>a</h3><h3>b</h3><h5>c</h5>`},
		{"an element left open", `<p><em>a`, `<p><em>a</em></p>`},
		{"elements that cross", `<em>a<strong>b</em>c</strong>`, `<em>a<strong>b</strong></em>c`},
		{"an end of nothing", `a</p></div></em>`, `a`},
		{"a link in a link", `<a href="https://a.example">x<a href="https://b.example">y</a></a>`,
			`<a href="https://a.example" rel="nofollow noopener noreferrer">xy</a>`},
		{"a script", `a<script>alert(1)</script>b`, `ab`},
		{"markup that is text", `1 < 2 &amp;&amp; &lt;b&gt;`, `1 &lt; 2 &amp;&amp; &lt;b&gt;`},
		{"what somebody says of a link", `<a href="https://a.example" rel="me opener" target="_blank" download>x</a>`,
			`<a href="https://a.example" rel="nofollow noopener noreferrer">x</a>`},
		{"turned text", "a\u202eb", "ab"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, site.Sanitize(test.markup))
		})
	}
}

var safeTag = regexp.MustCompile(`^/?[a-z0-9]+( (href|class|lang|dir|rel|start|value)="[^"<>]*")*/?$`)

// FuzzSanitize holds that whatever comes, a browser sees the elements of a text
// and nothing else, and what stands behind it stands outside of it.
func FuzzSanitize(f *testing.F) {
	for _, text := range attacks {
		f.Add(text)
	}
	f.Add(`<table><tr><td>x`)
	f.Add(`<p><a href="https://a.example"><p>x</a>`)
	f.Fuzz(func(t *testing.T, markup string) {
		safe := site.Sanitize(markup)
		for _, tag := range strings.Split(safe, "<")[1:] {
			inside, _, closed := strings.Cut(tag, ">")
			if !closed || !safeTag.MatchString(inside) {
				t.Fatalf("a tag that no text has: %q", tag)
			}
		}
		parsed, err := html.Parse(strings.NewReader(`<div id="text">` + safe + `</div><i id="behind"></i>`))
		if err != nil {
			t.Fatal(err)
		}
		for n := range parsed.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if element, known := allowed[n.Data]; !known {
				t.Fatalf("an element %s (%s)", n.Data, element)
			}
			for _, a := range n.Attr {
				if a.Key == "href" && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "mailto:") {
					t.Fatalf("a link to %q", a.Val)
				}
				if a.Key == "id" && a.Val == "behind" && n.Parent.Data != "body" {
					t.Fatalf("what comes behind is inside of %s", n.Parent.Data)
				}
			}
		}
	})
}

func TestSniff(t *testing.T) {
	tests := []struct{ name, data, extension, shown string }{
		{"JPEG", "\xff\xd8\xff\xe0", "jpg", "image"},
		{"PNG", "\x89PNG\r\n\x1a\n", "png", "image"},
		{"GIF", "GIF89a", "gif", "image"},
		{"WebP", "RIFF\x00\x00\x00\x00WEBPVP8 ", "webp", "image"},
		{"AVIF", "\x00\x00\x00\x20ftypavif", "avif", "image"},
		{"MP4", "\x00\x00\x00\x20ftypisom", "mp4", "video"},
		{"M4A", "\x00\x00\x00\x20ftypM4A ", "m4a", "audio"},
		{"QuickTime", "\x00\x00\x00\x20ftypqt  ", "mov", "video"},
		{"WebM", "\x1a\x45\xdf\xa3", "webm", "video"},
		{"MP3", "ID3\x03", "mp3", "audio"},
		{"MP3 without a label", "\xff\xfb\x90", "mp3", "audio"},
		{"Ogg", "OggS\x00OpusHead", "opus", "audio"},
		{"Ogg with pictures", "OggS\x00\x80theora", "ogv", "video"},
		{"FLAC", "fLaC", "flac", "audio"},
		{"WAV", "RIFF\x00\x00\x00\x00WAVE", "wav", "audio"},
		{"SVG", `<svg xmlns="http://www.w3.org/2000/svg">`, "bin", ""},
		{"SVG behind a declaration", `<?xml version="1.0"?><svg>`, "bin", ""},
		{"HTML", "<!doctype html>", "bin", ""},
		{"HEIC", "\x00\x00\x00\x20ftypheic", "bin", ""},
		{"PDF", "%PDF-1.7", "bin", ""},
		{"nothing", "", "bin", ""},
		{"the beginning of a beginning", "\x89PN", "bin", ""},
		{"a short ISO file", "\x00\x00\x00\x20ftyp", "bin", ""},
		{"a program", "\x7fELF", "bin", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, extension, shown := site.Sniff(test.data)
			assert.Equal(t, test.extension, extension)
			assert.Equal(t, test.shown, shown)
		})
	}
}
