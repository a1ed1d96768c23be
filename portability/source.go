package portability

import (
	"context"
	"errors"
	"io"
	"iter"

	"codeberg.org/godwit/godwit/vocab"
)

// Errors of sources, to be tested with errors.Is.
var (
	// ErrChanged says that a position no longer holds: the source has changed
	// where it pointed, and is to be read again from the beginning of the kind.
	ErrChanged = errors.New("the source has changed behind the position")
	// ErrNoActor says that a source has no actor document, as a list of
	// followed accounts has none.
	ErrNoActor = errors.New("the source has no actor document")
	// ErrNoMedium says that a file that an item uses is not there.
	ErrNoMedium = errors.New("the file is not in the source")
	// ErrBadMedium says that a file is not what it says it is: another digest,
	// another size, or bytes that cannot be read. [Copy] goes on without it.
	ErrBadMedium = errors.New("the file is not what it says it is")
)

// A Source is where an account's data come from. It is safe for concurrent use.
type Source interface {
	// Actor returns the account's actor document, or [ErrNoActor].
	Actor(ctx context.Context) (*vocab.Object, error)
	// Kinds returns the kinds of which there is anything, in any order.
	Kinds(ctx context.Context) ([]Kind, error)
	// Items yields the items of a kind, beginning behind the one whose Next is
	// after, or with the first for "". Content is in the order of its
	// publication where the source knows it. It may be called any number of
	// times, and yields the same as long as the source stays the same. An
	// error is the last thing yielded; what is wrong with one item is a
	// [Problem] of that item. A kind of which there is nothing yields nothing,
	// and so does one that is not known. A position that this source never gave
	// is [ErrChanged]. Breaking out releases everything.
	Items(ctx context.Context, k Kind, after string) iter.Seq2[Item, error]
}

// A MediaSource is a [Source] that has files.
type MediaSource interface {
	// OpenMedia opens a file, and returns what is known of it now, under the
	// URL and Path that it was asked for. The caller closes it. A file that is
	// not there is [ErrNoMedium]; one that turns out to be damaged is
	// [ErrBadMedium], from here or from reading.
	OpenMedia(ctx context.Context, m Medium) (io.ReadCloser, Medium, error)
}

// A Counter is a [Source] that can say how many items there are without
// yielding them.
type Counter interface {
	// Count returns how many items of a kind there are. If it is not exact it
	// is what the source says, and may be wrong.
	Count(ctx context.Context, k Kind) (n int64, exact bool, err error)
}

// A Live is a [Source] that may show an account as it is now. A copy learns only from
// one that does what was deleted ([JobOptions].Mirror): what is not in an archive may
// never have been in it.
type Live interface {
	// Live reports whether it does: what it does not yield is not there any more. A
	// source that answers out of something that was kept, for whatever reason, is not
	// live.
	Live() bool
}

// A Finder is a [Source] that can look for single items.
type Finder interface {
	// Finds reports, for each Ref in its order, whether it is there now. It asks anew,
	// not a memory of what was yielded, and is called before something is taken out for
	// not being there. An error means that nothing is known of any.
	Finds(ctx context.Context, refs []Ref) ([]bool, error)
}
