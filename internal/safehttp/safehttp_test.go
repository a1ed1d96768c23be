package safehttp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/safehttp"
)

func serve(t *testing.T, handler http.HandlerFunc) (server *httptest.Server, pair string) {
	t.Helper()
	server = httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server, strings.TrimPrefix(server.URL, "http://")
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	require.NoError(t, err)
	return r
}

func TestPublic(t *testing.T) {
	for situation, addr := range map[string]string{
		"this network": "0.0.0.0", "private ten": "10.1.2.3", "carrier NAT": "100.64.0.1", "carrier NAT end": "100.127.255.255",
		"loopback": "127.0.0.1", "all of loopback": "127.255.0.9", "link-local, metadata": "169.254.169.254",
		"private 172": "172.31.255.1", "protocol assignments": "192.0.0.8", "documentation 1": "192.0.2.1",
		"6to4 relay": "192.88.99.1", "private 192": "192.168.1.1", "benchmarking": "198.19.0.1",
		"documentation 2": "198.51.100.1", "documentation 3": "203.0.113.1", "multicast": "224.0.0.1",
		"reserved": "240.0.0.1", "broadcast": "255.255.255.255",
		"unspecified": "::", "loopback v6": "::1", "mapped loopback": "::ffff:127.0.0.1", "mapped private": "::ffff:10.0.0.1",
		"compatible": "::7f00:1", "NAT64": "64:ff9b::7f00:1", "local NAT64": "64:ff9b:1::1", "discard": "100::1",
		"Teredo": "2001::1", "benchmarking v6": "2001:2::1", "ORCHID": "2001:20::1", "documentation v6": "2001:db8::1",
		"6to4": "2002:7f00:1::1", "documentation new": "3fff::1", "segment routing": "5f00::1", "unique local": "fd00::1",
		"link-local v6": "fe80::1", "link-local with a zone": "fe80::1%eth0", "global with a zone": "2a00::1%eth0",
		"site-local": "fec0::1", "multicast v6": "ff02::1",
	} {
		assert.False(t, safehttp.Public(netip.MustParseAddr(addr)), "%s: %s", situation, addr)
	}
	for _, addr := range []string{
		"1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "198.20.0.1", "223.255.255.255",
		"2606:4700::1", "2a00:1450::1", "2001:4860:4860::8888", "::ffff:8.8.8.8",
	} {
		assert.True(t, safehttp.Public(netip.MustParseAddr(addr)), addr)
	}
	assert.False(t, safehttp.Public(netip.Addr{}), "no address at all")
}

func TestPrivateAddressesAreNotReached(t *testing.T) {
	var reached atomic.Int64
	server, pair := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	_, port, _ := net.SplitHostPort(pair)
	client := safehttp.New(nil)
	for situation, url := range map[string]string{
		"by number":           server.URL,
		"by name":             "http://localhost:" + port,
		"mapped":              "http://[::ffff:127.0.0.1]:" + port,
		"unspecified":         "http://0.0.0.0:" + port,
		"loopback v6":         "http://[::1]:" + port,
		"NAT64":               "http://[64:ff9b::7f00:1]:" + port,
		"zone":                "http://[fe80::1%25lo]:" + port,
		"link-local metadata": "http://169.254.169.254/latest/meta-data",
	} {
		_, err := client.Get(get(t, url), nil)
		assert.ErrorIs(t, err, safehttp.ErrPrivate, situation)
		post, postErr := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader("{}"))
		require.NoError(t, postErr)
		_, err = client.Post(post)
		assert.ErrorIs(t, err, safehttp.ErrPrivate, "POST: "+situation)
	}
	assert.Zero(t, reached.Load(), "a private address was reached")
}

func TestTrustedPairs(t *testing.T) {
	server, pair := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "in") })
	_, port, _ := net.SplitHostPort(pair)
	for situation, c := range map[string]struct {
		trusted, url string
		reached      bool
	}{
		"the pair of the URL":              {pair, server.URL, true},
		"a name":                           {"localhost:" + port, "http://LOCALHOST:" + port, true},
		"the address that a name leads to": {pair, "http://localhost:" + port, true},
		"another port":                     {"127.0.0.1:1", server.URL, false},
		"another host":                     {"127.0.0.2:" + port, server.URL, false},
		"no port":                          {"127.0.0.1", server.URL, false},
		"a host without its port is none":  {"127.0.0.1:", server.URL, false},
		"no wildcard":                      {"*:" + port, server.URL, false},
	} {
		t.Run(situation, func(t *testing.T) {
			answer, err := safehttp.New(&safehttp.Options{Trusted: []string{c.trusted}}).Get(get(t, c.url), nil)
			if !c.reached {
				require.ErrorIs(t, err, safehttp.ErrPrivate)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "in", string(answer.Body))
		})
	}
}

func TestEnvironmentProxiesAreIgnored(t *testing.T) {
	var asked atomic.Int64
	proxy, _ := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	_, err := safehttp.New(nil).Get(get(t, "http://10.0.0.1/"), nil)
	assert.ErrorIs(t, err, safehttp.ErrPrivate)
	assert.Zero(t, asked.Load(), "the proxy was asked")
}

func TestRebindingName(t *testing.T) {
	var reached atomic.Int64
	_, pair := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	_, port, _ := net.SplitHostPort(pair)
	names := newNameServer(t, [4]byte{127, 0, 0, 1})
	client := safehttp.New(&safehttp.Options{Resolver: names.resolver()})
	for range 3 {
		_, err := client.Get(get(t, "http://rebind.example:"+port+"/"), nil)
		require.ErrorIs(t, err, safehttp.ErrPrivate)
	}
	assert.Positive(t, names.asked.Load(), "the name server was not asked: the test shows nothing")
	assert.Zero(t, reached.Load())
}

func TestRedirects(t *testing.T) {
	private, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect reached a private address") })
	var hops atomic.Int64
	var server *httptest.Server
	server, pair := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hops.Add(1)
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/inwards":
			http.Redirect(w, r, private.URL+"/secret?token=1", http.StatusMovedPermanently)
		case "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		case "/user":
			w.Header().Set("Location", "http://me:secret@"+r.Host+"/end")
			w.WriteHeader(http.StatusFound)
		case "/nonsense":
			w.Header().Set("Location", "http://%zz/")
			w.WriteHeader(http.StatusFound)
		case "/nowhere":
			w.WriteHeader(http.StatusFound)
		case "/1", "/2", "/3":
			n, _ := strconv.Atoi(r.URL.Path[1:])
			http.Redirect(w, r, map[int]string{1: "/2", 2: "/3", 3: "/end"}[n], http.StatusTemporaryRedirect)
		case "/end":
			io.WriteString(w, "end of "+r.Header.Get("X-Hop"))
		}
	})
	client := safehttp.New(&safehttp.Options{Trusted: []string{pair}})
	for path, want := range map[string]error{
		"/loop": safehttp.ErrRedirects, "/inwards": safehttp.ErrPrivate, "/file": safehttp.ErrScheme,
		"/user": safehttp.ErrUserinfo, "/nonsense": safehttp.ErrLocation,
	} {
		hops.Store(0)
		_, err := client.Get(get(t, server.URL+path), nil)
		require.ErrorIs(t, err, want, path)
		assert.NotContains(t, err.Error(), "secret", path)
		assert.LessOrEqual(t, hops.Load(), int64(4), path)
	}
	answer, err := client.Get(get(t, server.URL+"/nowhere"), nil)
	require.NoError(t, err, "a redirect without a Location is an answer")
	assert.Equal(t, http.StatusFound, answer.StatusCode)

	answer, err = client.Get(get(t, server.URL+"/1"), func(r *http.Request) error {
		assert.Empty(t, r.Header.Get("X-Hop"), "what one hop was given was carried to the next")
		r.Header.Set("X-Hop", r.URL.Path)
		return nil
	})
	require.NoError(t, err, "three redirects are allowed")
	assert.Equal(t, "end of /end", string(answer.Body))
	assert.Equal(t, server.URL+"/end", answer.URL.String())
}

func TestCredentialsStayAtTheirHost(t *testing.T) {
	second, secondPair := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "got:"+r.Header.Get("Authorization")+r.Header.Get("Cookie"))
	})
	first, firstPair := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, second.URL, http.StatusFound) })
	r := get(t, first.URL)
	r.Header.Set("Authorization", "Bearer x")
	r.Header.Set("Cookie", "y")
	answer, err := safehttp.New(&safehttp.Options{Trusted: []string{firstPair, secondPair}}).Get(r, nil)
	require.NoError(t, err)
	assert.Equal(t, "got:", string(answer.Body))
}

func TestPostFollowsNothing(t *testing.T) {
	var paths []string
	server, pair := serve(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.Method+" "+r.URL.Path)
		http.Redirect(w, r, "/elsewhere", http.StatusPermanentRedirect)
	})
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/inbox", strings.NewReader("{}"))
	require.NoError(t, err)
	answer, err := safehttp.New(&safehttp.Options{Trusted: []string{pair}}).Post(r)
	require.NoError(t, err)
	assert.Equal(t, http.StatusPermanentRedirect, answer.StatusCode)
	assert.Equal(t, []string{"POST /inbox"}, paths)
}

func TestBounds(t *testing.T) {
	release := make(chan struct{})
	server, pair := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/exact":
			w.Write(bytes.Repeat([]byte("x"), 1000))
		case "/over":
			w.Write(bytes.Repeat([]byte("x"), 1001))
		case "/announced":
			w.Header().Set("Content-Length", "1000000000")
			w.WriteHeader(http.StatusOK)
		case "/endless":
			for chunk := bytes.Repeat([]byte("x"), 512); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(make([]byte, 10<<20))
			z.Close()
		case "/header":
			w.Header().Set("X", strings.Repeat("x", 100<<10))
		case "/cut":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "short")
		case "/slow":
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			<-release
		case "/silent":
			<-release
		}
	})
	t.Cleanup(func() { close(release) })
	client := safehttp.New(&safehttp.Options{Trusted: []string{pair}, BodyBytes: 1000, Timeout: time.Minute})
	impatient := safehttp.New(&safehttp.Options{Trusted: []string{pair}, Timeout: 200 * time.Millisecond})
	for path, want := range map[string]error{
		"/over": safehttp.ErrTooLarge, "/announced": safehttp.ErrTooLarge, "/endless": safehttp.ErrTooLarge,
		"/bomb": safehttp.ErrTooLarge, "/header": safehttp.ErrTooLarge, "/cut": safehttp.ErrConnection,
		"/slow": safehttp.ErrTimeout, "/silent": safehttp.ErrTimeout,
	} {
		asking := client
		if want == safehttp.ErrTimeout {
			asking = impatient
		}
		answer, err := asking.Get(get(t, server.URL+path), nil)
		require.ErrorIs(t, err, want, path)
		assert.Nil(t, answer, "%s: part of an answer was given out", path)
	}
	answer, err := client.Get(get(t, server.URL+"/exact"), nil)
	require.NoError(t, err)
	assert.Len(t, answer.Body, 1000)
}

func TestWhatNeverLeaves(t *testing.T) {
	client := safehttp.New(&safehttp.Options{Transport: transport(func(*http.Request) (*http.Response, error) {
		t.Error("the transport was asked")
		return nil, io.EOF
	})})
	for address, want := range map[string]error{
		"file:///etc/passwd":         safehttp.ErrScheme,
		"gopher://a.example/":        safehttp.ErrScheme,
		"http://me:word@a.example/":  safehttp.ErrUserinfo,
		"http:///nobody":             safehttp.ErrLocation,
		"https://user@a.example/?t=": safehttp.ErrUserinfo,
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		r := get(t, "http://a.example")
		r.URL = u
		_, err = client.Get(r, nil)
		require.ErrorIs(t, err, want, address)
	}
}

func TestErrorsHoldNoPath(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	pair := listener.Addr().String()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.ReadFull(conn, make([]byte, 16))
			io.WriteString(conn, "SSH-2.0 secret-banner\r\n\r\n")
			conn.Close()
		}
	}()
	client := safehttp.New(&safehttp.Options{Trusted: []string{pair}})
	_, err = client.Get(get(t, "http://"+pair+"/private?token=abc"), nil)
	require.ErrorIs(t, err, safehttp.ErrConnection)
	for _, secret := range []string{"private", "token", "abc", "banner"} {
		assert.NotContains(t, err.Error(), secret)
	}
	assert.Contains(t, err.Error(), pair)
	listener.Close()
	_, err = client.Get(get(t, "http://"+pair+"/private?token=abc"), nil)
	require.ErrorIs(t, err, safehttp.ErrConnection, "connection refused")
	assert.NotContains(t, err.Error(), "token")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.Get(get(t, "http://"+pair).WithContext(ctx), nil)
	assert.ErrorIs(t, err, context.Canceled, "the caller gave up")
}

func TestCertificatesAreNotQuoted(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"a line of\nits own"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(nil)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	client := safehttp.New(&safehttp.Options{Trusted: []string{"localhost:" + port}})
	_, err = client.Get(get(t, "https://localhost:"+port), nil)
	require.ErrorIs(t, err, safehttp.ErrConnection)
	assert.Contains(t, err.Error(), "the certificate is for another host")
	assert.NotContains(t, err.Error(), "its own", "whoever makes a certificate writes into our log")
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A nameServer answers every question for an address with the same one.
type nameServer struct {
	conn    net.PacketConn
	address [4]byte
	asked   atomic.Int64
}

func newNameServer(t *testing.T, address [4]byte) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	s := &nameServer{conn: conn, address: address}
	go s.run()
	return s
}

func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", s.conn.LocalAddr().String())
	}}
}

func (s *nameServer) run() {
	buffer := make([]byte, 512)
	for {
		n, from, err := s.conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		s.asked.Add(1)
		s.conn.WriteTo(s.answer(buffer[:n]), from)
	}
}

// answer repeats the question and, if it is for an A record, answers it.
func (s *nameServer) answer(query []byte) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5
	reply := append([]byte(nil), query[:end]...)
	reply[2], reply[3] = 0x81, 0x80
	binary.BigEndian.PutUint32(reply[6:], 0)
	binary.BigEndian.PutUint16(reply[10:], 0)
	if binary.BigEndian.Uint16(query[end-4:]) == 1 {
		reply[7] = 1
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, s.address[:]...)
	}
	return reply
}
