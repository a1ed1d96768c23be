package site_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

func TestKeptPaths(t *testing.T) {
	tests := []struct{ name, url, want string }{
		{"a usual one", "https://old.example/@alice/1", "@alice/1/index.html"},
		{"with a slash at its end", "https://old.example/notes/abc/", "notes/abc/index.html"},
		{"on another host", "https://other.example/@alice/1", ""},
		{"on another port", "https://old.example:8443/@alice/1", ""},
		{"with a query", "https://old.example/index.php?p=1", ""},
		{"with a fragment", "https://old.example/@alice#1", ""},
		{"that is no more than the host", "https://old.example/", ""},
		{"upwards", "https://old.example/a/../../b", ""},
		{"upwards, encoded", "https://old.example/%2e%2e/b", ""},
		{"with an empty segment", "https://old.example/a//b", ""},
		{"with a hidden segment", "https://old.example/.git/config", ""},
		{"with a backslash", `https://old.example/a\b`, ""},
		{"in another script", "https://old.example/喵", ""},
		{"of a device", "https://old.example/a/NUL", ""},
		{"of a device with an extension", "https://old.example/a/com1.txt", ""},
		{"that ends in a dot", "https://old.example/a./b", ""},
		{"of the front page", "https://old.example/index.html", ""},
		{"of a page of ours", "https://old.example/posts/1", ""},
		{"of a page of ours, in capitals", "https://old.example/TAGS/1", ""},
		{"of our rules", "https://old.example/_redirects", ""},
		{"that is very deep", "https://old.example/1/2/3/4/5/6/7/8/9", ""},
		{"that is very long", "https://old.example/" + strings.Repeat("a", 101), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := &account{}
			a.add(t, portability.Actor, theActor(nil))
			a.add(t, portability.Content, note(1, object{"id": "urn:uuid:1", "url": test.url}))
			dir, _ := a.made(t, &site.Options{KeepPaths: true})
			files := tree(t, dir)
			if test.want != "" {
				assert.Contains(t, files, test.want)
				return
			}
			for name := range files {
				known := strings.HasPrefix(name, "posts/2023/04/01-") || !strings.Contains(name, "/") ||
					strings.HasPrefix(name, "years/") || strings.HasPrefix(name, "assets/") ||
					strings.HasPrefix(name, "feeds/") || strings.HasPrefix(name, "search/") || strings.HasPrefix(name, "server/")
				assert.True(t, known, "%s stands at a path of its own", name)
			}
		})
	}
}

func TestTwoPostsThatWantOnePath(t *testing.T) {
	a := &account{}
	a.add(t, portability.Actor, theActor(nil))
	a.add(t, portability.Content, note(1, object{"url": "https://old.example/@alice/1", "content": "first"}),
		note(2, object{"url": "https://old.example/@alice/1", "content": "second"}),
		note(3, object{"url": "https://old.example/@Alice/1", "content": "third"}))
	dir, report := a.made(t, &site.Options{KeepPaths: true})
	files := tree(t, dir)
	assert.Contains(t, files["@alice/1/index.html"], "first", "the first to come has the path")
	posts := 0
	for name := range files {
		if strings.HasPrefix(name, "posts/") {
			posts++
		}
	}
	assert.Equal(t, 2, posts, "the others have pages of their own")
	assert.EqualValues(t, 3, report.Posts)
}

// hostilePaths are old paths, decoded; true if all rules can say them.
var hostilePaths = map[string]bool{
	"/users/alice/statuses/1":      true,
	"/plain/path":                  true,
	"/with-%41-percent":            true,
	"/喵呜/привет":                   true,
	"/colon:name":                  true,
	"/:name":                       true,
	"/star/*":                      true,
	"/question?mark":               true,
	"/hash#mark":                   true,
	"/amp&ersand=x":                true,
	"/semi;colon":                  true,
	"/quote'single":                true,
	"/~tilde":                      true,
	"/(group|or)[a]^$":             false, // Caddy would read a variable
	`/quote"double`:                false,
	`/back\slash`:                  false,
	"/dollar$uri":                  false,
	"/brace{http.host}":            false,
	"/backtick`x":                  false,
	"/space x":                     false,
	"/tab\tx":                      false,
	"/line\nreturn 301 /evil;":     false,
	"/return\r\nx":                 false,
	"/nul\x00x":                    false,
	"/turned\u202ex":               false,
	"/separator\u2028x":            false,
	"/bad\xffutf8":                 false,
	"//evil.example/":              false,
	"relative":                     false,
	"/up/../x":                     false,
	"/same/./x":                    false,
	"/double//slash":               false,
	"/end/..":                      false,
	"/" + strings.Repeat("a", 600): false,
	`/x" "/y"; } server { #`:       false,
	"/default":                     true,
	"/<script>":                    true,
}

func TestRulesReadBackAsThePairs(t *testing.T) {
	for from, sayable := range hostilePaths {
		for file, rule := range site.Rules(from, "/@alice/1/") {
			if sayable {
				assert.NotEmpty(t, rule, "%s: %q", file, from)
			}
			assert.NotContains(t, rule, "\n", "%s: %q", file, from)
		}
		if sayable {
			continue
		}
		refused := false
		for _, rule := range site.Rules(from, "/@alice/1/") {
			refused = refused || rule == ""
		}
		assert.True(t, refused, "%q is refused somewhere, and so nowhere told", from)
	}
}

func TestRulesRefuseWhatAServerWouldFillIn(t *testing.T) {
	assert.Empty(t, site.Rules("/a", "/b$uri")["server/nginx-redirects.map"])
	assert.Empty(t, site.Rules("/a", "/b{uri}")["server/caddy-redirects"])
	for file, rule := range site.Rules("/a", "https://evil.example/") {
		assert.Empty(t, rule, file)
	}
}

func FuzzRules(f *testing.F) {
	for from := range hostilePaths {
		f.Add(from, "/@alice/1/")
	}
	f.Add("/a", "/b$uri")
	f.Add("/a", "https://evil.example/")
	f.Fuzz(func(t *testing.T, from, to string) {
		for file, rule := range site.Rules(from, to) {
			if rule == "" {
				continue
			}
			if strings.ContainsAny(rule, "\r\n\x00") {
				t.Errorf("%s: the rule is not one line: %q", file, rule)
			}
			if !strings.HasPrefix(from, "/") || !strings.HasPrefix(to, "/") {
				t.Errorf("%s: leads from or to what is not a path: %q", file, rule)
			}
		}
	})
}

// redirecting is an account whose ids are at the hostile paths and whose pages
// keep theirs, and the pairs that the rules must tell.
func redirecting(t *testing.T) (string, map[string]string) {
	a := &account{}
	a.add(t, portability.Actor, theActor(nil))
	pairs, n := map[string]string{}, 0
	for from, sayable := range hostilePaths {
		if !strings.HasPrefix(from, "/") || strings.ContainsAny(from, "\x00\n\r\t\u2028") || strings.Contains(from, "\xff") {
			continue // no URL leads there
		}
		n++
		a.add(t, portability.Content, note(n, object{"id": "https://old.example" + (&url.URL{Path: from}).EscapedPath()}))
		if sayable {
			pairs[from] = fmt.Sprintf("/@alice/%d/", n)
		}
	}
	require.Greater(t, len(pairs), 10)
	dir, report := a.made(t, &site.Options{KeepPaths: true})
	assert.EqualValues(t, len(pairs), report.Redirects)
	assert.EqualValues(t, n-len(pairs), report.Refused)
	assert.NotEmpty(t, report.Examples)
	return dir, pairs
}

// tool returns a program, or skips where there is none. In CI it must be there.
func tool(t *testing.T, name, hint string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("GODWIT_CI") == "1" {
		require.NoError(t, err, hint)
	}
	t.Skipf("there is no %s here: %s", name, hint)
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// served starts a program and waits until it answers.
func served(t *testing.T, address string, command *exec.Cmd) {
	t.Helper()
	output := &strings.Builder{}
	command.Stdout, command.Stderr = output, output
	require.NoError(t, command.Start())
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		connection, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			require.NoError(t, connection.Close())
			return
		}
		select {
		case <-ended:
			ended <- nil
			require.FailNow(t, "the server ended", output.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	require.FailNow(t, "the server does not answer", output.String())
}

// checkServer asks for every old path, and for what must not be served as it is.
func checkServer(t *testing.T, address, dir string, pairs map[string]string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(path string) *http.Response {
		answer, err := client.Get("http://" + address + path)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer
	}
	for from, to := range pairs {
		answer := get((&url.URL{Path: from}).EscapedPath())
		assert.Equal(t, http.StatusMovedPermanently, answer.StatusCode, "%q", from)
		location, err := answer.Location()
		require.NoError(t, err, "%q", from)
		assert.Equal(t, to, location.Path, "%q", from)
		assert.Equal(t, address, location.Host, "%q stays at home", from)
	}
	for from, sayable := range hostilePaths {
		if _, told := pairs[from]; told || sayable || !strings.HasPrefix(from, "/") || strings.HasPrefix(from, "//") {
			continue
		}
		location := get((&url.URL{Path: from}).EscapedPath()).Header.Get("Location")
		assert.NotContains(t, location, "alice", "%q leads to no post", from)
		assert.NotContains(t, location, "evil", "%q leads nowhere else", from)
	}
	front := get("/@alice/1/")
	assert.Equal(t, http.StatusOK, front.StatusCode, "a page at its old path")
	assert.Equal(t, "nosniff", front.Header.Get("X-Content-Type-Options"))
	assert.GreaterOrEqual(t, get("/server/nginx-http.conf").StatusCode, 400, "the rules are not for readers")
	for name := range tree(t, dir) {
		download := strings.HasPrefix(name, "files/")
		if !download && !strings.HasPrefix(name, "media/") {
			continue
		}
		header := get("/" + name).Header
		assert.Equal(t, "sandbox; default-src 'none'", header.Get("Content-Security-Policy"), name)
		assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), name)
		assert.Equal(t, download, header.Get("Content-Disposition") == "attachment", name)
	}
}

// withFiles adds a picture and a file that no page shows.
func withFiles(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"media/00/x.png", "files/00/x.bin"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
		require.NoError(t, os.Chmod(filepath.Join(dir, name), 0o644))
	}
}

func TestNginx(t *testing.T) {
	nginx := tool(t, "nginx", "apt-get install nginx-light")
	dir, pairs := redirecting(t)
	withFiles(t, dir)
	address, prefix := freePort(t), t.TempDir()
	configuration := fmt.Sprintf(`daemon off;
master_process off;
worker_processes 1;
pid %[1]s/pid;
error_log stderr;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
    uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
    include %[2]s/server/nginx-http.conf;
    server {
        listen %[3]s;
        server_name 127.0.0.1;
        root %[2]s;
        include %[2]s/server/nginx-server.conf;
    }
}
`, prefix, dir, address)
	// An include that names no directory is looked for beside the main file.
	rules, err := os.ReadFile(filepath.Join(dir, "server", "nginx-redirects.map"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(prefix, "nginx-redirects.map"), rules, 0o600))
	file := filepath.Join(prefix, "nginx.conf")
	require.NoError(t, os.WriteFile(file, []byte(configuration), 0o600))
	said, err := exec.Command(nginx, "-t", "-q", "-p", prefix, "-c", file).CombinedOutput()
	require.NoError(t, err, "%s", said)
	served(t, address, exec.Command(nginx, "-p", prefix, "-c", file))
	checkServer(t, address, dir, pairs)
}

func TestCaddy(t *testing.T) {
	caddy := tool(t, "caddy", "apt-get install caddy")
	dir, pairs := redirecting(t)
	withFiles(t, dir)
	address, home := freePort(t), t.TempDir()
	configuration := fmt.Sprintf(`{
	admin off
	auto_https off
}
http://%s {
	root * %s
	import %s/server/Caddyfile
	file_server
}
`, address, dir, dir)
	file := filepath.Join(home, "Caddyfile")
	require.NoError(t, os.WriteFile(file, []byte(configuration), 0o600))
	command := exec.Command(caddy, "run", "--adapter", "caddyfile", "--config", file)
	command.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
	served(t, address, command)
	checkServer(t, address, dir, pairs)
}

// TestPlainRules reads _redirects as its hosts do: words between spaces, of which
// the first is matched with ":" and "*" as patterns, so there must be none.
func TestPlainRules(t *testing.T) {
	dir, pairs := redirecting(t)
	text, err := os.ReadFile(filepath.Join(dir, "_redirects"))
	require.NoError(t, err)
	told := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		require.Len(t, words, 3)
		assert.Equal(t, "301", words[2])
		assert.NotRegexp(t, `[:*#]`, words[0]+words[1])
		from, err := url.PathUnescape(words[0])
		require.NoError(t, err)
		told[from] = words[1]
	}
	assert.Equal(t, pairs, told)
}
