package blobdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
)

// List implements [portability.BlobLister]. It holds the names of one folder at a
// time, and of those above it.
func (d *Dir) List(ctx context.Context, prefix, after string) iter.Seq2[portability.Blob, error] {
	return func(yield func(portability.Blob, error) bool) {
		w := &walk{ctx: ctx, files: d.root.FS(), prefix: prefix, after: after}
		w.yield = func(b portability.Blob) bool { return yield(b, nil) }
		err := portability.CheckBlobPrefix(prefix)
		if err == nil {
			err = w.folder("")
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(portability.Blob{}, fmt.Errorf("list blobs: %w", said(err)))
		}
	}
}

// errEnough ends a walk whose reader wants no more.
var errEnough = errors.New("enough")

// A walk goes through all keys, in order.
type walk struct {
	ctx           context.Context
	files         fs.FS
	prefix, after string
	yield         func(portability.Blob) bool
}

// reaches reports whether any key that begins like that is to be listed.
func (w *walk) reaches(begin string) bool {
	alike := strings.HasPrefix(begin, w.prefix) || strings.HasPrefix(w.prefix, begin)
	return alike && (begin > w.after || strings.HasPrefix(w.after, begin))
}

// folder goes through the keys that begin with dir, which is "" or ends in a slash.
func (w *walk) folder(dir string) error {
	heads, err := w.heads(dir)
	if err != nil {
		return err
	}
	for _, head := range slices.Sorted(maps.Keys(heads)) {
		if !w.reaches(dir + head) {
			continue
		}
		files, err := w.names(dir + "~" + head + "~")
		if err != nil {
			return err
		}
		if err := w.each(dir, head, append(files, heads[head]...)); err != nil {
			return err
		}
	}
	return nil
}

// each goes through names in a folder, of files and, with a slash, of folders.
func (w *walk) each(dir, head string, names []string) error {
	slices.Sort(names)
	for _, name := range names {
		var err error
		switch key := dir + name; {
		case strings.HasSuffix(name, "/") && w.reaches(key):
			err = w.folder(key)
		case !strings.HasSuffix(name, "/") && strings.HasPrefix(name, head):
			err = w.file(key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) file(key string) error {
	if !strings.HasPrefix(key, w.prefix) || key <= w.after || portability.CheckBlobKey(key) != nil {
		return nil
	}
	if err := w.ctx.Err(); err != nil {
		return err
	}
	_, file := place(key)
	info, err := fs.Stat(w.files, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // removed meanwhile
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return nil
	}
	if !w.yield(portability.Blob{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()}) {
		return errEnough
	}
	return nil
}

// heads returns what the names in a folder begin with, and for each of these the
// folders below, with a slash.
func (w *walk) heads(dir string) (map[string][]string, error) {
	entries, err := w.read(strings.TrimSuffix(dir, "/"))
	heads := map[string][]string{}
	for _, e := range entries {
		name := e.Name()
		inner, isHead := strings.CutSuffix(strings.TrimPrefix(name, "~"), "~")
		switch {
		case !e.IsDir():
		case name[0] != '~':
			h := head(name + "/")
			heads[h] = append(heads[h], name+"/")
		case isHead && inner != "" && len(inner) <= fanOut:
			heads[inner] = slices.Grow(heads[inner], 1)
		}
	}
	return heads, err
}

// names returns the names of the blobs in a folder, if it is there.
func (w *walk) names(folder string) ([]string, error) {
	entries, err := w.read(folder)
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), "~"); ok && e.Type().IsRegular() {
			names = append(names, name)
		}
	}
	return names, err
}

func (w *walk) read(folder string) ([]fs.DirEntry, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	if folder == "" {
		folder = "."
	}
	entries, err := fs.ReadDir(w.files, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}
