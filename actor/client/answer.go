package client

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/safehttp"
	"codeberg.org/godwit/godwit/vocab"
)

func urlOrigin(u *url.URL) string { return vocab.IRI(u.String()).Origin() }

// failure turns what the guarded client says into the words of package actor.
func (c *Client) failure(ctx context.Context, err error) error {
	for _, pair := range []struct{ from, to error }{
		{safehttp.ErrPrivate, actor.ErrPrivate},
		{safehttp.ErrScheme, actor.ErrScheme},
		{safehttp.ErrUserinfo, actor.ErrScheme},
		{safehttp.ErrLocation, actor.ErrRedirects},
		{safehttp.ErrRedirects, actor.ErrRedirects},
		{safehttp.ErrTooLarge, actor.ErrTooLarge},
		{safehttp.ErrTimeout, actor.ErrTimeout},
	} {
		if errors.Is(err, pair.from) {
			return pair.to
		}
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.Is(err, safehttp.ErrConnection):
		cause, _ := errors.AsType[*safehttp.Error](err)
		return fmt.Errorf("%w: %w", actor.ErrConnection, cause)
	}
	return err
}

// missed tells the KeyMemory what a request that failed says of the origin: it
// answered, if only by a redirect to nowhere; nobody answered; or nothing, where
// the request was never sent or it is the caller who did not wait.
func (c *Client) missed(ctx context.Context, origin string, err error) {
	failed, ok := errors.AsType[*safehttp.Error](err)
	if !ok || ctx.Err() != nil {
		return
	}
	nobody := errors.Is(err, safehttp.ErrConnection) || errors.Is(err, safehttp.ErrTimeout) || errors.Is(err, safehttp.ErrPrivate)
	if failed.Answered || nobody {
		c.reached(ctx, origin, failed.Answered)
	}
}

// down reports whether an answer comes from whatever stands before a server
// that is not there.
func down(status int) bool {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return status >= 520 && status <= 530
}

// refusal says what the status of a fetch means; nil for success.
func refusal(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusGone:
		return actor.ErrGone
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return actor.ErrForbidden
	case passing(status):
		return actor.ErrUnavailable
	case status >= 400:
		return actor.ErrNotFound
	}
	return actor.ErrMalformed
}

// passing reports whether a status may be another one later.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// retryAfter reads how long an origin wants to be left alone, and leaves it
// alone.
func (c *Client) retryAfter(answer *safehttp.Response) time.Duration {
	if !passing(answer.StatusCode) {
		return 0
	}
	now := c.now()
	wait := parseRetryAfter(answer.Header.Get("Retry-After"), now)
	if wait > 0 {
		c.origins.at(urlOrigin(answer.URL), now).close(answer.StatusCode, wait, now)
	}
	return wait
}

// parseRetryAfter reads seconds or a date (RFC 9110, section 10.2.3), and 0
// from what is neither or past. It returns a day at most.
func parseRetryAfter(text string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(text); err == nil {
		wait = date.Sub(now)
	}
	return max(0, min(wait, maxRetry))
}

// read takes the document out of an answer and checks that its origin is the
// one that served it (FEP-fe34). It returns it as it came, too: what is signed in it
// holds only so.
func (c *Client) read(asked vocab.IRI, answer *safehttp.Response) (o, came *vocab.Object, err error) {
	if !isActivityStreams(answer.Header.Values("Content-Type")) {
		return nil, nil, actor.ErrContentType
	}
	came, err = vocab.ParseWith(answer.Body, &vocab.Limits{Bytes: c.options.DocumentBytes})
	switch {
	case errors.Is(err, vocab.ErrTooLarge):
		return nil, nil, actor.ErrTooLarge
	case err != nil:
		return nil, nil, fmt.Errorf("%w: %w", actor.ErrMalformed, err)
	}
	o = came
	if c.options.Normalize != nil {
		if o, err = c.options.Normalize(came); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", actor.ErrMalformed, err)
		}
	}
	// A page of a collection may have no id: it is where it was asked for.
	id := o.ID()
	if id == "" {
		id = asked
	}
	if origin := id.Origin(); origin == "" || origin != urlOrigin(answer.URL) {
		return nil, nil, actor.ErrRedirected
	}
	return o, came, nil
}

// isActivityStreams reports whether the one Content-Type is that of an
// ActivityStreams document. Without its profile, application/ld+json may be
// anything that somebody uploaded.
func isActivityStreams(values []string) bool {
	if len(values) != 1 {
		return false
	}
	name, rest, _ := strings.Cut(values[0], ";")
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "application/activity+json":
		return true
	case "application/ld+json":
		return hasProfile(values[0], rest)
	}
	return false
}

// hasProfile looks for ActivityStreams among the profiles, which the
// specification wants quoted and not every server quotes.
func hasProfile(value, rest string) bool {
	profiles := ""
	if _, params, err := mime.ParseMediaType(value); err == nil {
		profiles = params["profile"]
	} else {
		for param := range strings.SplitSeq(rest, ";") {
			name, value, _ := strings.Cut(param, "=")
			if strings.EqualFold(strings.TrimSpace(name), "profile") {
				profiles = strings.Trim(strings.TrimSpace(value), `"'`)
			}
		}
	}
	for profile := range strings.FieldsSeq(profiles) {
		if strings.Trim(profile, `'`) == vocab.ContextAS {
			return true
		}
	}
	return false
}
