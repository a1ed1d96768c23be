package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Set is several archives of godwit's own that are one account: the volumes of
// one archive, and increments upon it. It is a portability.Source and MediaSource,
// and safe for concurrent use. The caller closes it.
type Set struct {
	members []member
	newer   *newer
	missing []Problem
}

// A member is one archive of a set.
type member struct {
	*Reader
	name  string // of its file
	layer int    // 0 is the base, increments count from there
}

// OpenSet opens archives that belong together, in any order. Volumes of different
// sets, one that is given twice, one behind another than it says, and an increment
// on another base are a [*Refusal]; volumes that are missing are among the problems.
func OpenSet(ctx context.Context, paths []string, o *ReadOptions) (*Set, error) {
	s := &Set{}
	if len(paths) == 0 {
		return nil, fmt.Errorf("open archives: none is given: %w", fs.ErrNotExist)
	}
	for _, path := range paths {
		r, err := Open(ctx, path, o)
		if err != nil {
			return nil, errors.Join(ofSeveral(path, err, len(paths)), s.Close())
		}
		s.members = append(s.members, member{Reader: r, name: filepath.Base(path)})
	}
	if err := s.arrange(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	var err error
	if s.newer, err = s.overrides(ctx, o.orZero()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// ofSeveral says which of several archives an error is about.
func ofSeveral(path string, err error, of int) error {
	if of == 1 {
		return err
	}
	return fmt.Errorf("open %s: %w", path, err)
}

// Close frees all archives of the set.
func (s *Set) Close() error {
	var errs []error
	for _, m := range s.members {
		errs = append(errs, m.Close())
	}
	if s.newer != nil {
		errs = append(errs, s.newer.Close())
	}
	return errors.Join(errs...)
}

// Problems are those of all archives, and what is missing of the set.
func (s *Set) Problems() []Problem {
	return append(s.each((*Reader).Problems), s.Missing()...)
}

// Missing are the volumes and the base that were not given.
func (s *Set) Missing() []Problem { return slices.Clone(s.missing) }

// Lost is what salvage had to give up in any of the archives.
func (s *Set) Lost() []Problem { return s.each((*Reader).Lost) }

// each collects what the archives say of themselves, and says which one does.
func (s *Set) each(of func(*Reader) []Problem) []Problem {
	var all []Problem
	for _, m := range s.members {
		for _, p := range of(m.Reader) {
			if len(s.members) > 1 {
				p.Where = strings.TrimSuffix(m.name+": "+p.Where, ": ")
			}
			all = append(all, p)
		}
	}
	return all
}

// Missing is what belongs to this archive and lies in others, if it is a volume or
// an increment. [OpenSet] reads them together.
func (r *Reader) Missing() []Problem {
	if r.volume() == nil {
		return nil
	}
	alone := &Set{members: []member{{Reader: r}}}
	if err := alone.arrange(); err != nil {
		return nil // one archive agrees with itself
	}
	return alone.missing
}

func (r *Reader) volume() *dialect.Volume {
	if r.account.Archive == nil {
		return nil
	}
	return r.account.Archive.Volume
}

// Actor implements portability.Source: the newest document counts.
func (s *Set) Actor(ctx context.Context) (*vocab.Object, error) {
	return s.members[len(s.members)-1].Actor(ctx)
}

// Owner is that of the newest archive, see [Reader.Owner].
func (s *Set) Owner() portability.Readership { return s.members[len(s.members)-1].Owner() }

// Kinds implements portability.Source.
func (s *Set) Kinds(ctx context.Context) ([]portability.Kind, error) {
	var kinds []portability.Kind
	for _, k := range portability.Kinds() {
		for _, err := range s.Items(ctx, k, "") {
			if err != nil {
				return nil, err
			}
			kinds = append(kinds, k)
			break
		}
	}
	return kinds, ctx.Err()
}

// Items implements portability.Source: those of all archives, in their order, but
// for what a later increment has anew or has no more. A position is the number of
// an archive and a position there.
func (s *Set) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		first, inside, ok := s.position(after)
		if !ok {
			yield(portability.Item{}, fmt.Errorf("read %s: %w", k, portability.ErrChanged))
			return
		}
		for i := first; i < len(s.members); i++ {
			if k == portability.Actor && i < len(s.members)-1 {
				continue // every archive has it; the newest counts
			}
			for item, err := range s.member(ctx, i, k, inside) {
				if !yield(item, err) || err != nil {
					return
				}
			}
			inside = ""
		}
	}
}

// member yields the items of one archive that no later one overrides.
func (s *Set) member(ctx context.Context, i int, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		m := s.members[i]
		for item, err := range m.Items(ctx, k, after) {
			over := false
			if err == nil {
				over, err = s.newer.over(item.Ref, m.layer)
			}
			if err == nil {
				item, err = s.complete(ctx, i, item)
			}
			if over && err == nil {
				continue
			}
			item.Next = strconv.Itoa(i) + "/" + item.Next
			if !yield(item, err) {
				return
			}
		}
	}
}

func (s *Set) position(after string) (first int, inside string, ok bool) {
	if after == "" {
		return 0, "", true
	}
	number, inside, _ := strings.Cut(after, "/")
	i, err := strconv.Atoi(number)
	return i, inside, err == nil && i >= 0 && i < len(s.members) && strconv.Itoa(i) == number && inside != ""
}
