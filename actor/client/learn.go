package client

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	propertyGenerator  vocab.Property = "generator"
	propertyImplements vocab.Property = "implements"
	implementsIRI      vocab.Property = "https://w3id.org/fep/844e/implements"
	hrefRFC9421                       = "https://datatracker.ietf.org/doc/html/rfc9421"
)

// The KeyMemory is not asked again about a document that has not changed by a
// byte within this time. What another process tells it meanwhile is put right
// after that.
const (
	learntFor = time.Minute
	maxLearnt = 10_000
)

// learn takes from a document that was fetched as asked what godwit remembers
// of its origin and of its actor's keys. Only the document at an actor's own id
// (without its fragment, if it has one) shows which keys it has: what stands
// anywhere else on the origin, as an upload might, may call itself by that id.
// Came is the document before it was normalized, in which statements are signed.
func (c *Client) learn(ctx context.Context, asked vocab.IRI, o, came *vocab.Object) error {
	c.Learn(o)
	if o.ID().Document() != asked {
		return nil
	}
	now, shown := c.now(), sha256.Sum256(came.Bytes())
	if last, ok := c.learnt.get(o.ID(), now); ok && last == shown {
		return nil
	}
	keys, problems := actor.Keys(o)
	identities, _ := actor.IdentityProofs(came, &actor.ProofOptions{Now: now})
	for _, identity := range identities {
		if identity.Actor != o.ID() {
			continue
		}
		keys = append(keys, identity.Key) // signs no requests, but may prove a Move (FEP-c390)
	}
	if len(keys) == 0 {
		return nil
	}
	if err := c.rememberKeys(ctx, o.ID(), keys, actor.Elsewhere(problems)); err != nil {
		return fmt.Errorf("remember keys: %w", err)
	}
	c.learnt.put(o.ID(), shown, 1, now.Add(learntFor))
	return nil
}

// Learn takes the word of an actor's generator for it that the server verifies
// RFC 9421 (FEP-844e): deliveries to the origin of the actor's inbox try that
// first. What is fetched is learnt from by itself; Learn is for actors that a
// host has stored.
func (c *Client) Learn(o *vocab.Object) {
	inbox := o.IRI(vocab.Inbox)
	if inbox == "" || !vocab.SameOrigin(inbox, o.ID()) {
		return
	}
	generator := o.Child(propertyGenerator)
	if generator == nil {
		return
	}
	for _, p := range []vocab.Property{propertyImplements, implementsIRI} {
		for _, v := range generator.IRIs(p) {
			if v.Document() == hrefRFC9421 {
				c.origins.at(inbox.Origin(), c.now()).advertise(c.now())
				return
			}
		}
	}
}

// rememberKeys tells the KeyMemory what an actor's document shows now: which
// keys are there, and which are there no more. Keys that the document only
// names, in elsewhere, are neither.
func (c *Client) rememberKeys(ctx context.Context, owner vocab.IRI, keys []actor.Key, elsewhere []vocab.IRI) error {
	c.learnt.drop(owner)
	memory := c.options.Memory
	records, err := memory.Keys(ctx, owner)
	if err != nil {
		return err
	}
	changes := changedKeys(records, owner, keys, elsewhere, c.now())
	for _, record := range changes {
		if err := memory.Remember(ctx, record); err != nil {
			return err
		}
	}
	return nil
}

// changedKeys lists the records that must be added or updated for the memory
// to agree with what is shown.
func changedKeys(records []actor.KeyRecord, owner vocab.IRI, keys []actor.Key, elsewhere []vocab.IRI, now time.Time) []actor.KeyRecord {
	var changes []actor.KeyRecord
	ends := endsOf(keys)
	known := make(map[string]bool, len(records))
	for _, r := range records {
		known[r.Fingerprint] = true
		before := r
		end, shown := ends[r.Fingerprint]
		if shown {
			r.Expires = end
		}
		switch named := shown || slices.Contains(elsewhere, r.ID); {
		case named:
			r.Withdrawn = time.Time{}
		case r.Withdrawn.IsZero():
			r.Withdrawn = now
		}
		if !r.Withdrawn.Equal(before.Withdrawn) || !r.Expires.Equal(before.Expires) {
			changes = append(changes, r)
		}
	}
	for _, k := range keys {
		print := k.Fingerprint()
		if known[print] {
			continue
		}
		known[print] = true
		changes = append(changes, actor.KeyRecord{
			ID: k.ID, Owner: owner, Fingerprint: print, Encoded: k.Encode(), FirstSeen: now, Expires: ends[print],
		})
	}
	return changes
}

// endsOf tells, by fingerprint, which keys are shown and when they end: of one
// that is listed more than once, its first end.
func endsOf(keys []actor.Key) map[string]time.Time {
	ends := make(map[string]time.Time, len(keys))
	for _, k := range keys {
		print := k.Fingerprint()
		end, listed := ends[print]
		if !listed || end.IsZero() || !k.Expires.IsZero() && k.Expires.Before(end) {
			end = k.Expires
		}
		ends[print] = end
	}
	return ends
}
