package webfinger

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// Why a lookup failed. A [LookupError] wraps one of these, or what the [Doer]
// said.
var (
	ErrNotFound    = errors.New("the host does not know the account")     // 404 and other 4xx
	ErrGone        = errors.New("the host says that the account is gone") // 410
	ErrForbidden   = errors.New("the host refuses to answer")             // 401, 403
	ErrUnavailable = errors.New("the host cannot answer now")             // 408, 429, 5xx
	ErrRedirected  = errors.New("the host redirects and the redirect was not followed")
	ErrContentType = errors.New("the answer is not of a WebFinger content type")
	ErrTooLarge    = errors.New("the answer is too large")
	ErrMalformed   = errors.New("the answer is malformed")
	ErrNoActor     = errors.New("the answer names no ActivityPub actor that can be fetched")
	ErrUnconfirmed = errors.New("the handle that the answer names does not confirm it")
	ErrPlain       = errors.New("the host is asked over https only") // an http URL or a redirect to one, and the host is not trusted
)

// A LookupError reports a question that got no usable answer.
type LookupError struct {
	Host       string        // who was asked; what was asked is never printed
	StatusCode int           // 0 if no response arrived
	RetryAfter time.Duration // what the host asked for, if it did
	Err        error
}

func (e *LookupError) Error() string {
	if e.StatusCode != 0 {
		return fmt.Sprintf("webfinger: ask %s: status %d: %v", e.Host, e.StatusCode, e.Err)
	}
	return fmt.Sprintf("webfinger: ask %s: %v", e.Host, e.Err)
}

func (e *LookupError) Unwrap() error { return e.Err }

// Temporary reports whether the same question might be answered later without
// anyone changing anything: timeouts, refused connections, DNS, 408, 429 and
// 5xx. Where the [Doer] failed with an error of its own that knows, it is
// asked.
func (e *LookupError) Temporary() bool {
	for _, lasting := range []error{
		ErrNotFound, ErrGone, ErrForbidden, ErrRedirected, ErrContentType, ErrTooLarge,
		ErrMalformed, ErrNoActor, ErrUnconfirmed, ErrPlain, context.Canceled,
	} {
		if errors.Is(e.Err, lasting) {
			return false
		}
	}
	// Errors of package net have the method too, and call a refused connection
	// lasting; they are told by Timeout.
	var knows interface{ Temporary() bool }
	if errors.As(e.Err, &knows) {
		if _, isNet := knows.(net.Error); !isNet {
			return knows.Temporary()
		}
	}
	return true
}

// withoutURL strips what net/http puts around an error: the URL, whose query
// names the account.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
