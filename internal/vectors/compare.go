package vectors

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/move"
)

// compare says what of a conclusion is not as the step expects.
func (s *storyStep) compare(got move.Verdict) error {
	if s.Expect == "" {
		return nil
	}
	var errs []error
	differ := func(what, want, got string) {
		if want != "" && want != got {
			errs = append(errs, fmt.Errorf("%s is %q, want %q", what, got, want))
		}
	}
	outcome := string(got.Outcome)
	if s.Expect != outcome && got.Reason != "" {
		outcome += " (" + string(got.Reason) + ")"
	}
	differ("outcome", s.Expect, outcome)
	if len(errs) == 0 {
		differ("reason", s.Reason, string(got.Reason))
		differ("old", string(s.Old), string(got.Old))
		differ("new", string(s.New), string(got.New))
	}
	return errors.Join(errs...)
}

// compareEffects says how what happened differs from what the step lists: for
// each follower the same effects in the same order; between followers there is
// no order.
func (s *storyStep) compareEffects(happened [][]string) error {
	if s.Effects == nil {
		return nil
	}
	want, got := byFollower(*s.Effects), byFollower(happened)
	all := maps.Clone(got)
	maps.Copy(all, want)
	var errs []error
	for _, follower := range slices.Sorted(maps.Keys(all)) {
		if !slices.Equal(want[follower], got[follower]) {
			errs = append(errs, fmt.Errorf("effects for %s are [%s], want [%s]",
				follower, strings.Join(got[follower], ", "), strings.Join(want[follower], ", ")))
		}
	}
	return errors.Join(errs...)
}

func byFollower(effects [][]string) map[string][]string {
	by := map[string][]string{}
	for _, e := range effects {
		by[e[1]] = append(by[e[1]], e[0]+" "+e[2])
	}
	return by
}
