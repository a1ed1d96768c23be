package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
)

// A baseTable is what the base of an increment has. A nil one has nothing.
type baseTable struct {
	folder *scratch.Folder
	known  known
}

// loadBase reads the base, once.
func (w *Writer) loadBase(ctx context.Context) error {
	if w.options.Base == nil || w.base != nil {
		return nil
	}
	folder, err := scratch.New(w.options.Scratch)
	if err != nil {
		return diskError("the table of the base", err)
	}
	t := &baseTable{folder: folder}
	if t.known, err = openKnown(folder, w.disk, 0); err == nil {
		err = t.read(ctx, w)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("read base: %w", err), t.close())
	}
	w.base = t
	return nil
}

func (t *baseTable) read(ctx context.Context, w *Writer) error {
	for item, err := range baseItems(ctx, w.options.Base.Items) {
		if err == nil {
			err = t.add(w, item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// baseItems yields all items of a source.
func baseItems(ctx context.Context, from portability.Source) func(func(portability.Item, error) bool) {
	return func(yield func(portability.Item, error) bool) {
		kinds, err := from.Kinds(ctx)
		if err != nil {
			yield(portability.Item{}, err)
			return
		}
		for _, k := range portability.Kinds() {
			for item, err := range from.Items(ctx, k, "") {
				if !contains(kinds, k) {
					break
				}
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}

func contains(kinds []portability.Kind, k portability.Kind) bool {
	for _, one := range kinds {
		if one == k {
			return true
		}
	}
	return false
}

func (t *baseTable) add(w *Writer, item portability.Item) error {
	digest, isFile := fileOf(item.Ref)
	if !isFile {
		return t.known.put(keyOfItem(item.Ref), value{sum: w.sumOf(item)})
	}
	places := []string{""}
	if item.Object != nil {
		urls, _ := has(item.Object, "urls")
		for one := range urls.Elements() {
			if text, ok := one.Text(); ok {
				places = append(places, text)
			}
		}
	}
	for _, m := range item.Media {
		places = append(places, place(m))
	}
	for _, at := range places {
		if err := t.known.put(keyOf("at", digest, at), value{}); err != nil {
			return err
		}
	}
	return nil
}

// fileOf is the digest of the file that an item of kind Media is about.
func fileOf(ref portability.Ref) (string, bool) {
	digest, ok := strings.CutPrefix(ref.ID, "sha256:")
	return digest, ok && ref.Kind == portability.Media && isDigest(digest)
}

// has reports whether the base has an item with the same content. The account's own
// document stands in every archive.
func (t *baseTable) has(item portability.Item, sum contentSum) (bool, error) {
	if t == nil || item.Kind == portability.Actor {
		return false, nil
	}
	if digest, isFile := fileOf(item.Ref); isFile {
		return t.hasFile(digest, "")
	}
	v, there, err := t.known.look(keyOfItem(item.Ref))
	return there && v.sum == sum, err
}

// hasFile reports whether the base has a file, used under that place.
func (t *baseTable) hasFile(digest, at string) (bool, error) {
	if t == nil {
		return false, nil
	}
	_, there, err := t.known.look(keyOf("at", digest, at))
	return there, err
}

func (t *baseTable) close() error {
	if t == nil {
		return nil
	}
	var err error
	if t.known.all != nil {
		err = t.known.all.Close()
	}
	return errors.Join(err, t.folder.Close())
}

// gone lists what the base has and the account has not any more.
func (a *assembly) gone() (entry, error) {
	return a.drafted(removedEntry, func(to io.Writer) error {
		if a.w.options.Base == nil {
			return nil
		}
		for item, err := range baseItems(a.ctx, a.w.options.Base.Items) {
			if err != nil {
				return fmt.Errorf("read base: %w", err)
			}
			still, err := a.w.still(item)
			if err != nil {
				return err
			}
			if still || !a.w.options.Base.tells(item.Kind) {
				continue
			}
			a.removed++
			_, err = fmt.Fprintf(to, `{"kind":%s,"id":%s}`+"\n", quote(string(item.Kind)), quote(item.ID))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// tells reports whether the source would tell if it still had something of a kind.
func (b *Base) tells(k portability.Kind) bool {
	return len(b.Kinds) == 0 || slices.Contains(b.Kinds, k)
}

// still reports whether something of the base was put again.
func (w *Writer) still(item portability.Item) (bool, error) {
	if item.Kind == portability.Actor || item.ID == "" {
		return true, nil
	}
	keys := []tableKey{keyOfItem(item.Ref), keyOfCame(item.Ref)}
	if digest, isFile := fileOf(item.Ref); isFile {
		keys = append(keys, keyOfFile(digest), keyOfSame(digest))
	}
	for _, k := range keys {
		if _, there, err := w.known.look(k); err != nil || there {
			return there, err
		}
	}
	return false, nil
}
