package dialect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"sync"

	"codeberg.org/godwit/godwit/internal/container"
	"codeberg.org/godwit/godwit/internal/jsonitems"
	"codeberg.org/godwit/godwit/vocab"
)

// Options adjust reading. A nil *Options is the same as a zero one.
type Options struct {
	// Host is the host of the account, where an export does not name it and it
	// cannot be told: Misskey's notes and X's relations. "" if unknown.
	Host string
	// Handle is the name of the account on Host, likewise.
	Handle string
	// MaxItem is how many bytes one document may have. Default 16 MiB.
	MaxItem int
	// MaxDepth is how deep one may nest. Default 64.
	MaxDepth int
	// MaxMedium is how many bytes one file may have. Default 8 GiB.
	MaxMedium int64
	// Salvage gives up what is damaged and reads the rest.
	Salvage bool
	// Scratch is the folder for private temporary files; "" means os.TempDir.
	Scratch string
}

// A View is a container as a dialect sees it. It is safe for concurrent use.
type View struct {
	Options
	container *container.Container
	names     []string // in their order in the container
	sums      *sums    // digests that entries must have; nil if none are known

	mu    sync.Mutex
	heads map[string][]byte
}

func newView(c *container.Container, o *Options) *View {
	v := &View{container: c, names: make([]string, 0, c.Len()), heads: map[string][]byte{}}
	if o != nil {
		v.Options = *o
	}
	if v.MaxItem == 0 {
		v.MaxItem = 16 << 20
	}
	if v.MaxDepth == 0 {
		v.MaxDepth = 64
	}
	if v.MaxMedium == 0 {
		v.MaxMedium = 8 << 30
	}
	for e := range c.Entries() {
		v.names = append(v.names, e.Name)
	}
	return v
}

// View returns the container that the account is read from.
func (a *Account) View() *View { return a.view }

// Format tells what the container is.
func (v *View) Format() container.Format { return v.container.Format() }

// Oddities are what the container itself has to say.
func (v *View) Oddities() []container.Problem { return v.container.Problems() }

// Names lists the entries in their order.
func (v *View) Names() []string { return v.names }

// Has reports whether an entry is there.
func (v *View) Has(name string) bool { return v.Size(name) >= 0 }

// Size returns the size of an entry, -1 if it is not there.
func (v *View) Size(name string) int64 {
	if size, ok := v.container.Size(name); ok {
		return size
	}
	return -1
}

// First returns the first of the names that is there, "" if none is.
func (v *View) First(names ...string) string {
	i := slices.IndexFunc(names, v.Has)
	if i < 0 {
		return ""
	}
	return names[i]
}

// Glob lists the entries that match a pattern of package path.
func (v *View) Glob(pattern string) []string {
	var all []string
	for _, name := range v.names {
		if ok, _ := path.Match(pattern, name); ok {
			all = append(all, name)
		}
	}
	return all
}

// Lone returns the name of the only entry, of a container that is one file, and
// "" of any other. The file may have any name, or none.
func (v *View) Lone() string {
	if len(v.names) == 1 && v.Format() == container.FormatFile {
		return v.names[0]
	}
	return ""
}

const headLength = 64 << 10

// Head returns the beginning of an entry, at most 64 KiB, and nothing of one that
// is not there. It is kept.
func (v *View) Head(ctx context.Context, name string) ([]byte, error) {
	if !v.Has(name) {
		return nil, nil
	}
	v.mu.Lock()
	head, ok := v.heads[name]
	v.mu.Unlock()
	if ok {
		return head, nil
	}
	r, err := v.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head = make([]byte, min(headLength, v.Size(name)))
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !v.Salvage {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.heads[name] = head[:n]
	return head[:n], nil
}

// HeadHas reports whether the beginning of an entry holds all of the words.
func (v *View) HeadHas(ctx context.Context, name string, words ...string) (bool, error) {
	head, err := v.Head(ctx, name)
	if err != nil {
		return false, err
	}
	text := string(head)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }), nil
}

// Open opens an entry. What is read has its size and checksum, or the last error
// is not io.EOF.
func (v *View) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	r, err := v.container.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return v.sums.check(name, r), nil
}

// givesUp reports whether an error is damage that salvage passes over. A limit that
// was exceeded is not.
func (v *View) givesUp(err error) bool {
	var bad *container.Error
	return v.Salvage && errors.As(err, &bad) && !bad.Limit()
}

// Bytes reads an entry of at most limit bytes, to its end.
func (v *View) Bytes(ctx context.Context, name string, limit int64) ([]byte, error) {
	if v.Size(name) > limit {
		return nil, &Refusal{Reason: EntryTooLarge, Where: name}
	}
	r, err := v.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, limit+1))
}

// Document reads an entry that is one document of at most MaxItem bytes. Duplicate
// members are allowed: the last counts, the bytes are kept.
func (v *View) Document(ctx context.Context, name string) (*vocab.Object, error) {
	data, err := v.Bytes(ctx, name, int64(v.MaxItem))
	if err != nil {
		return nil, err
	}
	o, err := v.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	return o, nil
}

// Parse reads one document of the export, within its limits.
func (v *View) Parse(data []byte) (*vocab.Object, error) {
	return vocab.ParseWith(data, &vocab.Limits{Bytes: v.MaxItem, Depth: v.MaxDepth, AllowDuplicateNames: true})
}

// Elements takes apart an entry that holds arrays. Options' limits are the view's
// where they are zero. In salvage, damage is the fault [jsonitems.Truncated] in
// place of an error.
func (v *View) Elements(ctx context.Context, name string, o *jsonitems.Options) iter.Seq2[jsonitems.Element, error] {
	return v.apart(ctx, name, o, jsonitems.Read)
}

// Lines takes apart an entry that holds a document on each line.
func (v *View) Lines(ctx context.Context, name string, o *jsonitems.Options) iter.Seq2[jsonitems.Element, error] {
	return v.apart(ctx, name, o, jsonitems.Lines)
}

func (v *View) apart(ctx context.Context, name string, o *jsonitems.Options,
	read func(io.Reader, *jsonitems.Options) iter.Seq2[jsonitems.Element, error],
) iter.Seq2[jsonitems.Element, error] {
	var limited jsonitems.Options
	if o != nil {
		limited = *o
	}
	if limited.MaxItem == 0 {
		limited.MaxItem = v.MaxItem
	}
	if limited.MaxDepth == 0 {
		limited.MaxDepth = v.MaxDepth
	}
	return func(yield func(jsonitems.Element, error) bool) {
		r, err := v.Open(ctx, name)
		if err != nil {
			yield(v.cut(0, err))
			return
		}
		defer r.Close()
		end := int64(0)
		for e, err := range read(r, &limited) {
			if err != nil {
				yield(v.cut(end, err))
				return
			}
			if !yield(e, nil) {
				return
			}
			end = e.Offset + int64(len(e.Data))
		}
	}
}

// cut is what is yielded last of an entry that cannot be read on.
func (v *View) cut(at int64, err error) (jsonitems.Element, error) {
	if v.givesUp(err) {
		return jsonitems.Element{Fault: jsonitems.Truncated, Offset: at}, nil
	}
	return jsonitems.Element{}, err
}
