package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A DiskError says that one of the writer's own files could not be written or
// read. What was checked in before is safe: once the cause is gone, [Create] goes
// on from there.
type DiskError struct {
	File string // what the file is for: "the spool of content", "the archive"
	Err  error
}

// Error says which file, and what happened to it.
func (e *DiskError) Error() string { return fmt.Sprintf("%s: %v", e.File, e.Err) }

// Unwrap gives what the system said.
func (e *DiskError) Unwrap() error { return e.Err }

// Temporary says that trying again may help, when there is room again.
func (e *DiskError) Temporary() bool { return true }

func diskError(file string, err error) error {
	if err == nil {
		return nil
	}
	return &DiskError{File: file, Err: err}
}

// A disk is a folder of the writer's own.
type disk struct {
	dir string
	// fail, if not nil, is asked before everything that changes the disk, and what
	// it returns happens in its place; nothing waits for the disk then. For tests.
	fail func(file string) error
}

func (d *disk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *disk) trouble(file string) error {
	if d.fail == nil {
		return nil
	}
	return d.fail(file)
}

// open opens a file of the folder, and makes it where it is not there.
func (d *disk) open(name, what string, flag int) (*diskFile, error) {
	if err := d.trouble(what); err != nil {
		return nil, diskError(what, err)
	}
	f, err := os.OpenFile(d.path(name), os.O_RDWR|os.O_CREATE|flag, 0o600)
	if err != nil {
		return nil, diskError(what, err)
	}
	return &diskFile{f: f, what: what, disk: d}, nil
}

// replace writes a small file so that it is there whole or not at all.
func (d *disk) replace(name, what string, data []byte) error {
	f, err := d.open(name+".new", what, os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	if err := errors.Join(err, f.sync(), f.Close()); err != nil {
		return err
	}
	return d.rename(name+".new", d.path(name), what)
}

// rename moves a file of the folder to a path, and waits for the folder to know.
func (d *disk) rename(name, to, what string) error {
	if err := d.trouble(what); err != nil {
		return diskError(what, err)
	}
	if err := os.Rename(d.path(name), to); err != nil {
		return diskError(what, err)
	}
	if d.fail != nil {
		return nil
	}
	return diskError(what, syncFolder(filepath.Dir(to)))
}

// remove removes a file of the folder, if it is there.
func (d *disk) remove(name, what string) error {
	if err := d.trouble(what); err != nil {
		return diskError(what, err)
	}
	if err := os.Remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskError(what, err)
	}
	return nil
}

// syncFolder makes names in a folder last. Not every system can.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	f.Sync()
	return f.Close()
}

// A diskFile is a file whose errors say what it is for.
type diskFile struct {
	f    *os.File
	what string
	disk *disk
}

func (f *diskFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.disk.trouble(f.what); err != nil {
		n, _ := f.f.WriteAt(p[:len(p)/2], at)
		return n, diskError(f.what, err)
	}
	n, err := f.f.WriteAt(p, at)
	return n, diskError(f.what, err)
}

func (f *diskFile) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.f.ReadAt(p, at)
	if err == io.EOF {
		return n, err
	}
	return n, diskError(f.what, err)
}

func (f *diskFile) sync() error {
	if f.disk.fail != nil {
		return diskError(f.what, f.disk.fail(f.what))
	}
	return diskError(f.what, f.f.Sync())
}

func (f *diskFile) Close() error { return diskError(f.what, f.f.Close()) }
