package backup

import (
	"context"
	"errors"
	"iter"

	"codeberg.org/godwit/godwit/portability"
)

// ErrNoBase says that an archive has no integrity list, by which an increment could
// know it: it is not in godwit's own layout.
var ErrNoBase = errors.New("no increment can be made upon this archive: it has no integrity list; convert it first")

// Base is what an increment upon these archives is made with, see [WriteOptions].
// The set must stay open until the increment is finished.
func (s *Set) Base() (*Base, error) {
	newest := s.members[len(s.members)-1]
	if newest.volume() == nil || newest.account.Archive.IntegrityDigest == "" {
		return nil, ErrNoBase
	}
	return &Base{Integrity: newest.account.Archive.IntegrityDigest, Items: s}, nil
}

// Said is how many items of a kind the archive says there are, which may be wrong;
// false if it does not say. Unlike [Reader.Count] it reads nothing.
func (r *Reader) Said(k portability.Kind) (int64, bool) {
	n, all := int64(0), true
	for _, part := range r.account.Parts {
		if part.Kind == k {
			n, all = n+max(part.Said, 0), all && part.Said >= 0
		}
	}
	return n, all
}

// Said is how many items the archives say there are together. Those that an
// increment has anew are counted twice.
func (s *Set) Said(k portability.Kind) (int64, bool) {
	n, all := int64(0), true
	for _, m := range s.members {
		said, ok := m.Said(k)
		n, all = n+said, all && ok
	}
	return n, all
}

// Format is that of the newest archive.
func (s *Set) Format() Format { return s.members[len(s.members)-1].Format() }

// Entries lists the files of all archives.
func (s *Set) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, m := range s.members {
			for e := range m.Entries() {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Origin is what rides along of a single archive, see [Reader.Origin]; of several
// nothing does, since their names are the same.
func (s *Set) Origin(ctx context.Context) []OriginFile {
	if len(s.members) > 1 {
		return nil
	}
	return s.members[0].Origin(ctx)
}

// Alone is a set of one archive, which it closes.
func Alone(r *Reader) *Set {
	return &Set{members: []member{{Reader: r}}, missing: r.Missing()}
}

// Count implements portability.Counter. Of volumes it adds up what they say. What an
// increment has anew is counted once, by reading, and the count is exact then.
func (s *Set) Count(ctx context.Context, k portability.Kind) (int64, bool, error) {
	if s.newer != nil || k == portability.Actor {
		n, err := s.count(ctx, k)
		return n, err == nil, err
	}
	total, exact := int64(0), true
	for _, m := range s.members {
		n, ok, err := m.Count(ctx, k)
		if err != nil {
			return 0, false, err
		}
		total, exact = total+n, exact && ok
	}
	return total, exact, nil
}

func (s *Set) count(ctx context.Context, k portability.Kind) (int64, error) {
	n := int64(0)
	for _, err := range s.Items(ctx, k, "") {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}
