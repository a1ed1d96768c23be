package afterlife_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/afterlife"
)

// pinned has a server run on the first processor alone. What asks it has the second.
var pinned = []string{"taskset", "-c", "0"}

// BenchmarkServe asks `godwit afterlife serve` for addresses that lead to new places, and
// nginx with the static output of the same door file, over 64 connections, one server
// after the other on the same processor. Its limits stand beside it: an nginx/s is an
// answer of nginx with its map, a go/s one of net/http that is always the same redirect.
// Each is also told by the second of processor time that the server took (core-s), which
// other work on the machine changes less.
// GODWIT_BENCH_REDIRECTS is how many addresses there are, 100,000 if it is not set.
//
//	GODWIT_BENCH_REDIRECTS=1000000 go test -run '^$' -bench Serve -benchtime 1x ./portability/afterlife
func BenchmarkServe(b *testing.B) {
	tool(b, "taskset", "apt-get install util-linux")
	tool(b, "wrk", "apt-get install wrk")
	tool(b, "nginx", "apt-get install nginx-light")
	n := 100_000
	if said := os.Getenv("GODWIT_BENCH_REDIRECTS"); said != "" {
		var err error
		n, err = strconv.Atoi(said)
		require.NoError(b, err, "GODWIT_BENCH_REDIRECTS")
	}
	require.Positive(b, n)
	door, path := moved(b, n)
	static := filepath.Join(b.TempDir(), "static")
	_, err := afterlife.WriteStatic(b.Context(), door, static, nil)
	require.NoError(b, err)
	ours, constant := served(b, path), servedConstant(b)
	address, command := nginxFor(b, static)
	theirs := launch(b, address, command...)
	script := walk(b, n)
	for _, address := range []string{ours.address, theirs.address} {
		leads(b, address, n)
	}
	all := []*pinnedServer{ours, theirs, constant}
	for b.Loop() {
		for _, s := range all {
			s.ask(b, script)
		}
	}
	for i, name := range []string{"redirects", "nginx", "go"} {
		b.ReportMetric(all[i].perSecond/float64(b.N), name+"/s")
		b.ReportMetric(all[i].perCore/float64(b.N), name+"/core-s")
		b.ReportMetric(memory(b, all[i].process, "RssAnon"), name+"-anon-MB")
		b.ReportMetric(memory(b, all[i].process, "RssFile"), name+"-file-MB")
	}
	b.ReportMetric(0, "ns/op")
}

// A pinnedServer is one that is measured, and the sum of what was.
type pinnedServer struct {
	address            string
	process            int
	perSecond, perCore float64
}

// served runs the program on a door file.
func served(b *testing.B, path string) *pinnedServer {
	binary := filepath.Join(b.TempDir(), "godwit")
	said, err := exec.Command("go", "build", "-o", binary, "codeberg.org/godwit/godwit/cmd/godwit").CombinedOutput()
	require.NoError(b, err, "%s", said)
	address := freePort(b)
	return launch(b, address, binary, "afterlife", "serve", "-listen", address, path)
}

// constantServer is a server that answers everything with the same redirect.
const constantServer = `package main

import (
	"net/http"
	"os"
)

func main() {
	panic(http.ListenAndServe(os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://new.example/notes/1")
		w.WriteHeader(http.StatusMovedPermanently)
	})))
}
`

func servedConstant(b *testing.B) *pinnedServer {
	source := filepath.Join(b.TempDir(), "constant.go")
	require.NoError(b, os.WriteFile(source, []byte(constantServer), 0o600))
	binary := strings.TrimSuffix(source, ".go")
	said, err := exec.Command("go", "build", "-o", binary, source).CombinedOutput()
	require.NoError(b, err, "%s", said)
	address := freePort(b)
	return launch(b, address, binary, address)
}

// launch runs a server on one processor.
func launch(b *testing.B, address string, command ...string) *pinnedServer {
	c := exec.Command(pinned[0], append(pinned[1:len(pinned):len(pinned)], command...)...)
	c.Env = append(os.Environ(), "GOMAXPROCS=1")
	running(b, address, c)
	return &pinnedServer{address: address, process: c.Process.Pid}
}

// walk is a script for wrk that asks for all addresses, far from each other. The step is a
// prime, so that no address is left out.
func walk(b *testing.B, n int) string {
	file := filepath.Join(b.TempDir(), "walk.lua")
	require.NoError(b, os.WriteFile(file, fmt.Appendf(nil, `local n, i = %d, 0
local tail = " HTTP/1.1\r\nHost: old.example\r\nAccept: text/html\r\n\r\n"
request = function()
  i = (i + 7368787) %% n
  return "GET /users/alice/statuses/" .. i .. tail
end
done = function(summary)
  local e = summary.errors
  io.write(string.format("measured %%d %%d %%d\n", summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
`, n), 0o600))
	return file
}

// leads checks of a thousand addresses that a server leads to their new places.
func leads(b *testing.B, address string, n int) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for i := 0; i < n; i += max(1, n/1000) {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, fmt.Sprintf("http://%s/users/alice/statuses/%d", address, i), http.NoBody)
		require.NoError(b, err)
		r.Host = "old.example"
		r.Header.Set("Accept", "text/html")
		answer, err := client.Do(r)
		require.NoError(b, err)
		require.NoError(b, answer.Body.Close())
		require.Equal(b, http.StatusMovedPermanently, answer.StatusCode, "post %d", i)
		require.Equal(b, fmt.Sprintf("https://new.example/notes/%d", i), answer.Header.Get("Location"))
	}
}

// ask measures a server, after a second to warm up.
func (s *pinnedServer) ask(b *testing.B, script string) {
	wrk(b.Context(), b, "-d1s", s.address, script)
	before := s.took(b)
	requests, seconds := wrk(b.Context(), b, "-d5s", s.address, script)
	took := s.took(b) - before
	require.Positive(b, took, "processor time of the server")
	s.perSecond += requests / seconds
	s.perCore += requests / took
}

// took is how many seconds of a processor the server has used (proc(5): fields 14 and 15,
// in hundredths).
func (s *pinnedServer) took(b *testing.B) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process))
	require.NoError(b, err)
	_, behindName, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(behindName)
	require.Greater(b, len(fields), 12)
	user, err := strconv.ParseFloat(fields[11], 64)
	require.NoError(b, err)
	system, err := strconv.ParseFloat(fields[12], 64)
	require.NoError(b, err)
	return (user + system) / 100
}

// memory is how much of a server is resident: its own, or pages of files, which the system
// may take back (proc(5)).
func memory(b *testing.B, process int, kind string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	require.NoError(b, err)
	_, behind, found := strings.Cut(string(text), kind+":")
	require.True(b, found, kind)
	var kibibytes float64
	_, err = fmt.Sscan(behind, &kibibytes)
	require.NoError(b, err)
	return kibibytes * 1024 / 1e6
}

// wrk returns how many requests were answered in how many seconds.
func wrk(ctx context.Context, b *testing.B, long, address, script string) (answered, seconds float64) {
	said, err := exec.CommandContext(ctx, "taskset", "-c", "1", "wrk", "-t1", "-c64", long, "-s", script, "http://"+address).CombinedOutput()
	require.NoError(b, err, "%s", said)
	_, measured, found := strings.Cut(string(said), "measured ")
	require.True(b, found, "%s", said)
	var requests, microseconds, failed float64
	_, err = fmt.Sscan(measured, &requests, &microseconds, &failed)
	require.NoError(b, err)
	require.Zero(b, failed, "answers that are none: %s", said)
	require.Positive(b, requests)
	return requests, microseconds / 1e6
}
