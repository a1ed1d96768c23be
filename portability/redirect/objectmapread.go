package redirect

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// pointer escapes a name for a JSON Pointer.
var pointer = strings.NewReplacer("~", "~0", "/", "~1")

// ErrNoObjectMap says that an actor announces none.
var ErrNoObjectMap = errors.New("the actor announces no object map")

// An ObjectMove is one entry of somebody else's object map: a claim, until a [Checker]
// has looked at it.
type ObjectMove struct {
	Old, New vocab.IRI
	// Reason is "" for an entry that can be read, or [MapMalformed].
	Reason MapReason
}

// mapNames are the names under which actors announce a map. LOLA 0.2 and 0.3 use the
// short one for something else.
var mapNames = []string{"migration", "https://w3id.org/fep/1580#migration", "https://w3id.org/fep/1580/migration"}

// ObjectMapOf returns the address of the object map that an actor's document announces
// (FEP-1580): on the actor's own origin, under either namespace. "" if there is none; what
// LOLA means by the same name is none.
func ObjectMapOf(newActor *vocab.Object) vocab.IRI {
	lola := newActor.Has("accountPortabilityOauth")
	for name, value := range newActor.Members() {
		for _, known := range mapNames {
			if name != known || known == "migration" && lola {
				continue
			}
			if text, ok := value.Text(); ok && vocab.SameOrigin(vocab.IRI(text), newActor.ID()) {
				return vocab.IRI(text)
			}
		}
	}
	return ""
}

// MigrationComplete reports whether a collection or an actor says that its migration is
// complete, in either namespace. Its term was published as one of ids, so the word "true"
// counts, too.
func MigrationComplete(o *vocab.Object) bool {
	return o.Bool(vocab.MigrationComplete) || o.IRI(vocab.MigrationComplete) == "true"
}

// ReadObjectMap yields the entries of the object map that an actor announces, as its
// server says. Both "object" and "origin" are read for the old id, which must agree, and
// "items" as well as "orderedItems". An entry that cannot be read is yielded as
// [MapMalformed]; an error is the last thing yielded.
func ReadObjectMap(ctx context.Context, g vocab.Getter, newActor *vocab.Object, o *vocab.WalkOptions) iter.Seq2[ObjectMove, error] {
	return func(yield func(ObjectMove, error) bool) {
		id := ObjectMapOf(newActor)
		if id == "" {
			yield(ObjectMove{}, fmt.Errorf("read object map: %w", ErrNoObjectMap))
			return
		}
		for item, err := range vocab.Walk(ctx, g, id, o) {
			if err != nil {
				yield(ObjectMove{}, fmt.Errorf("read object map: %w", err))
				return
			}
			if !yield(entryOf(item.Value), nil) {
				return
			}
		}
	}
}

func entryOf(v vocab.Value) ObjectMove {
	o, ok := v.Object()
	if !ok || !o.Is(vocab.TypeMove) {
		return ObjectMove{Reason: MapMalformed}
	}
	olds := append(o.IRIs(vocab.ObjectProperty), o.IRIs(vocab.Origin)...)
	e := ObjectMove{New: o.IRI(vocab.Target)}
	for _, old := range olds {
		if e.Old != "" && old != e.Old {
			return ObjectMove{Reason: MapMalformed}
		}
		e.Old = old
	}
	if !e.Old.IsHTTP() || !e.New.IsHTTP() || e.Old == e.New {
		return ObjectMove{Old: e.Old, New: e.New, Reason: MapMalformed}
	}
	return e
}
