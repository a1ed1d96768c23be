package dialect

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/internal/container"
)

// ErrUnknown says that no dialect knows a container.
var ErrUnknown = errors.New("no export of a software that is known")

// A Dialect is how one software lays out its exports.
type Dialect struct {
	// Name is a stable word: "mastodon", "fep-6fcd", "misskey".
	Name string
	// Match reports whether a container is of this dialect. An error is about
	// reading it.
	Match func(ctx context.Context, v *View) (bool, error)
	// Read opens the account. It reads what is small, and no more than once;
	// the rest when it is asked for. A refusal of the whole is a [*Refusal].
	Read func(ctx context.Context, v *View) (*Account, error)
}

// A Refusal is why an export of a known dialect is not read at all.
type Refusal struct {
	Dialect string
	Reason  Reason
	Where   string // the entry, or the place in it; "" if the whole
	Err     error  // what lies below; nil if the reason says it all
}

// Error says what failed, on what and why.
func (r *Refusal) Error() string {
	text := fmt.Sprintf("read %s export: ", r.Dialect)
	if r.Where != "" {
		text += fmt.Sprintf("%q: ", r.Where)
	}
	text += r.Reason.sentence()
	if r.Err != nil {
		text += ": " + r.Err.Error()
	}
	return text
}

// Unwrap gives what lies below.
func (r *Refusal) Unwrap() error { return r.Err }

// Open finds the dialect of a container and reads it. A container that no dialect
// knows is [ErrUnknown]. The container stays the caller's, and must stay open as
// long as the account is used.
func Open(ctx context.Context, c *container.Container, o *Options) (*Account, error) {
	v := newView(c, o)
	for _, d := range All() {
		ok, err := d.Match(ctx, v)
		if err != nil {
			return nil, fmt.Errorf("look for a %s export: %w", d.Name, err)
		}
		if !ok {
			continue
		}
		a, err := d.Read(ctx, v)
		if err != nil {
			return nil, err
		}
		return a.ready(d.Name, v), nil
	}
	return nil, ErrUnknown
}
