package portability

import (
	"slices"
	"time"
)

// tighter returns what two limits allow together.
func tighter(a, b Limits) Limits {
	return Limits{
		Kinds:       common(a.Kinds, b.Kinds),
		Types:       common(a.Types, b.Types),
		MediaTypes:  common(a.MediaTypes, b.MediaTypes),
		MediaBytes:  least(a.MediaBytes, b.MediaBytes),
		NeedsMedia:  a.NeedsMedia || b.NeedsMedia,
		TextRunes:   least(a.TextRunes, b.TextRunes),
		PollOptions: least(a.PollOptions, b.PollOptions),
		Audiences:   common(a.Audiences, b.Audiences),
		Languages:   common(a.Languages, b.Languages),
		Oldest:      lastOf(a.Oldest, b.Oldest),
		Attachments: least(a.Attachments, b.Attachments),
		Items:       least(a.Items, b.Items),
		Bytes:       least(a.Bytes, b.Bytes),
		PerItem:     max(a.PerItem, b.PerItem),
	}
}

// common returns what is in both lists, of which an empty one means everything. Where
// nothing is in both, it is what nothing has.
func common[T ~string](a, b []T) []T {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	if both := intersect(a, b); len(both) > 0 {
		return both
	}
	return []T{"(none)"}
}

func intersect[T comparable](a, b []T) []T {
	return slices.DeleteFunc(slices.Clone(a), func(one T) bool { return !slices.Contains(b, one) })
}

// least returns the smaller limit, of which 0 is none.
func least[N int | int64](a, b N) N {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func lastOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
