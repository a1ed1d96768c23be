package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// A folder reads files below a root that no link leads out of.
type folder struct {
	root    *os.Root
	wrapper string            // what was left out of all names
	renamed map[string]string // names on disk, of those that were cleaned
}

// openFolder lists a folder. Links in it are skipped.
func openFolder(ctx context.Context, path string, opts *Options) (*Container, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	f := &folder{root: root, renamed: map[string]string{}}
	n := &notes{salvage: opts.Salvage}
	b := newBuilder(opts, n)
	index, err := f.index(ctx, b)
	if err != nil {
		root.Close()
		return nil, folderError(err)
	}
	f.wrapper = b.wrapper
	return &Container{format: FormatFolder, index: index, notes: *n, source: f}, nil
}

func (f *folder) index(ctx context.Context, b *builder) (index, error) {
	err := fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return f.add(b, name, d)
	})
	if err != nil {
		return index{}, err
	}
	return b.done()
}

func (f *folder) add(b *builder, name string, d fs.DirEntry) error {
	if err := b.counted(); err != nil {
		return err
	}
	e := entry{name: name}
	switch d.Type() {
	case 0:
		info, err := d.Info()
		if err != nil {
			return err
		}
		e.size = info.Size()
	case fs.ModeSymlink:
		e.skipped = linkSkipped
	case fs.ModeDir:
	default:
		e.skipped = specialSkipped
	}
	before := len(b.index.entries)
	if err := b.add(e, d.IsDir()); err != nil {
		return err
	}
	if len(b.index.entries) > before && b.index.entries[before].name != name {
		f.renamed[b.index.entries[before].name] = name
	}
	return nil
}

func folderError(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return fmt.Errorf("read archive: %w", err)
}

func (f *folder) open(ctx context.Context, e *entry) (io.ReadCloser, error) {
	name := f.wrapper + e.name
	if onDisk, ok := f.renamed[name]; ok {
		name = onDisk
	}
	if info, err := f.root.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return nil, refuse(ReasonChanged, e.name)
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, refuseFor(ReasonChanged, e.name, errors.Unwrap(err))
	}
	return newExact(ctx, file, e, func() { file.Close() }), nil
}

func (f *folder) Close() error { return f.root.Close() }
