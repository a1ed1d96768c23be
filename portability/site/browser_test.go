package site_test

import (
	"bytes"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"codeberg.org/godwit/godwit/portability/site"
)

// TestBrowserTells makes sure that requests, complaints, and what is badly laid out
// would be noticed.
func TestBrowserTells(t *testing.T) {
	b := newBrowser(t)
	dir := t.TempDir()
	page := `<!doctype html><title>x</title><body style="background:#fff"><img src="http://evil.example/pixel.png">` +
		`<p style="color:#999">pale</p><p style="white-space:nowrap">` + strings.Repeat("wide ", 500) + `</p><script>console.error("ouch")</script>`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.html"), []byte(page), 0o600))
	b.size(390, 900)
	assert.Contains(t, b.open(fileURL(dir, "x.html")), "ouch")
	assert.Contains(t, strings.Join(b.requests(), "\n"), "evil.example")
	assert.Greater(t, b.run(tooWide), 1000.0)
	assert.Contains(t, b.run(pale), "pale")
}

// tooWide is how many pixels of the page stand out at the right.
const tooWide = `document.documentElement.scrollWidth - innerWidth`

// outermost are the elements that do.
const outermost = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.outerHTML.slice(0, 80)).slice(0, 9).join("\n")`

// pale lists the texts that stand out too little from what is behind them (WCAG 2.2,
// 1.4.3; all are held to what is asked of small ones).
const pale = `(() => {
  const parts = colour => colour.match(/[\d.]+/g).map(Number);
  const luminance = colour => parts(colour).slice(0, 3).map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!(parts(colour)[3] === 0)) return colour;
    }
    return getComputedStyle(document.documentElement).colorScheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(18,18,18)" : "rgb(255,255,255)";
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement, text = texts.currentNode.data.trim();
    if (!text || e.closest("script, noscript, title, style, meter") || !e.getClientRects().length) continue;
    const a = luminance(getComputedStyle(e).color), b = luminance(behind(e));
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < 4.5) found.push(contrast.toFixed(2) + " " + text.slice(0, 40));
  }
  return found.join("\n");
})()`

func TestBrowser(t *testing.T) {
	b := newBrowser(t)
	tests := []struct {
		name    string
		options *site.Options
		widths  []int
	}{
		{"a hostile account", &site.Options{ShowReceived: true, PerPage: 500}, []int{390, 1280}},
		{"at old paths", &site.Options{ShowReceived: true, KeepPaths: true, BaseURL: "https://alice.example/"}, []int{390}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir, _ := hostile(t).made(t, test.options)
			shown := 0
			for _, page := range onePageOfEach(tree(t, dir)) {
				for _, width := range test.widths {
					b.size(width, 900)
					b.looksWell(t, dir, page, width)
					shown++
				}
			}
			assert.GreaterOrEqual(t, shown, 7)
		})
	}
}

// looksWell shows a page, by day and by night, with all that is folded opened.
func (b *browser) looksWell(t *testing.T, dir, page string, width int) {
	t.Helper()
	complaints := b.open(fileURL(dir, page))
	b.run(`document.querySelectorAll("details").forEach(one => one.open = true)`)
	assert.LessOrEqual(t, b.run(tooWide), 0.0, "%s at %d pixels goes beyond them: %s", page, width, b.run(outermost))
	for _, colours := range []string{"dark", "light"} {
		b.media("", colours)
		assert.Empty(t, b.run(pale), "%s, %s: what stands out too little", page, colours)
	}
	checkPicture(t, b.picture(), width)
	assert.Empty(t, complaints, "%s at %d pixels", page, width)
	assert.Empty(t, b.requests(), "%s at %d pixels", page, width)
}

// TestBrowserPrints has what is of no use on paper left out, and ink on paper.
func TestBrowserPrints(t *testing.T) {
	b := newBrowser(t)
	dir, _ := small(t).made(t, nil)
	for _, colours := range []string{"light", "dark"} {
		b.media("print", colours)
		assert.Empty(t, b.open(fileURL(dir, "years/2023.html")))
		assert.Equal(t, "none", b.run(`getComputedStyle(document.querySelector("header nav")).display`))
		assert.Equal(t, "rgb(255, 255, 255)", b.run(`getComputedStyle(document.body).backgroundColor`))
		assert.Empty(t, b.run(pale), "on paper, from a screen that is %s", colours)
	}
}

// TestBrowserWithoutScripts has the search say where posts are found without it.
func TestBrowserWithoutScripts(t *testing.T) {
	b := newBrowser(t)
	dir, _ := small(t).made(t, nil)
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	b.size(390, 900)
	b.load(fileURL(dir, "search.html"))
	seen := b.run(`document.querySelector("main").innerText`)
	assert.Contains(t, seen, "Searching needs JavaScript")
	assert.NotContains(t, seen, "Words that a post must have", "a search that does nothing is not offered")
}

// onePageOfEach picks a page of each sort.
func onePageOfEach(files map[string]string) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	pages, sorts := []string{}, map[string]bool{}
	for _, name := range names {
		sort, _, inside := strings.Cut(name, "/")
		if !inside {
			sort = name
		}
		if strings.HasSuffix(name, ".html") && !sorts[sort] {
			sorts[sort] = true
			pages = append(pages, name)
		}
	}
	return pages
}

// checkPicture makes sure that something is seen: text makes many shades.
func checkPicture(t *testing.T, data []byte, width int) {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	assert.Equal(t, width, picture.Bounds().Dx())
	shades := map[[3]uint32]bool{}
	for y := 0; y < picture.Bounds().Dy(); y += 2 {
		for x := range width {
			r, g, b, _ := picture.At(x, y).RGBA()
			shades[[3]uint32{r, g, b}] = true
		}
	}
	assert.Greater(t, len(shades), 20, "the page is not empty, and has its style")
}

func TestBrowserSearches(t *testing.T) {
	b := newBrowser(t)
	a := hostile(t)
	a.add(t, "content", note(5001, object{"content": "<p>A <em>heron</em> &amp; two reeds</p>", "published": "2012-01-01T00:00:00Z"}),
		note(5002, object{"content": "<p>Another heron</p>", "summary": "birds <3"}), note(5003, object{"content": "<p>Reeds alone</p>"}))
	dir, _ := a.made(t, nil)
	tests := []struct {
		query string
		want  []string
	}{
		{"heron", []string{"birds <3", "A heron & two reeds"}},
		{"HERON reeds", []string{"A heron & two reeds"}},
		{"heron nowhere-at-all", nil},
		{"heron 2012", []string{"A heron & two reeds"}},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			address := fileURL(dir, "search.html") + "#q=" + url.PathEscape(test.query)
			dom := b.found(address)
			assert.Empty(t, b.requests())
			assert.Equal(t, test.want, results(t, dom))
		})
	}
	t.Run("what looks like markup stays text", func(t *testing.T) {
		assert.NotEmpty(t, results(t, b.found(fileURL(dir, "search.html")+"#q="+url.PathEscape("alert(1)"))))
	})
}

// found searches, waits until all was looked through, and returns the page.
func (b *browser) found(address string) string {
	b.t.Helper()
	assert.Empty(b.t, b.open(address))
	return b.run(`new Promise(then => {
		const look = () => document.getElementById("status").textContent.includes("found.") ? then(document.documentElement.outerHTML) : setTimeout(look, 5);
		look();
	})`).(string)
}

// results are the texts of what was found. Nothing but links and dates is there.
func results(t *testing.T, dom string) []string {
	t.Helper()
	parsed, err := html.Parse(strings.NewReader(dom))
	require.NoError(t, err)
	var texts []string
	for n := range parsed.Descendants() {
		if n.Type != html.ElementNode || n.Data != "ol" {
			continue
		}
		for inside := range n.Descendants() {
			if inside.Type != html.ElementNode {
				continue
			}
			assert.Contains(t, []string{"li", "a", "span"}, inside.Data)
			if inside.Data == "a" {
				texts = append(texts, textOf(inside))
			}
		}
	}
	return texts
}
