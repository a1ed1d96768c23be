package scratch

import (
	"errors"
	"os"
	"runtime"
)

// An Error says that a scratch file could not be made or written: nothing is wrong
// with what is read, and the disk that it was to lie on may be full.
type Error struct {
	Op  string // "make" or "write"
	Err error
}

func (e *Error) Error() string { return e.Op + " scratch file: " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// An Unnamed is a file that only this user can read. Where the system lets it, it has
// no name any more when it is first written.
type Unnamed struct {
	file  *os.File
	named bool
}

// NewUnnamed makes one in a folder; "" means os.TempDir. The caller closes it. An error
// is an [*Error].
func NewUnnamed(folder string) (*Unnamed, error) {
	f, err := os.CreateTemp(folder, "godwit-*")
	if err != nil {
		return nil, &Error{"make", err}
	}
	return &Unnamed{f, runtime.GOOS == "windows" || os.Remove(f.Name()) != nil}, nil
}

// Write appends to the file. An error is an [*Error].
func (u *Unnamed) Write(p []byte) (int, error) {
	n, err := u.file.Write(p)
	if err != nil {
		return n, &Error{"write", err}
	}
	return n, nil
}

// ReadAt reads what was written.
func (u *Unnamed) ReadAt(p []byte, at int64) (int, error) { return u.file.ReadAt(p, at) }

// Close ends the file, and nothing is left of it.
func (u *Unnamed) Close() error {
	err := u.file.Close()
	if u.named {
		err = errors.Join(err, os.Remove(u.file.Name()))
	}
	return err
}
