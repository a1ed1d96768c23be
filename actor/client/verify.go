package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/httpsig"
	"codeberg.org/godwit/godwit/vocab"
)

// A Verified is a request whose signature is good: its sender holds a key that
// Owner publishes.
type Verified struct {
	KeyID vocab.IRI // as the signature names it
	Owner vocab.IRI // the actor, whose own document names the key
	// Key is the key that verified. Its ID may be another than KeyID, where
	// the sender's software names its keys anew.
	Key    actor.Key
	Scheme Scheme
	At     time.Time // when the signature says it was made, by the sender's clock
	// Received is when Verify was called. A key that was fetched for this
	// request was first seen no sooner.
	Received time.Time
	// Withdrawn is when the key was first seen missing from the owner's
	// document; zero while it stands there. A key stays good for seven days,
	// for mail that was queued.
	Withdrawn time.Time
}

// A Reason says why a signature is refused. Reasons are stable.
type Reason string

// Reasons of a [RefusedError].
const (
	Unsigned  Reason = httpsig.Unsigned  // there is none, or none that verifies
	Uncovered Reason = httpsig.Uncovered // a part that must be signed is not
	Digest    Reason = httpsig.Digest    // the body is not the one that was signed
	Stale     Reason = httpsig.Stale     // outside the window, expired, or without a time
	Ambiguous Reason = httpsig.Ambiguous // more than one signature
)

// A RefusedError is returned by [Client.Verify] for a request that must not be
// believed. The same request will not be better later.
type RefusedError struct {
	Reason Reason
	Detail string    // what is wrong; holds no header value and no query
	KeyID  vocab.IRI // as the signature names it; "" if it was not read
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("verify request: %s: %s", e.Reason, e.Detail)
}

// Hint says what the sender can do about it.
func (e *RefusedError) Hint() string { return (&httpsig.RefusedError{Reason: string(e.Reason)}).Hint() }

// A KeyError reports that the key which a signature names could not be got:
// nothing is known of the signature.
type KeyError struct {
	KeyID vocab.IRI // printed as its origin
	Err   error     // a [*actor.FetchError] or one of the errors below
}

// Why a key is not believed. A [KeyError] wraps one of these.
var (
	ErrKeyForeign = errors.New("the key is not on the origin of its owner")
	ErrKeyUnnamed = errors.New("the owner's document does not name the key")
	ErrKeyAbsent  = errors.New("no usable key stands there")
)

func (e *KeyError) Error() string {
	return fmt.Sprintf("verify request: key on %s: %v", e.KeyID.Origin(), e.Err)
}

func (e *KeyError) Unwrap() error { return e.Err }

// Temporary reports whether the same request might be verified later.
func (e *KeyError) Temporary() bool {
	for _, lasting := range []error{ErrKeyForeign, ErrKeyUnnamed, ErrKeyAbsent} {
		if errors.Is(e.Err, lasting) {
			return false
		}
	}
	var knows interface{ Temporary() bool }
	return !errors.As(e.Err, &knows) || knows.Temporary()
}

// A GoneError says that the request is a Delete by which an actor deletes
// itself, and that the actor's origin answers 410 for it: the signature cannot
// be verified and need not be. The host answers 202 and may delete what it
// holds of the actor.
type GoneError struct{ Actor vocab.IRI }

func (e *GoneError) Error() string {
	return fmt.Sprintf("verify request: the sender on %s has deleted itself", e.Actor.Origin())
}

// Status is what an inbox answers to the outcome of [Client.Verify]: 202 for
// success and for a [GoneError], 401 for what will never verify, 503 for what
// may later. A body that is no document is 400, and what package move refused or
// deferred 202: it was taken, and sending it again would help nobody. Any other
// error is 500.
func Status(err error) int {
	if err == nil {
		return http.StatusAccepted
	}
	var judged interface{ InboxStatus() int }
	if errors.As(err, &judged) {
		return judged.InboxStatus()
	}
	if _, ok := errors.AsType[*vocab.ParseError](err); ok {
		return http.StatusBadRequest
	}
	if _, ok := errors.AsType[*GoneError](err); ok {
		return http.StatusAccepted
	}
	if _, ok := errors.AsType[*RefusedError](err); ok {
		return http.StatusUnauthorized
	}
	failed, ok := errors.AsType[*KeyError](err)
	switch {
	case !ok:
		return http.StatusInternalServerError
	case failed.Temporary():
		return http.StatusServiceUnavailable
	}
	return http.StatusUnauthorized
}

// Verify checks the HTTP signature of a request that came in, of either
// scheme, and fetches the key that it names if it is not held. body is the
// whole body, which the caller has read with a limit; r is not changed.
//
// Who may send what is not judged: the caller compares Owner with the
// activity's actor and, if they are the same, asks [Client.Seen].
//
// The error is a [*RefusedError], a [*KeyError], or a [*GoneError]; [Status]
// says what to answer.
func (c *Client) Verify(ctx context.Context, r *http.Request, body []byte) (*Verified, error) {
	arrived := c.now()
	s, err := httpsig.Parse(r, body, c.policy)
	if err != nil {
		return nil, refused("", err)
	}
	id := vocab.IRI(s.KeyID)
	held, ok := c.keyring.held.get(id, arrived)
	if !ok {
		if !isKeyID(id) {
			return nil, &RefusedError{Reason: Unsigned, Detail: "its key id is no http or https URL in ASCII of at most 1024 bytes"}
		}
		if held, err = c.getKeys(ctx, id); err != nil {
			return nil, c.explain(ctx, id, body, err)
		}
	}
	v, mismatch := c.match(s, held, arrived)
	if mismatch == nil {
		return v.dated(arrived, r, s), nil
	}
	if held, err = c.refetchKeys(ctx, id, held); err != nil {
		return nil, c.explain(ctx, id, body, err)
	}
	if held != nil {
		v, mismatch = c.match(s, held, c.now())
	}
	if mismatch != nil {
		return nil, refused(id, mismatch)
	}
	return v.dated(arrived, r, s), nil
}

// isKeyID bounds what is looked for and remembered. A host has countless names
// in other letters that all lead to it, and would be counted as that many.
func isKeyID(id vocab.IRI) bool {
	inOtherLetters := strings.ContainsFunc(string(id), func(r rune) bool { return r >= utf8.RuneSelf })
	return id.IsHTTP() && len(id) <= maxKeyID && !inOtherLetters
}

func (o *Options) policy() *httpsig.Policy {
	w := o.Window
	return &httpsig.Policy{
		Origin:      o.PublicOrigin,
		Clock:       o.Clock,
		CavageAge:   w.CavageBack,
		CavageAhead: w.CavageAhead,
		Age:         w.RFC9421Back,
		Ahead:       w.RFC9421Ahead,
	}
}

func refused(id vocab.IRI, err error) error {
	if why, ok := errors.AsType[*httpsig.RefusedError](err); ok {
		return &RefusedError{Reason: Reason(why.Reason), Detail: why.Detail, KeyID: id}
	}
	return fmt.Errorf("verify request: %w", err)
}

// match finds the key that made the signature: first the one that the
// signature names, then the owner's others, since software that was exchanged
// may know the same key by another name.
func (c *Client) match(s *httpsig.Signature, held *heldKeys, now time.Time) (*Verified, error) {
	var first error
	tried := 0
	for _, k := range held.inOrder(vocab.IRI(s.KeyID)) {
		if k.Expired(now) {
			continue
		}
		if tried++; tried > maxTried {
			break
		}
		err := s.Verify(k.Public)
		if err == nil {
			return &Verified{
				KeyID: vocab.IRI(s.KeyID), Owner: held.owner, Key: k.Key,
				Scheme: Scheme(s.Scheme), Withdrawn: k.withdrawn,
			}, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = &httpsig.RefusedError{Reason: httpsig.Unsigned, Detail: "the key has expired"}
	}
	return nil, first
}

func (v *Verified) dated(arrived time.Time, r *http.Request, s *httpsig.Signature) *Verified {
	v.Received, v.At = arrived, s.Created
	if v.At.IsZero() {
		v.At, _ = http.ParseTime(r.Header.Get("Date"))
	}
	return v
}

// explain tells a sender who has deleted itself from one whose key cannot be
// got.
func (c *Client) explain(ctx context.Context, id vocab.IRI, body []byte, err error) error {
	failed := &KeyError{KeyID: id, Err: err}
	if !errors.Is(err, actor.ErrGone) {
		return failed
	}
	activity, parseErr := vocab.Parse(body)
	if parseErr != nil || !activity.Is("Delete") {
		return failed
	}
	who := activity.IRI(vocab.Actor)
	if who == "" || activity.IRI(vocab.ObjectProperty) != who || !vocab.SameOrigin(who, id) {
		return failed
	}
	// The key may be gone and the actor not; what was just fetched is remembered.
	if _, err := c.Fetch(ctx, who); !errors.Is(err, actor.ErrGone) {
		return failed
	}
	return &GoneError{Actor: who}
}

// Signature is v as package move asks for it.
func (v *Verified) Signature() *actor.Signature {
	return &actor.Signature{Owner: v.Owner, KeyID: v.KeyID, Fingerprint: v.Key.Fingerprint(), At: v.At, Received: v.Received}
}
