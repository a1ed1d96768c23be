package client

import (
	"context"
	"errors"
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/safehttp"
	"codeberg.org/godwit/godwit/vocab"
)

// accept is GoToSocial's: no weights, so that nobody has to weigh them.
const accept = `application/ld+json; profile="https://www.w3.org/ns/activitystreams",application/activity+json`

const (
	refusedFor = 5 * time.Minute  // how long a lasting failure is answered from memory
	failedFor  = 30 * time.Second // and a failure that may pass
	failedCost = 1 << 10
)

// fetched is the outcome of a fetch: one of the two.
type fetched struct {
	object *vocab.Object
	err    error
}

// Fetch returns the document behind id; see [actor.Fetcher] for what is
// checked. A fragment, as in the id of a key, is not sent. What was fetched
// less than Options.CacheFor ago is answered from memory; so is a failure: for
// five minutes if it is a lasting one, else for 30 seconds, or as long as the
// origin asked with Retry-After (which then holds for the whole origin, up to
// an hour).
//
// The errors are [*actor.FetchError].
func (c *Client) Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	return c.fetch(ctx, id, false)
}

// FetchFresh is [Client.Fetch] past every cache, ours and those on the way. It
// still waits for as long as the origin asked, and for another FetchFresh of
// the same document that is under way.
func (c *Client) FetchFresh(ctx context.Context, id vocab.IRI) (*vocab.Object, error) {
	return c.fetch(ctx, id, true)
}

func (c *Client) fetch(ctx context.Context, id vocab.IRI, fresh bool) (*vocab.Object, error) {
	if !id.IsHTTP() {
		return nil, &actor.FetchError{ID: id, Err: actor.ErrScheme}
	}
	key := c.cacheKey(id.Document())
	if !fresh {
		if known, ok := c.documents.get(key, c.now()); ok {
			return known.object, known.err
		}
	}
	work := func() (*vocab.Object, error) {
		o, err := c.fetchNow(ctx, id.Document(), fresh)
		c.keep(ctx, key, o, err)
		return o, err
	}
	flight := key
	if fresh {
		flight = "fresh " + key
	}
	o, err := c.fetching.do(ctx, flight, work)
	if _, told := errors.AsType[*actor.FetchError](err); err != nil && !told {
		err = &actor.FetchError{ID: id, Err: err}
	}
	return o, err
}

// cacheKey keeps what one actor was shown apart from what another was.
func (c *Client) cacheKey(id vocab.IRI) string {
	if c.signer == nil {
		return string(id)
	}
	return string(id) + " as " + string(c.signer.KeyID())
}

// keep caches an outcome that says something about the origin.
func (c *Client) keep(ctx context.Context, key string, o *vocab.Object, err error) {
	now := c.now()
	cost := int64(failedCost + len(key))
	if err == nil {
		if c.options.CacheFor > 0 {
			c.documents.put(key, fetched{object: o}, int64(len(o.Bytes()))+cost, now.Add(c.options.CacheFor))
		}
		return
	}
	failure, ok := errors.AsType[*actor.FetchError](err)
	switch {
	case !ok || ctx.Err() != nil:
		return
	case !failure.Temporary():
		c.documents.put(key, fetched{err: err}, cost, now.Add(refusedFor))
	case failure.RetryAfter == 0: // else the origin is closed for us anyway
		c.documents.put(key, fetched{err: err}, cost, now.Add(failedFor))
	}
}

// fetchNow goes to the network, unless the origin has asked to be left alone.
func (c *Client) fetchNow(ctx context.Context, id vocab.IRI, fresh bool) (*vocab.Object, error) {
	fail := func(status int, retry time.Duration, err error) (*vocab.Object, error) {
		return nil, &actor.FetchError{ID: id, StatusCode: status, RetryAfter: retry, Err: err}
	}
	at := c.origins.at(id.Origin(), c.now())
	if wait, status := at.wait(c.now()); wait > 0 {
		return fail(status, wait, actor.ErrUnavailable)
	}
	answer, err := c.ask(ctx, id, fresh)
	if err != nil {
		c.missed(ctx, id.Origin(), err)
		return fail(0, 0, c.failure(ctx, err))
	}
	c.reached(ctx, id.Origin(), !down(answer.StatusCode) || urlOrigin(answer.URL) != id.Origin())
	if err := refusal(answer.StatusCode); err != nil {
		return fail(answer.StatusCode, c.retryAfter(answer), err)
	}
	o, came, err := c.read(id, answer)
	if err != nil {
		return fail(answer.StatusCode, 0, err)
	}
	if err := c.learn(ctx, id, o, came); err != nil {
		return fail(0, 0, err)
	}
	return o, nil
}

// ask requests a document, signed if there is a Signer. Where the signature
// may be why it is refused, it is made once more without the query, and then
// in the other scheme; if nothing helps, the first answer counts.
func (c *Client) ask(ctx context.Context, id vocab.IRI, fresh bool) (*safehttp.Response, error) {
	first, used, err := c.get(ctx, id, fresh, knock{})
	if err != nil || c.signer == nil || !knockAgain(first.StatusCode) {
		return first, err
	}
	refuser := urlOrigin(first.URL)
	if first.StatusCode == http.StatusUnauthorized && first.URL.RawQuery != "" {
		again, _, err := c.get(ctx, id, fresh, knock{refuser, used, true})
		if err == nil && !knockAgain(again.StatusCode) {
			return again, nil
		}
	}
	again, _, err := c.get(ctx, id, fresh, knock{refuser, used.other(), false})
	at := c.origins.at(refuser, c.now())
	switch {
	case err != nil, knockAgain(again.StatusCode):
		at.forget()
		return first, nil
	case refusal(again.StatusCode) == nil:
		at.remember(used.other(), c.now())
	}
	return again, nil
}

// A knock is one attempt: at one origin it signs in the scheme it says, at
// others on the way as they prefer. The zero knock signs as all prefer.
type knock struct {
	at        string
	scheme    Scheme
	omitQuery bool
}

// knockAgain reports whether a signature in another form might be taken.
func knockAgain(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return true
	}
	return false
}

// get returns the answer, and the scheme that the last hop was signed in.
func (c *Client) get(ctx context.Context, id vocab.IRI, fresh bool, k knock) (*safehttp.Response, Scheme, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, string(id), nil)
	if err != nil {
		return nil, "", actor.ErrScheme
	}
	r.Header.Set("Accept", accept)
	r.Header.Set("User-Agent", c.options.UserAgent)
	if fresh {
		// In headers, not in the query: signatures cover the query.
		r.Header.Set("Cache-Control", "no-cache")
		r.Header.Set("Pragma", "no-cache")
	}
	var used Scheme
	answer, err := c.http.Get(r, func(hop *http.Request) (err error) {
		used, err = c.sign(hop, k)
		return err
	})
	if err == nil && len(answer.Header.Values("Accept-Signature")) > 0 {
		c.origins.at(urlOrigin(answer.URL), c.now()).advertise(c.now())
	}
	return answer, used, err
}

// sign signs one hop of a fetch.
func (c *Client) sign(hop *http.Request, k knock) (Scheme, error) {
	if c.signer == nil {
		return "", nil
	}
	now, origin := c.now(), urlOrigin(hop.URL)
	scheme := k.scheme
	if k.at == "" || origin != k.at {
		scheme = c.origins.at(origin, now).prefers(now)
	}
	return scheme, c.signer.Sign(hop, nil, Signing{Scheme: scheme, OmitQuery: k.omitQuery, At: now})
}
