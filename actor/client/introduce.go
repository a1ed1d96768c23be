package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// ErrNotIntroduced means that an activity is no Update by which the sender of
// a request shows its own keys.
var ErrNotIntroduced = errors.New("not an Update of the sender by itself")

// Introduced lets a key vouch for others: update is the body of a request that
// was verified as v, an Update by an actor of itself, and the keys that stand
// in it are remembered as vouched for if v's key was good then. It returns how
// many keys are vouched for that were not before; 0 with a nil error means
// that none was new or that v's key cannot vouch.
//
// Good is a key that is not withdrawn and for which [actor.Continuous] holds.
// The keys count only once the actor's own document shows them: that is
// fetched when one of them signs.
func (c *Client) Introduced(ctx context.Context, v *Verified, update *vocab.Object) (vouched int, err error) {
	keys, err := introducedKeys(v, update)
	if err != nil || !v.Withdrawn.IsZero() {
		return 0, err
	}
	fail := func(err error) (int, error) {
		return vouched, fmt.Errorf("introduce keys: %s: %w", v.Owner.Origin(), err)
	}
	records, err := c.options.Memory.Keys(ctx, v.Owner)
	if err != nil {
		return fail(err)
	}
	good, err := c.canVouch(ctx, v, records)
	if err != nil {
		return fail(err)
	}
	if !good {
		return 0, nil
	}
	for _, record := range vouchedRecords(records, keys, c.now()) {
		if err := c.options.Memory.Remember(ctx, record); err != nil {
			return fail(err)
		}
		vouched++
	}
	return vouched, nil
}

func introducedKeys(v *Verified, update *vocab.Object) ([]actor.Key, error) {
	shown := update.Child(vocab.ObjectProperty)
	switch {
	case !update.Is("Update"), update.IRI(vocab.Actor) != v.Owner,
		update.IRI(vocab.ObjectProperty) != v.Owner:
		return nil, ErrNotIntroduced
	case shown == nil:
		return nil, nil // names the actor, shows nothing
	}
	keys, _ := actor.Keys(shown)
	return keys, nil
}

func (c *Client) canVouch(ctx context.Context, v *Verified, records []actor.KeyRecord) (bool, error) {
	print := v.Key.Fingerprint()
	origin, others, err := c.options.Memory.Origin(ctx, v.Owner.Origin(), v.Owner)
	if err != nil {
		return false, err
	}
	for _, r := range records {
		if r.Fingerprint == print && !r.Withdrawn.IsZero() {
			return false, nil
		}
	}
	good, _ := actor.Continuous(records, print, origin, others, v.Received)
	return good, nil
}

// vouchedRecords lists the records of keys that are not yet vouched for.
func vouchedRecords(records []actor.KeyRecord, keys []actor.Key, now time.Time) []actor.KeyRecord {
	known := make(map[string]actor.KeyRecord, len(records))
	for _, r := range records {
		known[r.Fingerprint] = r
	}
	var changes []actor.KeyRecord
	for _, k := range keys {
		print := k.Fingerprint()
		record, ok := known[print]
		if !ok {
			record = actor.KeyRecord{
				ID: k.ID, Owner: k.Owner, Fingerprint: print, Encoded: k.Encode(), Expires: k.Expires,
				FirstSeen: now, Withdrawn: now.Add(-time.Second), // not shown yet
			}
		}
		if !record.Vouched {
			record.Vouched = true
			known[print] = record
			changes = append(changes, record)
		}
	}
	return changes
}
