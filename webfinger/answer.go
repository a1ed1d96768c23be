package webfinger

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// An answer is a descriptor and the host that it came from.
type answer struct {
	*JRD
	host string
}

// query gets one JRD.
func (a *asker) query(ctx context.Context, address string) (*answer, error) {
	body, at, err := a.get(ctx, address, TypeJRD+", application/json;q=0.9", isJRDType)
	if err != nil {
		return nil, err
	}
	jrd, err := ParseJRD(body)
	if err != nil {
		return nil, &LookupError{Host: at.Host, Err: err}
	}
	return &answer{JRD: jrd, host: at.Host}, nil
}

// get returns the body of a 200 whose content type is wanted, and the address
// that finally answered.
func (a *asker) get(ctx context.Context, address, accept string, wanted func(string) bool) ([]byte, *url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, &LookupError{Host: "a malformed address", Err: ErrMalformed}
	}
	failed := &LookupError{Host: req.URL.Host}
	req.Header.Set("Accept", accept)
	resp, err := a.doer.Do(req)
	if err != nil {
		failed.Err = withoutURL(err)
		return nil, nil, failed
	}
	defer resp.Body.Close()
	at := req.URL
	if resp.Request != nil && resp.Request.URL != nil {
		at = resp.Request.URL
	}
	if !a.allowed(at.Scheme + "://" + at.Host) {
		failed.Err = ErrPlain // RFC 7033, section 4.2: a redirect must stay on https
		return nil, nil, failed
	}
	if failed.Err = statusError(resp.StatusCode); failed.Err != nil {
		failed.StatusCode, failed.RetryAfter = resp.StatusCode, retryAfter(resp.Header)
		return nil, nil, failed
	}
	// A static site serves a file without an extension as if it had no type.
	// At the very place that was asked it can only be meant as the answer.
	kind := resp.Header.Get("Content-Type")
	if !wanted(kind) && !(isUntyped(kind) && *at == *req.URL) {
		failed.Err = ErrContentType
		return nil, nil, failed
	}
	body, err := a.read(resp.Body)
	if err != nil {
		failed.Err = err
		return nil, nil, failed
	}
	return body, at, nil
}

func (a *asker) read(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, a.maxBytes+1))
	switch {
	case err != nil:
		return nil, withoutURL(err)
	case int64(len(body)) > a.maxBytes:
		return nil, ErrTooLarge
	}
	return body, nil
}

func statusError(status int) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusGone:
		return ErrGone
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		return ErrUnavailable
	case status >= 400:
		return ErrNotFound
	case status >= 300:
		return ErrRedirected
	}
	return ErrMalformed
}

// retryAfter reads the header in both its forms; a date is measured from the
// host's own Date, so that no clock of ours matters.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, until.Sub(now))
}

func isJRDType(s string) bool {
	media, _, err := mime.ParseMediaType(s)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

func isUntyped(s string) bool {
	media, _, err := mime.ParseMediaType(s)
	return s == "" || err == nil && (media == "application/octet-stream" || media == "text/plain")
}
