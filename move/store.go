package move

import (
	"context"
	"errors"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Side tells whether a case was received or is being sent.
type Side string

const (
	In  Side = "in"  // somebody moved whom people here may follow
	Out Side = "out" // somebody here is moving away
)

// A State is where a case, or one party of it, stands.
type State string

// States of a case itself (a [Step] without a party).
const (
	Deferred    State = "deferred"    // In: to be verified again when due
	Unconfirmed State = "unconfirmed" // In: never confirmed by the old account; people are being told
	Held        State = "held"        // In: the key is new; people are being told
	Refused     State = "refused"     // In: refused in a way that people are told of
	Verified    State = "verified"    // In: parties are being gathered
	Waiting     State = "waiting"     // Out: held back until due, can be cancelled
	Announcing  State = "announcing"  // Out: inboxes are being gathered
	Settled     State = "settled"     // all parties are known; the case itself has nothing to do
	Cancelled   State = "cancelled"
)

// States of a party. Of a follower (In):
const (
	Queued    State = "queued"    // to be moved, or told, when due
	Requested State = "requested" // follow sent, answer awaited; no end, however late
	Accepted  State = "accepted"  // the old follow is to be undone
	Moved     State = "moved"     // done
	Rejected  State = "rejected"  // the new account said no; the old follow is kept
	Kept      State = "kept"      // not moved, see the reason
	Told      State = "told"      // told, not moved; may confirm by hand
)

// Of an inbox, and of a follower elsewhere (Out):
const (
	Announce State = "announce" // the Update, then the Move, is to be delivered when due
	Update   State = "updated"  // the Update was taken; the Move is to be delivered
	Answered State = "answered" // the inbox gave a final answer, see Status; it says nothing of what came of it
	Observed State = "observed" // a follower's Undo at the old or Follow at the new account was seen
	Unknown  State = "unknown"  // no answer after every try
)

// A Case is one Move, received or sent, and what is known for certain of it.
type Case struct {
	ID         string // made by [CaseID]
	Side       Side
	Old, New   vocab.IRI // New is what was concluded; after a chain, its end
	Claimed    vocab.IRI // In: the target that the Move names
	Generation int       // 1 for the first Move between these two, 2 after it was cancelled or moved back, …
	// Activity is the Move as it was delivered or is to be sent, and Update
	// (Out) the actor's Update that goes before it, if any.
	Activity, Update []byte
	// Evidence is how an In case was authenticated.
	Evidence Evidence
	// Secret (Out) is the hash of the token that cancels the case.
	Secret    string
	Opened    time.Time
	Begun     time.Time // verified (In) or announced (Out) then; zero before
	Cancelled time.Time // the old account's pointer was seen gone (In), or the owner took it back (Out)
}

// A Step is the progress of one party of a case, or, without a party, of the
// case itself.
type Step struct {
	Case  string
	Side  Side
	Party vocab.IRI // follower (In), inbox or observed follower (Out); "" is the case
	Host  string    // what deliveries are paced by; the party's or the case's
	State State
	// Due is when there is something to do next; zero if never.
	Due      time.Time
	Attempts int
	Status   int // the last HTTP status, 0 if none
	Reason   Reason
	// From is the account whose follow is undone in the end, where it is
	// not the case's Old: the first of several moves that overtook each other.
	From vocab.IRI
	// Cursor is where gathering parties resumes.
	Cursor string
	Since  time.Time // when State was entered
	// Version rises with every change; [Steps.Advance] compares it.
	Version int64
}

// Errors of stores, to be tested with errors.Is.
var (
	// ErrStale says that somebody else changed the step, or that its lease
	// went to another worker.
	ErrStale = errors.New("the step was changed by somebody else")
	// ErrNoCase says that there is no such case.
	ErrNoCase = errors.New("no such case")
	// ErrCooldown says that another Move of the same account was begun within
	// the window.
	ErrCooldown = errors.New("another move of this account is too recent")
)

// Cases keeps cases. Implementations are safe for concurrent use by any number
// of processes, and keep what they returned nil for over a crash.
type Cases interface {
	// Open adds an unverified case with its own step, and returns them. If a
	// case with this ID is there, it and its step are returned as they are,
	// and created is false.
	Open(ctx context.Context, c Case, own Step) (kept Case, step Step, created bool, err error)
	// Begin marks a case as verified (In) or announced (Out) at c.Begun,
	// storing c.New, and gives its own step the State, Due, Since, Attempts,
	// Status and Reason of own, ending its lease; its Cursor stays. A case that was not opened
	// before is added. It is one transaction with the
	// check that no other case of the same side and old account was begun at
	// or after notBefore, whether cancelled since or not (ErrCooldown). A case
	// that was begun or cancelled already, or whose own step is Cancelled, is
	// returned as it is, and created is false.
	Begin(ctx context.Context, c Case, own Step, notBefore time.Time) (kept Case, step Step, created bool, err error)
	// Cancel sets the time at which a case was cancelled, if it is not set.
	Cancel(ctx context.Context, id string, at time.Time) error
	// About returns all cases of a side in which one of the actors is Old, New
	// or Claimed, latest opened first, without their Activity and Update: there
	// may be many of them, with a MiB each. Case has those.
	About(ctx context.Context, side Side, actors ...vocab.IRI) ([]Case, error)
	// Case returns all of one case, or ErrNoCase.
	Case(ctx context.Context, id string) (Case, error)
}

// Steps keeps the steps of cases, under the same rules as [Cases].
type Steps interface {
	// Add stores steps that are not there yet, and the cursor on the case's
	// own step, in one transaction. Steps that are there stay as they are; the
	// own step keeps its Version and lease.
	Add(ctx context.Context, id string, steps []Step, cursor string) error
	// Claim returns at most n steps of a side that are due at now, longest due first
	// but of one host no more than perHost, and leases them: nobody else
	// is given them before now+lease. Their Version is the leased one. When a step
	// is due [Step.DueBy] says; a lease that ends more than [ClockSlack] after
	// now+lease is of a clock that was ahead, and is over.
	Claim(ctx context.Context, side Side, now time.Time, lease time.Duration, n, perHost int) ([]Step, error)
	// Advance stores steps that were claimed or read, and ends their leases,
	// in one transaction. Steps whose Version is not the stored one are left
	// out, and an error wrapping ErrStale says so after the rest was stored.
	Advance(ctx context.Context, steps ...Step) error
	// Next returns when Claim has something to give again: when the first step
	// of a side falls due that is not leased, or the first lease ends. It is
	// the zero time if no step has anything to do.
	Next(ctx context.Context, side Side) (time.Time, error)
	// List yields the steps of a case with a party after the given one, in
	// the order of their parties.
	List(ctx context.Context, id string, after vocab.IRI) iter.Seq2[Step, error]
	// Find returns the case's own step (party ""), or a party's, or ErrNoCase.
	Find(ctx context.Context, id string, party vocab.IRI) (Step, error)
	// Of returns the steps of one party in all cases of a side, oldest case
	// first.
	Of(ctx context.Context, side Side, party vocab.IRI) ([]Step, error)
}

// A Store is all the state that moving needs. [NewMemory] and package
// move/movesql have one; package move/movetest has the suite that every
// implementation must pass. Names of parties, accounts and hosts, and cursors, are any
// bytes: others choose them.
type Store interface {
	Cases
	Steps
}

// A Pruner is a [Store] that forgets what is over, when it is told to: stores do
// not do so of themselves, and each Move that concerns somebody here leaves a
// case, and a step for every follower. Those of this project are all Pruners.
type Pruner interface {
	// Forget removes what was over before a time, but at most n cases and
	// steps, and returns how many: fewer than n if nothing is left to remove.
	//
	// First go the steps of followers (In) that entered their state before the
	// time, have nothing due and are not Requested. After that the follower
	// cannot confirm that move by hand any more, and is not told of an answer
	// that comes later still.
	//
	// Then go cases that were never begun, with their own step, if they were
	// opened before the time, their own step entered its state before it and
	// has nothing due, and no other step of theirs is left. The same Move, if
	// it comes again, is one that never came.
	//
	// Cases that were begun stay: by them later Moves are numbered and held
	// back, and followers led on to where an account is now. So do the steps
	// of what was sent, which are its ledger.
	Forget(ctx context.Context, before time.Time, n int) (int, error)
}
