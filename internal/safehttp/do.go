package safehttp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// A Response is an answer that has been read to its end.
type Response struct {
	StatusCode int
	Header     http.Header
	Body       []byte   // decompressed
	URL        *url.URL // where it came from, after redirects
}

// Get fetches where r leads, following redirects. Before each hop, prepare (if
// not nil) gets that hop's request to sign it; what it sets is not carried on
// to the next hop, and neither are credentials to another host. An answer of
// any status is a Response.
//
// The method must be GET or HEAD.
func (c *Client) Get(r *http.Request, prepare func(*http.Request) error) (*Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), c.options.Timeout)
	defer cancel()
	hop := r.Clone(ctx)
	fail := func(answered bool, err error) (*Response, error) {
		return nil, &Error{Host: hop.URL.Host, Answered: answered, Err: err}
	}
	for redirects := 0; ; redirects++ {
		answer, err := c.hop(hop, prepare)
		if err != nil {
			return fail(redirects > 0, classify(ctx, err))
		}
		if !isRedirect(answer.StatusCode) || answer.Header.Get("Location") == "" {
			return c.read(ctx, answer, hop.URL)
		}
		discard(answer)
		if redirects >= c.options.Redirects {
			return fail(true, ErrRedirects)
		}
		next, err := hop.URL.Parse(answer.Header.Get("Location"))
		if err != nil {
			return fail(true, ErrLocation)
		}
		hop = follow(hop, next)
	}
}

// Post sends r once: it follows no redirect, and the answer is what came. No
// more than 64 KiB of the answer's body is read, and none of it is returned.
func (c *Client) Post(r *http.Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), c.options.Timeout)
	defer cancel()
	answer, err := c.hop(r.WithContext(ctx), nil)
	if err != nil {
		return nil, &Error{Host: r.URL.Host, Err: classify(ctx, err)}
	}
	discard(answer)
	return &Response{StatusCode: answer.StatusCode, Header: answer.Header, URL: r.URL}, nil
}

func (c *Client) hop(r *http.Request, prepare func(*http.Request) error) (*http.Response, error) {
	if err := checkURL(r.URL); err != nil {
		return nil, err
	}
	if prepare != nil {
		r = r.Clone(r.Context())
		if err := prepare(r); err != nil {
			return nil, &prepareError{err}
		}
	}
	return c.transport.RoundTrip(r)
}

func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return ErrScheme
	case u.User != nil:
		return ErrUserinfo
	case u.Hostname() == "":
		return ErrLocation
	}
	return nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func follow(hop *http.Request, next *url.URL) *http.Request {
	on := hop.Clone(hop.Context())
	if next.Scheme != hop.URL.Scheme || next.Host != hop.URL.Host {
		on.Header.Del("Authorization")
		on.Header.Del("Cookie")
	}
	next.Fragment = ""
	on.URL, on.Host = next, next.Host
	return on
}

func (c *Client) read(ctx context.Context, answer *http.Response, from *url.URL) (*Response, error) {
	defer answer.Body.Close()
	limit := c.options.BodyBytes
	if answer.ContentLength > limit {
		return nil, &Error{Host: from.Host, Answered: true, Err: ErrTooLarge}
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, &Error{Host: from.Host, Answered: true, Err: classify(ctx, err)}
	}
	return &Response{StatusCode: answer.StatusCode, Header: answer.Header, Body: body, URL: from}, nil
}

// discard reads a little, so that the connection can be used again, and
// closes the body.
func discard(answer *http.Response) {
	io.CopyN(io.Discard, answer.Body, 64<<10)
	answer.Body.Close()
}

// A prepareError keeps the caller's own error apart from the transport's.
type prepareError struct{ err error }

func (e *prepareError) Error() string { return fmt.Sprintf("sign: %v", e.err) }

func (e *prepareError) Unwrap() error { return e.err }
