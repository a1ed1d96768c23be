package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

func inspectCommand() command {
	return command{
		name:    "inspect",
		args:    "FILE... [-v] [-salvage] [-json]",
		summary: "tell what is in an archive",
		about: `
FILE is the export of a fediverse account: a file of any name, a folder, or - for
standard input. What it is, is told by what is inside. Read are: FEP-6fcd archives
(godwit's own, and others'), takeouts of Mastodon and its forks, of Pleroma and
Akkoma, Misskey, Sharkey, Vernissage, BookWyrm, activities.next, GoToSocial and
Pixelfed, the files of mastodon-archive, X archives, lists as CSV, and a lone
outbox.json. Several files are the volumes of one archive that godwit wrote, and
increments upon it, in any order.

Printed are the items by kind, by audience and by date, their files, and what is
wrong with any of it. Nothing is changed.`,
		examples: []string{
			"godwit inspect archive-20221112-abc.tar.gz",
			"godwit inspect alice.000.tar.zst alice.001.tar.zst alice-june.tar.zst",
			"godwit inspect notes.json -host misskey.example -handle alice",
			"godwit inspect - -json < export.zip",
		},
		run: inspect,
	}
}

func inspect(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	archive.salvageFlag(flags)
	c.jsonFlag(flags)
	verbose := flags.Bool("v", false, "print every problem")
	args, err := c.parse(flags, 1, manyFiles)
	if err != nil {
		return err
	}
	from, err := archive.open(ctx, c, args...)
	if err != nil {
		return err
	}
	defer from.Close()
	m := c.meter()
	inventory, err := backup.Inspect(ctx, from, &backup.InspectOptions{Progress: func(k portability.Kind, n int64) {
		m.items(string(k), n, saidOf(from, k))
	}})
	m.close()
	if err != nil {
		return explainArchive(err)
	}
	if c.json {
		return c.printJSON(inventory)
	}
	return printInventory(c.stdout, inventory, *verbose)
}

// manyFiles is as many as a command line can hold.
const manyFiles = 1 << 20

// saidOf is how many items of a kind there are, as an archive says; 0 if it does not.
func saidOf(from *backup.Set, k portability.Kind) int64 {
	n, _ := from.Said(k)
	return n
}

func printInventory(w io.Writer, i *backup.Inventory, verbose bool) error {
	printFormat(w, i.Format)
	if i.Actor != "" || i.Handle != "" {
		fmt.Fprintf(w, "account  %s\n", printable(strings.TrimSpace(i.Handle+" "+string(i.Actor))))
	}
	t := newTable("kind", ">items", ">size", "from", "to", "for")
	for _, k := range i.Kinds {
		t.row(string(k.Kind), strconv.FormatInt(k.Items, 10), byteSize(k.Bytes), day(k.First), day(k.Last), printable(countsLine(k.Audiences)))
	}
	fmt.Fprintln(w)
	if len(i.Kinds) == 0 {
		fmt.Fprintln(w, "there are no items in it")
	} else if err := t.print(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nfiles    %s\n", filesLine(i.Files))
	printItemProblems(w, i.Kinds)
	printProblems(w, "the archive", i.Problems, verbose)
	printProblems(w, "lost", i.Lost, verbose)
	return nil
}

func printFormat(w io.Writer, f backup.Format) {
	fmt.Fprintf(w, "format   %s, in a %s\n", f.Dialect, f.Container)
}

func filesLine(f backup.FileCount) string {
	if f.Here+f.Missing == 0 {
		return "none"
	}
	if f.Here == 0 {
		return fmt.Sprintf("none; %d are not there", f.Missing)
	}
	text := fmt.Sprintf("%d (%s)", f.Here, byteSize(f.Bytes))
	if f.Missing > 0 {
		text += fmt.Sprintf(", and %d that are not there", f.Missing)
	}
	return text
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}
