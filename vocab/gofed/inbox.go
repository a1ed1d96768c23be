package gofed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// A Poster takes what comes to an inbox; every pub.Actor is one.
type Poster interface {
	PostInbox(ctx context.Context, w http.ResponseWriter, r *http.Request) (bool, error)
}

// An Inbox stands before go-fed's PostInbox. It reads the body, with a limit of
// 1 MiB, verifies the request's signature, hands go-fed the document in a form
// that it can read, and leaves the original bytes where [Delivery], [Record] and
// [Moves] find them. What makes go-fed panic is answered 400.
//
// The fields must not change once requests come in. The handler may be used for
// any number of inboxes.
type Inbox struct {
	Actor Poster
	// Verify returns the HTTP signature of a request whose body has been read,
	// or nil for a request without one; actor/client has the means.
	Verify func(ctx context.Context, r *http.Request, body []byte) (*actor.Signature, error)
	// Status is what is answered to an error of Verify. Nil: 503 if it says
	// that it is temporary, else 401.
	Status func(error) int
	// Failed, if not nil, is told what was answered 500, and of panics.
	Failed func(*http.Request, error)
}

// ServeHTTP implements http.Handler.
func (in *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBytes))
	if err != nil {
		w.WriteHeader(unread(err))
		return
	}
	ctx := r.Context()
	signature, err := in.Verify(ctx, r, body)
	if err != nil {
		w.WriteHeader(in.status(err))
		return
	}
	o, err := vocab.Parse(body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	readable, err := rewritten(ctx, o)
	if err != nil {
		in.failed(r, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	ctx = WithDelivery(ctx, move.Delivery{Activity: o, Signature: signature})
	in.post(ctx, w, r, readable)
}

// post lets go-fed answer.
func (in *Inbox) post(ctx context.Context, w http.ResponseWriter, r *http.Request, body []byte) {
	passed := r.Clone(ctx)
	passed.Body = io.NopCloser(bytes.NewReader(body))
	passed.ContentLength = int64(len(body))
	var handled bool
	err := guarded(func() (err error) {
		handled, err = in.Actor.PostInbox(ctx, w, passed)
		return err
	})
	switch {
	case err != nil:
		in.failed(r, err)
		w.WriteHeader(http.StatusInternalServerError)
	case !handled:
		w.WriteHeader(http.StatusUnsupportedMediaType)
	}
}

func (in *Inbox) failed(r *http.Request, err error) {
	if in.Failed != nil {
		in.Failed(r, err)
	}
}

func (in *Inbox) status(err error) int {
	if in.Status != nil {
		return in.Status(err)
	}
	if t, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err); ok && t.Temporary() {
		return http.StatusServiceUnavailable
	}
	return http.StatusUnauthorized
}

func unread(err error) int {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// rewritten returns a document as go-fed can read it, and an error if it would
// panic. A type that go-fed has not is left for go-fed to answer.
func rewritten(ctx context.Context, o *vocab.Object) ([]byte, error) {
	if _, err := ToType(ctx, o); err != nil && !errors.Is(err, ErrUnknownType) {
		return nil, err
	}
	m, err := plain(o)
	if err != nil {
		return nil, err
	}
	return encode(m)
}
