package consent

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// An ArrivalState is where somebody who wants to come is. The words are stable.
type ArrivalState string

// The states of arrivals.
const (
	ArrivalAsked     ArrivalState = "asked"     // they have asked; the rules let them
	ArrivalWaiting   ArrivalState = "waiting"   // somebody has to decide
	ArrivalApproved  ArrivalState = "approved"  // they may come, and are asked once more
	ArrivalCopying   ArrivalState = "copying"   // they have said yes
	ArrivalComplete  ArrivalState = "complete"  // everything is here
	ArrivalRefused   ArrivalState = "refused"   // they may not come; see the decision
	ArrivalWithdrawn ArrivalState = "withdrawn" // they do not want to any more
)

// arrivalSteps is what may follow what.
var arrivalSteps = map[ArrivalState][]ArrivalState{
	"":              {ArrivalAsked, ArrivalWaiting, ArrivalApproved, ArrivalRefused},
	ArrivalAsked:    {ArrivalWaiting, ArrivalApproved, ArrivalRefused, ArrivalWithdrawn},
	ArrivalWaiting:  {ArrivalApproved, ArrivalRefused, ArrivalWithdrawn},
	ArrivalApproved: {ArrivalCopying, ArrivalRefused, ArrivalWithdrawn},
	ArrivalCopying:  {ArrivalComplete, ArrivalRefused, ArrivalWithdrawn},
}

// Ended reports whether nothing follows.
func (s ArrivalState) Ended() bool { return len(arrivalSteps[s]) == 0 }

// before reports whether next may follow.
func (s ArrivalState) before(next ArrivalState) bool { return slices.Contains(arrivalSteps[s], next) }

// An Arrival is somebody who wants to come, from asking until everything is here.
// Signing up is part of it: the name and the profile are the old account's, until the
// person changes them. It is changed only by a [Reception], and may be shown to anybody
// who may see it.
type Arrival struct {
	// ID is random, of 128 bits or more: it is nothing that a stranger could guess.
	ID  string    `json:"id"`
	Old vocab.IRI `json:"old"` // the old account
	// Asker stands for the one who has asked, see [Arrival.AskedBy]; "" if nobody knows who.
	Asker string `json:"asker,omitempty"`
	// New is the account here: "" until there is one. Several old accounts may come into
	// one new.
	New vocab.IRI `json:"new,omitempty"`
	// Name is the name that is reserved for it; "" where it comes into an account that is
	// there.
	Name string `json:"name,omitempty"`
	// Profile is that of the old account. It is text by strangers, see [actor.Profile].
	Profile  actor.Profile        `json:"profile"`
	Standing portability.Standing `json:"standing"`
	Evidence Evidence             `json:"evidence,omitzero"`
	Size     Size                 `json:"size,omitzero"`
	State    ArrivalState         `json:"state"`
	// Decision is the last one about it.
	Decision Decision `json:"decision"`
	// Quarantined: what it brings is kept unseen until it is released.
	Quarantined bool `json:"quarantined,omitzero"`
	// Told is the state that was recorded, and of which the person was told.
	Told  ArrivalState `json:"told,omitempty"`
	Asked time.Time    `json:"asked"`
	// Admitted is when the rules, or somebody, let it in; it counts for
	// [Policy].Accounts and Every.
	Admitted time.Time `json:"admitted,omitzero"`
	Updated  time.Time `json:"updated"`
	Version  int64     `json:"version"`
}

// AskedBy reports whether it was begun by [Asking].Asker: what a page asks before it shows
// an arrival to a person, or lets them confirm or withdraw it. Nobody has begun one whose
// Asker was not told.
func (a Arrival) AskedBy(asker string) bool {
	if asker == "" || a.Asker == "" {
		return false
	}
	made := hashAsker(a.Old, a.New, asker)
	early := hashAsker(a.Old, "", asker) // New was not known yet
	return subtle.ConstantTimeCompare([]byte(made), []byte(a.Asker))|subtle.ConstantTimeCompare([]byte(early), []byte(a.Asker)) == 1
}

// hashAsker stands for somebody who takes one account into another, so that a store does
// not show what may be a secret.
func hashAsker(old, new vocab.IRI, asker string) string {
	if asker == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "asker %q %q %q", old, new, asker))
	return hex.EncodeToString(sum[:])
}

// Running is what only one arrival of a store may have; "" is no such thing. It is the
// Asker until the arrival has ended.
func (a Arrival) Running() string {
	if a.State.Ended() {
		return ""
	}
	return a.Asker
}

// Errors of arrivals, to be tested with errors.Is.
var (
	// ErrNoArrival says that there is no such arrival.
	ErrNoArrival = errors.New("there is no such arrival")
	// ErrRunning says that the same one has begun the same, and it has not ended.
	ErrRunning = errors.New("the same arrival is under way")
	// ErrFull says that as many have come as may.
	ErrFull = errors.New("enough accounts have come")
	// ErrOutOfTurn says that an arrival is not where this could follow.
	ErrOutOfTurn = errors.New("the arrival is not at this point")
)

// A Ration is how many may be admitted. The zero one is any number.
type Ration struct {
	Accounts int
	Since    time.Time // those admitted then or later count
}

// Arrivals keeps those who come. It is safe for concurrent use, by several processes
// where the store is durable.
type Arrivals interface {
	// Arrival returns one, or [ErrNoArrival].
	Arrival(ctx context.Context, id string) (Arrival, error)
	// PutArrival stores an arrival and returns it with its new Version.
	// [portability.ErrOverwritten] if the stored Version is another; that of one that is not there
	// is 0. [ErrRunning] if it is new and another has its [Arrival.Running]: of any number
	// that are put at once, one is stored. [ErrFull] if it is admitted, was not so before, and as many others as the
	// ration has are: of any number that are put at once, no more get in.
	PutArrival(ctx context.Context, a Arrival, r Ration) (Arrival, error)
	// Arrivals yields those that pass, by id, behind after.
	Arrivals(ctx context.Context, f ArrivalFilter, after string) iter.Seq2[Arrival, error]
}

// An ArrivalFilter chooses arrivals. The zero one takes all.
type ArrivalFilter struct {
	Old    vocab.IRI
	State  ArrivalState
	Since  time.Time // only those admitted then or later
	Untold bool      // only those that are in another state than was told
}

// Passes reports whether an arrival is among those chosen.
func (f ArrivalFilter) Passes(a Arrival) bool {
	return (f.Old == "" || f.Old == a.Old) && (f.State == "" || f.State == a.State) &&
		(f.Since.IsZero() || !a.Admitted.IsZero() && !a.Admitted.Before(f.Since)) && (!f.Untold || a.Told != a.State)
}
