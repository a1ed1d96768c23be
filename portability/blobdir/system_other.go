//go:build !unix

package blobdir

import (
	"errors"
	"io/fs"
	"syscall"
	"time"
)

// sync does nothing: folders cannot be made to last here.
func (d *Dir) sync(string) error { return nil }

func syncFolder(string) error { return nil }

// errDiskFull is what Windows says of a full disk.
const errDiskFull = syscall.Errno(112)

func isFull(err error) bool { return errors.Is(err, errDiskFull) }

// isStale takes for left what is more than a day old: locks keep nobody out here.
func isStale(e fs.DirEntry) bool {
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) > 24*time.Hour
}
