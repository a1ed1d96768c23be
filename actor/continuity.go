package actor

import "time"

// KeyTrial is how long a key that nothing vouches for is watched before a Move
// signed with it is believed.
const KeyTrial = 7 * 24 * time.Hour

// Why a key is continuous, or not. The words are stable.
const (
	KeyVouched    = "vouched"    // brought by an Update signed with a good key
	KeyTried      = "tried"      // first seen a KeyTrial ago or longer
	KeyFirst      = "first"      // the actor's first, seen before the Move
	KeyNewOrigin  = "new-origin" // the actor's first, and nobody else of its origin is known
	KeyAfterGap   = "after-gap"  // first seen in or after an outage of the origin
	KeyWithMove   = "with-move"  // the actor's first, on a known origin, seen no sooner than the Move
	KeyOnTrial    = "on-trial"   // there were other keys, and this one is too young
	KeyUnrecorded = "unrecorded" // there were other keys, and this one was never recorded
)

// Continuous tells whether a Move signed with a key comes from the same hands
// as what that actor sent before. Whoever buys a lapsed domain holds its names,
// its actor ids and new keys, and nothing else; so automatic processing needs a
// key that was held, or vouched for, before.
//
// Records are all that is remembered of the actor's keys, withdrawn ones too;
// fingerprint is the key that signed; origin and others are what [KeyMemory]
// says of the actor's origin; now is when the Move arrived. A key without a
// record counts as first seen now. Rules, in order:
//
//   - A vouched key is good.
//   - A key first seen [KeyTrial] ago or longer is good. So is, with it, every
//     key that was held before an outage longer than [OutageLimit].
//   - A key first seen since the last such outage began is not, until its
//     trial is over.
//   - An actor's first key, before which no other of it was held, is good if it
//     was seen before the Move, or if no other actor of the origin is known. A
//     Move is no earlier sight of the key of the same Move: who judges one
//     again must judge it by when it came first, as package move's Receiver does.
//   - Any other key is not good.
//
// Whether the signature verifies, and whether the actor still publishes the
// key, is asked before, where the signature is checked.
func Continuous(records []KeyRecord, fingerprint string, origin OriginRecord, others bool, now time.Time) (ok bool, why string) {
	signed, recorded := recordOf(records, fingerprint, now)
	switch first := isFirst(records, signed); {
	case signed.Vouched:
		return true, KeyVouched
	case now.Sub(signed.FirstSeen) >= KeyTrial:
		return true, KeyTried
	case sinceOutage(origin, signed.FirstSeen):
		return false, KeyAfterGap
	case first && signed.FirstSeen.Before(now):
		return true, KeyFirst
	case first && !others:
		return true, KeyNewOrigin
	case first:
		return false, KeyWithMove
	case !recorded:
		return false, KeyUnrecorded
	}
	return false, KeyOnTrial
}

// recordOf joins what is remembered of one key under whatever ids: the first
// sight counts, and one vouching is enough.
func recordOf(records []KeyRecord, fingerprint string, now time.Time) (joined KeyRecord, recorded bool) {
	joined = KeyRecord{Fingerprint: fingerprint, FirstSeen: now}
	for _, r := range records {
		if r.Fingerprint != fingerprint {
			continue
		}
		if !recorded || r.FirstSeen.Before(joined.FirstSeen) {
			joined.FirstSeen = r.FirstSeen
		}
		joined.Vouched = joined.Vouched || r.Vouched
		recorded = true
	}
	return joined, recorded
}

// isFirst reports whether no other key of the actor was held before this one.
// Keys that were first seen together are all first.
func isFirst(records []KeyRecord, key KeyRecord) bool {
	for _, r := range records {
		if r.Fingerprint != key.Fingerprint && r.FirstSeen.Before(key.FirstSeen) {
			return false
		}
	}
	return true
}

// sinceOutage reports whether a key was first seen when, or after, the origin
// was out of reach for longer than [OutageLimit].
func sinceOutage(origin OriginRecord, seen time.Time) bool {
	from, to := origin.OutageFrom, origin.OutageTo
	if from.IsZero() || !to.IsZero() && to.Sub(from) <= OutageLimit {
		return false
	}
	return !seen.Before(from)
}
