package portability

import (
	"context"
	"errors"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// An Observation is what is known of where an account of another server is forwarded
// to. See package portability/redirect, whose Observer makes and reads them.
type Observation struct {
	Old   vocab.IRI     `json:"old"` // an actor
	New   vocab.IRI     `json:"new"` // the actor that it was last seen to be forwarded to
	State ObservedState `json:"state"`
	// First and Last bound the unbroken stretch in which that was seen.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Revoked is when a permanent one was last contradicted; zero if never.
	Revoked time.Time `json:"revoked,omitzero"`
	// Version counts the changes, beginning with 1.
	Version int64 `json:"-"`
}

// ObservedState is what an [Observation] is worth. The words are stable.
type ObservedState string

// The states.
const (
	// Seen: somebody points there, which proves nothing.
	Seen ObservedState = "seen"
	// Possible: the two accounts say so themselves.
	Possible ObservedState = "possible"
	// Permanent: so for long, and by the same hands. The old place is not asked any more.
	Permanent ObservedState = "permanent"
)

// ErrOverwritten says that somebody else has changed the record since it was read. What
// was to be stored was not. It is to be tested with errors.Is.
var ErrOverwritten = errors.New("the record was changed since it was read")

// Observations is where an observer keeps what it has seen. It is safe for concurrent use.
type Observations interface {
	// Observation returns what is known of an old actor, and whether anything is.
	Observation(ctx context.Context, old vocab.IRI) (Observation, bool, error)
	// Observe stores an observation, with Version one higher than it has. [ErrOverwritten] if
	// what is stored has another Version than it; what is not there has 0. Times are
	// kept to the microsecond; [ErrFarTime] if that cannot be.
	Observe(ctx context.Context, o Observation) error
}
