package dialect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// openByPath opens files by the entry that Medium.Path names, for
// [Account.Media].
func openByPath(v *View) func(context.Context, portability.Medium) (io.ReadCloser, portability.Medium, error) {
	return func(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
		switch size := v.Size(m.Path); {
		case m.Path == "" || size < 0:
			return nil, m, portability.ErrNoMedium
		case size > v.MaxMedium:
			return nil, m, fmt.Errorf("%w: it is too large", portability.ErrBadMedium)
		default:
			m.Size = size
		}
		r, err := v.Open(ctx, m.Path)
		if err != nil {
			return nil, m, fmt.Errorf("%w: %w", portability.ErrBadMedium, err)
		}
		return &mediumReader{ctx, r}, m, nil
	}
}

// A mediumReader says of a file that turns out to be damaged that it is.
type mediumReader struct {
	ctx context.Context
	io.ReadCloser
}

func (r *mediumReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && r.ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", portability.ErrBadMedium, err)
	}
	return n, err
}

// locate gives the files of an item the entries that they stand in, and says of
// which there is none.
func locate(v *View, item portability.Item, entry func(portability.Medium) string) portability.Item {
	for i, m := range item.Media {
		if name := entry(m); v.Has(name) {
			item.Media[i].Path, item.Media[i].Size = name, v.Size(name)
			continue
		}
		item.Problems = append(item.Problems, portability.Problem{Reason: portability.MissingMedia, Detail: fmt.Sprintf("attachment %d", i)})
	}
	return item
}

// A kept file is an entry of an export that belongs to the account by itself.
type kept struct {
	entry    string
	url      string // where it stood; "" if that is not said
	kind     string // media type, as the export says
	name     string // the alt text
	original *vocab.Object
	problems []portability.Problem
}

// mediaPart yields files as items of their own. They are read to find their names.
func mediaPart(v *View, name string, files func(context.Context) iter.Seq2[kept, error]) Part {
	return Part{Kind: portability.Media, Name: name, Said: -1, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			for file, err := range files(ctx) {
				item := portability.Item{}
				if err == nil {
					item, err = file.item(ctx, v)
				}
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}}
}

// item hashes the file. One that is missing or damaged is an item that says so.
func (k kept) item(ctx context.Context, v *View) (portability.Item, error) {
	item := portability.Item{Ref: portability.Ref{Kind: portability.Media, ID: k.entry}, Problems: k.problems}
	m := portability.Medium{URL: vocab.IRI(k.url), Path: k.entry, Type: k.kind, Size: v.Size(k.entry)}
	digest, err := k.digest(ctx, v, m)
	switch {
	case errors.Is(err, portability.ErrNoMedium):
		return k.absent(item, portability.MissingMedia), nil
	case errors.Is(err, portability.ErrBadMedium):
		return k.absent(item, portability.BadMedia), nil
	case err != nil:
		return item, err
	}
	m.Digest, item.ID = digest, "sha256:"+digest
	item.Media = []portability.Medium{m}
	var doc maker
	doc.put("digest", digest)
	doc.put("size", m.Size)
	doc.put(vocab.MediaType, k.kind)
	if k.url != "" {
		doc.put("urls", []string{k.url})
	}
	doc.put(vocab.Name, k.name)
	if k.original != nil {
		return doc.finish(item, k.original), nil
	}
	item.Object, err = doc.build()
	return item, err
}

// absent keeps what is said of a file that is not there.
func (k kept) absent(item portability.Item, reason portability.Reason) portability.Item {
	item.Problems = append(item.Problems, portability.Problem{Reason: reason, Detail: k.entry, Fatal: k.original == nil})
	if k.original == nil {
		return item
	}
	var doc maker
	if k.url != "" {
		doc.put("urls", []string{k.url})
	}
	return doc.finish(item, k.original)
}

func (k kept) digest(ctx context.Context, v *View, m portability.Medium) (string, error) {
	r, _, err := openByPath(v)(ctx, m)
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// someFiles is a sequence of files that are known beforehand.
func someFiles(files ...kept) func(context.Context) iter.Seq2[kept, error] {
	return func(context.Context) iter.Seq2[kept, error] {
		return func(yield func(kept, error) bool) {
			for _, f := range files {
				if !yield(f, nil) {
					return
				}
			}
		}
	}
}

// leftovers yields the entries that a dialect has no use for, byte for byte.
func leftovers(v *View, used func(name string) bool) Part {
	return Part{Kind: portability.Unknown, Name: "other files", Said: -1, Each: func(ctx context.Context) iter.Seq2[portability.Item, error] {
		return func(yield func(portability.Item, error) bool) {
			for _, name := range v.Names() {
				if used(name) {
					continue
				}
				item, err := leftover(ctx, v, name)
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}}
}

func leftover(ctx context.Context, v *View, name string) (portability.Item, error) {
	item := portability.Item{Ref: portability.Ref{Kind: portability.Unknown, ID: name}}
	if v.Size(name) > int64(v.MaxItem) {
		item.Problems = []portability.Problem{{Reason: portability.TooLarge, Detail: name, Fatal: true}}
		return item, nil
	}
	data, err := v.Bytes(ctx, name, int64(v.MaxItem))
	if v.givesUp(err) {
		item.Problems = []portability.Problem{{Reason: portability.Unreadable, Detail: "damaged", Fatal: true}}
		return item, nil
	}
	if err != nil {
		return item, err
	}
	if item.Raw = data; len(data) == 0 {
		item.Problems = []portability.Problem{{Reason: portability.Unreadable, Detail: "empty", Fatal: true}}
	}
	return item, nil
}
