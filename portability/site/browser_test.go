package site_test

import (
	"bufio"
	"fmt"
	"image/png"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"codeberg.org/godwit/godwit/portability/site"
)

// A browser is headless Chromium whose every request to anywhere goes to a proxy
// that notes it and answers nothing.
type browser struct {
	t       *testing.T
	program string
	proxy   string
	mu      sync.Mutex
	asked   []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{t: t, program: tool(t, "chromium", "apt-get install chromium")}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b.proxy = l.Addr().String()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			connection, err := l.Accept()
			if err != nil {
				return
			}
			b.note(connection)
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		<-ended
	})
	return b
}

func (b *browser) note(connection net.Conn) {
	line, _ := bufio.NewReader(connection).ReadString('\n')
	_ = connection.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, strings.TrimSpace(line))
}

// byItself is what Chromium asks whatever page it shows: the time, and for news
// of itself. No page of ours names these hosts.
var byItself = regexp.MustCompile(`^[A-Z]+ (http://)?[a-z0-9.-]+\.(google|googleapis|gvt1)\.com[:/]`)

// requests returns what was asked of the network since the last time.
func (b *browser) requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := slices.DeleteFunc(b.asked, byItself.MatchString)
	b.asked = nil
	return asked
}

var console = regexp.MustCompile(`(?m)^.*CONSOLE.*$`)

// open shows a page and returns what Chromium writes and what it complains of.
func (b *browser) open(address string, arguments ...string) (output, complaints string) {
	b.t.Helper()
	arguments = append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=" + b.t.TempDir(),
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-default-apps", "--disable-extensions", "--disable-domain-reliability", "--metrics-recording-only",
		"--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
		"--proxy-server=http://" + b.proxy, "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
		"--virtual-time-budget=15000", "--enable-logging=stderr", "--v=0",
	}, arguments...)
	command := exec.CommandContext(b.t.Context(), b.program, append(arguments, address)...)
	var out, err strings.Builder
	command.Stdout, command.Stderr = &out, &err
	require.NoError(b.t, command.Run(), "%s", err.String())
	return out.String(), strings.Join(console.FindAllString(err.String(), -1), "\n")
}

func fileURL(dir, path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.Join(dir, filepath.FromSlash(path))}).String()
}

// TestBrowserTells makes sure that a request and a complaint would be noticed.
func TestBrowserTells(t *testing.T) {
	b := newBrowser(t)
	dir := t.TempDir()
	page := `<!doctype html><title>x</title><img src="http://evil.example/pixel.png"><script>console.error("ouch")</script>`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.html"), []byte(page), 0o600))
	_, complaints := b.open(fileURL(dir, "x.html"), "--dump-dom")
	assert.Contains(t, complaints, "ouch")
	assert.Contains(t, strings.Join(b.requests(), "\n"), "evil.example")
}

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
					picture := filepath.Join(t.TempDir(), "page.png")
					_, complaints := b.open(fileURL(dir, page), fmt.Sprintf("--window-size=%d,900", width), "--screenshot="+picture)
					assert.Empty(t, complaints, "%s at %d pixels", page, width)
					assert.Empty(t, b.requests(), "%s at %d pixels", page, width)
					checkPicture(t, picture, width)
					shown++
				}
			}
			assert.GreaterOrEqual(t, shown, 7)
		})
	}
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
func checkPicture(t *testing.T, path string, width int) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	picture, err := png.Decode(file)
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
			dom, complaints := b.open(address, "--dump-dom")
			assert.Empty(t, complaints)
			assert.Empty(t, b.requests())
			assert.Equal(t, test.want, results(t, dom))
		})
	}
	t.Run("what looks like markup stays text", func(t *testing.T) {
		dom, complaints := b.open(fileURL(dir, "search.html")+"#q="+url.PathEscape("alert(1)"), "--dump-dom")
		assert.Empty(t, complaints)
		assert.NotEmpty(t, results(t, dom))
	})
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
