package portability

import (
	"context"

	"codeberg.org/godwit/godwit/vocab"
)

// Placed is what an [Engine] has decided of an item before it is put: what it is
// called at the new server, what it says there, and who may read it.
type Placed struct {
	// ID is what a [Minter] has called it; "" where the sink has none, and names
	// items as it puts them.
	ID vocab.IRI
	// URLs are where people find it there.
	URLs []vocab.IRI
	// Object is the copy: the document with every reference to what belongs to the
	// account led to its new place, the account here as its author, without proofs
	// and signatures, which no longer hold. Nil for kinds that are no documents to
	// be shown. The document of record stays in [Item.Object].
	Object *vocab.Object
	// Audience is who may read it: never more than before. The sink shows it to
	// nobody else, whatever "to" and "cc" say, which are kept as a record.
	Audience Audience
	// Standing is what the copy rests on.
	Standing Standing
	// Quarantined: nobody but the account's owner and the server's people may see
	// it until [Quarantine.Release].
	Quarantined bool
}

// A Minter is a [Sink] that can say what items will be called before they are put.
// With one, references lead to items that come later, too.
type Minter interface {
	// Mint returns a name for each item, in their order. It is idempotent by Ref,
	// stores nothing that anybody can see, and [Sink.Put] of the item gives the same
	// name. An item that needs none gets "".
	Mint(ctx context.Context, items []Item) ([]Minted, error)
}

// Minted is what an item will be called.
type Minted struct {
	ID   vocab.IRI
	URLs []vocab.IRI
}

// An Updater is a [Sink] that can take what has changed at the source since it was
// put.
type Updater interface {
	// Update replaces items, by their Refs. What was changed here since it was
	// put stays as it is and is Conflicting, as Differs; what says the same to the same
	// readers is Skipped, as AlreadyThere; what is not here, as NotHere. One Result for each, in
	// their order. It tells nobody.
	Update(ctx context.Context, items []Item) ([]Result, error)
}

// A Holder is a [Sink] that can say what it holds, read anew and not from a
// memory of what was put. Without one an [Engine] that was killed in the middle of a Put
// cannot tell what it had put from what was there before: both are counted as
// AlreadyThere, and stay where the copy is undone.
type Holder interface {
	// Holds reports, for each Ref in its order, whether it is there.
	Holds(ctx context.Context, refs []Ref) ([]bool, error)
}

// A Quarantine is a [Sink] that keeps copies unseen until somebody has looked.
type Quarantine interface {
	// Release lets items be seen by those whom they are for. It is idempotent.
	// One Result for each, in their order: Changed, or Skipped as NotHere or
	// AlreadyThere, or Failed, as Unavailable if it may do another time. It tells nobody.
	Release(ctx context.Context, refs []Ref) ([]Result, error)
}

// An Approver is a [Sink] that knows whether its account approves its followers by hand.
type Approver interface {
	// ApprovesByHand reports whether it does so now.
	ApprovesByHand(ctx context.Context) (bool, error)
}

// Standing is what a copy rests on.
type Standing string

// The standings.
const (
	// Claimed: somebody says that this was theirs. Names are minted; no breadcrumb,
	// no URI map, no redirect, no object map; nothing keeps its id; it is marked as
	// imported, and waits in quarantine.
	Claimed Standing = "claimed"
	// Proved: by a grant of the old server; by the old actor, live, naming this account
	// as an alias or in movedTo; or by a proof with a key that was held for that actor.
	Proved Standing = "proved"
)
