package uriindex_test

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability/uriindex"
	"codeberg.org/godwit/godwit/vocab"
)

// Every bit of a file, changed alone: refused, or unknown; never another answer.
func TestAnyChangedBit(t *testing.T) {
	all := posts(20)
	whole, err := os.ReadFile(build(t, all...))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "damaged")
	lost, refused := 0, 0
	for i := range whole {
		damaged := slices.Clone(whole)
		damaged[i] ^= 1 << (i % 8)
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		x, err := uriindex.Open(path)
		if err != nil {
			refused++
			continue
		}
		require.ErrorIs(t, x.Verify(t.Context()), uriindex.ErrDamaged, "byte %d", i)
		for _, m := range all {
			found, known := x.Find(m.Old)
			if !known {
				lost++
				continue
			}
			require.Equal(t, m, found, "byte %d", i)
		}
		require.NoError(t, x.Close())
	}
	assert.Equal(t, uriindex.HeaderSize, refused, "every byte of the header counts")
	assert.Greater(t, lost, len(whole)/2, "most bytes belong to something")
}

func TestAnyCut(t *testing.T) {
	whole, err := os.ReadFile(build(t, posts(3)...))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "cut")
	for n := range whole {
		require.NoError(t, os.WriteFile(path, whole[:n], 0o600))
		_, err := uriindex.Open(path)
		require.ErrorIs(t, err, uriindex.ErrDamaged, "after %d bytes", n)
	}
	require.NoError(t, os.WriteFile(path, append(whole, 0), 0o600))
	_, err = uriindex.Open(path)
	require.ErrorIs(t, err, uriindex.ErrDamaged, "with a byte more")
}

// sealed makes the header's checksum right again.
func sealed(file []byte) []byte {
	sum := sha256.Sum256(file[:uriindex.SumAt])
	copy(file[uriindex.SumAt:uriindex.HeaderSize], sum[:])
	return file
}

// Files that somebody has made up, with a header that is right.
func TestHostileHeaders(t *testing.T) {
	whole, err := os.ReadFile(build(t, posts(3)...))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "hostile")
	fields := map[string]int{"bits": 16, "entries": 24, "longest": 32, "values": 40, "groups": 48}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, value := range []uint64{1, 1 << 31, 1 << 52, 1 << 60, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
			made := slices.Clone(whole)
			binary.BigEndian.PutUint64(made[fields[name]:], value)
			if name == "bits" {
				binary.BigEndian.PutUint32(made[16:], 1)
				binary.BigEndian.PutUint32(made[20:], uint32(min(value, 1<<32-1)))
			}
			require.NoError(t, os.WriteFile(path, sealed(made), 0o600))
			x, err := uriindex.Open(path)
			if name == "longest" && value == 1 {
				require.NoError(t, err)
				_, known := x.Find(post(1).Old)
				assert.False(t, known)
				require.NoError(t, x.Close())
				continue
			}
			require.ErrorIs(t, err, uriindex.ErrDamaged, "%s is %d", name, value)
		}
	}
}

func TestOtherVersion(t *testing.T) {
	whole, err := os.ReadFile(build(t, posts(3)...))
	require.NoError(t, err)
	binary.BigEndian.PutUint32(whole[16:], 2)
	path := filepath.Join(t.TempDir(), "later")
	require.NoError(t, os.WriteFile(path, sealed(whole), 0o600))
	_, err = uriindex.Open(path)
	require.ErrorIs(t, err, uriindex.ErrVersion)
}

// Records of one hash are told apart by the IRI that stands with the value. Here all
// have the hash of one, for each of them in turn.
func TestCollisions(t *testing.T) {
	all := posts(50)
	path := build(t, all...)
	at := open(t, path).Sections()
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	whole = whole[:at[3]+16] // one bucket
	binary.BigEndian.PutUint32(whole[20:], 0)
	binary.BigEndian.PutUint64(whole[at[3]:], 0)
	binary.BigEndian.PutUint64(whole[at[3]+8:], uint64(len(all)))
	sealed(whole)
	records := slices.Clone(whole[at[2]:at[3]])
	alike := filepath.Join(t.TempDir(), "alike")
	met := map[string]bool{}
	for i := 0; i < len(records); i += 16 {
		for o := at[2]; o < at[3]; o += 16 {
			copy(whole[o:], records[i:][:8])
		}
		require.NoError(t, os.WriteFile(alike, whole, 0o600))
		x := open(t, alike)
		for _, m := range all {
			if found, known := x.Find(m.Old); known {
				require.Equal(t, m, found)
				met[string(m.Old)] = true
			}
		}
		assert.Zero(t, x.Damage(), "it is no damage that a hash is another's")
	}
	assert.Len(t, met, len(all), "each is found among all the others")
}

// Whatever a file says, with a header that lets it be opened: no crash, nothing that
// was not asked for.
func FuzzOpen(f *testing.F) {
	whole, err := os.ReadFile(build(f, posts(20)...))
	require.NoError(f, err)
	f.Add(whole, "https://old.example/users/alice/statuses/3", true)
	f.Add(whole[:200], "", true)
	f.Add([]byte("godwit uri index"), "x", false)
	f.Add(sealed(slices.Clone(whole[:uriindex.HeaderSize])), "x", true)
	f.Fuzz(func(t *testing.T, file []byte, old string, seal bool) {
		if seal && len(file) >= uriindex.HeaderSize {
			file = sealed(slices.Clone(file))
		}
		path := filepath.Join(t.TempDir(), "x")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		for _, way := range ways {
			x, err := way(path)
			if err != nil {
				require.Nil(t, x)
				continue
			}
			lookInto(t, x, old)
			require.NoError(t, x.Close())
		}
	})
}

func lookInto(t *testing.T, x *uriindex.Index, old string) {
	for _, asked := range []vocab.IRI{vocab.IRI(old), post(3).Old, ""} {
		if m, known := x.Find(asked); known {
			require.Equal(t, asked, m.Old)
		}
	}
	n := int64(0)
	for m, err := range x.All() {
		if err != nil {
			require.ErrorIs(t, err, uriindex.ErrDamaged)
			break
		}
		n++
		if found, known := x.Find(m.Old); known {
			require.Equal(t, m.Old, found.Old)
		}
	}
	require.LessOrEqual(t, n, x.Len())
	if err := x.Verify(t.Context()); err != nil {
		require.ErrorIs(t, err, uriindex.ErrDamaged)
	}
}
