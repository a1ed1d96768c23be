package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"

	"codeberg.org/godwit/godwit/internal/scratch"
)

// takeoutKnown remembers, on disk, what was put. Its first error stays: nothing is
// known for certain after it.
type takeoutKnown struct {
	folder *scratch.Folder
	refs   *scratch.Map // hashes of what was given under each Ref
	files  *scratch.Map
	err    error
}

type takeoutSum [16]byte

// takeoutKey is a hash of what names a thing.
func takeoutKey(parts ...string) scratch.Key {
	full := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return scratch.Key(full[:len(scratch.Key{})])
}

func newTakeoutKnown(parent string) (*takeoutKnown, error) {
	folder, err := scratch.New(parent)
	if err != nil {
		return nil, err
	}
	k := &takeoutKnown{folder: folder}
	if k.refs, err = folder.Map("refs", len(takeoutSum{}), 0); err == nil {
		k.files, err = folder.Map("files", fileRecord, 0)
	}
	if err != nil {
		return nil, errors.Join(err, k.close())
	}
	return k, nil
}

func (k *takeoutKnown) close() error {
	var err error
	for _, m := range []*scratch.Map{k.refs, k.files} {
		if m != nil {
			err = errors.Join(err, m.Close())
		}
	}
	return errors.Join(err, k.folder.Close())
}

func (k *takeoutKnown) get(m *scratch.Map, key scratch.Key) ([]byte, bool) {
	value, found, err := m.Get(key)
	k.err = errors.Join(k.err, err)
	return value, found && err == nil
}

func (k *takeoutKnown) put(m *scratch.Map, key scratch.Key, value []byte) {
	k.err = errors.Join(k.err, m.Put(key, value))
}

// given returns the hash of what was put under a Ref.
func (k *takeoutKnown) given(ref scratch.Key) (sum takeoutSum, there bool) {
	value, there := k.get(k.refs, ref)
	copy(sum[:], value)
	return sum, there
}

func (k *takeoutKnown) give(ref scratch.Key, sum takeoutSum) { k.put(k.refs, ref, sum[:]) }

// fileRecord is the length of a file in the map: digest, size, checksum, whether a
// post uses it, and up to 8 letters.
const fileRecord = sha256.Size + 8 + 4 + 1 + 8

func (k *takeoutKnown) file(key scratch.Key) (f takeoutFile, there bool) {
	value, there := k.get(k.files, key)
	if !there {
		return f, false
	}
	copy(f.digest[:], value)
	value = value[sha256.Size:]
	f.size, f.crc = int64(binary.BigEndian.Uint64(value)), binary.BigEndian.Uint32(value[8:])
	f.used, f.ext = value[12] == 1, string(bytes.TrimRight(value[13:], "\x00"))
	return f, true
}

func (k *takeoutKnown) setFile(key scratch.Key, f takeoutFile) {
	value := binary.BigEndian.AppendUint64(f.digest[:], uint64(f.size))
	value = append(binary.BigEndian.AppendUint32(value, f.crc), 0)
	if f.used {
		value[len(value)-1] = 1
	}
	var ext [8]byte
	copy(ext[:], f.ext)
	k.put(k.files, key, append(value, ext[:]...))
}
