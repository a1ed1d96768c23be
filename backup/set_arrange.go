package backup

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"codeberg.org/godwit/godwit/internal/dialect"
)

// arrange sorts the archives, layer by layer and volume by volume.
func (s *Set) arrange() error {
	if len(s.members) == 1 && s.members[0].volume() == nil {
		return nil
	}
	for _, m := range s.members {
		if m.volume() == nil {
			return disagree(m.name, "is no volume and no increment")
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
	rest := slices.SortedFunc(maps.Values(groups), func(a, b []member) int {
		return cmp.Compare(a[0].volume().Set, b[0].volume().Set)
	})
	var layers [][]member
	for len(rest) > 0 {
		next := slices.IndexFunc(rest, func(group []member) bool { return follows(group, layers, rest) })
		if next < 0 {
			return nil, otherBase(rest[0][0])
		}
		layers = append(layers, rest[next])
		rest = slices.Delete(rest, next, next+1)
	}
	if layers[0][0].volume().Base != "" {
		s.missing = append(s.missing, Problem{Reason: Reason(dialect.BaseMissing), Where: layers[0][0].name})
	}
	return layers, nil
}

// follows reports whether a group is the next layer: it was made upon the one
// before; or, as the first, upon none of those that are given.
func follows(group []member, layers, rest [][]member) bool {
	base := group[0].volume().Base
	if len(layers) > 0 {
		return slices.Contains(digests(layers[len(layers)-1]), base)
	}
	return !slices.ContainsFunc(rest, func(other []member) bool { return slices.Contains(digests(other), base) })
}

func otherBase(m member) error {
	r := Reason(dialect.IncrementMismatch)
	return &Refusal{Reason: r, Where: m.name, Hint: hint(r)}
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
	next := 0
	for i, m := range layer {
		v := m.volume()
		switch {
		case v.Base != layer[0].volume().Base:
			return otherBase(m)
		case v.N < next:
			return disagree(m.name, fmt.Sprintf("is volume %d, which is given twice", v.N))
		case i > 0 && v.N == next && layer[i-1].account.Archive.IntegrityDigest != v.Prev:
			return disagree(m.name, fmt.Sprintf("does not go on where volume %d ends", v.N-1))
		case i > 0 && layer[i-1].volume().Last:
			return disagree(m.name, fmt.Sprintf("stands behind volume %d, which says that it is the last", next-1))
		case v.N > next:
			s.misses(next, v.N-1)
		}
		next = v.N + 1
	}
	if !layer[len(layer)-1].volume().Last {
		s.misses(next, -1)
	}
	return nil
}

// misses notes that volumes are missing; to is -1 if their number is not known.
func (s *Set) misses(from, to int) {
	text := fmt.Sprintf("volumes %d to %d", from, to)
	switch to {
	case from:
		text = fmt.Sprintf("volume %d", from)
	case -1:
		text = fmt.Sprintf("volume %d, and perhaps more", from)
	}
	s.missing = append(s.missing, Problem{Reason: Reason(dialect.VolumeMissing), Detail: text})
}

func disagree(where, why string) error {
	r := Reason(dialect.VolumesDisagree)
	return &Refusal{Reason: r, Where: where, Hint: hint(r), Err: fmt.Errorf("put archives together: %s %s", where, why)}
}
