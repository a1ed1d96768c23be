//go:build !unix

package scratch

import (
	"io"
	"os"
	"path/filepath"
)

// Lock does not keep others out here: the system has no lock that goes with the
// process.
func Lock(dir string) (io.Closer, error) {
	return os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
}
