package consent

import (
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Keeping asks to restore one item under the id that it had: where an account comes
// back to its own domain under other software.
type Keeping struct {
	// Operator is who runs the server and has asked for it, for this account. "" is
	// nobody: it is not the person's to ask.
	Operator string
	// Home is an address of this server.
	Home vocab.IRI
	// Account is the account that is restored, Old what its actor was called, and
	// Standing what the copy rests on.
	Account, Old vocab.IRI
	Standing     portability.Standing
	// ID is what would be kept, and Owner the actor here that has something under it; ""
	// if nobody has.
	ID, Owner vocab.IRI
}

// Judge decides whether the id may be kept.
func (k Keeping) Judge(now time.Time) Decision {
	d := Decision{
		At: now, Matter: MatterKeepIDs, Verdict: Refuse, Person: k.Account, Other: k.Old, By: k.Operator,
	}
	switch {
	case k.Operator == "":
		d.Ground = GroundNoOperator
	case !vocab.SameOrigin(k.Home, k.ID) || !vocab.SameOrigin(k.Home, k.Old) || !vocab.SameOrigin(k.Home, k.Account):
		d.Ground = GroundOtherHost
	case k.Standing != portability.Proved:
		d.Ground = GroundUnproved
	case k.Owner != "" && k.Owner != k.Account:
		d.Ground = GroundOwned
	default:
		d.Verdict = Allow
	}
	return d
}
