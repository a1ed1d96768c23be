//go:build unix

package scratch

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Lock keeps others out of a folder until what it returns is closed, or the process
// ends, however that comes about; while others have it, it is [ErrInUse]. A lock on a
// file that was removed since, with the folder, keeps nobody out of the folder that is
// there now.
func Lock(dir string) (io.Closer, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(ErrInUse, f.Close())
	case err != nil:
		return nil, errors.Join(err, f.Close())
	}
	if err := stillThere(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func stillThere(f *os.File) error {
	held, err := f.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Lstat(f.Name()); err != nil || !os.SameFile(held, there) {
		return ErrInUse
	}
	return nil
}
