package afterlife

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// longestActivity is how long what comes into an inbox may be.
const longestActivity = 1 << 20

// inbox takes what is delivered. Nothing is stored but what is to be forgotten.
func (s *server) inbox(w http.ResponseWriter, r *http.Request, a address) {
	at, err := s.find(a)
	switch {
	case errors.Is(err, ErrUnknown), err == nil && at.role != isInbox:
		s.write(w, r, missing)
		return
	case err != nil:
		s.fail(w, r, err)
		return
	case s.isOwnInbox(at) && s.isGone(at):
		s.write(w, r, gone)
		return
	case s.o.Network == nil:
		s.plain(w, http.StatusServiceUnavailable, "nothing is taken here\n")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestActivity))
	if err != nil {
		s.plain(w, http.StatusRequestEntityTooLarge, "too large\n")
		return
	}
	verified, err := s.o.Network.Verify(r.Context(), r, body)
	if err != nil {
		status := client.Status(err)
		s.plain(w, status, http.StatusText(status)+"\n")
		return
	}
	status, err := s.take(r.Context(), verified.Owner, body)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.plain(w, status, http.StatusText(status)+"\n")
}

// isOwnInbox reports whether an inbox is that of one account, not of the server.
func (s *server) isOwnInbox(at *record) bool {
	a, ok := addressOf(s.accounts[at.account].Inbox)
	return ok && a == at.address
}

// take does what an activity asks for, and returns what to answer. Its sender is known
// by a signature.
func (s *server) take(ctx context.Context, sender vocab.IRI, body []byte) (int, error) {
	activity, err := vocab.Parse(body)
	if err != nil || activity.IRI(vocab.Actor) != sender {
		return http.StatusBadRequest, nil
	}
	switch {
	case activity.Is(vocab.TypeDelete):
		return s.remove(ctx, sender, activity)
	case activity.Is(vocab.TypeUndo):
		return http.StatusAccepted, nil
	case activity.Is(vocab.TypeFollow):
		return s.reject(ctx, sender, activity)
	}
	return http.StatusForbidden, nil
}

// remove forgets what the sender has a right to. Whether it was here, nobody is told.
func (s *server) remove(ctx context.Context, sender vocab.IRI, activity *vocab.Object) (int, error) {
	id := activity.IRI(vocab.ObjectProperty)
	a, sayable := addressOf(id)
	if !sayable {
		return http.StatusAccepted, nil
	}
	r, err := s.find(a)
	if errors.Is(err, ErrUnknown) {
		return http.StatusAccepted, nil
	}
	if err != nil {
		return 0, err
	}
	if is, err := s.mayRemove(ctx, sender, r, id); err != nil || !is {
		return http.StatusAccepted, err
	}
	if s.tombstones == nil {
		return http.StatusServiceUnavailable, nil
	}
	keys := s.keysOf(r)
	if r.role == isObject || r.role == isMapped {
		// Its other addresses may turn out to be somebody else's when it is built anew.
		keys = append(keys, a.key())
	}
	return http.StatusAccepted, s.tombstones.add(keys...)
}

// mayRemove reports whether something is the sender's: of an account that it is, or
// of one that names it in movedTo and that it names as its own.
func (s *server) mayRemove(ctx context.Context, sender vocab.IRI, r *record, id vocab.IRI) (bool, error) {
	account := s.accounts[r.account].ID
	switch {
	case r.role == isInbox, r.role == isCollection, r.role == isKey, r.item.isZero() && r.role != isMedium && id != account:
		return false, nil
	case r.role == isMedium && !s.usesOnly(r, account):
		return false, nil
	case sender == account:
		return true, nil
	case sender != s.movedTo(r.account):
		return false, nil
	}
	_, err := claiming(ctx, s.o.Network, account, sender)
	if errors.Is(err, ErrNotClaimed) || errors.Is(err, ErrNotActor) {
		return false, nil
	}
	return err == nil, err
}

// usesOnly reports whether a file is shown by one account alone.
func (s *server) usesOnly(r *record, account vocab.IRI) bool {
	for _, u := range r.users {
		if s.idOf(u.account) != account {
			return false
		}
	}
	return true
}

// reject answers a follower of an account that nobody is behind any more.
func (s *server) reject(ctx context.Context, follower vocab.IRI, follow *vocab.Object) (int, error) {
	account := follow.IRI(vocab.ObjectProperty)
	n, here := s.byID[account]
	switch {
	case !here:
		return http.StatusNotFound, nil
	case s.tombstones.has(accountKey(account)):
		return http.StatusGone, nil
	case s.o.Reject == nil:
		return http.StatusForbidden, nil
	}
	document, err := s.o.Network.Fetch(ctx, follower)
	if err != nil || document.IRI(vocab.Inbox) == "" {
		return http.StatusForbidden, nil
	}
	activity, err := rejection(s.accounts[n].ID, follow)
	if err != nil {
		return 0, fmt.Errorf("reject a follow: %w", err)
	}
	if err := s.o.Reject(ctx, account, document.IRI(vocab.Inbox), activity); err != nil {
		return http.StatusForbidden, nil
	}
	return http.StatusAccepted, nil
}

// rejection is the Reject of a Follow. Its id follows from the Follow's, so that
// telling twice is telling once.
func rejection(account vocab.IRI, follow *vocab.Object) (*vocab.Object, error) {
	id := string(account) + "#rejects/" + hexOf(keyOf("reject", string(follow.ID())))
	return vocab.Build(
		vocab.Member{Name: vocab.Context, Value: vocab.ContextAS},
		vocab.Member{Name: vocab.ID, Value: id},
		vocab.Member{Name: vocab.Type, Value: vocab.TypeReject},
		vocab.Member{Name: vocab.Actor, Value: account},
		vocab.Member{Name: vocab.ObjectProperty, Value: follow},
	)
}

var _ Network = (*client.Client)(nil)
var _ actor.Fetcher = Network(nil)
