package backup

import (
	"context"
	"errors"
	"io"
	"iter"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Reader is an archive that was opened: a portability.Source, MediaSource and
// Counter. It is safe for concurrent use. The caller closes it.
type Reader struct {
	container *container.Container
	account   *dialect.Account
	spool     io.Closer // what came through a pipe; nil if nothing did
}

// nameX is the dialect that is read with backslashes for slashes.
const nameX = "x"

// A Format is what an archive turned out to be.
type Format struct {
	Dialect   string `json:"dialect"`   // "fep-6fcd", "mastodon", "misskey", …
	Container string `json:"container"` // "tar", "zip", "folder" or "file", under any compression
}

// Open opens the export at a path: a file of any name, a folder, or a pipe, which
// is spooled to a private file. Its dialect is told by what is inside. Damage, what
// asks for more than the limits and what no dialect knows is a [*Refusal].
func Open(ctx context.Context, path string, o *ReadOptions) (*Reader, error) {
	return open(ctx, o, func(c *container.Options) (*container.Container, error) {
		return container.Open(ctx, path, c)
	})
}

// OpenReader opens an export that comes through a pipe. r is read to its end before
// OpenReader returns, into a private file that Close removes; r is not closed.
func OpenReader(ctx context.Context, r io.Reader, o *ReadOptions) (*Reader, error) {
	spool, err := container.Spool(ctx, r, o.orZero().container())
	if err != nil {
		return nil, refused(err)
	}
	reader, err := OpenAt(ctx, spool, spool.Size(), o)
	if err != nil {
		return nil, errors.Join(err, spool.Close())
	}
	reader.spool = spool
	return reader, nil
}

// OpenAt opens an export of size bytes. It reads r until the Reader is closed, and
// does not close it.
func OpenAt(ctx context.Context, r io.ReaderAt, size int64, o *ReadOptions) (*Reader, error) {
	return open(ctx, o, func(c *container.Options) (*container.Container, error) {
		return container.OpenAt(ctx, r, size, c)
	})
}

// open tries names with backslashes once they were refused: only the archives of X
// that people packed again are read with them.
func open(ctx context.Context, o *ReadOptions, from func(*container.Options) (*container.Container, error)) (*Reader, error) {
	options := o.orZero()
	boxed := options.container()
	r, err := openAs(ctx, options, boxed, from)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != Reason(container.ReasonBackslash) {
		return r, err
	}
	boxed.Backslashes = true
	again, errAgain := openAs(ctx, options, boxed, from)
	if errAgain != nil {
		return nil, err
	}
	if again.account.Name != nameX {
		return nil, errors.Join(err, again.Close())
	}
	return again, nil
}

func openAs(ctx context.Context, options ReadOptions, boxed *container.Options,
	from func(*container.Options) (*container.Container, error),
) (*Reader, error) {
	c, err := from(boxed)
	if err != nil {
		return nil, refused(err)
	}
	a, err := dialect.Open(ctx, c, options.dialect())
	if err != nil {
		return nil, errors.Join(refused(err), c.Close())
	}
	return &Reader{container: c, account: a}, nil
}

// Close frees what reading took. What is open of the archive stops being readable.
func (r *Reader) Close() error {
	err := r.container.Close()
	if r.spool != nil {
		err = errors.Join(err, r.spool.Close())
	}
	return err
}

// Format tells what the archive is.
func (r *Reader) Format() Format {
	return Format{Dialect: r.account.Name, Container: string(r.container.Format())}
}

// Owner tells whose the archive is, and so the audience of what is inside; see
// portability.Readership.
func (r *Reader) Owner() portability.Readership { return r.account.Owner }

// Actor implements portability.Source.
func (r *Reader) Actor(ctx context.Context) (*vocab.Object, error) { return r.account.Actor(ctx) }

// Kinds implements portability.Source.
func (r *Reader) Kinds(ctx context.Context) ([]portability.Kind, error) {
	kinds, err := r.account.Kinds(ctx)
	return kinds, refused(err)
}

// Items implements portability.Source.
func (r *Reader) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		for item, err := range r.account.Items(ctx, k, after) {
			if !yield(item, refused(err)) {
				return
			}
		}
	}
}

// Count implements portability.Counter.
func (r *Reader) Count(ctx context.Context, k portability.Kind) (int64, bool, error) {
	n, exact, err := r.account.Count(ctx, k)
	return n, exact, refused(err)
}

// OpenMedia implements portability.MediaSource. A file is only ever one of the
// archive.
func (r *Reader) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	return r.account.OpenMedia(ctx, m)
}

// Problems are what is odd about the whole, as far as it is known: reading may add
// some. At most a few thousand are kept.
func (r *Reader) Problems() []Problem {
	var all []Problem
	for _, p := range r.container.Problems() {
		all = append(all, Problem{Reason: Reason(p.Reason), Where: p.Entry})
	}
	for _, p := range r.account.Odd() {
		all = append(all, Problem{Reason: Reason(p.Reason), Where: p.Where, Detail: p.Detail})
	}
	return all
}

// Lost are the entries that salvage had to give up.
func (r *Reader) Lost() []Problem {
	var all []Problem
	for _, p := range r.container.Lost() {
		all = append(all, Problem{Reason: Reason(p.Reason), Where: p.Entry})
	}
	return all
}

// An Entry is one file of the archive as it lies there.
type Entry struct {
	Name string // cleaned: relative, with slashes
	Size int64  // in bytes
}

// Entries lists the files in the order in which they stand.
func (r *Reader) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for e := range r.container.Entries() {
			if !yield(Entry{Name: e.Name, Size: e.Size}) {
				return
			}
		}
	}
}

// OpenEntry opens a file of the archive, as it lies there. The caller closes it.
// One that is not there is fs.ErrNotExist; damage is a [*Refusal], in place of
// io.EOF.
func (r *Reader) OpenEntry(ctx context.Context, name string) (io.ReadCloser, error) {
	f, err := r.container.Open(ctx, name)
	if err != nil {
		return nil, refused(err)
	}
	return refusing{f}, nil
}

// refusing makes refusals of what reading finds.
type refusing struct{ io.ReadCloser }

func (r refusing) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	return n, refused(err)
}
