package afterlife

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"sort"

	"codeberg.org/godwit/godwit/vocab"
)

// Forge writes a door file anew with another digest for a medium, and everything else consistent.
func Forge(ctx context.Context, path string, u vocab.IRI, digest string) error {
	d, err := open(path)
	if err != nil {
		return err
	}
	want, _ := addressOf(u)
	var records []byte
	var entries [][]byte
	for r, err := range d.all(ctx) {
		if err != nil {
			return err
		}
		if r.address == want {
			r.digest = digest
		}
		k := r.key()
		entries = append(entries, binary.BigEndian.AppendUint64(k[:len(k):len(k)], uint64(len(records))))
		records = append(records, appendFrame(nil, r.append(nil))...)
	}
	sort.Slice(entries, func(i, j int) bool { return bytes.Compare(entries[i], entries[j]) < 0 })
	index := bytes.Join(entries, nil)
	m := d.manifest
	for _, f := range []struct {
		f *manifestFile
		b []byte
	}{{&m.Records, records}, {&m.Index, index}} {
		sum := sha256.Sum256(f.b)
		f.f.Size, f.f.SHA256 = int64(len(f.b)), hex.EncodeToString(sum[:])
		if err := os.WriteFile(filepath.Join(path, f.f.Name), f.b, 0o600); err != nil {
			return err
		}
	}
	data, err := m.bytes()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(path, manifestName), data, 0o600)
}
