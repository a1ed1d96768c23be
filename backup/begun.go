package backup

import (
	"fmt"
	"path/filepath"
	"time"
)

// Begun tells when an archive that was begun by [Create] and is not whole was made,
// as it will say: the Created to go on with. That none was begun wraps
// fs.ErrNotExist; a work folder that cannot be gone on from is [ErrDamaged].
func Begun(path string) (time.Time, error) {
	d := disk{dir: path + ".partial"}
	found, err := d.load()
	if err != nil {
		return time.Time{}, fmt.Errorf("go on with %s: %w", filepath.Base(d.dir), err)
	}
	return found.Created, nil
}
