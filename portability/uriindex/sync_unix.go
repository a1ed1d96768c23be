//go:build unix

package uriindex

import (
	"errors"
	"os"
)

// syncFolder makes a name that was given in a folder last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
