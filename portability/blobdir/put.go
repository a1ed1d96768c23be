package blobdir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"

	"codeberg.org/godwit/godwit/portability"
)

// Put implements [portability.Blobs]. A disk that is full is [ErrFull].
func (d *Dir) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := d.put(ctx, key, r, size, d.root.Rename); err != nil {
		return fmt.Errorf("put blob: %w", err)
	}
	return nil
}

// Create implements [portability.BlobCreator]. It needs a file system that can link.
func (d *Dir) Create(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := d.put(ctx, key, r, size, d.link); err != nil {
		return fmt.Errorf("create blob: %w", err)
	}
	return nil
}

// link gives a file a second name, if that is free; the first goes with the folder.
func (d *Dir) link(from, to string) error {
	return errors.Join(d.root.Link(from, to), d.root.Remove(from))
}

func (d *Dir) put(ctx context.Context, key string, r io.Reader, size int64, name func(from, to string) error) error {
	if err := use(ctx, key); err != nil {
		return err
	}
	temp := d.temp + "/" + strconv.FormatInt(d.n.Add(1), 10)
	err := d.write(temp, portability.BlobReader(ctx, r, size))
	if err == nil {
		err = d.publish(temp, key, name)
	}
	if err != nil {
		if gone := d.root.Remove(temp); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return fmt.Errorf("%s: %w", key, said(err))
	}
	return nil
}

// write makes a file whose bytes are safe on the disk.
func (d *Dir) write(temp string, r io.Reader) error {
	file, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(justWriter{file}, r, make([]byte, 128<<10))
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// justWriter keeps io.Copy from reading past the reader that it was given.
type justWriter struct{ io.Writer }

// publish gives a file its name, in such a way that it lasts.
func (d *Dir) publish(temp, key string, name func(from, to string) error) error {
	folder, file := place(key)
	if err := d.makeFolder(folder); err != nil {
		return err
	}
	if err := name(temp, file); err != nil {
		return err
	}
	return d.sync(folder)
}

// makeFolder makes a folder, and makes it last with those above it. One that is there may
// have been made by a process that was killed before it did so.
func (d *Dir) makeFolder(folder string) error {
	info, err := d.root.Stat(folder)
	isThere := err == nil && info.IsDir()
	if isThere && d.lasts(folder) {
		return nil
	}
	if !isThere {
		if err := d.root.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	for at := folder; at != "."; {
		at = path.Dir(at)
		if err := d.sync(at); err != nil {
			return err
		}
	}
	d.noteLasts(folder)
	return nil
}

func (d *Dir) lasts(folder string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lasting[folder]
}

// mostLasting bounds how many folders are remembered; beyond it all are looked at again.
const mostLasting = 10_000

func (d *Dir) noteLasts(folder string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lasting == nil || len(d.lasting) >= mostLasting {
		d.lasting = map[string]bool{}
	}
	d.lasting[folder] = true
}

// Remove implements [portability.Blobs].
func (d *Dir) Remove(ctx context.Context, key string) error {
	err := use(ctx, key)
	if err == nil {
		folder, file := place(key)
		if err = d.root.Remove(file); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = d.sync(folder)
		}
	}
	if err != nil {
		return fmt.Errorf("remove blob: %.80q: %w", key, said(err))
	}
	return nil
}

// Move implements [portability.BlobMover].
func (d *Dir) Move(ctx context.Context, from, to string) error {
	err := errors.Join(use(ctx, from), portability.CheckBlobKey(to))
	if err == nil {
		err = d.move(from, to)
	}
	if err != nil {
		return fmt.Errorf("move blob: %.80q: %w", from, said(err))
	}
	return nil
}

func (d *Dir) move(from, to string) error {
	oldFolder, oldFile := place(from)
	folder, file := place(to)
	if _, err := d.root.Stat(oldFile); err != nil {
		return err
	}
	if err := d.makeFolder(folder); err != nil {
		return err
	}
	if err := d.root.Rename(oldFile, file); err != nil {
		return err
	}
	return errors.Join(d.sync(folder), d.sync(oldFolder))
}
