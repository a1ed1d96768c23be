package move

import "codeberg.org/godwit/godwit/vocab"

// A Reason says in one stable word why a Move was not honoured, or why a
// follower was not moved. Tools and test vectors use these words too.
type Reason string

// Reasons to refuse a Move, in the order in which they are looked for.
const (
	Malformed         Reason = "malformed"          // not what a Move, or an actor's pointer, may look like
	NoContext         Reason = "no-context"         // the document has no @context
	Ambiguous         Reason = "ambiguous"          // several actors, objects or targets
	ForeignID         Reason = "foreign-id"         // the activity's id is on another host than its actor
	Unsigned          Reason = "unsigned"           // no valid signature or proof
	WrongActor        Reason = "wrong-actor"        // not sent by the account that it is about
	OwnAccount        Reason = "own-account"        // another server moves an account of ours
	SameAccount       Reason = "same-account"       // old and new are one
	Blocked           Reason = "blocked"            // we block one side; or a follower blocks the new account
	PullDisabled      Reason = "pull-disabled"      // sent by the new account, which is not switched on
	Cooldown          Reason = "cooldown"           // another move of the account is too recent
	UnsupportedScheme Reason = "unsupported-scheme" // the target is not http or https
	PrivateAddress    Reason = "private-address"    // the address is not on the public network
	TooLarge          Reason = "too-large"          // a document is larger than we read
	Unreachable       Reason = "unreachable"        // a document cannot be had
	Redirected        Reason = "redirected"         // the document names another id
	WrongType         Reason = "wrong-type"         // the target is no actor
	Gone              Reason = "gone"               // the account is deleted
	Suspended         Reason = "suspended"          // the account is suspended, there or here
	NotLinked         Reason = "not-linked"         // the new account does not claim the old one
	Rekeyed           Reason = "rekeyed"            // same handle, new id: no move at all
	CopiedOnly        Reason = "copied-only"        // the old account is copied, and stays
	NotMoved          Reason = "not-moved"          // the old account does not say that it moved
	MovedElsewhere    Reason = "moved-elsewhere"    // the old account says that it moved to another
	MovedFurther      Reason = "moved-further"      // the new account has itself moved on
	Cycle             Reason = "cycle"              // the moves lead in a circle
	Replayed          Reason = "replayed"           // older than a move that is known
)

// Further reasons why a follower was not moved.
const (
	KeyChanged  Reason = "held"        // the key is too new to be believed
	RejectedNew Reason = "rejected"    // the new account said no
	LateAccept  Reason = "accepted"    // the new account said yes after it had said no
	OptedOut    Reason = "opted-out"   // the follower wants to be told only
	Withdrew    Reason = "withdrew"    // the follower changed their mind meanwhile
	Repointed   Reason = "repointed"   // a later move took the follower further
	AlreadyNew  Reason = "already"     // the follower followed the new account before
	NotFollower Reason = "no-follower" // nothing to move: only a block or mute to carry
)

// An Outcome is what was concluded about a Move.
type Outcome string

const (
	Accept Outcome = "accept" // verified; followers are being moved
	Refuse Outcome = "refuse" // must be ignored; trying again will not help until an account changes
	Defer  Outcome = "defer"  // cannot be decided now; it is tried again
	// Unconfirm is "unconfirmed": the old account never confirmed it.
	// Followers are told, and may confirm by hand.
	Unconfirm Outcome = "unconfirmed"
	// Hold is "held": the key is new. Followers are told, nobody is moved.
	Hold Outcome = "held"
	Noop Outcome = "noop" // not a Move, done already, or about someone whom this server blocks
)

// A RefusedError is returned for a Move that must be ignored. Trying again will
// not help until one of the accounts changes; for [KeyChanged], until the key is
// a week old.
type RefusedError struct {
	Reason   Reason
	Old, New vocab.IRI
}

func (e *RefusedError) Error() string {
	return "move refused: " + string(e.Reason) + ": " + string(e.Old.Document()) + " to " + string(e.New.Document())
}

// InboxStatus is what an inbox answers: 202. The activity was taken; that it
// was ignored is not the sender's to be told, nor would sending it again help.
func (e *RefusedError) InboxStatus() int { return accepted }

// accepted is HTTP's 202.
const accepted = 202

// Hint says what a person can do about it.
func (e *RefusedError) Hint() string { return e.Reason.Hint(e.Old, e.New) }
