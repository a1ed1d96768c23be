package redirect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// maxActivity is how much of an activity is read, in bytes.
const maxActivity = 1 << 20

// An InboxHost is what [MovedInbox] needs of a server. It is safe for concurrent use.
type InboxHost interface {
	// Signer checks the signature of a request, whose body was read, and returns the actor
	// whose key made it. An error whose method Temporary says true is answered with 503.
	Signer(r *http.Request, body []byte) (vocab.IRI, error)
	// Take gets an Undo or a Delete that its actor has signed. It is idempotent.
	Take(ctx context.Context, a MovedAccount, activity *vocab.Object) error
	// Reject sends, or queues, a Reject of a Follow that its actor has signed, signed with
	// the key of the old account. It is idempotent by the id of the Follow.
	Reject(ctx context.Context, a MovedAccount, follow *vocab.Object) error
}

// InboxOptions adjusts [MovedInbox].
type InboxOptions struct {
	// Origins are the public origins that are served, as in [Options]. Required.
	Origins []string
	// Problem, if not nil, is told why a request was answered with 503.
	Problem func(r *http.Request, err error)
}

// MovedInbox answers POST requests to inboxes. At the inbox of an account that has moved, Undo and
// Delete are taken with 202, and a Follow of it, there or at a shared inbox, with 202 and a
// Reject. Everything else is next's.
//
// A Delete whose signature cannot be checked, for its actor's key is gone with it, is
// answered with 202 as well, and nothing is done.
func MovedInbox(next http.Handler, accounts Accounts, host InboxHost, o *InboxOptions) (http.Handler, error) {
	if accounts == nil || host == nil || o == nil {
		return nil, ErrOptions
	}
	served, err := originsOf(o.Origins)
	if err != nil {
		return nil, err
	}
	return &movedInbox{next: next, accounts: accounts, host: host, o: *o, origins: served}, nil
}

type movedInbox struct {
	next     http.Handler
	accounts Accounts
	host     InboxHost
	o        InboxOptions
	origins  origins
}

func (in *movedInbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	origin, ours := in.origins.of(r.Host)
	if r.Method != http.MethodPost || !ours {
		in.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxActivity+1))
	switch {
	case err != nil:
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return
	case len(body) > maxActivity:
		http.Error(w, "the activity is too large", http.StatusRequestEntityTooLarge)
		return
	}
	status, err := in.take(r, vocab.IRI(origin+r.URL.EscapedPath()), body)
	if err != nil && in.o.Problem != nil {
		in.o.Problem(r, err)
	}
	switch status {
	case 0:
		r.Body = io.NopCloser(bytes.NewReader(body))
		in.next.ServeHTTP(w, r)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "60")
		http.Error(w, "not available now", status)
	case http.StatusUnauthorized:
		http.Error(w, "not signed by its actor", status)
	default:
		w.WriteHeader(status)
	}
}

// take returns the status of the answer, 0 for what the next handler answers.
func (in *movedInbox) take(r *http.Request, inbox vocab.IRI, body []byte) (int, error) {
	o, err := vocab.Parse(body)
	if err != nil {
		return 0, nil // the next handler has words for it
	}
	if o.Is(vocab.TypeFollow) {
		return in.follow(r, o, body)
	}
	if !o.Is(vocab.TypeUndo, vocab.TypeDelete) {
		return 0, nil
	}
	a, moved, err := in.accounts.Moved(r.Context(), inbox)
	switch {
	case err != nil:
		return http.StatusServiceUnavailable, fmt.Errorf("inbox: %w", err)
	case !moved || a.Inbox != inbox:
		return 0, nil
	}
	status, err := in.signed(r, o, body)
	switch {
	case status == http.StatusUnauthorized && o.Is(vocab.TypeDelete):
		return http.StatusAccepted, nil
	case status != 0:
		return status, err
	}
	return in.done(in.host.Take(r.Context(), a, o))
}

func (in *movedInbox) follow(r *http.Request, o *vocab.Object, body []byte) (int, error) {
	followed := o.IRI(vocab.ObjectProperty)
	a, moved, err := in.accounts.Moved(r.Context(), followed)
	switch {
	case err != nil:
		return http.StatusServiceUnavailable, fmt.Errorf("inbox: %w", err)
	case !moved || a.Old != followed:
		return 0, nil
	}
	if status, err := in.signed(r, o, body); status != 0 {
		return status, err
	}
	return in.done(in.host.Reject(r.Context(), a, o))
}

// signed returns 0 if the actor of an activity has signed the request, and has the
// right to send what is in it.
func (in *movedInbox) signed(r *http.Request, o *vocab.Object, body []byte) (int, error) {
	signer, err := in.host.Signer(r, body)
	var later interface{ Temporary() bool }
	switch {
	case errors.As(err, &later) && later.Temporary():
		return http.StatusServiceUnavailable, fmt.Errorf("inbox: %w", err)
	case err != nil || signer == "" || o.IRI(vocab.Actor) != signer:
		return http.StatusUnauthorized, nil
	}
	inner := o.Child(vocab.ObjectProperty)
	if o.Is(vocab.TypeUndo) && inner != nil && inner.Has(vocab.Actor) && inner.IRI(vocab.Actor) != signer {
		return http.StatusUnauthorized, nil
	}
	return 0, nil
}

func (in *movedInbox) done(err error) (int, error) {
	if err != nil {
		return http.StatusServiceUnavailable, fmt.Errorf("inbox: %w", err)
	}
	return http.StatusAccepted, nil
}

// keyed returns the values of LOLA's parameter in a query, and the query without them,
// otherwise as it was.
func keyed(query string) (values []string, rest string) {
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if unescaped(name) == Parameter {
			values = append(values, value)
			continue
		}
		kept = append(kept, pair)
	}
	return values, strings.Join(kept, "&")
}
