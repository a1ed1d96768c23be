package dialect

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"hash"
	"hash/maphash"
	"io"
	"slices"
)

// sums are the digests that an archive gives its entries, in a form that holds a
// million of them: names are there by hashes that nobody outside can know.
type sums struct {
	seed   maphash.Seed
	sorted []sumOf
	// wrong is told the entry that turned out to be another. What it returns ends
	// the reading; nil lets it pass.
	wrong func(name string) error
}

type sumOf struct {
	name uint64
	sum  [sha256.Size]byte
}

func newSums(wrong func(string) error) *sums {
	return &sums{seed: maphash.MakeSeed(), wrong: wrong}
}

func (s *sums) add(name string, sum [sha256.Size]byte) {
	s.sorted = append(s.sorted, sumOf{maphash.String(s.seed, name), sum})
}

// sort must come between the last add and the first find.
func (s *sums) sort() {
	slices.SortFunc(s.sorted, func(a, b sumOf) int { return cmp.Compare(a.name, b.name) })
}

// find returns the digest of an entry, nil if there is none.
func (s *sums) find(name string) []byte {
	h := maphash.String(s.seed, name)
	i, ok := slices.BinarySearchFunc(s.sorted, h, func(e sumOf, h uint64) int { return cmp.Compare(e.name, h) })
	if !ok {
		return nil
	}
	return s.sorted[i].sum[:]
}

// check compares an entry with its digest once it was read to its end.
func (s *sums) check(name string, r io.ReadCloser) io.ReadCloser {
	if s == nil {
		return r
	}
	want := s.find(name)
	if want == nil {
		return r
	}
	return &summed{ReadCloser: r, hash: sha256.New(), want: want, wrong: func() error { return s.wrong(name) }}
}

type summed struct {
	io.ReadCloser
	hash  hash.Hash
	want  []byte
	wrong func() error
	end   error // what the end was found to be; nil before it
}

func (s *summed) Read(p []byte) (int, error) {
	if s.end != nil {
		return 0, s.end
	}
	n, err := s.ReadCloser.Read(p)
	s.hash.Write(p[:n])
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	s.end = io.EOF
	if !bytes.Equal(s.hash.Sum(nil), s.want) {
		if wrong := s.wrong(); wrong != nil {
			s.end = wrong
		}
	}
	return n, s.end
}
