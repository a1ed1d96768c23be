package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

var _ webfinger.Doer = (*Client)(nil)

// ErrNoHandle means that an actor document names no handle, neither as its
// webfinger property nor by preferredUsername. Actors need none (FEP-03c1).
var ErrNoHandle = errors.New("the actor has no handle")

// Do sends one GET through the guarded connection, unsigned, and returns the
// answer of any status with its body read. It is the [webfinger.Doer] for
// lookups of names that strangers chose. The error is a [*actor.FetchError].
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	fail := func(err error) (*http.Response, error) {
		return nil, &actor.FetchError{ID: vocab.IRI(urlOrigin(r.URL)), Err: err}
	}
	if r.Method != "" && r.Method != http.MethodGet {
		return fail(errors.New("only GET is sent this way"))
	}
	asking := r.Clone(r.Context())
	asking.Header.Set("User-Agent", c.options.UserAgent)
	answer, err := c.http.Get(asking, nil)
	if err != nil {
		return fail(c.failure(r.Context(), err))
	}
	asking.URL = answer.URL
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode)),
		StatusCode:    answer.StatusCode,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        answer.Header,
		Body:          io.NopCloser(bytes.NewReader(answer.Body)),
		ContentLength: int64(len(answer.Body)),
		Request:       asking,
	}, nil
}

// CheckHandle returns the handle that an actor document claims, after its
// domain has confirmed that it leads to this actor (FEP-2c59): the webfinger
// property, or else preferredUsername at the host of the id. Without either it
// is [ErrNoHandle]; a handle that leads elsewhere is
// [webfinger.ErrUnconfirmed].
func (c *Client) CheckHandle(ctx context.Context, document *vocab.Object) (webfinger.Handle, error) {
	claimed, err := claimedHandle(document)
	if err != nil {
		return webfinger.Handle{}, err
	}
	account, err := webfinger.Confirm(ctx, c, claimed, string(document.ID()), &webfinger.Options{
		Trusted: c.options.Trusted,
		Timeout: c.options.Timeout,
	})
	if err != nil {
		return webfinger.Handle{}, err
	}
	if account.Handle.IsZero() {
		return claimed, nil
	}
	return account.Handle, nil
}

func claimedHandle(document *vocab.Object) (webfinger.Handle, error) {
	if text := document.Text(vocab.WebFinger); text != "" {
		return webfinger.ParseHandle(text)
	}
	name, host := document.Text(vocab.Username), document.ID().Host()
	if name == "" || host == "" {
		return webfinger.Handle{}, ErrNoHandle
	}
	return webfinger.ParseHandle(name + "@" + host)
}
