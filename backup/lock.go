package backup

import (
	"errors"
	"io"

	"codeberg.org/godwit/godwit/internal/scratch"
)

// lockFolder keeps other writers out of a work folder.
func lockFolder(dir string) (io.Closer, error) {
	lock, err := scratch.Lock(dir)
	switch {
	case errors.Is(err, scratch.ErrInUse):
		return nil, ErrInUse
	case err != nil:
		return nil, diskError("the work folder", err)
	}
	return lock, nil
}
