package site_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	"time"

	"github.com/stretchr/testify/require"
)

// A browser is headless Chromium, told what to do by its DevTools protocol over two
// pipes. Its every request to anywhere goes to a proxy that notes it and answers
// nothing.
type browser struct {
	t          *testing.T
	in         *os.File
	out        *bufio.Reader
	session    string
	calls      int
	complaints []string
	loaded     bool

	mu    sync.Mutex
	asked []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	program := tool(t, "chromium", "apt-get install chromium")
	b := &browser{t: t}
	b.start(program, b.proxy())
	target := b.call("Target.createTarget", map[string]any{"url": "about:blank"})["targetId"]
	b.session = b.call("Target.attachToTarget", map[string]any{"targetId": target, "flatten": true})["sessionId"].(string)
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", nil)
	}
	return b
}

// proxy begins what notes all requests, and returns its address.
func (b *browser) proxy() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b.t, err)
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
	b.t.Cleanup(func() {
		require.NoError(b.t, l.Close())
		<-ended
	})
	return l.Addr().String()
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

func (b *browser) start(program, proxy string) {
	// The test's own context ends before what is to be cleaned up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.t.Context()), 2*time.Minute)
	command := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--user-data-dir="+b.t.TempDir(), "--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-domain-reliability", "--metrics-recording-only",
		"--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
		"--proxy-server=http://"+proxy, "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
		"--remote-debugging-pipe", "about:blank")
	reads, in, err := os.Pipe()
	require.NoError(b.t, err)
	out, writes, err := os.Pipe()
	require.NoError(b.t, err)
	command.ExtraFiles = []*os.File{reads, writes} // 3 and 4, as the switch says
	require.NoError(b.t, command.Start())
	require.NoError(b.t, reads.Close())
	require.NoError(b.t, writes.Close())
	b.in, b.out = in, bufio.NewReader(out)
	b.t.Cleanup(func() {
		// It is asked to go, so that it writes nothing any more when its directory goes.
		_, err := in.WriteString(`{"id":0,"method":"Browser.close"}` + "\x00")
		_, rest := io.Copy(io.Discard, b.out)
		require.NoError(b.t, errors.Join(err, rest, command.Wait(), in.Close(), out.Close()))
		cancel()
	})
}

type message struct {
	ID     int            `json:"id"`
	Method string         `json:"method"`
	Params map[string]any `json:"params"`
	Result map[string]any `json:"result"`
	Error  any            `json:"error"`
}

// call does something and returns its result. What happens meanwhile is noted.
func (b *browser) call(method string, params any) map[string]any {
	b.t.Helper()
	b.calls++
	text, err := json.Marshal(struct {
		ID      int    `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params,omitempty"`
		Session string `json:"sessionId,omitempty"`
	}{b.calls, method, params, b.session})
	require.NoError(b.t, err)
	_, err = b.in.Write(append(text, 0))
	require.NoError(b.t, err)
	for {
		if m := b.next(); m.ID == b.calls {
			require.Nil(b.t, m.Error, method)
			return m.Result
		}
	}
}

// next reads what Chromium says next.
func (b *browser) next() message {
	b.t.Helper()
	text, err := b.out.ReadBytes(0)
	require.NoError(b.t, err, "the browser has gone")
	var m message
	require.NoError(b.t, json.Unmarshal(text[:len(text)-1], &m))
	switch m.Method {
	case "Page.loadEventFired":
		b.loaded = true
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		b.complaints = append(b.complaints, fmt.Sprint(m.Params))
	}
	return m
}

// open shows a page, and returns what Chromium complains of.
func (b *browser) open(address string) string {
	b.t.Helper()
	b.load(address)
	b.run("new Promise(then => requestAnimationFrame(() => setTimeout(then)))")
	return strings.Join(b.complaints, "\n")
}

func (b *browser) load(address string) {
	b.t.Helper()
	b.complaints = nil
	for _, to := range []string{"about:blank", address} { // between two pages, so that both are loaded
		b.loaded = false
		b.call("Page.navigate", map[string]any{"url": to})
		for !b.loaded {
			b.next()
		}
	}
}

// size makes the window so wide and high.
func (b *browser) size(width, height int) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
}

// media shows pages as they are in print, or in the dark.
func (b *browser) media(kind, colours string) {
	b.t.Helper()
	b.call("Emulation.setEmulatedMedia", map[string]any{"media": kind,
		"features": []any{map[string]any{"name": "prefers-color-scheme", "value": colours}}})
}

// run evaluates a script in the page; a promise is waited for.
func (b *browser) run(script string) any {
	b.t.Helper()
	answer := b.call("Runtime.evaluate", map[string]any{"expression": script, "awaitPromise": true, "returnByValue": true})
	require.NotContains(b.t, answer, "exceptionDetails", script)
	return answer["result"].(map[string]any)["value"]
}

// picture is what is seen, as PNG.
func (b *browser) picture() []byte {
	b.t.Helper()
	data, err := base64.StdEncoding.DecodeString(b.call("Page.captureScreenshot", nil)["data"].(string))
	require.NoError(b.t, err)
	return data
}

func fileURL(dir, path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.Join(dir, filepath.FromSlash(path))}).String()
}
