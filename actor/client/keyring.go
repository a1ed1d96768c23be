package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	maxHeld       = 50_000 // keys; and as many ids that gave none
	maxKeyID      = 1 << 10
	maxTried      = 8 // keys of one owner that one signature is held against
	withdrawnFor  = 7 * 24 * time.Hour
	refetchEvery  = 5 * time.Minute
	unusableFor   = 10 * time.Minute
	unfetchedFor  = 30 * time.Second
	maxConcurrent = 64 // look-ups that signatures cause, over all origins
	maxPerOrigin  = 8  // and at one of them, so that one that is slow holds up only its own
	maxRequests   = 2  // times Options.Timeout: how long a look-up may take, with all its requests
)

// A keyring holds the keys of senders by the id that signatures name, in
// bounded memory.
type keyring struct {
	held      *lru[vocab.IRI, *heldKeys]
	unusable  *lru[vocab.IRI, error]
	refetched *lru[vocab.IRI, error] // how it went
	fetching  flights[*heldKeys]
	slots     chan struct{}
}

// heldKeys are the keys of one actor.
type heldKeys struct {
	owner vocab.IRI
	keys  []heldKey
}

type heldKey struct {
	actor.Key
	withdrawn time.Time
}

func newKeyring() *keyring {
	return &keyring{
		held:      newLRU[vocab.IRI, *heldKeys](maxHeld),
		unusable:  newLRU[vocab.IRI, error](maxHeld),
		refetched: newLRU[vocab.IRI, error](maxHeld),
		slots:     make(chan struct{}, maxConcurrent),
	}
}

// inOrder lists the keys to try, the one that goes by id first.
func (h *heldKeys) inOrder(id vocab.IRI) []heldKey {
	if len(h.keys) > 0 && h.keys[0].ID == id {
		return h.keys
	}
	ordered := make([]heldKey, 0, len(h.keys))
	for _, named := range []bool{true, false} {
		for _, k := range h.keys {
			if (k.ID == id) == named {
				ordered = append(ordered, k)
			}
		}
	}
	return ordered
}

// getKeys returns the keys behind a key id that are not held, from the network.
// When that fails, what the KeyMemory holds is good enough.
func (c *Client) getKeys(ctx context.Context, id vocab.IRI) (*heldKeys, error) {
	now := c.now()
	var held *heldKeys
	err, failed := c.keyring.unusable.get(id, now)
	if !failed {
		held, err = c.fetchKeys(ctx, id, false)
	}
	if err == nil || !(&KeyError{Err: err}).Temporary() {
		return held, err
	}
	known, memoryErr := c.remembered(ctx, id.Document())
	if memoryErr != nil || len(known) == 0 {
		return nil, err
	}
	return &heldKeys{owner: id.Document(), keys: known}, nil
}

// refetchKeys looks at the document again for a signature that no held key
// verifies: once in five minutes for each key, however many forged signatures
// name it. It returns nil if there is nothing new.
func (c *Client) refetchKeys(ctx context.Context, id vocab.IRI, stale *heldKeys) (*heldKeys, error) {
	return c.keyring.fetching.do(ctx, "again "+string(id), func() (*heldKeys, error) {
		now := c.now()
		if held, ok := c.keyring.held.get(id, now); ok && held != stale {
			return held, nil // someone has fetched since we looked
		}
		if last, ok := c.keyring.refetched.get(id, now); ok {
			return nil, last
		}
		held, err := c.fetchKeys(ctx, id, true)
		switch {
		case err == nil:
			c.keyring.refetched.put(id, nil, 1, now.Add(refetchEvery))
		case ctx.Err() == nil:
			c.keyring.refetched.put(id, err, 1, now.Add(unfetchedFor))
		}
		return held, err
	})
}

// fetchKeys gets the keys from the network, within what signatures may make us
// fetch, and keeps the outcome.
func (c *Client) fetchKeys(ctx context.Context, id vocab.IRI, fresh bool) (*heldKeys, error) {
	flight := string(id)
	if fresh {
		flight = "fresh " + flight
	}
	return c.keyring.fetching.do(ctx, flight, func() (*heldKeys, error) {
		leave, err := c.enter(ctx, id)
		if err != nil {
			return nil, err
		}
		defer leave()
		bounded, cancel := context.WithTimeout(ctx, maxRequests*c.options.Timeout)
		defer cancel()
		held, err := c.readKeys(bounded, id, fresh)
		now := c.now()
		switch {
		case err == nil:
			c.keyring.held.put(id, held, int64(len(held.keys)), now.Add(c.options.KeyFor))
		case ctx.Err() != nil:
		case (&KeyError{Err: err}).Temporary():
			c.keyring.unusable.put(id, err, 1, now.Add(unfetchedFor))
		default:
			c.keyring.unusable.put(id, err, 1, now.Add(unusableFor))
			c.keyring.held.drop(id)
		}
		return held, err
	})
}

// enter waits for a slot, or refuses for an origin that signatures have sent
// us to too often.
func (c *Client) enter(ctx context.Context, id vocab.IRI) (leave func(), err error) {
	now := c.now()
	at := c.origins.at(id.Origin(), now)
	if !at.lookups.AllowN(now, 1) {
		return nil, &actor.FetchError{ID: id, RetryAfter: time.Minute, Err: actor.ErrUnavailable}
	}
	if err := take(ctx, at.slots); err != nil {
		return nil, &actor.FetchError{ID: id, Err: err}
	}
	if err := take(ctx, c.keyring.slots); err != nil {
		<-at.slots
		return nil, &actor.FetchError{ID: id, Err: err}
	}
	return func() { <-c.keyring.slots; <-at.slots }, nil
}

// take waits for a place in slots.
func take(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// readKeys fetches what stands behind a key id and, unless that is the owner
// itself, the owner, whose document has the last word.
func (c *Client) readKeys(ctx context.Context, id vocab.IRI, fresh bool) (*heldKeys, error) {
	doc, err := c.fetch(ctx, id, fresh)
	if err != nil {
		return nil, err
	}
	switch {
	case isBareKey(doc):
		return c.readBare(ctx, id, doc, fresh)
	case doc.ID() == id.Document():
		return c.hold(ctx, doc)
	}
	// A stub of the actor, as GoToSocial has at the key's own path, or the
	// actor under another URL: whose keys these are, its own id will tell.
	return c.readOwner(ctx, doc.ID(), fresh)
}

func isBareKey(o *vocab.Object) bool {
	return o.Has(vocab.PublicKeyPem) || o.Has(vocab.PublicKeyMultibase)
}

// readBare takes a key from a document of its own if the actor whom it names
// as its owner names it back, by its id or by its bytes.
func (c *Client) readBare(ctx context.Context, id vocab.IRI, doc *vocab.Object, fresh bool) (*heldKeys, error) {
	keys, problems := actor.KeysIn(doc)
	bare, ok := actor.FindKey(keys, id)
	if !ok {
		return nil, noKeys(problems)
	}
	if !vocab.SameOrigin(bare.Owner, id) {
		return nil, ErrKeyForeign
	}
	owner, err := c.fetchOwner(ctx, bare.Owner, fresh)
	if err != nil {
		return nil, err
	}
	published, problems := actor.Keys(owner)
	switch {
	case slices.ContainsFunc(published, bare.Equal):
		return c.hold(ctx, owner)
	case !slices.Contains(actor.Elsewhere(problems), bare.ID):
		return nil, ErrKeyUnnamed
	}
	if err := c.rememberKeys(ctx, bare.Owner, append(published, bare), actor.Elsewhere(problems)); err != nil {
		return nil, err
	}
	return c.hold(ctx, owner, bare)
}

func (c *Client) readOwner(ctx context.Context, id vocab.IRI, fresh bool) (*heldKeys, error) {
	owner, err := c.fetchOwner(ctx, id, fresh)
	if err != nil {
		return nil, err
	}
	return c.hold(ctx, owner)
}

func (c *Client) fetchOwner(ctx context.Context, id vocab.IRI, fresh bool) (*vocab.Object, error) {
	owner, err := c.fetch(ctx, id, fresh)
	if err == nil && owner.ID() != id {
		err = ErrKeyUnnamed
	}
	return owner, err
}

// hold joins the keys that the owner publishes, in its own document and in
// further ones that it names, with those that were withdrawn lately.
func (c *Client) hold(ctx context.Context, owner *vocab.Object, further ...actor.Key) (*heldKeys, error) {
	keys, problems := actor.Keys(owner)
	keys = append(keys, further...)
	if len(keys) == 0 {
		return nil, noKeys(problems)
	}
	held := &heldKeys{owner: owner.ID()}
	for _, k := range keys {
		held.keys = append(held.keys, heldKey{Key: k})
	}
	known, err := c.remembered(ctx, owner.ID())
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		if !slices.ContainsFunc(keys, k.Equal) {
			held.keys = append(held.keys, k)
		}
	}
	return held, nil
}

func noKeys(problems []actor.KeyProblem) error {
	for _, p := range problems {
		if errors.Is(p.Err, actor.ErrKeyOwner) || errors.Is(p.Err, actor.ErrKeyOrigin) {
			return ErrKeyForeign
		}
	}
	return ErrKeyAbsent
}

// remembered lists the keys that the KeyMemory holds of an actor, were once
// shown, and are not withdrawn for longer than mail is queued, the newest first.
func (c *Client) remembered(ctx context.Context, owner vocab.IRI) ([]heldKey, error) {
	records, err := c.options.Memory.Keys(ctx, owner)
	if err != nil {
		return nil, err
	}
	var known []heldKey
	now := c.now()
	for _, r := range slices.Backward(records) {
		if !r.Shown() || !r.Withdrawn.IsZero() && now.Sub(r.Withdrawn) > withdrawnFor {
			continue
		}
		if !r.ID.IsHTTP() {
			continue // an identity key (FEP-c390) is none that requests are signed with
		}
		key, err := r.Key()
		if err != nil {
			continue // from a version that knew other kinds
		}
		known = append(known, heldKey{Key: key, withdrawn: r.Withdrawn})
	}
	return known[:min(len(known), maxTried)], nil
}
