package backup

import (
	"crypto/sha256"
	"encoding/binary"
	"io"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
)

// A tableKey stands for an item's name, a file or a place.
type tableKey [16]byte

func keyOf(parts ...string) tableKey {
	h := sha256.New()
	for _, part := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		io.WriteString(h, part)
	}
	return tableKey(h.Sum(nil)[:len(tableKey{})])
}

func keyOfItem(ref portability.Ref) tableKey { return keyOf("item", string(ref.Kind), ref.ID) }

// keyOfCame stands for an item that came, and is not in the archive.
func keyOfCame(ref portability.Ref) tableKey { return keyOf("came", string(ref.Kind), ref.ID) }

func keyOfFile(digest string) tableKey { return keyOf("file", digest) }

// keyOfSame stands for a file that only the base has, and that was put again.
func keyOfSame(digest string) tableKey { return keyOf("same file", digest) }

// keyOfPlace stands for where a file is in the source.
func keyOfPlace(m portability.Medium) tableKey { return keyOf("place", m.Path, string(m.URL)) }

// A contentSum stands for what an item says.
type contentSum [16]byte

// A value is what is remembered of an item: what it said, and where it is written.
type value struct {
	sum   contentSum
	spool byte // number of the spool; nowhere if it is not written
	at    int64
}

const nowhere byte = 0

// mapValue is enough for a value, and for a digest.
const mapValue = sha256.Size

func (v value) append(to []byte) []byte {
	to = append(append(to, v.sum[:]...), v.spool)
	return binary.BigEndian.AppendUint64(to, uint64(v.at))
}

func parseValue(data []byte) value {
	return value{sum: contentSum(data[:16]), spool: data[16], at: int64(binary.BigEndian.Uint64(data[17:]))}
}

// known remembers every name that was put, in a map on disk.
type known struct {
	disk *disk
	all  *scratch.Map
}

const tableName = "the table of names"

func openKnown(f *scratch.Folder, d *disk, length int64) (known, error) {
	m, err := f.Map("names", mapValue, length)
	return known{disk: d, all: m}, diskError(tableName, err)
}

func (k known) look(name tableKey) (value, bool, error) {
	data, there, err := k.all.Get(scratch.Key(name))
	if err != nil || !there {
		return value{}, false, diskError(tableName, err)
	}
	return parseValue(data), true, nil
}

func (k known) put(name tableKey, v value) error { return k.store(name, v.append(nil)) }

// digestAt returns the digest of the file that was put from a place.
func (k known) digestAt(name tableKey) (string, bool, error) {
	data, there, err := k.all.Get(scratch.Key(name))
	if err != nil || !there {
		return "", false, diskError(tableName, err)
	}
	return hexOf(data[:sha256.Size]), true, nil
}

func (k known) putDigest(name tableKey, digest [sha256.Size]byte) error {
	return k.store(name, digest[:])
}

func (k known) store(name tableKey, data []byte) error {
	if err := k.disk.trouble(tableName); err != nil {
		return diskError(tableName, err)
	}
	whole := make([]byte, mapValue)
	copy(whole, data)
	return diskError(tableName, k.all.Put(scratch.Key(name), whole))
}

// sync makes all of it safe, and returns how much that is.
func (k known) sync() (int64, error) {
	if err := k.disk.trouble(tableName); err != nil {
		return 0, diskError(tableName, err)
	}
	n, err := k.all.Sync()
	return n, diskError(tableName, err)
}
