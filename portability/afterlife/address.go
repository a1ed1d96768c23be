package afterlife

import (
	"crypto/sha256"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"codeberg.org/godwit/godwit/vocab"
)

// An address is where something answers: what is left of a URL when a web server
// has read it. Web servers decode paths, so that two URLs may be one address.
type address struct {
	host  string // lower case, with a port unless that is the scheme's own
	path  string // decoded; begins with "/"
	query string // as it stands; "" if there is none
}

// longestAddress is what fits into a line of a request and a rule of a server.
const longestAddress = 2048

// ownPath is where the files of the static output stand.
const ownPath = "/.godwit/"

// addressOf returns the address of a URL. A fragment is not part of it.
func addressOf(u vocab.IRI) (address, bool) {
	if !u.IsHTTP() || u.Origin() == "" {
		return address{}, false
	}
	parsed, err := url.Parse(string(u.Document()))
	if err != nil {
		return address{}, false
	}
	a := address{u.Host(), parsed.Path, parsed.RawQuery}
	if a.path == "" {
		a.path = "/"
	}
	return a, a.sayable() == ""
}

// sayable reports why an address cannot be told to every web server, "" if it can.
func (a address) sayable() string {
	switch {
	case len(a.host)+len(a.path)+len(a.query) > longestAddress:
		return "it is too long"
	case !utf8.ValidString(a.path), strings.ContainsFunc(a.path, unsayable):
		return "it holds characters that are none of a path"
	case strings.ContainsFunc(a.query, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'\<>{}$`, r) }):
		return "its query holds characters that are none of a query"
	case strings.HasPrefix(a.path, ownPath), isServers(a.path), hasDots(a.path), strings.Contains(a.path, "//"):
		return "servers read it as another path"
	}
	return ""
}

// isServers reports whether the server itself answers at a path, not an account: what
// stands below /.well-known speaks for the whole host, as to who issues certificates
// (RFC 8615, RFC 8555 section 8.3).
func isServers(path string) bool {
	path = strings.ToLower(path)
	switch path {
	case "/robots.txt", "/favicon.ico", "/sitemap.xml", "/crossdomain.xml":
		return true
	}
	path += "/"
	return strings.HasPrefix(path, "/.well-known/") || strings.HasPrefix(path, "/nodeinfo/")
}

func unsayable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

// hasDots reports whether a decoded path has a segment that leads elsewhere.
func hasDots(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// climbs reports whether a path leads above the root, which web servers refuse.
func climbs(path string) bool {
	depth := 0
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		switch segment {
		case "..":
			depth--
		case ".", "":
		default:
			depth++
		}
		if depth < 0 {
			return true
		}
	}
	return false
}

// URL is the address as a URL of a scheme, encoded.
func (a address) URL(scheme string) vocab.IRI {
	u := url.URL{Scheme: scheme, Host: a.host, Path: a.path, RawQuery: a.query}
	return vocab.IRI(u.String())
}

// A key stands for a name of any length, and tells nothing of it.
type key [16]byte

func keyOf(sort string, names ...string) key {
	var room [256]byte
	b := append(append(room[:0], sort...), 0)
	for _, name := range names {
		b = append(b, name...)
	}
	sum := sha256.Sum256(b)
	return key(sum[:16])
}

func (a address) key() key {
	if a.query != "" {
		return keyOf("address?", a.host, a.path, "?", a.query)
	}
	return keyOf("address", a.host, a.path)
}

func accountKey(id vocab.IRI) key { return keyOf("account", string(id)) }
func itemKey(id vocab.IRI) key    { return keyOf("item", string(id)) }
func digestKey(digest string) key { return keyOf("digest", digest) }
func privateKey(id vocab.IRI) key { return keyOf("private", string(id)) }
func (k key) isZero() bool        { return k == key{} }
