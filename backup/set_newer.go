package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
)

// newer remembers, on disk, in which increment each item was last written or
// removed. Nil where there are no increments.
type newer struct {
	folder *scratch.Folder
	mu     sync.Mutex
	last   *scratch.Map
}

const layerSize = 4

func (s *Set) overrides(ctx context.Context, o ReadOptions) (*newer, error) {
	if len(s.members) == 0 || s.members[len(s.members)-1].layer == 0 {
		return nil, nil
	}
	folder, err := scratch.New(o.Scratch)
	if err != nil {
		return nil, err
	}
	last, err := folder.Map("newer", layerSize, 0)
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	n := &newer{folder: folder, last: last}
	for _, m := range s.members {
		if err := n.take(ctx, m); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	return n, nil
}

// take notes what an increment has and what it lists as removed.
func (n *newer) take(ctx context.Context, m member) error {
	if m.layer == 0 {
		return nil
	}
	for _, k := range portability.Kinds() {
		for item, err := range m.Items(ctx, k, "") {
			if err == nil {
				err = n.note(item.Ref, m.layer)
			}
			if err != nil {
				return err
			}
		}
	}
	for ref, err := range m.account.Archive.Removed(ctx) {
		if err == nil {
			err = n.note(ref, m.layer)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// note takes what has no name for something else each time.
func (n *newer) note(ref portability.Ref, layer int) error {
	if ref.ID == "" {
		return nil
	}
	return n.last.Put(keyOfRef(ref), binary.BigEndian.AppendUint32(nil, uint32(layer)))
}

// over reports whether a layer above has something to say of an item.
func (n *newer) over(ref portability.Ref, layer int) (bool, error) {
	if n == nil || ref.ID == "" {
		return false, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	value, found, err := n.last.Get(keyOfRef(ref))
	return found && int(binary.BigEndian.Uint32(value)) > layer, err
}

// Close removes what was remembered.
func (n *newer) Close() error { return errors.Join(n.last.Close(), n.folder.Close()) }

func keyOfRef(ref portability.Ref) scratch.Key {
	sum := sha256.Sum256([]byte(string(ref.Kind) + "\x00" + ref.ID))
	return scratch.Key(sum[:len(scratch.Key{})])
}
