package main

import (
	"errors"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/webfinger"
)

// client returns a client that signs nothing.
func (c *call) client() *client.Client {
	return client.New(&client.Options{Trusted: c.trusted, Transport: c.transport})
}

// explain adds what a person can do about a failure of the network.
func explain(err error) error {
	switch {
	case errors.Is(err, actor.ErrPrivate), errors.Is(err, webfinger.ErrPlain):
		return &exitError{statusFailed, []string{"a test server is reached with -trust host:port"}, err}
	case errors.Is(err, actor.ErrForbidden), errors.Is(err, webfinger.ErrForbidden):
		return &exitError{statusCannotTell, []string{"the server shows this only to requests that an account has signed"}, err}
	}
	var retry interface{ Temporary() bool }
	if errors.As(err, &retry) && retry.Temporary() {
		return &exitError{statusFailed, []string{"try again later"}, err}
	}
	return err
}
