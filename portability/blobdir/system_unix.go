//go:build unix

package blobdir

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// sync makes the names in a folder last.
func (d *Dir) sync(folder string) error {
	f, err := d.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder makes the names in a folder last that is outside.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// isStale leaves it to the lock to say whether a folder is in use.
func isStale(fs.DirEntry) bool { return true }
