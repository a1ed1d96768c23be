package webfinger

import (
	"fmt"
	"net/url"
	"strings"
)

// A Resource is what a WebFinger query asks about: an account by its handle,
// or anything that has a URL. Exactly one of the fields is set.
type Resource struct {
	Handle Handle
	URL    string // absolute, http or https, as written
}

const maxURL = 2048

// ParseResource reads a handle in each form that [ParseHandle] takes, or an
// absolute http or https URL without user information or fragment.
func ParseResource(s string) (Resource, error) {
	_, isHTTPS := cutScheme(s, "https://")
	_, isHTTP := cutScheme(s, "http://")
	if !isHTTPS && !isHTTP {
		h, err := ParseHandle(s)
		return Resource{Handle: h}, err
	}
	if _, err := parseURL(s); err != nil {
		return Resource{}, err
	}
	return Resource{URL: s}, nil
}

// String returns the resource as it stands in a query.
func (r Resource) String() string {
	if !r.Handle.IsZero() {
		return r.Handle.Acct()
	}
	return r.URL
}

// Host returns the host to ask, with its port unless that is the scheme's own.
func (r Resource) Host() string {
	if !r.Handle.IsZero() {
		return r.Handle.Host
	}
	_, host := originOf(r.URL)
	return host
}

// parseURL accepts only what can be compared and fetched without surprise.
func parseURL(s string) (*url.URL, error) {
	if len(s) > maxURL {
		return nil, fmt.Errorf("%w: the URL is longer than %d bytes", ErrHandle, maxURL)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: the URL is malformed", ErrHandle)
	case !strings.EqualFold(u.Scheme, "https") && !strings.EqualFold(u.Scheme, "http"):
		return nil, fmt.Errorf("%w: the URL is neither https nor http", ErrHandle)
	case u.User != nil:
		return nil, fmt.Errorf("%w: the URL holds user information", ErrHandle)
	case u.Fragment != "" || strings.HasSuffix(s, "#"):
		return nil, fmt.Errorf("%w: the URL holds a fragment", ErrHandle)
	}
	if _, err := parseHost(u.Host); err != nil {
		return nil, err
	}
	return u, nil
}

// originOf returns the scheme and the host (with a port that is not the
// scheme's own) of a URL that [parseURL] accepts, and nothing for others.
func originOf(s string) (scheme, host string) {
	u, err := parseURL(s)
	if err != nil {
		return "", ""
	}
	host, _ = parseHost(u.Host)
	if u.Scheme == "http" {
		// parseHost drops https's port and keeps http's.
		if u.Port() == "443" {
			host += ":443"
		}
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme, host
}
