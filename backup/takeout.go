package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/portability"
)

// A TakeoutFormat is the container of a takeout.
type TakeoutFormat string

// The containers. Mastodon writes zip since 4.2, and wrote tar.gz before.
const (
	TakeoutZip   TakeoutFormat = "zip"
	TakeoutTarGz TakeoutFormat = "tar.gz"
)

// TakeoutOptions adjust a [Takeout]. A nil *TakeoutOptions is the same as a zero
// one.
type TakeoutOptions struct {
	// Format is the container. "" means what the name of the file says, and zip
	// where it says nothing.
	Format TakeoutFormat
	// Scratch is the folder for private temporary files. Default os.TempDir. They
	// take as much room as the files and posts together.
	Scratch string
}

// A Takeout writes what Mastodon gives its users to take out, so that what reads
// those reads it: posts, shares, likes, bookmarks, the actor and the files. What
// has no place there is Skipped, and what had to be left out of an item is
// Changed; see [Takeout.Limits]. Private keys, bto and bcc are never written.
//
// It is a portability.Sink, and safe for concurrent use. Memory does not grow with
// the posts; a zip has its directory in memory, up to 1 KiB for each file. The same
// items in the same order give the same bytes.
//
// An attachment's url is rewritten to the file's path in the takeout, as Mastodon
// does and importers need; what it was stands beside it, see [TakeoutURL].
type Takeout struct {
	out     takeoutOutput
	format  TakeoutFormat
	scratch string // the folder of this takeout

	mu       sync.Mutex
	ended    error // why nothing more can be put; nil while it can
	closed   bool
	owner    portability.Readership
	content  *takeoutSpool
	outbox   *takeoutSpool
	likes    *takeoutSpool
	marks    *takeoutSpool
	known    *takeoutKnown
	actor    []byte // actor.json; nil if there is none
	pictures []takeoutPicture
}

var (
	_ portability.Sink      = (*Takeout)(nil)
	_ portability.MediaSink = (*Takeout)(nil)
	_ portability.Finisher  = (*Takeout)(nil)
	_ portability.Limited   = (*Takeout)(nil)
)

// ErrFinished is wrapped by the errors of a [Takeout] that was finished or closed.
var ErrFinished = errors.New("the archive is finished")

// CreateTakeout begins a takeout that stands at path once [Takeout.Finish] was
// called, and not before; what was there is replaced then.
func CreateTakeout(path string, o *TakeoutOptions) (*Takeout, error) {
	var options TakeoutOptions
	if o != nil {
		options = *o
	}
	lower := strings.ToLower(path)
	if options.Format == "" && (strings.HasSuffix(lower, ".tar.gz") || strings.HasSuffix(lower, ".tgz")) {
		options.Format = TakeoutTarGz
	}
	return newTakeout(takeoutFileOutput(path), options)
}

// NewTakeout begins a takeout that is written to w by [Takeout.Finish]. It does not
// close w.
func NewTakeout(w io.Writer, o *TakeoutOptions) (*Takeout, error) {
	var options TakeoutOptions
	if o != nil {
		options = *o
	}
	return newTakeout(func(write func(io.Writer) error) error { return write(w) }, options)
}

func newTakeout(out takeoutOutput, o TakeoutOptions) (*Takeout, error) {
	switch o.Format {
	case "":
		o.Format = TakeoutZip
	case TakeoutZip, TakeoutTarGz:
	default:
		return nil, fmt.Errorf("create takeout: no such container: %q", string(o.Format))
	}
	known, err := newTakeoutKnown(o.Scratch)
	if err != nil {
		return nil, fmt.Errorf("create takeout: %w", err)
	}
	t := &Takeout{out: out, format: o.Format, scratch: known.folder.Path(), known: known}
	for name, s := range map[string]**takeoutSpool{"content": &t.content, "outbox": &t.outbox, "likes": &t.likes, "bookmarks": &t.marks} {
		if *s, err = newTakeoutSpool(filepath.Join(t.scratch, name)); err != nil {
			return nil, errors.Join(fmt.Errorf("create takeout: %w", err), t.Close())
		}
	}
	return t, nil
}

// Limits implements portability.Limited: the kinds that takeouts have.
func (t *Takeout) Limits(ctx context.Context) (portability.Limits, error) {
	return portability.Limits{Kinds: []portability.Kind{
		portability.Actor, portability.Media, portability.Content, portability.Outbox, portability.Liked, portability.Bookmarks,
	}}, ctx.Err()
}

// Finish implements portability.Finisher: it writes the takeout. If it fails,
// nothing stands under the takeout's name; one that was begun by [CreateTakeout]
// may be finished again.
func (t *Takeout) Finish(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return fmt.Errorf("finish takeout: %w", t.ended)
	}
	err := t.out(func(w io.Writer) error { return t.write(ctx, w) })
	if err != nil {
		return fmt.Errorf("finish takeout: %w", err)
	}
	t.ended = ErrFinished
	return nil
}

// Close removes the temporary files. A takeout that was not finished is gone then.
// It may be called more than once.
func (t *Takeout) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.ended, t.closed = ErrFinished, true
	var errs []error
	for _, s := range []*takeoutSpool{t.content, t.outbox, t.likes, t.marks} {
		errs = append(errs, s.close())
	}
	return errors.Join(append(errs, t.known.close())...)
}

// A takeoutOutput gives what is written its name, if it was written to its end.
type takeoutOutput func(write func(io.Writer) error) error

// takeoutFileOutput writes beside path, and renames.
func takeoutFileOutput(path string) takeoutOutput {
	return func(write func(io.Writer) error) (err error) {
		f, err := os.CreateTemp(filepath.Dir(path), ".godwit-*.part")
		if err != nil {
			return err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, os.Remove(f.Name()))
			}
		}()
		if err := errors.Join(write(f), f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
			return err
		}
		if err := os.Rename(f.Name(), path); err != nil {
			return err
		}
		return syncFolder(filepath.Dir(path))
	}
}
