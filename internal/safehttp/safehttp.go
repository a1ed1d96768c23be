// Package safehttp is the one HTTP client that godwit talks to strangers with.
//
// [New] makes a [Client]: every address is judged when it is about to be
// connected, after DNS and on every hop, so that neither a name that resolves
// inwards nor a redirect reaches a private network. Time, header, body and
// redirects are bounded, and going over a bound is an error, never a shorter
// answer. Nothing turns the guard off; [Options.Trusted] lets exact host:port
// pairs through.
//
// The package reads no content types and makes no signatures: actor/client
// does, and signs in the hook that [Client.Get] calls before each hop.
package safehttp

import (
	"net"
	"net/http"
	"time"
)

// Options adjusts a [Client]. A nil *Options is the same as a zero one.
type Options struct {
	// Trusted lists exact host:port pairs that may be connected although the
	// guard forbids it: a name or address as it stands in the URL, or the
	// address that a name resolved to. IPv6 addresses stand in brackets; the
	// port is always written. None by default.
	Trusted []string
	// Timeout bounds one call, from the name's resolution over all redirects
	// to the last byte of the body. Default 10 s.
	Timeout time.Duration
	// BodyBytes bounds an answer's body after decompression. Default 1 MiB.
	BodyBytes int64
	// HeaderBytes bounds an answer's header. Default 64 KiB.
	HeaderBytes int64
	// Redirects is how many hops a GET may be sent on. Default 3; negative
	// means none.
	Redirects int
	// Resolver resolves names. Default: the system's.
	Resolver *net.Resolver
	// Transport replaces the guarded transport, for tests that answer from
	// memory. The guard is then the caller's. Default nil.
	Transport http.RoundTripper
}

const (
	defaultTimeout     = 10 * time.Second
	defaultBodyBytes   = 1 << 20
	defaultHeaderBytes = 64 << 10
	defaultRedirects   = 3
)

func (o *Options) orDefault() Options {
	var options Options
	if o != nil {
		options = *o
	}
	if options.Timeout == 0 {
		options.Timeout = defaultTimeout
	}
	if options.BodyBytes == 0 {
		options.BodyBytes = defaultBodyBytes
	}
	if options.HeaderBytes == 0 {
		options.HeaderBytes = defaultHeaderBytes
	}
	if options.Redirects == 0 {
		options.Redirects = defaultRedirects
	}
	return options
}

// A Client makes guarded requests. It is safe for concurrent use.
type Client struct {
	options   Options
	transport http.RoundTripper
}

// New returns a Client. Its idle connections close by themselves after a
// minute and a half, or by [Client.CloseIdleConnections].
func New(o *Options) *Client {
	options := o.orDefault()
	c := &Client{options: options, transport: options.Transport}
	if c.transport == nil {
		c.transport = newTransport(options)
	}
	return c
}

// CloseIdleConnections closes the connections that wait for another request.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

func newTransport(o Options) *http.Transport {
	guard := newGuard(o)
	return &http.Transport{
		Proxy:                  nil, // a proxy would connect on our behalf, unguarded
		DialContext:            guard.dial,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    o.Timeout,
		ResponseHeaderTimeout:  o.Timeout,
		MaxResponseHeaderBytes: o.HeaderBytes,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
	}
}
