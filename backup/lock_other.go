//go:build !unix

package backup

import (
	"io"
	"os"
	"path/filepath"
)

// lockFolder does not keep others out here: the system has no lock that goes with
// the process.
func lockFolder(dir string) (io.Closer, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	return f, diskError("the work folder", err)
}
