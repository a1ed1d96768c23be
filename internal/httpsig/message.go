package httpsig

import (
	"errors"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// A message is a request as it was received: nothing here is rebuilt from a
// parsed URL.
type message struct {
	method  string
	target  string   // path and query, byte for byte
	host    string   // what the header field Host stands for
	origins []string // what @target-uri may begin with, in the order to try
	header  http.Header
	body    []byte
}

func receive(r *http.Request, body []byte, origin string) (*message, error) {
	m := &message{method: r.Method, target: requestTarget(r), header: r.Header, body: body}
	if origin == "" {
		// net/http takes Host out of the header; what stands there was put in by hand.
		m.host = r.Host
		m.origins = []string{"https://" + normalHost("https", r.Host), "http://" + normalHost("http", r.Host)}
		return m, m.check()
	}
	scheme, host, ok := strings.Cut(origin, "://")
	if !ok || host == "" || strings.ContainsAny(host, "/?#@") {
		return nil, errors.New("http signature: the public origin is not an origin")
	}
	m.origins = []string{origin}
	m.host = host
	if normalHost(scheme, r.Host) == host {
		m.host = r.Host
	}
	return m, m.check()
}

// check refuses what could smuggle a line into a signed text. Requests that
// net/http has read pass it.
func (m *message) check() error {
	for _, s := range []string{m.method, m.target, m.host} {
		if breaksLine(s) {
			return refuse(Unsigned, "the request line holds a line break")
		}
	}
	return nil
}

// breaksLine looks for two bytes twice, which is quicker than once for both.
func breaksLine(s string) bool {
	return strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\r') >= 0
}

// requestTarget returns the path and query of r as they were sent, also where
// the request line had the absolute form.
func requestTarget(r *http.Request) string {
	target := r.RequestURI
	if target == "" && r.URL != nil {
		target = r.URL.RequestURI()
	}
	if strings.HasPrefix(target, "/") {
		return target
	}
	if _, rest, ok := strings.Cut(target, "://"); ok {
		if slash := strings.IndexAny(rest, "/?"); slash >= 0 && rest[slash] == '/' {
			return rest[slash:]
		} else if slash >= 0 {
			return "/" + rest[slash:]
		}
		return "/"
	}
	return target
}

// normalHost returns host in lower case without the scheme's own port
// (RFC 9110, section 4.2.3).
func normalHost(scheme, host string) string {
	host = strings.ToLower(host)
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// needsDigest reports whether a signature says nothing worth having unless it
// covers the body.
func (m *message) needsDigest() bool {
	switch m.method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		return true
	}
	return len(m.body) > 0
}

// appendField appends the value of a header field as both schemes combine it:
// lines trimmed and joined. name is in lower case.
func (m *message) appendField(b []byte, name string) ([]byte, error) {
	switch name {
	case "host":
		return append(b, m.host...), nil
	case "content-length":
		// A proxy may have unchunked the body or chunked it.
		if len(m.header["Content-Length"]) == 0 {
			return strconv.AppendInt(b, int64(len(m.body)), 10), nil
		}
	}
	lines := m.header[textproto.CanonicalMIMEHeaderKey(name)]
	if len(lines) == 0 {
		return nil, refuse(Unsigned, "it covers the field %s, which the request lacks", printable(name))
	}
	for i, line := range lines {
		if breaksLine(line) {
			return nil, refuse(Unsigned, "the field %s holds a line break", printable(name))
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, strings.TrimSpace(line)...)
	}
	return b, nil
}
