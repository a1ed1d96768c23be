package site

import "codeberg.org/godwit/godwit/internal/scratch"

// names is what must be found by name while a site is filled: how each item
// ended, which file stood where, and which path is taken. All of it can be read
// from the spool again.
type names struct{ index *scratch.Map }

// longestName is the longest value: the one of a file.
const longestName = 41

func newNames(folder *scratch.Folder) (*names, error) {
	index, err := folder.Map("names", longestName, 0)
	if err != nil {
		return nil, err
	}
	return &names{index}, nil
}

// get returns a value, filled up with zeros, and whether there is one.
func (n *names) get(k key) ([]byte, bool, error) { return n.index.Get(scratch.Key(k)) }

func (n *names) put(k key, value []byte) error {
	var padded [longestName]byte
	copy(padded[:], value)
	return n.index.Put(scratch.Key(k), padded[:])
}

func (n *names) close() error { return n.index.Close() }
