package main

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each script in testdata/peer runs the command beside it, and talks to it.
func TestPeerScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/peer/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, scripts, "there are no scripts to run")
	testscript.Run(t, testscript.Params{
		Files:              scripts,
		RequireUniqueNames: true,
		Cmds:               map[string]func(*testscript.TestScript, bool, []string){"ports": ports, "http": talk, "tls": tlsProxy},
	})
}

// ports puts the addresses of free ports into variables:
//
//	ports API OLD NEW
func ports(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: ports NAME...")
	}
	for _, name := range args {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		defer l.Close()
		ts.Setenv(name, l.Addr().String())
	}
}

// tlsProxy puts a TLS proxy before an address, and its own address into a
// variable. Its certificate goes into ca.pem.
//
//	tls OLD_TLS $OLD
func tlsProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tls NAME HOST:PORT")
	}
	behind := &url.URL{Scheme: "http", Host: args[1]}
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(behind)
		r.Out.Host = r.In.Host
	}})
	ts.Defer(proxy.Close)
	ts.Setenv(args[0], proxy.Listener.Addr().String())
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), certificate, 0o600))
}

// talk makes a request, the body being an argument, and puts the answer into a
// file. While nobody listens it tries again, for ten seconds.
//
//	http 201 POST http://$API/v1/accounts answer '{"name":"al"}'
func talk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: http STATUS METHOD URL FILE [BODY]")
	}
	answer, err := request(args[1], args[2], strings.Join(args[4:], " "))
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), body, 0o600))
	if answer.Status[:3] != args[0] {
		ts.Fatalf("%s %s answers %s: %s", args[1], args[2], answer.Status, body)
	}
}

func request(method, url, body string) (*http.Response, error) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-ticker.C {
		r, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Accept", "application/activity+json")
		answer, err := http.DefaultClient.Do(r)
		if err == nil || !errors.Is(err, syscall.ECONNREFUSED) || time.Now().After(deadline) {
			return answer, err
		}
	}
}

func TestPeerRefusesNonsense(t *testing.T) {
	for what, args := range map[string][]string{
		"a host without an address":     {"-host", "https://old.test"},
		"an address without a port":     {"-host", "https://old.test=127.0.0.1"},
		"a base without a scheme":       {"-host", "old.test=127.0.0.1:0"},
		"an argument":                   {"old.test"},
		"a trusted name without a port": {"-trust", "old.test"},
	} {
		var stdout, stderr bytes.Buffer
		status := world{}.run(t.Context(), append([]string{"peer"}, args...), nil, &stdout, &stderr)
		assert.Equal(t, statusUsage, status, "%s: %s", what, stderr.String())
		assert.Empty(t, stdout.String(), what)
	}
}
