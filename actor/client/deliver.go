package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/safehttp"
	"codeberg.org/godwit/godwit/vocab"
)

// contentType is what deliveries are labelled with.
const contentType = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`

// ErrNoSigner means that nobody signs for the actor whose activity was to be
// delivered.
var ErrNoSigner = errors.New("there is no signer for the actor")

// Deliver posts the bytes of an activity to an inbox, signed by from's signer
// now. status is the inbox's answer, 0 if there was none; anything but 2xx is
// an error, a redirect too. A 2xx says that the inbox took the activity, not
// that it believes it.
//
// An origin that is not known gets draft-cavage; on 400, 401 or 403 the
// delivery is made once more after RFC 9421, signed anew, and what was taken is
// remembered for 30 days. If both are refused, the first answer counts.
// Nothing is queued or retried: [actor.DeliveryError.Temporary] says whether
// that would help, and its RetryAfter when.
func (c *Client) Deliver(ctx context.Context, from, inbox vocab.IRI, activity *vocab.Object) (status int, err error) {
	fail := func(status int, retry time.Duration, err error) (int, error) {
		return status, &actor.DeliveryError{Inbox: inbox, StatusCode: status, RetryAfter: retry, Err: err}
	}
	origin := inbox.Origin()
	if origin == "" {
		return fail(0, 0, actor.ErrScheme)
	}
	signer, err := c.signerOf(ctx, from)
	if err != nil {
		return fail(0, 0, err)
	}
	answer, err := c.knockTwice(ctx, signer, inbox, activity.Bytes())
	if err != nil {
		c.missed(ctx, origin, err)
		return fail(0, 0, c.failure(ctx, err))
	}
	c.reached(ctx, origin, !down(answer.StatusCode))
	if err := inboxRefusal(answer.StatusCode); err != nil {
		return fail(answer.StatusCode, c.inboxRetryAfter(answer), err)
	}
	return answer.StatusCode, nil
}

// inboxRetryAfter reads what an inbox asks for. It does not close the origin
// to fetches: the sender's queue paces deliveries.
func (c *Client) inboxRetryAfter(answer *safehttp.Response) time.Duration {
	if !passing(answer.StatusCode) {
		return 0
	}
	return parseRetryAfter(answer.Header.Get("Retry-After"), c.now())
}

func (c *Client) signerOf(ctx context.Context, from vocab.IRI) (Signer, error) {
	if c.options.Signers != nil {
		signer, err := c.options.Signers(ctx, from)
		if err != nil {
			return nil, fmt.Errorf("find the signer: %w", err)
		}
		if signer == nil {
			return nil, ErrNoSigner
		}
		return signer, nil
	}
	if c.signer == nil || c.signer.KeyID().Document() != from {
		return nil, ErrNoSigner
	}
	return c.signer, nil
}

func (c *Client) knockTwice(ctx context.Context, signer Signer, inbox vocab.IRI, body []byte) (*safehttp.Response, error) {
	now := c.now()
	at := c.origins.at(inbox.Origin(), now)
	scheme := at.prefers(now)
	first, err := c.post(ctx, signer, scheme, inbox, body)
	if err != nil {
		return nil, err
	}
	if !knockAgain(first.StatusCode) {
		c.heard(first, at, scheme)
		return first, nil
	}
	second, err := c.post(ctx, signer, scheme.other(), inbox, body)
	if err != nil || knockAgain(second.StatusCode) {
		at.forget()
		return first, nil
	}
	if inboxRefusal(second.StatusCode) == nil {
		at.remember(scheme.other(), c.now())
	}
	return second, nil
}

// heard learns from an answer to the first knock that RFC 9421 is welcome.
// Where that was the scheme already, its 30 days begin anew.
func (c *Client) heard(answer *safehttp.Response, at *origin, used Scheme) {
	switch {
	case used == RFC9421 && inboxRefusal(answer.StatusCode) == nil:
		at.remember(RFC9421, c.now())
	case len(answer.Header.Values("Accept-Signature")) > 0:
		at.advertise(c.now())
	}
}

func (c *Client) post(ctx context.Context, signer Signer, scheme Scheme, inbox vocab.IRI, body []byte) (*safehttp.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, string(inbox.Document()), bytes.NewReader(body))
	if err != nil {
		return nil, actor.ErrScheme
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("User-Agent", c.options.UserAgent)
	if err := signer.Sign(r, body, Signing{Scheme: scheme, At: c.now()}); err != nil {
		return nil, err
	}
	return c.http.Post(r)
}

// A refusedActivity is the error of a 4xx that says nothing of the inbox, only
// of what was sent. It counts as forbidden: sending the same again is no use.
type refusedActivity struct{}

func (refusedActivity) Error() string { return "the inbox refuses the activity" }

func (refusedActivity) Is(target error) bool { return target == actor.ErrForbidden }

// inboxRefusal says what the status of a delivery means; nil for success.
func inboxRefusal(status int) error {
	switch {
	case status >= 300 && status < 400:
		return actor.ErrRedirected
	case status == http.StatusNotFound:
		return actor.ErrNotFound
	}
	if err := refusal(status); !errors.Is(err, actor.ErrNotFound) {
		return err
	}
	return refusedActivity{}
}
