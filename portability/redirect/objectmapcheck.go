package redirect

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

// A MapReason says in one stable word why an entry of an object map, or all of it, changes
// nothing.
type MapReason string

// The reasons.
const (
	MapMalformed     MapReason = "malformed"      // it names no two things, or more than two
	MapUnproved      MapReason = "unproved"       // nothing shows that the source actor moved here
	MapNotHeld       MapReason = "not-held"       // nothing is held here under the old id; it is not fetched
	MapNotTheirs     MapReason = "not-theirs"     // what is held is not the source actor's
	MapForeignTarget MapReason = "foreign-target" // the new id is not on the new actor's origin
	MapNotAttributed MapReason = "not-attributed" // what is there now is not the new actor's
	MapNoTarget      MapReason = "no-target"      // nothing is there, or something under another id
)

// A Holding knows what is held of others' objects. It is safe for concurrent use.
type Holding interface {
	// AttributedTo returns whose object is held under an id, as its own origin said it; false
	// if none is.
	AttributedTo(ctx context.Context, id vocab.IRI) (vocab.IRI, bool, error)
}

// A Checker checks the object maps of others before anything is changed for them.
type Checker struct {
	// Fetcher is asked past its cache, if it is an [actor.FreshFetcher]: what was true
	// once shows nothing of now.
	Fetcher actor.Fetcher
	// Keys are those that were held of actors while their origins answered.
	Keys    actor.KeyMemory
	Holding Holding
	// Last returns the actor to which an old one is known here to have moved last, "" if
	// none is; nil for a server that remembers no moves. A Move that was signed
	// before must not be shown again after the next.
	Last func(ctx context.Context, old vocab.IRI) (vocab.IRI, error)
	// Now is the time; time.Now for nil.
	Now func() time.Time
}

// ErrUnproved says that an object map changes nothing, for nothing shows that the source
// actor moved to the one that publishes it.
var ErrUnproved = errors.New("the object map is " + string(MapUnproved))

// Prove reports whether an actor's move to another is shown: by its own document, which says
// so now; or, where that cannot be read any more, by a Move among "moves" of the new actor's
// document, with a proof by a key that we fetched from the old actor's origin while that
// answered. The new actor must claim the old, and is to be fetched from its origin just
// now. An inlined document of the old actor shows nothing by itself. What cannot be shown
// now may be shown later; an error means that a store could not be read.
func (c *Checker) Prove(ctx context.Context, newActor *vocab.Object, old vocab.IRI) (bool, error) {
	if old == "" || old == newActor.ID() || !actor.Claims(newActor, old) {
		return false, nil
	}
	live, err := fetchNow(ctx, c.Fetcher, old)
	if err == nil && live.ID() == old {
		standing := actor.StandingOf(live)
		return standing.MovedTo == newActor.ID() && (standing.State == actor.Moved || standing.State == actor.Gone), nil
	}
	if err == nil {
		return false, nil // somebody else lives there
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return c.proveByMove(ctx, newActor, old)
}

// fetchNow reads a document past every cache, where that can be.
func fetchNow(ctx context.Context, f actor.Fetcher, id vocab.IRI) (*vocab.Object, error) {
	if fresh, ok := f.(actor.FreshFetcher); ok {
		return fresh.FetchFresh(ctx, id)
	}
	return f.Fetch(ctx, id)
}

func (c *Checker) proveByMove(ctx context.Context, newActor *vocab.Object, old vocab.IRI) (bool, error) {
	if c.Last != nil {
		last, err := c.Last(ctx, old)
		if err != nil {
			return false, fmt.Errorf("check object map: %w", err)
		}
		if last != "" && last != newActor.ID() {
			return false, nil
		}
	}
	keys, err := c.heldKeys(ctx, old)
	if err != nil {
		return false, fmt.Errorf("check object map: %w", err)
	}
	for _, move := range newActor.Children(vocab.Moves) {
		if !move.Is(vocab.TypeMove) || move.IRI(vocab.Actor) != old || move.IRI(vocab.ObjectProperty) != old ||
			move.IRI(vocab.Target) != newActor.ID() {
			continue
		}
		for _, key := range keys {
			if actor.VerifyProof(move, key, &actor.ProofOptions{Now: c.now()}) == nil {
				return true, nil
			}
		}
	}
	return false, nil
}

func (c *Checker) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// heldKeys returns the keys that stood in an actor's own document and come from the same hands
// as its first.
func (c *Checker) heldKeys(ctx context.Context, owner vocab.IRI) ([]actor.Key, error) {
	records, err := c.Keys.Keys(ctx, owner)
	if err != nil {
		return nil, err
	}
	origin, others, err := c.Keys.Origin(ctx, owner.Origin(), owner)
	if err != nil {
		return nil, err
	}
	var keys []actor.Key
	for _, r := range records {
		continuous, _ := actor.Continuous(records, r.Fingerprint, origin, others, c.now())
		key, err := r.Key()
		if err == nil && r.Shown() && continuous {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// Check says of one entry whether references to Old may be led to New: "" if so. What we
// hold under Old must be the source actor's, and the live target on the new actor's
// origin and attributed to it. [Checker.Prove] comes before. A fault that may pass is an
// error.
func (c *Checker) Check(ctx context.Context, newActor, old vocab.IRI, e ObjectMove) (MapReason, error) {
	if e.Reason != "" {
		return e.Reason, nil
	}
	owner, held, err := c.Holding.AttributedTo(ctx, e.Old)
	switch {
	case err != nil:
		return "", fmt.Errorf("check object map: %w", err)
	case !held:
		return MapNotHeld, nil
	case owner != old:
		return MapNotTheirs, nil
	case !vocab.SameOrigin(e.New, newActor):
		return MapForeignTarget, nil
	}
	target, err := fetchNow(ctx, c.Fetcher, e.New)
	var later interface{ Temporary() bool }
	switch {
	case errors.As(err, &later) && later.Temporary(), err != nil && ctx.Err() != nil:
		return "", fmt.Errorf("check object map: %w", err)
	case err != nil || target.ID() != e.New || target.Is(vocab.TypeTombstone):
		return MapNoTarget, nil
	case !attributed(target, newActor):
		return MapNotAttributed, nil
	}
	return "", nil
}

// attributed reports whether an object is an actor's alone.
func attributed(o *vocab.Object, to vocab.IRI) bool {
	return actor.OwnerOf(o) == to && !slices.Contains(vocab.ActorTypes(), o.Type())
}

// A CheckedMove is an entry, and why it changes nothing; Reason is "" for one that is to be
// applied.
type CheckedMove struct {
	ObjectMove
	From vocab.IRI // the source actor
}

// CheckAll reads and checks the whole object map of a new actor, fetched from its origin just now, for
// one source actor. If nothing shows that the source moved there, it yields
// [ErrUnproved] and nothing else. An error is the last thing yielded.
func (c *Checker) CheckAll(ctx context.Context, newActor *vocab.Object, old vocab.IRI, o *vocab.WalkOptions) iter.Seq2[CheckedMove, error] {
	return func(yield func(CheckedMove, error) bool) {
		proved, err := c.Prove(ctx, newActor, old)
		if err == nil && !proved {
			err = ErrUnproved
		}
		if err != nil {
			yield(CheckedMove{}, err)
			return
		}
		for e, err := range ReadObjectMap(ctx, c.Fetcher, newActor, o) {
			if err == nil {
				e.Reason, err = c.Check(ctx, newActor.ID(), old, e)
			}
			if !yield(CheckedMove{e, old}, err) || err != nil {
				return
			}
		}
	}
}
