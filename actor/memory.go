package actor

import (
	"context"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A KeyRecord is what is remembered of one public key of one actor.
type KeyRecord struct {
	ID    vocab.IRI // as the actor's document names it
	Owner vocab.IRI
	// Fingerprint tells keys apart by their bytes, see [Key.Fingerprint].
	Fingerprint string
	// Encoded is the key itself, see [Key.Encode].
	Encoded   string
	FirstSeen time.Time
	// Vouched means that the key came in an Update signed with a key of the
	// same actor that was good then.
	Vouched bool
	// Withdrawn is when the actor's document was first seen without it; zero
	// while it stands there. It is before FirstSeen for a key that was only
	// announced, see [KeyRecord.Shown].
	Withdrawn time.Time
	// Expires is the end that the actor's document last gave the key, zero if
	// none (FEP-e965). It holds for a key that has left the document, too.
	Expires time.Time
}

// Shown reports whether the actor's own document ever had the key.
func (r KeyRecord) Shown() bool { return r.Withdrawn.IsZero() || !r.Withdrawn.Before(r.FirstSeen) }

// Key returns the key itself, with its end. The error wraps one of those of
// keys; records of other versions may hold kinds that are not known here.
func (r KeyRecord) Key() (Key, error) {
	key, err := DecodeKey(r.ID, r.Owner, r.Encoded)
	key.Expires = r.Expires
	return key, err
}

// An OriginRecord is what is remembered of one origin.
type OriginRecord struct {
	LastReached time.Time // zero if never
	// OutageFrom and OutageTo bound the last stretch in which the origin could
	// not be reached, if it was longer than [OutageLimit]; To is zero while it
	// lasts.
	OutageFrom, OutageTo time.Time
}

// A KeyMemory remembers which keys were seen when. Implementations are safe
// for concurrent use and keep what they are told over restarts.
type KeyMemory interface {
	// Keys returns all records of an actor's keys, oldest first, withdrawn
	// ones too.
	Keys(ctx context.Context, owner vocab.IRI) ([]KeyRecord, error)
	// Remember adds a record, or updates Vouched (never back to false),
	// Withdrawn and Expires of the one with the same owner and fingerprint.
	// FirstSeen of a record never changes.
	Remember(ctx context.Context, record KeyRecord) error
	// Origin returns what is known of an origin, and whether a key of an actor
	// other than except is held from it.
	Origin(ctx context.Context, origin string, except vocab.IRI) (record OriginRecord, others bool, err error)
	// Reached tells that the origin answered at a time, or could not be
	// reached then.
	Reached(ctx context.Context, origin string, at time.Time, answered bool) error
}
