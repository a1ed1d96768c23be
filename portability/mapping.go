package portability

import (
	"context"
	"iter"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// A Mapping leads one old IRI to its new place. An item has one for its id, and one
// for each further address that it was found under.
type Mapping struct {
	Old  vocab.IRI `json:"old"`           // an id, or a URL of it
	ID   vocab.IRI `json:"id"`            // the old id of the item; Old itself, if that is an id
	New  vocab.IRI `json:"new"`           // the new id
	URL  vocab.IRI `json:"url,omitempty"` // where people find it; "" for New
	Kind Kind      `json:"kind"`
	From vocab.IRI `json:"from"` // the old actor
	To   vocab.IRI `json:"to"`   // the new actor
	// Audience is that of the copy. Nobody is led to what is not ForPublic or
	// ForUnlisted.
	Audience Audience  `json:"audience,omitempty"`
	At       time.Time `json:"at,omitzero"`   // when it was copied
	Gone     bool      `json:"gone,omitzero"` // it was taken back since
}

// Seen reports whether strangers may be led to it.
func (m Mapping) Seen() bool {
	return !m.Gone && (m.Audience == ForPublic || m.Audience == ForUnlisted)
}

// Place returns where people find it.
func (m Mapping) Place() vocab.IRI {
	if m.URL != "" {
		return m.URL
	}
	return m.New
}

// Replaces reports whether a mapping is stored in the place of one that is known of the
// same Old. Of the same From it is, but that a file never takes the place of anything
// else. Of two accounts, the one whose own place Old is has it: an actor owns what is
// under its id, and, where nobody does, the pages that are called by its name; where
// neither owns it, who came first.
func (m Mapping) Replaces(known Mapping) bool {
	if m.From == known.From {
		return m.Kind != Media || known.Kind == Media
	}
	return closeness(m.From, m.Old) > closeness(known.From, known.Old)
}

// A URIMap is the durable record of where everything of moved accounts is now. Only
// proved copies are in it.
type URIMap interface {
	// Find returns what is known of old IRIs. What is not known is left out.
	Find(ctx context.Context, olds []vocab.IRI) (map[vocab.IRI]Mapping, error)
	// Mappings yields all of an old actor, by Old, beginning behind after; of every
	// actor for "". An error is the last thing yielded.
	Mappings(ctx context.Context, from, after vocab.IRI) iter.Seq2[Mapping, error]
	// Map stores mappings, each in the place of what was known of its Old if
	// [Mapping.Replaces] says so. Where another account's stays, that is reported as a
	// [MapError] after the others were stored.
	Map(ctx context.Context, mappings []Mapping) error
}

// A MapError says that an IRI is another account's already.
type MapError struct {
	Old vocab.IRI
}

func (e *MapError) Error() string {
	return "map " + string(e.Old) + ": another account has it"
}
