package blobs3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An Error is what a server said, or why it could not be asked.
type Error struct {
	Op     string // what was done, such as "put blob"
	Bucket string
	Key    string // "" where it was about no blob
	Status int    // of the answer; 0 if there was none
	Code   string // the server's word for it, such as SlowDown; "" if it said none
	// Err is the cause: fs.ErrNotExist or fs.ErrExist where that is what the
	// server means, the error of a reader or a context, or of the network.
	Err error

	network bool
}

func (e *Error) Error() string {
	text := e.Op + ": " + e.Bucket
	if e.Key != "" {
		text += "/" + e.Key
	}
	if e.Status != 0 {
		text += fmt.Sprintf(": %d", e.Status)
	}
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same might succeed later: the server was busy, was slow,
// failed, was not reached, or did not say whether it has done it.
func (e *Error) Temporary() bool {
	switch e.Code {
	case "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "OperationAborted",
		"ConditionalRequestConflict", "RequestTimeTooSkewed":
		return true
	}
	switch e.Status {
	case 0, http.StatusOK:
		return e.network
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusTemporaryRedirect:
		return true
	}
	return e.Status >= 500 && e.Status != http.StatusNotImplemented
}

// failed makes an error of what the client returned. What that says itself is not
// repeated: it may hold addresses with queries, and words of the server.
func (s *Store) failed(ctx context.Context, op, key string, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Op: op, Bucket: s.bucket, Key: s.prefix + key}
	if said, ok := errors.AsType[smithy.APIError](err); ok {
		e.Code = word(said.ErrorCode())
	}
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		e.Status = response.HTTPStatusCode()
	} else if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		e.Status = response.HTTPStatusCode()
	}
	e.Err, e.network = cause(ctx, err, e)
	return e
}

// cause returns what is behind an error, and whether that is the network. What has
// taken the network too long says of itself that a context has ended, so ctx is asked.
func cause(ctx context.Context, err error, e *Error) (error, bool) {
	if ended := ctx.Err(); ended != nil && errors.Is(err, ended) {
		return ended, false
	}
	if keys, ok := errors.AsType[*keysError](err); ok {
		return keys.error, false
	}
	switch {
	case e.Status == http.StatusNotFound && e.Code != "NoSuchBucket" && e.Code != "NoSuchUpload":
		return fs.ErrNotExist, false
	case e.Status == http.StatusPreconditionFailed:
		return fs.ErrExist, false
	case e.Status != 0 && e.Code != "":
		return nil, false
	case e.Status != 0:
		return errors.New("the answer cannot be read"), false
	}
	if sent, ok := errors.AsType[*url.Error](err); ok {
		return sent.Err, true
	}
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return errors.New("the server was not reached"), true
	}
	return errors.New("the request could not be made"), false
}

// word is a code as it may be shown: a server can say anything.
func word(code string) string {
	const most = 60
	ok := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' }
	if len(code) > most || strings.ContainsFunc(code, func(r rune) bool { return !ok(r) }) {
		return "Unreadable"
	}
	return code
}
