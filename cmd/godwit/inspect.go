package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

func inspectCommand() command {
	return command{
		name:    "inspect",
		args:    "FILE [-salvage] [-json]",
		summary: "tell what is in an archive",
		about: `
FILE is the export of a fediverse account: a file of any name, a folder, or - for
standard input. What it is, is told by what is inside. Read are: FEP-6fcd archives
(godwit's own, and others'), takeouts of Mastodon and its forks, of Pleroma and
Akkoma, Misskey, Sharkey, Vernissage, BookWyrm, activities.next, GoToSocial and
Pixelfed, the files of mastodon-archive, X archives, lists as CSV, and a lone
outbox.json.

Printed are the items by kind, by audience and by date, their files, and what is
wrong with any of it. Nothing is changed.`,
		examples: []string{
			"godwit inspect archive-20221112-abc.tar.gz",
			"godwit inspect - -json < export.zip",
		},
		run: inspect,
	}
}

func inspect(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	archive.salvageFlag(flags)
	c.jsonFlag(flags)
	args, err := c.parse(flags, 1, 1)
	if err != nil {
		return err
	}
	r, err := archive.open(ctx, c, args[0])
	if err != nil {
		return err
	}
	defer r.Close()
	m := c.meter()
	inventory, err := backup.Inspect(ctx, r, &backup.InspectOptions{Progress: func(k portability.Kind, n int64) {
		m.items(string(k), n, 0)
	}})
	m.close()
	if err != nil {
		return explainArchive(err)
	}
	if c.json {
		return c.printJSON(inventory)
	}
	return printInventory(c.stdout, inventory)
}

func printInventory(w io.Writer, i *backup.Inventory) error {
	fmt.Fprintf(w, "format   %s in a %s\n", i.Format.Dialect, i.Format.Container)
	if i.Actor != "" {
		fmt.Fprintf(w, "account  %s\n", printable(strings.TrimSpace(i.Handle+" "+string(i.Actor))))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "\nkind\titems\tsize\tfrom\tto\taudiences\n")
	for _, k := range i.Kinds {
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\n",
			k.Kind, k.Items, byteSize(k.Bytes), day(k.First), day(k.Last), printable(countsLine(k.Audiences)))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nfiles    %d (%s), %d missing\n", i.Files.Here, byteSize(i.Files.Bytes), i.Files.Missing)
	printKindProblems(w, i.Kinds)
	printProblems(w, "the archive", i.Problems)
	printProblems(w, "lost", i.Lost)
	return nil
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}

// countsLine writes counts in a line, the largest first.
func countsLine[K ~string](counts map[K]int64) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		if counts[a] != counts[b] {
			return int(max(-1, min(1, counts[b]-counts[a])))
		}
		return strings.Compare(string(a), string(b))
	})
	parts := make([]string, len(keys))
	for i, key := range keys {
		parts[i] = fmt.Sprintf("%s %d", key, counts[key])
	}
	return strings.Join(parts, ", ")
}

func printKindProblems(w io.Writer, kinds []backup.KindCount) {
	for _, k := range kinds {
		if k.Said > 0 {
			fmt.Fprintf(w, "problem  %s: the archive says %d, and has %d\n", k.Kind, k.Said, k.Items)
		}
		if len(k.Problems) > 0 {
			fmt.Fprintf(w, "problem  %s: %s\n", k.Kind, printable(countsLine(k.Problems)))
		}
		if k.Unusable > 0 {
			fmt.Fprintf(w, "problem  %s: %d of them cannot be used\n", k.Kind, k.Unusable)
		}
	}
}

const mostPrinted = 20

func printProblems(w io.Writer, what string, problems []backup.Problem) {
	for i, p := range problems {
		if i == mostPrinted {
			fmt.Fprintf(w, "problem  %s: and %d more\n", what, len(problems)-i)
			return
		}
		text := string(p.Reason)
		for _, more := range []string{p.Where, p.Detail} {
			if more != "" {
				text += ": " + more
			}
		}
		fmt.Fprintf(w, "problem  %s: %s\n", what, printable(text))
	}
}
