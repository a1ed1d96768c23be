package move

import (
	"context"
	"iter"

	"codeberg.org/godwit/godwit/vocab"
)

// Relations is what a receiving server tells of the accounts on it, and does
// for them. Implementations are safe for concurrent use.
//
// Follow and Undo are told an id, the same for every try: what was done under
// an id must not be done again. They return when the follow, or its end, is stored
// for sending; a delivery that fails for good later is told by
// [Receiver.Rejected]. An error with a method Temporary that returns false
// means that the new account refuses; after any other they are called again.
type Relations interface {
	// Parties yields the accounts here that follow, asked to follow, block or
	// mute old, in the order of their ids, beginning behind after.
	Parties(ctx context.Context, old, after vocab.IRI) iter.Seq2[vocab.IRI, error]
	// Relation returns how things stand now. It is asked before every step,
	// and the answer outranks everything stored.
	Relation(ctx context.Context, party, old, new vocab.IRI) (Relation, error)
	// Follow asks target to accept party as a follower.
	Follow(ctx context.Context, id string, party, target vocab.IRI) error
	// Undo ends party's follow of target, or takes back the request. The
	// delivery to target must be stored together with the change here, in one
	// transaction: once Relation shows no follow, Undo is not called again, and
	// target would count a follower who is gone.
	Undo(ctx context.Context, id string, party, target vocab.IRI) error
}

// A Relation is what one account here has to do with the old and the new one.
type Relation struct {
	FollowsOld, PendingOld bool // PendingOld: asked, not answered yet
	BlocksOld, MutesOld    bool
	FollowsNew, PendingNew bool
	BlocksNew              bool // or its host
	// OptedOut: wants to be told of moves, not to be moved.
	OptedOut bool
}

// A Carrier is a [Relations] that can take over what silently belongs to a
// relation. Carrying twice is carrying once.
type Carrier interface {
	// CarryBlock makes party, who blocks old, block new as well.
	CarryBlock(ctx context.Context, id string, party, old, new vocab.IRI) error
	// CarryMute makes party, who mutes old, mute new as well.
	CarryMute(ctx context.Context, id string, party, old, new vocab.IRI) error
	// CarryFollow gives party's follow of new what its follow of old had:
	// options (boosts, notifications, languages), lists, notes. It is called
	// before the old follow is undone.
	CarryFollow(ctx context.Context, id string, party, old, new vocab.IRI) error
}

// A Notifier is a [Relations] that can tell people. A notice with an id that
// was told before is not told again.
type Notifier interface {
	Notify(ctx context.Context, n Notice) error
}

// A Notice tells one account here what became of a move.
type Notice struct {
	ID       string
	Party    vocab.IRI
	Old, New vocab.IRI
	Reason   Reason
}

// A LocalMover is a [Relations] that can replace the follow of one account on
// this server by that of another, in one transaction and without sending
// anything. The new account's approval, if it gives that by hand, is the
// host's to ask for.
type LocalMover interface {
	MoveLocal(ctx context.Context, id string, party, old, new vocab.IRI) error
}
