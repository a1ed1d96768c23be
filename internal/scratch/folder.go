// Package scratch keeps what does not fit in memory while an archive is read or
// written: in a private folder, in files that mean nothing to anybody else.
//
// [New] makes a [Folder], [Open] finds one that was kept so that a stopped job can
// go on. [Folder.Map] is a map on disk, [Folder.Sorter] sorts any number of
// records, and [Folder.File] and [Folder.Temp] are files for anything else.
//
// Names of files are the program's own; nothing that came from an archive or a
// peer may become one. What is stored is not encrypted, and not meant to be moved
// to another machine.
package scratch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// ErrNotPrivate is that others can read or write the folder.
var ErrNotPrivate = errors.New("others have access to it")

// A Folder is a folder that only its owner can look into. It is not safe for
// concurrent use.
type Folder struct {
	root *os.Root
	path string
	kept bool
	temp int // how many temporary names were given
}

// New makes a folder in parent; "" means os.TempDir. The caller closes it.
func New(parent string) (*Folder, error) {
	path, err := os.MkdirTemp(parent, "godwit-*") // with mode 0700
	if err != nil {
		return nil, fmt.Errorf("make scratch folder: %w", err)
	}
	f, err := Open(path)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	f.kept = false
	return f, nil
}

// Open opens a folder that was kept, with all its files; it stays kept until
// [Folder.Discard]. A link, or a folder that others have access to, is refused.
// The caller closes it.
func Open(path string) (*Folder, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("open scratch folder: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("open scratch folder: %s: %w", path, fs.ErrInvalid)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("open scratch folder: %s: %w", path, ErrNotPrivate)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open scratch folder: %w", err)
	}
	return &Folder{root: root, path: path, kept: true}, nil
}

// Path is where the folder is.
func (f *Folder) Path() string { return f.path }

// Keep has Close leave the folder where it is.
func (f *Folder) Keep() { f.kept = true }

// Discard has Close remove the folder and all that is in it.
func (f *Folder) Discard() { f.kept = false }

// Close ends the use of the folder, and removes it unless it is kept. Files that
// are open have to be closed before.
func (f *Folder) Close() error {
	err := f.root.Close()
	if !f.kept {
		err = errors.Join(err, os.RemoveAll(f.path))
	}
	if err != nil {
		return fmt.Errorf("close scratch folder: %w", err)
	}
	return nil
}

// File opens a file for reading and writing, and makes it if it is not there. The
// name is a single part of a path. The caller closes it.
func (f *Folder) File(name string) (*os.File, error) {
	if name != filepath.Base(name) {
		return nil, fmt.Errorf("open scratch file: %.80q: %w", name, fs.ErrInvalid)
	}
	file, err := f.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open scratch file: %w", err)
	}
	return file, nil
}

// Remove removes a file. That it is not there is no error.
func (f *Folder) Remove(name string) error {
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove scratch file: %w", err)
	}
	return nil
}

// A Temp is a file that is gone once it is closed.
type Temp struct {
	*os.File
	remove func() error // nil where the system let the name go before
}

// Temp makes a file without a name of its own. The caller closes it.
func (f *Folder) Temp() (*Temp, error) {
	for {
		f.temp++
		name := "temp-" + strconv.Itoa(f.temp)
		file, err := f.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue // of a run that was killed where files keep their names
		}
		if err != nil {
			return nil, fmt.Errorf("make scratch file: %w", err)
		}
		if runtime.GOOS != "windows" && f.root.Remove(name) == nil {
			return &Temp{File: file}, nil
		}
		return &Temp{File: file, remove: func() error { return f.Remove(name) }}, nil
	}
}

// Close frees the file and its place on the disk.
func (t *Temp) Close() error {
	err := t.File.Close()
	if t.remove != nil {
		err = errors.Join(err, t.remove())
	}
	return err
}
