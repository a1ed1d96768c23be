package safehttp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// Do is [Client.Get] with the types of net/http, for packages that ask for a
// client of that shape. The answer has been read to its end; its Request names
// the address that it came from, after redirects. Methods other than GET and
// HEAD are refused.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, &Error{Host: r.URL.Host, Err: errors.ErrUnsupported}
	}
	answer, err := c.Get(r, nil)
	if err != nil {
		return nil, err
	}
	from := r.Clone(r.Context())
	from.URL, from.Host = answer.URL, answer.URL.Host
	return &http.Response{
		Status:        strconv.Itoa(answer.StatusCode) + " " + http.StatusText(answer.StatusCode),
		StatusCode:    answer.StatusCode,
		Header:        answer.Header,
		Body:          io.NopCloser(bytes.NewReader(answer.Body)),
		ContentLength: int64(len(answer.Body)),
		Request:       from,
	}, nil
}

// Temporary reports whether the same request might succeed later without
// anyone changing anything: only when there was no connection, or no answer in
// time.
func (e *Error) Temporary() bool {
	return !errors.Is(e.Err, context.Canceled) &&
		(errors.Is(e.Err, ErrConnection) || errors.Is(e.Err, ErrTimeout))
}
