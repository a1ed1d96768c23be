package afterlife_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/vocab"
)

// tool returns a program, or skips where there is none. In CI it must be there.
func tool(t testing.TB, name, hint string) string {
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

// running starts a program and waits until it answers at an address.
func running(t testing.TB, address string, command *exec.Cmd) {
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

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// nginxOver runs nginx on a folder of static output, and returns its address.
func nginxOver(t testing.TB, dir string) string {
	t.Helper()
	address, command := nginxFor(t, dir)
	running(t, address, exec.Command(command[0], command[1:]...))
	return address
}

// nginxFor returns the command that runs nginx on a folder of static output, and its address.
func nginxFor(t testing.TB, dir string) (string, []string) {
	t.Helper()
	nginx := tool(t, "nginx", "apt-get install nginx-light")
	address, prefix := freePort(t), t.TempDir()
	configuration := fmt.Sprintf(`daemon off;
master_process off;
worker_processes 1;
pid %[1]s/pid;
error_log stderr;
events { worker_connections 512; }
http {
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
    uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
    large_client_header_buffers 8 32k;
    include %[2]s/server/nginx-http.conf;
    server {
        listen %[3]s;
        root %[2]s;
        include %[2]s/server/nginx-server.conf;
    }
}
`, prefix, dir, address)
	// An include that names no directory is looked for beside the main file.
	maps, err := filepath.Glob(filepath.Join(dir, "server", "*.map"))
	require.NoError(t, err)
	require.Len(t, maps, 4)
	for _, name := range maps {
		require.NoError(t, os.Symlink(name, filepath.Join(prefix, filepath.Base(name))))
	}
	file := filepath.Join(prefix, "nginx.conf")
	require.NoError(t, os.WriteFile(file, []byte(configuration), 0o600))
	output, err := exec.Command(nginx, "-t", "-q", "-p", prefix, "-c", file).CombinedOutput()
	require.NoError(t, err, "%s", output)
	return address, []string{nginx, "-p", prefix, "-c", file}
}

// A twin asks the handler, over a socket, and a web server the same.
type twin struct {
	t        *testing.T
	handler  string
	server   string
	client   *http.Client
	mu       sync.Mutex
	statuses map[int]int // how many answers there were
}

func newTwin(t *testing.T, h http.Handler, server string) *twin {
	live := httptest.NewServer(h)
	t.Cleanup(live.Close)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	return &twin{t: t, handler: strings.TrimPrefix(live.URL, "http://"), server: server, client: client, statuses: map[int]int{}}
}

type told struct {
	status               int
	location, kind, body string
	policy, disposition  string
}

func (w *twin) ask(at string, old vocab.IRI, accept string) (told, error) {
	u, err := url.Parse(string(old))
	if err != nil {
		return told{}, err
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://"+at+"/", http.NoBody)
	if err != nil {
		return told{}, err
	}
	r.Host, r.URL.Opaque, r.URL.RawQuery = u.Host, "", u.RawQuery
	r.URL.Path, r.URL.RawPath = u.Path, u.RawPath
	r.Header.Set("Accept", accept)
	answer, err := w.client.Do(r)
	if err != nil {
		return told{}, err
	}
	body, err := io.ReadAll(answer.Body)
	h := answer.Header
	return told{answer.StatusCode, h.Get("Location"), h.Get("Content-Type"), string(body), h.Get("Content-Security-Policy"), h.Get("Content-Disposition")},
		errors.Join(err, answer.Body.Close())
}

// same asks both for URLs, with every kind of Accept, and compares.
func (w *twin) same(urls []vocab.IRI) {
	w.t.Helper()
	require.NotEmpty(w.t, urls)
	var all errgroup.Group
	all.SetLimit(4)
	for i, u := range urls {
		accepts := []string{forActivity, forPage}
		if i%10 == 0 {
			accepts = append(accepts, `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`, "*/*")
		}
		all.Go(func() error {
			for _, accept := range accepts {
				if err := w.sameFor(u, accept); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(w.t, all.Wait())
}

func (w *twin) sameFor(u vocab.IRI, accept string) error {
	ours, err := w.ask(w.handler, u, accept)
	theirs, also := w.ask(w.server, u, accept)
	if err := errors.Join(err, also); err != nil {
		return fmt.Errorf("%q: %w", u, err)
	}
	w.mu.Lock()
	w.statuses[ours.status]++
	w.mu.Unlock()
	if ours != theirs {
		ours.body, theirs.body = ours.body[:min(200, len(ours.body))], theirs.body[:min(200, len(theirs.body))]
		return fmt.Errorf("%q for %s: the handler says\n%+v, and the server\n%+v", u, accept, ours, theirs)
	}
	return nil
}

// urlsOf are all URLs that an account's items have: of what is for everybody and of
// what is not, and those of the account.
func urlsOf(t *testing.T, from portability.Source) []vocab.IRI {
	t.Helper()
	all := map[vocab.IRI]bool{}
	add := func(ids ...vocab.IRI) {
		for _, id := range ids {
			if u, err := url.Parse(string(id)); err == nil && u.Host != "" {
				all[id.Document()] = true
			}
		}
	}
	document, err := from.Actor(t.Context())
	require.NoError(t, err)
	id := document.ID()
	add(id, id+"/inbox", id+"/outbox", document.IRI(vocab.Followers), document.IRI(vocab.Following), document.IRI(vocab.URL), document.IRI(vocab.Featured))
	host, name := vocab.IRI(id.Origin()), document.Text(vocab.Username)
	add(host+"/.well-known/host-meta", host+"/.well-known/nodeinfo", host+"/nodeinfo/2.0", host+"/", host+"/about", host+"/robots.txt",
		host+"/server/nginx-http.conf", host+"/.godwit/e/404.txt", host+"/_redirects")
	finger := host + "/.well-known/webfinger"
	for _, resource := range []string{"acct:" + name + "@" + id.Host(), "acct%3A" + name + "%40" + id.Host(), "acct:" + strings.ToUpper(name) + "@" + id.Host(),
		string(id), url.QueryEscape(string(id)), "acct:nobody@" + id.Host(), url.QueryEscape(string(id) + "x"), "acct:" + name + "@else.example"} {
		add(finger + vocab.IRI("?resource="+resource))
	}
	add(finger)
	for _, k := range []portability.Kind{portability.Content, portability.Outbox} {
		for item, err := range from.Items(t.Context(), k, "") {
			require.NoError(t, err)
			for _, o := range []*vocab.Object{item.Object, item.Activity} {
				if o == nil {
					continue
				}
				add(o.ID(), o.ID()+"/x", o.ID()+"?page=1")
				for _, u := range o.IRIs(vocab.URL) {
					add(u, vocab.IRI(strings.Replace(string(u), "/@", "/web/@", 1)), u+"/embed")
				}
			}
			for _, m := range item.Media {
				add(m.URL)
				if strings.HasPrefix(string(m.URL), "/") {
					add(host+m.URL, host+"/system"+m.URL)
				}
			}
		}
	}
	sorted := make([]vocab.IRI, 0, len(all))
	for u := range all {
		sorted = append(sorted, u)
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	return sorted
}

func TestNginxSaysTheSameOfTakeouts(t *testing.T) {
	for name, path := range samples {
		t.Run(name, func(t *testing.T) {
			from := sample(t, path)
			document, err := from.Actor(t.Context())
			require.NoError(t, err)
			id := document.ID()
			maps := everyThird(t, from, id)
			where := doorPath(t)
			forgotten := tombstones(t, afterlife.TombstonesPath(where))
			door, report := built(t, where, &afterlife.Options{Maps: []afterlife.Map{maps}}, afterlife.Account{Source: from, MovedTo: there})
			assert.Greater(t, report.Led, int64(100))
			urls, post := urlsOf(t, from), anyPost(t, from)
			file := anyFile(t, urls, door, post)
			compare := func(door *afterlife.Door, step int) map[int]int {
				static := filepath.Join(t.TempDir(), "static")
				written, err := afterlife.WriteStatic(t.Context(), door, static, &afterlife.StaticOptions{Tombstones: forgotten})
				require.NoError(t, err)
				assert.Zero(t, written.Unsaid)
				both := newTwin(t, afterlife.Handler(door, forgotten, nil), nginxOver(t, static))
				var some []vocab.IRI
				for i, u := range urls {
					if i%step == 0 {
						some = append(some, u)
					}
				}
				both.same(append(some, post, file))
				return both.statuses
			}
			// A post and a file are forgotten, and all is built again.
			for _, u := range []vocab.IRI{post, file} {
				assert.Less(t, ask(t, afterlife.Handler(door, forgotten, nil), string(u), "").status, 400, u)
			}
			if file != post {
				require.NoError(t, forgotten.Forget(door, file))
			}
			require.NoError(t, forgotten.Forget(door, post))
			again, _ := built(t, where, &afterlife.Options{Maps: []afterlife.Map{maps}, Tombstones: forgotten}, afterlife.Account{Source: from, MovedTo: there})
			after := compare(again, 1)
			assert.Greater(t, after[200], 500, "posts without a new place")
			assert.Greater(t, after[301], 500, "posts with one")
			assert.Greater(t, after[404], 100, "what is not for everybody")
			assert.GreaterOrEqual(t, after[410], 2)
			for _, u := range []vocab.IRI{post, file} {
				assert.Equal(t, 410, ask(t, afterlife.Handler(again, forgotten, nil), string(u), "").status, u)
			}

			// And then the account.
			require.NoError(t, forgotten.Forget(again, id))
			last, _ := built(t, where, &afterlife.Options{Maps: []afterlife.Map{maps}, Tombstones: forgotten}, afterlife.Account{Source: from, MovedTo: there})
			gone := compare(last, 7)
			assert.Greater(t, gone[410], 200)
			assert.Less(t, gone[200], 20, "what is told of the server itself")
			assert.Zero(t, gone[301])
		})
	}
}

// everyThird maps a third of all posts of an account to new places.
func everyThird(t *testing.T, from portability.Source, id vocab.IRI) afterlife.Map {
	var all []portability.Mapping
	n := 0
	for item, err := range from.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		audience, _ := portability.ReadershipOf(document(t, object{"id": id, "followers": id + "/followers"})).AudienceOf(item)
		if n++; n%3 == 0 {
			all = append(all, portability.Mapping{Old: vocab.IRI(item.ID), ID: vocab.IRI(item.ID), New: vocab.IRI(fmt.Sprintf("https://new.example/notes/%d", n)),
				URL: vocab.IRI(fmt.Sprintf("https://new.example/@alice/%d", n)), Kind: portability.Content, From: id, To: there, Audience: audience})
		}
	}
	return index(t, all...)
}

// anyPost is the first post for everybody.
func anyPost(t *testing.T, from portability.Source) vocab.IRI {
	document, err := from.Actor(t.Context())
	require.NoError(t, err)
	readers := portability.ReadershipOf(document)
	for item, err := range from.Items(t.Context(), portability.Content, "") {
		require.NoError(t, err)
		if audience, said := readers.AudienceOf(item); said && audience == portability.ForPublic {
			return vocab.IRI(item.ID)
		}
	}
	require.Fail(t, "there is no post for everybody")
	return ""
}

// anyFile is the address of a picture that the door file has, or else of the post.
func anyFile(t *testing.T, urls []vocab.IRI, door *afterlife.Door, post vocab.IRI) vocab.IRI {
	h := afterlife.Handler(door, nil, nil)
	for _, u := range urls {
		if got := ask(t, h, string(u), ""); got.status == 200 && strings.HasPrefix(got.kind, "image/") {
			return u
		}
	}
	return post
}

// caddyOver runs Caddy on a folder of static output, and returns its address.
func caddyOver(t *testing.T, dir string) string {
	t.Helper()
	caddy := tool(t, "caddy", "apt-get install caddy")
	address, home := freePort(t), t.TempDir()
	configuration := fmt.Sprintf("{\n\tadmin off\n\tauto_https off\n}\nhttp://:%s {\n\troot * %s\n\timport %s/server/Caddyfile\n}\n",
		address[strings.LastIndex(address, ":")+1:], dir, dir)
	file := filepath.Join(home, "Caddyfile")
	require.NoError(t, os.WriteFile(file, []byte(configuration), 0o600))
	command := exec.Command(caddy, "run", "--adapter", "caddyfile", "--config", file)
	command.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
	running(t, address, command)
	return address
}

// TestCaddySaysTheSame asks for what Caddy can be told.
func TestCaddySaysTheSame(t *testing.T) {
	s := aShelf(t)
	posts := index(t, mapping(vocab.IRI(status(1)), "https://new.example/notes/1", portability.ForPublic))
	path, static := doorPath(t), filepath.Join(t.TempDir(), "static")
	forgotten := tombstones(t, path+".forgotten")
	door, _ := built(t, path, &afterlife.Options{Maps: []afterlife.Map{posts}}, afterlife.Account{Source: s, MovedTo: there})
	require.NoError(t, forgotten.Forget(door, vocab.IRI(status(3))))
	_, err := afterlife.WriteStatic(t.Context(), door, static, &afterlife.StaticOptions{Tombstones: forgotten})
	require.NoError(t, err)
	urls := urlsOf(t, s)
	for _, more := range []string{"/system/one.png", "/system/draw.svg", "/system/hidden.png", "/Users/alice", "/users/../users/alice/x", "/.godwit/e/404.txt"} {
		urls = append(urls, vocab.IRI(old+more))
	}
	both := newTwin(t, afterlife.Handler(door, forgotten, nil), caddyOver(t, static))
	both.same(urls)
	assert.Greater(t, both.statuses[200], 20)
	assert.Greater(t, both.statuses[301], 5)
	assert.Greater(t, both.statuses[404], 20)
	assert.Greater(t, both.statuses[410], 1)
}
