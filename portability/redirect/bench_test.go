package redirect_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/redirect"
)

// million is the map of an account with a million addresses: half ids, half pages.
func million(tb testing.TB) uriMap {
	if testing.Short() {
		tb.Skip("a million mappings are not short")
	}
	m := make(uriMap, 1_000_000)
	for i := range 500_000 {
		m.add(post(fmt.Sprint(100_000_000_000_000_000+i), portability.ForPublic)...)
	}
	return m
}

func millionHandler(b *testing.B) *redirect.Handler {
	w := &world{links: million(b), accounts: &redirect.AccountTable{}}
	w.accounts.Put(alice())
	h, err := redirect.New(notThere(), &redirect.Options{Finder: w.links, Accounts: w.accounts, Origins: []string{oldOrigin}, Software: redirect.Mastodon})
	require.NoError(b, err)
	return h
}

// BenchmarkHandler is the decision alone, without a connection.
func BenchmarkHandler(b *testing.B) {
	h := millionHandler(b)
	for name, target := range map[string]string{"page": "/@alice/%d", "deck": "/deck/@alice/%d", "unknown": "/@bob/%d"} {
		b.Run(name, func(b *testing.B) {
			requests := make([]*http.Request, 1000)
			for i := range requests {
				requests[i] = httptest.NewRequest(http.MethodGet, oldOrigin+fmt.Sprintf(target, 100_000_000_000_000_000+i*499), nil)
				requests[i].Header.Set("Accept", forBrowsers)
			}
			w := &discard{header: http.Header{}}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				clear(w.header)
				h.ServeHTTP(w, requests[i%len(requests)])
			}
		})
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkServer answers over connections that are kept open, with a million URLs. It
// runs in one process with its clients, who only write a request that was made before and
// read a fixed number of bytes; req/core-s counts the processor time of both, and is so less
// than the server's own. "constant" is the same net/http with a handler that looks up nothing.
func BenchmarkServer(b *testing.B) {
	h := millionHandler(b)
	constant := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Location"] = []string{"https://new.example/@alice/n100000000000000000"}
		w.Header()["Content-Length"] = []string{"0"}
		w.WriteHeader(http.StatusMovedPermanently)
	})
	for _, c := range []struct {
		name string
		h    http.Handler
	}{{"constant", constant}, {"redirect", h}} {
		b.Run(c.name, func(b *testing.B) { benchmarkServer(b, c.h) })
	}
}

func benchmarkServer(b *testing.B, h http.Handler) {
	server := httptest.NewServer(h)
	defer server.Close()
	address := server.Listener.Addr().String()
	before := processorTime(b)
	var n atomic.Int64
	b.SetParallelism(16 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		size := 0
		buf := make([]byte, 4096)
		for pb.Next() {
			i := n.Add(1)
			_, err := fmt.Fprintf(conn, "GET /@alice/%d HTTP/1.1\r\nHost: old.example\r\nAccept: text/html\r\n\r\n", 100_000_000_000_000_000+i*499%500_000)
			if err == nil && size == 0 {
				size, err = conn.Read(buf) // every answer has the length of the first
			} else if err == nil {
				_, err = io.ReadFull(conn, buf[:size])
			}
			if err != nil || string(buf[:12]) != "HTTP/1.1 301" {
				b.Errorf("%v: %q", err, buf[:12])
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/(processorTime(b)-before).Seconds(), "req/core-s")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skipf("processor time cannot be read on %s: %v", runtime.GOOS, err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
