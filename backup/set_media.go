package backup

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/portability"
)

// complete finds the files of an item that lie in another archive of the set: in
// a later volume, or in the base. A path is the number of an archive and a path
// there, which is empty where the file is found by its address.
func (s *Set) complete(ctx context.Context, i int, item portability.Item) (portability.Item, error) {
	missing := 0
	item.Media = slices.Clone(item.Media)
	for n := range item.Media {
		m := &item.Media[n]
		if m.Path != "" {
			m.Path = strconv.Itoa(i) + "/" + m.Path
			continue
		}
		if len(s.members) == 1 {
			missing++
			continue
		}
		switch found, err := s.elsewhere(ctx, *m); {
		case errors.Is(err, portability.ErrNoMedium):
			missing++
		case err != nil:
			return item, err
		default:
			*m = found
		}
	}
	item.Problems = leave(item.Problems, portability.MissingMedia, missing)
	return item, nil
}

// leave keeps at most n of the problems with a reason.
func leave(problems []portability.Problem, r portability.Reason, n int) []portability.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p portability.Problem) bool {
		if p.Reason != r {
			return false
		}
		n--
		return n < 0
	})
}

// elsewhere looks for a file in all archives.
func (s *Set) elsewhere(ctx context.Context, m portability.Medium) (portability.Medium, error) {
	for i, member := range s.members {
		r, known, err := member.OpenMedia(ctx, m)
		if errors.Is(err, portability.ErrNoMedium) {
			continue
		}
		if err != nil {
			return m, err
		}
		known.Path = strconv.Itoa(i) + "/"
		return known, r.Close()
	}
	return m, portability.ErrNoMedium
}

// OpenMedia implements portability.MediaSource.
func (s *Set) OpenMedia(ctx context.Context, m portability.Medium) (io.ReadCloser, portability.Medium, error) {
	number, inside, ok := strings.Cut(m.Path, "/")
	i, err := strconv.Atoi(number)
	if !ok || err != nil || i < 0 || i >= len(s.members) {
		return nil, m, portability.ErrNoMedium
	}
	asked := m
	asked.Path = inside
	r, known, err := s.members[i].OpenMedia(ctx, asked)
	known.Path = m.Path
	return r, known, err
}
