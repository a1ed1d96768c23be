package scratch_test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"codeberg.org/godwit/godwit/internal/scratch"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(putIn); path != "" {
		putForever(path)
	}
	os.Exit(m.Run())
}

func open(t testing.TB, f *scratch.Folder, size int, length int64) *scratch.Map {
	t.Helper()
	m, err := f.Map("map", size, length)
	require.NoError(t, err)
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// key spreads n over a key as a hash does.
func key(n uint64) (k scratch.Key) {
	r := rand.NewPCG(n, 7)
	binary.BigEndian.PutUint64(k[:], r.Uint64())
	binary.BigEndian.PutUint64(k[8:], r.Uint64())
	return k
}

func value(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func holds(t testing.TB, m *scratch.Map, k scratch.Key, want []byte) {
	t.Helper()
	got, found, err := m.Get(k)
	require.NoError(t, err)
	if want == nil {
		require.False(t, found, "%x was never put", k)
		return
	}
	require.True(t, found, "%x was put", k)
	require.Equal(t, want, got, "%x", k)
}

func TestMapIsAMap(t *testing.T) {
	parent := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		f, err := scratch.New(parent)
		require.NoError(rt, err)
		defer f.Close()
		size := rapid.IntRange(0, 64).Draw(rt, "size")
		m, err := f.Map("map", size, 0)
		require.NoError(rt, err)
		defer func() { _ = m.Close() }()
		want, puts := map[scratch.Key][]byte{}, int64(0)
		few := rapid.SampledFrom([]scratch.Key{{}, {1}, {0, 0, 0, 0, 0, 0, 0, 0, 1}, {255, 255}, key(1), key(2)})
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				k, v := few.Draw(rt, "key"), rapid.SliceOfN(rapid.Byte(), size, size).Draw(rt, "value")
				require.NoError(rt, m.Put(k, v))
				want[k] = v
				puts++
			},
			"open again": func(rt *rapid.T) {
				require.NoError(rt, m.Close())
				m, err = f.Map("map", size, puts)
				require.NoError(rt, err)
			},
			"": func(rt *rapid.T) {
				require.Equal(rt, puts, m.Len())
				k := few.Draw(rt, "key to get")
				got, found, err := m.Get(k)
				require.NoError(rt, err)
				v, known := want[k]
				require.Equal(rt, known, found)
				if known {
					require.Equal(rt, string(v), string(got))
				}
			},
		})
	})
}

const million = 1_000_000

// heap is what is in use, after collecting what is not.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Every third key is put again later, with another value.
func TestMapWithAMillionKeys(t *testing.T) {
	f := folder(t)
	m := open(t, f, 8, 0)
	before := heap()
	for n := range uint64(million) {
		require.NoError(t, m.Put(key(n), value(n)))
	}
	for n := uint64(0); n < million; n += 3 {
		require.NoError(t, m.Put(key(n), value(n+million)))
	}
	assert.Less(t, heap()-before, int64(10<<20), "it takes less than 10 MiB")
	check := func(m *scratch.Map) {
		for n := uint64(0); n < million; n += 7 {
			want := value(n)
			if n%3 == 0 {
				want = value(n + million)
			}
			holds(t, m, key(n), want)
			holds(t, m, key(n+million), nil)
		}
	}
	check(m)
	n, err := m.Sync()
	require.NoError(t, err)
	require.NoError(t, m.Close())
	check(open(t, f, 8, n))
}

// Keys whose first half is the same are all on neighbouring pages.
func TestMapWithKeysThatBeginAlike(t *testing.T) {
	m := open(t, folder(t), 8, 0)
	alike := func(n uint64) (k scratch.Key) {
		binary.BigEndian.PutUint64(k[8:], n)
		return k
	}
	const many = 200_000
	for n := range uint64(many) {
		require.NoError(t, m.Put(alike(n), value(n)))
	}
	for n := uint64(0); n < many; n += 997 {
		holds(t, m, alike(n), value(n))
		holds(t, m, alike(n+many), nil)
	}
}

func TestMapIsCutToItsLength(t *testing.T) {
	f := folder(t)
	m := open(t, f, 8, 0)
	const many = 150_000
	for n := range uint64(many) {
		require.NoError(t, m.Put(key(n%100_000), value(n)))
	}
	require.NoError(t, m.Close())
	m = open(t, f, 8, 120_000)
	assert.EqualValues(t, 120_000, m.Len())
	holds(t, m, key(10), value(100_010))
	holds(t, m, key(20_000), value(20_000))
	require.NoError(t, m.Put(key(20_000), value(1)))
	holds(t, m, key(20_000), value(1))
	require.NoError(t, m.Close())

	_, err := f.Map("map", 8, 120_002)
	require.ErrorIs(t, err, scratch.ErrShort)
	m = open(t, f, 8, 0)
	assert.Zero(t, m.Len(), "none is kept")
	holds(t, m, key(10), nil)
}

func TestTornTailIsCut(t *testing.T) {
	f := folder(t)
	m := open(t, f, 8, 0)
	for n := range uint64(10) {
		require.NoError(t, m.Put(key(n), value(n)))
	}
	require.NoError(t, m.Close())
	path := filepath.Join(f.Path(), "map")
	for left := int64(10 * 24); left >= 0; left-- {
		require.NoError(t, os.Truncate(path, left))
		m := open(t, f, 8, -1)
		require.Equal(t, left/24, m.Len())
		for n := range uint64(10) {
			want := value(n)
			if int64(n) >= left/24 {
				want = nil
			}
			holds(t, m, key(n), want)
		}
		require.NoError(t, m.Close())
	}
}

const putIn = "GODWIT_SCRATCH_PUT"

// putForever is the process that is killed: it tells each length that is synced.
func putForever(path string) {
	f, err := scratch.Open(path)
	if err != nil {
		panic(err)
	}
	m, err := f.Map("map", 8, 0)
	if err != nil {
		panic(err)
	}
	for n := uint64(0); ; n++ {
		if err := m.Put(key(n), value(n)); err != nil {
			panic(err)
		}
		if n%20_000 == 19_999 {
			synced, err := m.Sync()
			if err != nil {
				panic(err)
			}
			os.Stdout.WriteString(strconv.FormatInt(synced, 10) + "\n")
		}
	}
}

func TestMapAfterKill(t *testing.T) {
	f := folder(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), putIn+"="+f.Path())
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	said := make([]byte, 0, 1024)
	for len(said) < 60 { // about ten lines
		n, err := out.Read(said[len(said):cap(said)])
		require.NoError(t, err)
		said = said[:len(said)+n]
	}
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait(), "it was killed")

	m := open(t, f, 8, 60_000)
	assert.EqualValues(t, 60_000, m.Len())
	for n := range uint64(60_000) {
		holds(t, m, key(n), value(n))
	}
	holds(t, m, key(60_000), nil)
}

func TestWrongUseOfMap(t *testing.T) {
	f := folder(t)
	_, err := f.Map("map", 65, 0)
	require.ErrorIs(t, err, os.ErrInvalid)
	m := open(t, f, 8, 0)
	require.ErrorIs(t, m.Put(key(1), []byte("short")), os.ErrInvalid)
	require.NoError(t, m.Close())
	require.ErrorIs(t, m.Put(key(1), value(1)), os.ErrClosed)
	_, _, err = m.Get(key(1))
	require.ErrorIs(t, err, os.ErrClosed)
	_, err = m.Sync()
	require.ErrorIs(t, err, os.ErrClosed)
}

func BenchmarkMap(b *testing.B) {
	const many = million
	keys := make([]scratch.Key, 2*many)
	for n := range keys {
		keys[n] = key(uint64(n))
	}
	v := value(1)
	b.Run("put", func(b *testing.B) {
		m := open(b, folder(b), 8, 0)
		for n := 0; b.Loop(); n++ {
			if err := m.Put(keys[n%(2*many)], v); err != nil {
				b.Fatal(err)
			}
		}
	})
	m := open(b, folder(b), 8, 0)
	for _, k := range keys[:many] {
		require.NoError(b, m.Put(k, v))
	}
	for name, from := range map[string]int{"get of a million": 0, "miss of a million": many} {
		b.Run(name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				if _, _, err := m.Get(keys[from+n*7919%many]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
