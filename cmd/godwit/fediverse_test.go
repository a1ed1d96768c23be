package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"codeberg.org/godwit/godwit/internal/safehttp"
)

// A fediverse is a folder that stands for all servers there are; a script holds
// one in its files. https://HOST/PATH is answered from
//
//	HOST/PATH.json   200, application/activity+json
//	HOST/PATH.http   what stands there: "410 Gone", header lines, an empty line, the body
//
// with "index" for a path that ends in a slash, and PATH?QUERY where there is a
// query. WebFinger for RESOURCE is answered from
//
//	HOST/.well-known/webfinger/RESOURCE.json   200, application/jrd+json
//
// such as example.org/.well-known/webfinger/acct:alice@example.org.json. What has
// no file is 404. A host with a file named HOST/.down refuses connections, one
// with HOST/.private is on a private network, as the guard would see it, and DNS
// does not know one with HOST/.unknown.
type fediverse struct{ dir string }

func (f fediverse) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.has(r.URL.Host, ".down") {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if f.has(r.URL.Host, ".unknown") {
		return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}
	}
	if f.has(r.URL.Host, ".private") {
		return nil, safehttp.ErrPrivate
	}
	if r.Method != http.MethodGet {
		return answer(r, http.StatusMethodNotAllowed, "", nil), nil
	}
	place, kind, err := f.place(r.URL)
	if err != nil {
		return nil, err
	}
	if raw, err := os.ReadFile(place + ".http"); err == nil {
		return parseAnswer(r, raw)
	}
	switch body, err := os.ReadFile(place + ".json"); {
	case errors.Is(err, fs.ErrNotExist):
		return answer(r, http.StatusNotFound, "text/html", nil), nil
	case err != nil:
		return nil, err
	default:
		return answer(r, http.StatusOK, kind, body), nil
	}
}

func (f fediverse) has(host, name string) bool {
	_, err := os.Stat(filepath.Join(f.dir, host, name))
	return err == nil
}

// place returns the name of the file for an address, without its ending.
func (f fediverse) place(u *url.URL) (place, kind string, err error) {
	name, kind := u.Path, "application/activity+json"
	switch {
	case u.Path == "/.well-known/webfinger":
		name, kind = u.Path+"/"+u.Query().Get("resource"), "application/jrd+json"
	case strings.Contains(u.Path, "nodeinfo"):
		kind = "application/json"
	case u.RawQuery != "":
		name = u.Path + "?" + u.RawQuery
	}
	if strings.HasSuffix(name, "/") || name == "" {
		name += "index"
	}
	within := filepath.Join(u.Host, filepath.FromSlash(name))
	if !filepath.IsLocal(within) {
		return "", "", fmt.Errorf("%s leads out of the fediverse", u)
	}
	return filepath.Join(f.dir, within), kind, nil
}

func parseAnswer(r *http.Request, raw []byte) (*http.Response, error) {
	lines := bufio.NewReader(bytes.NewReader(raw))
	first, err := lines.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", r.URL, err)
	}
	code, _, _ := strings.Cut(strings.TrimSpace(first), " ")
	status, err := strconv.Atoi(code)
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", r.URL, err)
	}
	header, err := textproto.NewReader(lines).ReadMIMEHeader()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the answer of %s: %w", r.URL, err)
	}
	body, err := io.ReadAll(lines)
	if err != nil {
		return nil, err
	}
	resp := answer(r, status, "", body)
	resp.Header = http.Header(header)
	return resp, nil
}

func answer(r *http.Request, status int, kind string, body []byte) *http.Response {
	resp := &http.Response{
		StatusCode:    status,
		Header:        http.Header{},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}
	if kind != "" {
		resp.Header.Set("Content-Type", kind)
	}
	return resp
}
