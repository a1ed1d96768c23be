package main

import (
	"errors"
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/internal/safehttp"
	"codeberg.org/godwit/godwit/webfinger"
)

// parseName reads a handle or a URL that a person gave.
func (c *call) parseName(s string) (webfinger.Resource, error) {
	r, err := webfinger.ParseResource(s)
	scheme, _, isURL := strings.Cut(s, "://")
	isURL = isURL && scheme != "" && !strings.Contains(scheme, "@")
	isWeb := strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
	switch {
	case err == nil:
		return r, nil
	case isURL && !isWeb:
		return r, usageError{c.command, fmt.Sprintf("%q is a URL of the scheme %s, which is not asked: write @name@host or an https:// URL", s, scheme)}
	case isURL:
		return r, usageError{c.command, fmt.Sprintf("%q is no URL that can be asked (%s)", s, detail(err))}
	}
	return r, usageError{c.command, fmt.Sprintf("%q is neither a handle nor a URL (%s): write @name@host or an https:// URL", s, detail(err))}
}

// detail is what stands behind the kind of an error.
func detail(err error) string {
	return strings.TrimPrefix(err.Error(), webfinger.ErrHandle.Error()+": ")
}

// client returns a client that signs nothing.
func (c *call) client() *client.Client {
	return client.New(&client.Options{Trusted: c.trusted, Transport: c.transport})
}

// explain adds what a person can do about a failure of the network.
func explain(err error) error {
	switch {
	case errors.Is(err, actor.ErrPrivate), errors.Is(err, webfinger.ErrPlain):
		return &exitError{status: statusFailed, hint: "a test server is reached with -trust host:port", err: err}
	case errors.Is(err, actor.ErrForbidden), errors.Is(err, webfinger.ErrForbidden):
		return &exitError{status: statusCannotTell, hint: "the server shows this only to requests that an account has signed", err: err}
	case errors.Is(err, safehttp.ErrUnknownHost):
		return &exitError{status: statusFailed, hint: "check the spelling of the host", err: err}
	}
	var retry interface{ Temporary() bool }
	if errors.As(err, &retry) && retry.Temporary() {
		return &exitError{status: statusFailed, hint: "try again later", err: err}
	}
	return err
}
