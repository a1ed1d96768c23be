package scratch_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/internal/scratch"
)

// records are of many lengths, some of them empty and some equal.
func records(seed uint64, n, longest int) [][]byte {
	r := rand.New(rand.NewPCG(seed, 3))
	all := make([][]byte, n)
	for i := range all {
		all[i] = make([]byte, r.IntN(1+r.IntN(longest)))
		for at := range all[i] {
			all[i][at] = byte(r.IntN(4))
		}
	}
	return all
}

func TestSorter(t *testing.T) {
	for _, c := range []struct {
		situation  string
		n, longest int
		held       int // 0: what is usual
	}{
		{"none", 0, 1, 0},
		{"one", 1, 100, 0},
		{"all in memory", 1000, 100, 0},
		{"some on disk", 300_000, 150, 0},
		{"so many that runs are merged", 40_000, 8000, 0},
		{"long ones", 12, 10 << 20, 0},
		{"a small sorter", 30_000, 150, 1 << 16},
		{"a small sorter of longer records", 100, 1 << 18, 1 << 16},
	} {
		t.Run(c.situation, func(t *testing.T) {
			s := folder(t).Sorter()
			if c.held > 0 {
				s = folder(t).SmallSorter(c.held)
			}
			defer s.Close()
			want := records(uint64(c.n), c.n, c.longest)
			for _, r := range want {
				require.NoError(t, s.Add(r))
			}
			assert.EqualValues(t, c.n, s.Len())
			slices.SortFunc(want, bytes.Compare)
			for range 2 {
				sorted(t, s, want)
			}
		})
	}
}

func sorted(t *testing.T, s *scratch.Sorter, want [][]byte) {
	t.Helper()
	n := 0
	for got, err := range s.All() {
		require.NoError(t, err)
		require.Less(t, n, len(want), "not more than were added")
		if !bytes.Equal(want[n], got) {
			t.Fatalf("record %d of %d differs", n, len(want))
		}
		n++
	}
	require.Equal(t, len(want), n, "every record comes back")
}

func TestSorterGoesOnAfterReading(t *testing.T) {
	s := folder(t).Sorter()
	defer s.Close()
	want := records(5, 100_000, 400)
	for i, r := range want {
		require.NoError(t, s.Add(r))
		if i%30_000 == 0 {
			for _, err := range s.All() {
				require.NoError(t, err)
				break
			}
		}
	}
	slices.SortFunc(want, bytes.Compare)
	sorted(t, s, want)
}

func TestSorterHoldsLittle(t *testing.T) {
	s := folder(t).Sorter()
	defer s.Close()
	before := heap()
	record := make([]byte, 120)
	r := rand.New(rand.NewPCG(1, 1))
	for range million {
		for i := range 16 {
			record[i] = byte(r.Uint32())
		}
		require.NoError(t, s.Add(record))
	}
	n, last := 0, []byte(nil)
	for got, err := range s.All() {
		require.NoError(t, err)
		require.LessOrEqual(t, bytes.Compare(last, got), 0, "in order")
		last = append(last[:0], got...)
		if n++; n%500_000 == 0 {
			assert.Less(t, heap()-before, int64(24<<20), "120 MB are sorted in less than 24 MiB")
		}
	}
	assert.Equal(t, million, n)
}

func TestWrongUseOfSorter(t *testing.T) {
	s := folder(t).Sorter()
	require.ErrorIs(t, s.Add(make([]byte, 16<<20+1)), scratch.ErrRecord)
	require.NoError(t, s.Add(nil), "the others can still be added")
	sorted(t, s, [][]byte{{}})
	require.NoError(t, s.Close())
	require.Error(t, s.Add(nil))
	for _, err := range s.All() {
		require.Error(t, err)
	}
}

// A disk that is full, or a folder that is gone, ends the sort with an error.
func TestSorterWithoutFolder(t *testing.T) {
	f, err := scratch.New(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, f.Close())
	s := f.Sorter()
	for range 3 {
		err = s.Add(make([]byte, 5<<20))
	}
	require.ErrorIs(t, err, os.ErrClosed)
	for _, err := range s.All() {
		require.ErrorIs(t, err, os.ErrClosed, "nothing is yielded as if it were all")
	}
}
