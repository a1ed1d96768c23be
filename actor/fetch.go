package actor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Fetcher returns the current document behind an IRI, as its own origin
// serves it now. actor/client has the one that goes to the network.
//
// Implementations must be safe for concurrent use. They must check that the
// document was finally served by the origin of the id that it names (FEP-fe34)
// and return a [FetchError] for everything else, wrapping the error below that
// fits. A document that names another id than the one asked for is returned
// as it is if that id is on the origin that served it: the caller compares.
type Fetcher interface {
	Fetch(ctx context.Context, id vocab.IRI) (*vocab.Object, error)
}

// A FreshFetcher can be told to go past every cache. Callers that must not
// believe an old answer look for it.
type FreshFetcher interface {
	FetchFresh(ctx context.Context, id vocab.IRI) (*vocab.Object, error)
}

// Why a fetch failed. A [FetchError] wraps one of these, or an error of the
// network.
var (
	ErrNotFound    = errors.New("the origin says that it does not exist")                 // 404 and other 4xx
	ErrGone        = errors.New("the origin says that it is gone")                        // 410
	ErrForbidden   = errors.New("the origin refuses to show it")                          // 401, 403
	ErrUnavailable = errors.New("the origin cannot answer now")                           // 429, 5xx
	ErrTimeout     = errors.New("the origin did not answer in time")                      //
	ErrConnection  = errors.New("the origin cannot be reached")                           // refused, reset, DNS
	ErrPrivate     = errors.New("the address is not on the public network")               // never retried
	ErrScheme      = errors.New("the scheme is not http or https")                        // never retried
	ErrRedirected  = errors.New("the document is served by another origin than its id's") // FEP-fe34
	ErrRedirects   = errors.New("too many redirects")
	ErrContentType = errors.New("the answer is not an ActivityStreams document")
	ErrTooLarge    = errors.New("the answer is too large")
	ErrMalformed   = errors.New("the answer is not well-formed")
)

// A FetchError reports a fetch that failed. It is no refusal: the two are told
// apart by their types.
type FetchError struct {
	ID         vocab.IRI     // what was asked for; printed without its query
	StatusCode int           // 0 if no response arrived
	RetryAfter time.Duration // what the origin asked for, if it did
	Err        error
}

func (e *FetchError) Error() string {
	where := e.ID.Origin()
	if where == "" {
		where = "an IRI that is no URL"
	}
	if e.StatusCode != 0 {
		return fmt.Sprintf("fetch from %s: status %d: %v", where, e.StatusCode, e.Err)
	}
	return fmt.Sprintf("fetch from %s: %v", where, e.Err)
}

func (e *FetchError) Unwrap() error { return e.Err }

// Temporary reports whether the same fetch might succeed later without anyone
// changing anything: timeouts, refused connections, DNS, 429 and 5xx.
func (e *FetchError) Temporary() bool {
	for _, lasting := range []error{
		ErrNotFound, ErrGone, ErrForbidden, ErrPrivate, ErrScheme, ErrRedirected,
		ErrRedirects, ErrContentType, ErrTooLarge, ErrMalformed, context.Canceled,
	} {
		if errors.Is(e.Err, lasting) {
			return false
		}
	}
	return true
}

// A DeliveryError reports an activity that an inbox did not take.
type DeliveryError struct {
	Inbox      vocab.IRI // printed without its path and query
	StatusCode int       // 0 if no response arrived
	RetryAfter time.Duration
	Err        error // one of the errors above, or an error of the network
}

func (e *DeliveryError) Error() string {
	if e.StatusCode != 0 {
		return fmt.Sprintf("deliver to %s: status %d: %v", e.Inbox.Origin(), e.StatusCode, e.Err)
	}
	return fmt.Sprintf("deliver to %s: %v", e.Inbox.Origin(), e.Err)
}

func (e *DeliveryError) Unwrap() error { return e.Err }

// Temporary reports whether the same delivery might succeed later: timeouts,
// refused connections, DNS, 408, 429 and 5xx.
func (e *DeliveryError) Temporary() bool {
	return (&FetchError{Err: e.Err}).Temporary()
}
