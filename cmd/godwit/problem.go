package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// mostShown is how many of one sort of problem are shown without -v.
const mostShown = 3

// printProblems says each sort of problem once, with how many there are and the
// first of them.
func printProblems(w io.Writer, title string, problems []backup.Problem, verbose bool) {
	if len(problems) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	var order []backup.Reason
	places := map[backup.Reason][]string{}
	for _, p := range problems {
		if places[p.Reason] == nil {
			order = append(order, p.Reason)
		}
		places[p.Reason] = append(places[p.Reason], problemPlace(p))
	}
	for _, reason := range order {
		printSort(w, reason, places[reason], verbose)
	}
}

// problemPlace says where a problem is and what there is to say of it.
func problemPlace(p backup.Problem) string {
	return strings.Trim(p.Where+": "+p.Detail, ": ")
}

// printSort prints one sort of problem. What exports lack is read as a sentence.
func printSort(w io.Writer, reason backup.Reason, places []string, verbose bool) {
	head := inWords(string(reason))
	if len(places) > 1 {
		head += fmt.Sprintf(" (%d)", len(places))
	}
	if reason == "lacks" {
		fmt.Fprintf(w, "  %s: %s\n", head, printable(strings.Join(places, "; ")))
		return
	}
	places = slices.DeleteFunc(slices.Clone(places), func(place string) bool { return place == "" })
	if len(places) == 0 {
		fmt.Fprintf(w, "  %s\n", head)
		return
	}
	fmt.Fprintf(w, "  %s:\n", head)
	for i, place := range places {
		if i == mostShown && !verbose && len(places) > mostShown+1 {
			fmt.Fprintf(w, "    and %d more; -v prints all\n", len(places)-i)
			return
		}
		fmt.Fprintf(w, "    %s\n", printable(place))
	}
}

// printItemProblems says of each kind how many items have which problem.
func printItemProblems(w io.Writer, kinds []backup.KindCount) {
	var lines []string
	say := func(k portability.Kind, format string, args ...any) {
		lines = append(lines, fmt.Sprintf("  %s: ", k)+fmt.Sprintf(format, args...))
	}
	for _, k := range kinds {
		if k.Said > 0 {
			say(k.Kind, "there are %d; the archive says %d", k.Items, k.Said)
		}
		for _, reason := range byCount(k.Problems) {
			say(k.Kind, "%s (%d)", inWords(string(reason)), k.Problems[reason])
		}
		if k.Unusable > 0 {
			say(k.Kind, "cannot be used (%d)", k.Unusable)
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(w, "\nitems with problems\n%s\n", strings.Join(lines, "\n"))
	}
}

// byCount are the keys, of the largest count first.
func byCount[K ~string](counts map[K]int64) []K {
	return slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		if counts[a] != counts[b] {
			return int(max(-1, min(1, counts[b]-counts[a])))
		}
		return strings.Compare(string(a), string(b))
	})
}

// countsLine writes counts in a line, the largest first.
func countsLine[K ~string](counts map[K]int64) string {
	var parts []string
	for _, key := range byCount(counts) {
		parts = append(parts, fmt.Sprintf("%s %d", key, counts[key]))
	}
	return strings.Join(parts, ", ")
}
