package vocab

import (
	"net/url"
	"strings"
)

// An IRI identifies something: an actor, an object, an activity, a
// collection. Two IRIs are the same thing only if they are the same string.
type IRI string

// String returns the IRI as it was written.
func (i IRI) String() string { return string(i) }

// IsHTTP reports whether i is an absolute http or https URL with a host and
// without user information.
func (i IRI) IsHTTP() bool { return i.Origin() != "" }

// Origin returns the origin of an http or https IRI after RFC 6454 (scheme,
// host and port, in lower case, without a default port), and "" for any other.
func (i IRI) Origin() string {
	u, err := url.Parse(string(i))
	if err != nil || u.User != nil || u.Hostname() == "" {
		return ""
	}
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := u.Port()
	if port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}

// Host returns the host, with its port unless that is the scheme's own, of an
// http or https IRI, and "" for any other.
func (i IRI) Host() string {
	_, host, _ := strings.Cut(i.Origin(), "://")
	return host
}

// Document returns i without its fragment: what a server is asked for.
func (i IRI) Document() IRI {
	doc, _, _ := strings.Cut(string(i), "#")
	return IRI(doc)
}

// SameOrigin reports whether both are http or https IRIs of one origin.
func SameOrigin(a, b IRI) bool {
	o := a.Origin()
	return o != "" && o == b.Origin()
}
