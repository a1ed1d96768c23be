package portability

import (
	"context"
	"errors"
	"io"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

// ErrNoPlace is what PutMedia returns for a file that the sink does not hold, for
// its type or size. [Copy] goes on without it.
var ErrNoPlace = errors.New("the sink does not hold such a file")

// A Sink is where an account's data go. It is safe for concurrent use.
type Sink interface {
	// Put stores items and returns one Result for each, in their order. It is
	// idempotent by Ref: an item that is there already gets the same NewID,
	// and is Skipped as AlreadyThere, or Conflicting if it differs.
	// What cannot be stored is a Result, not an error; an error means that
	// nothing is known of these items, and Put may be called with them again.
	// Put sends nothing to anybody.
	Put(ctx context.Context, items []Item) ([]Result, error)
}

// A State is how an item ended.
type State string

// The states.
const (
	Copied      State = "copied"      // stored, and it was not there before
	Changed     State = "changed"     // stored, with something left out or made fit; see the reason
	Skipped     State = "skipped"     // not stored: it is there already, or has no place there; see the reason
	Conflicting State = "conflicting" // there is another with this Ref, and both differ; nothing was overwritten
	Failed      State = "failed"      // not stored; see the reason
	Removed     State = "removed"     // taken out again, by a Remover
)

// A Result is how one item ended at a sink.
type Result struct {
	Ref
	NewID  vocab.IRI   `json:"newId,omitempty"` // what the item is called there; "" where it has no name
	URLs   []vocab.IRI `json:"urls,omitempty"`  // where people find it there
	State  State       `json:"state"`
	Reason Reason      `json:"reason,omitempty"` // "" for Copied and Removed
}

// A MediaSink is a [Sink] that takes files. They come before the items that use
// them.
type MediaSink interface {
	// PutMedia stores a file and returns where it stands. It is idempotent by
	// digest. It reads to the end, and does not close. A file that is not what m
	// says is [ErrBadMedium], one that the sink does not hold [ErrNoPlace];
	// nothing is stored then.
	PutMedia(ctx context.Context, m Medium, r io.Reader) (vocab.IRI, error)
}

// A Finisher is a [Sink] that has a last word: an integrity list, a proof, an
// index. [Copy] calls it once, after everything; an [Engine] at the end of every run, and
// once more if it died before it could record that. Calling it again changes nothing.
type Finisher interface {
	Finish(ctx context.Context) error
}

// A Remover is a [Sink] that can undo. An [Engine] asks it for what it knows that it has
// put itself: to know that after a kill as well, it needs a [Holder], or an [Atomic] store.
type Remover interface {
	// Remove takes items out again, by the Refs that they were put under, and
	// the files that only they used. One Result for each, in their order:
	// Removed, or Skipped as NotHere.
	Remove(ctx context.Context, refs []Ref) ([]Result, error)
}

// A Limited is a [Sink] that cannot hold everything, and says so beforehand.
type Limited interface {
	Limits(ctx context.Context) (Limits, error)
}

// Limits is what a sink can hold. A zero field means no limit of that sort.
type Limits struct {
	Kinds       []Kind        // empty: every kind
	Types       []string      // types of objects; empty: every type
	MediaTypes  []string      // media types, "image/*" included
	MediaBytes  int64         // of one file
	NeedsMedia  bool          // content without any file cannot be held
	TextRunes   int           // of one piece of content, as a reader sees it
	PollOptions int           // of one Question
	Audiences   []Audience    // empty: every audience
	Languages   []string      // BCP 47; empty: every language
	Oldest      time.Time     // content published before cannot keep its date
	Attachments int           // of one piece of content
	Items       int64         // of the whole account
	Bytes       int64         // of the whole account
	PerItem     time.Duration // how long one item takes at least, for an estimate
}

// An Audience is who may read a piece of content.
type Audience string

// The audiences, widest first.
const (
	ForPublic    Audience = "public"
	ForUnlisted  Audience = "unlisted"
	ForFollowers Audience = "followers"
	ForMentioned Audience = "direct"
	ForAuthor    Audience = "author" // nobody else
)
