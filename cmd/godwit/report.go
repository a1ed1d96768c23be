package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"text/tabwriter"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// metered is an archive that shows how far it was read.
func metered(r *backup.Reader, m *meter) portability.Source { return meteredReader{r, m} }

type meteredReader struct {
	*backup.Reader
	meter *meter
}

func (r meteredReader) Items(ctx context.Context, k portability.Kind, after string) iter.Seq2[portability.Item, error] {
	return func(yield func(portability.Item, error) bool) {
		n := int64(0)
		for item, err := range r.Reader.Items(ctx, k, after) {
			if n++; n%100 == 0 {
				r.meter.items(string(k), n, 0)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// printReport prints what became of every item.
func printReport(w io.Writer, r *portability.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "kind\tcopied\tchanged\tskipped\tconflicting\tfailed\n")
	for _, k := range portability.Kinds() {
		if r.Count(k) == 0 {
			continue
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\n", k, r.Count(k, portability.Copied), r.Count(k, portability.Changed),
			r.Count(k, portability.Skipped), r.Count(k, portability.Conflicting), r.Count(k, portability.Failed))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nfiles    %d (%s)\n", r.Files, byteSize(r.Bytes))
	for _, k := range portability.Kinds() {
		for _, state := range []portability.State{portability.Changed, portability.Skipped, portability.Conflicting, portability.Failed} {
			if reasons := r.Counts[k][state]; len(reasons) > 0 {
				fmt.Fprintf(w, "%-8s %s: %s\n", state, k, countsLine(reasons))
			}
		}
		if problems := r.Problems[k]; len(problems) > 0 {
			fmt.Fprintf(w, "problem  %s: %s\n", k, countsLine(problems))
		}
	}
	return nil
}

// printForecast prints what would become of every item.
func printForecast(w io.Writer, f *portability.Forecast) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "kind\tkept\tchanged\tleft out\tunusable\n")
	for _, k := range portability.Kinds() {
		if states := f.States[k]; len(states) > 0 {
			fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\n", k, states[portability.Copied], states[portability.Changed],
				states[portability.Skipped], states[portability.Failed])
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nfiles    %d (%s)\n", f.Files, byteSize(f.Bytes))
	if f.Least > 0 {
		fmt.Fprintf(w, "takes    at least %s\n", f.Least)
	}
	for _, k := range portability.Kinds() {
		if rules := f.Rules[k]; len(rules) > 0 {
			fmt.Fprintf(w, "rule     %s: %s\n", k, countsLine(rules))
		}
		if problems := f.Problems[k]; len(problems) > 0 {
			fmt.Fprintf(w, "problem  %s: %s\n", k, countsLine(problems))
		}
	}
	return nil
}
