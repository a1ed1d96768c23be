package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// An outcome is the report of a copy, and what salvage had to give up.
type outcome struct {
	*portability.Report
	Lost []backup.Problem `json:"lost,omitempty"`
}

// printReport prints what became of every item.
func printReport(w io.Writer, r outcome) error {
	states := []portability.State{portability.Copied, portability.Changed, portability.Skipped, portability.Conflicting, portability.Failed}
	t := newTable("kind", ">copied", ">changed", ">skipped", ">conflicting", ">failed")
	for _, k := range portability.Kinds() {
		if r.Count(k) == 0 {
			continue
		}
		row := []string{string(k)}
		for _, state := range states {
			row = append(row, strconv.FormatInt(r.Count(k, state), 10))
		}
		t.row(row...)
	}
	if err := t.print(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nfiles    %d (%s)\n", r.Files, byteSize(r.Bytes))
	for _, k := range portability.Kinds() {
		for _, state := range states[1:] {
			printReasons(w, string(state), k, r.Counts[k][state])
		}
		printReasons(w, "problem", k, r.Problems[k])
	}
	printLost(w, r.Lost)
	return nil
}

// printLost says what salvage had to give up.
func printLost(w io.Writer, lost []backup.Problem) {
	for _, p := range lost {
		text := strings.TrimSuffix(p.Where+": "+inWords(string(p.Reason))+": "+p.Detail, ": ")
		fmt.Fprintf(w, "lost     %s\n", printable(strings.TrimPrefix(text, ": ")))
	}
}

// printReasons says of how many items of a kind something holds.
func printReasons[R ~string](w io.Writer, head string, k portability.Kind, counts map[R]int64) {
	for _, reason := range byCount(counts) {
		fmt.Fprintf(w, "%-8s %s: %s (%d)\n", head, k, inWords(string(reason)), counts[reason])
	}
}
