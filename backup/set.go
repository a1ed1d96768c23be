package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
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
	members  []member
	newer    *newer
	problems []Problem
}

// A member is one archive of a set.
type member struct {
	*Reader
	layer int // 0 is the base, increments count from there
}

// OpenSet opens archives that belong together, in any order. Volumes of different
// sets, one that is given twice, one behind another than it says, and an increment
// on another base are a [*Refusal]; volumes that are missing are among the problems.
func OpenSet(ctx context.Context, paths []string, o *ReadOptions) (*Set, error) {
	s := &Set{}
	for _, path := range paths {
		r, err := Open(ctx, path, o)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), s.Close())
		}
		s.members = append(s.members, member{Reader: r})
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
	all := slices.Clone(s.problems)
	for i, m := range s.members {
		for _, p := range m.Problems() {
			if len(s.members) > 1 {
				p.Where = strings.TrimSuffix(fmt.Sprintf("archive %d: %s", i+1, p.Where), ": ")
			}
			all = append(all, p)
		}
	}
	return all
}

// arrange sorts the archives, layer by layer and volume by volume.
func (s *Set) arrange() error {
	if len(s.members) == 1 {
		return nil
	}
	for _, m := range s.members {
		if m.volume() == nil {
			return disagree("an archive that is no volume and no increment")
		}
	}
	layers, err := s.layers()
	if err != nil {
		return err
	}
	s.members = s.members[:0]
	for i, layer := range layers {
		if err := s.volumes(layer); err != nil {
			return err
		}
		for _, m := range layer {
			m.layer = i
			s.members = append(s.members, m)
		}
	}
	return nil
}

// layers groups the archives by set and puts each increment behind its base.
func (s *Set) layers() ([][]member, error) {
	groups := map[string][]member{}
	for _, m := range s.members {
		groups[m.volume().Set] = append(groups[m.volume().Set], m)
	}
	var layers [][]member
	base := ""
	for len(groups) > 0 {
		found := ""
		for set, group := range groups {
			if group[0].volume().Base == base || len(layers) > 0 && slices.Contains(digests(layers[len(layers)-1]), group[0].volume().Base) {
				found = set
			}
		}
		if found == "" {
			return nil, &Refusal{Reason: Reason(dialect.IncrementMismatch), Hint: "give the archive that the increment was made upon"}
		}
		layers = append(layers, groups[found])
		delete(groups, found)
		base = "no base a second time"
	}
	return layers, nil
}

func digests(layer []member) []string {
	var all []string
	for _, m := range layer {
		all = append(all, m.account.Archive.IntegrityDigest)
	}
	return all
}

// volumes sorts the volumes of one archive, and looks that each follows the one
// before it.
func (s *Set) volumes(layer []member) error {
	slices.SortFunc(layer, func(a, b member) int { return cmp.Compare(a.volume().N, b.volume().N) })
	for i, m := range layer {
		v := m.volume()
		switch {
		case i > 0 && layer[i-1].volume().N == v.N:
			return disagree(fmt.Sprintf("volume %d is given twice", v.N))
		case i > 0 && layer[i-1].volume().N == v.N-1 && layer[i-1].account.Archive.IntegrityDigest != v.Prev:
			return disagree(fmt.Sprintf("volume %d is not the one behind volume %d", v.N, v.N-1))
		case i == 0 && v.N > 0, i > 0 && layer[i-1].volume().N < v.N-1:
			s.missing(fmt.Sprintf("before volume %d", v.N))
		}
	}
	if last := layer[len(layer)-1].volume(); !last.Last {
		s.missing(fmt.Sprintf("behind volume %d", last.N))
	}
	return nil
}

func (s *Set) missing(where string) {
	s.problems = append(s.problems, Problem{Reason: Reason(dialect.VolumeMissing), Detail: where})
}

func disagree(why string) error {
	return &Refusal{Reason: Reason(dialect.VolumesDisagree), Where: why}
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
