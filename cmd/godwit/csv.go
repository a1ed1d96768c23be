package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/backup/csvlist"
)

func csvCommand() command {
	return command{
		name:    "csv",
		args:    "IN... DIR [-dialect NAME] [-json]",
		summary: "write the lists in an archive as CSV files that servers import",
		about: `
Accounts followed, followers, blocks, mutes, lists, bookmarks, blocked domains and
filters are written to files in DIR, named and shaped as a server's own export has
them. A list without items gets no file; a file that is there already is replaced.
What a dialect has no place for is told. Several archives are volumes of one, and
increments upon it.`,
		examples: []string{
			"godwit csv alice.tar.zst lists",
			"godwit csv twitter-2023.zip lists -dialect gotosocial",
		},
		run: writeCSV,
	}
}

func csvDialects() []string {
	var names []string
	for _, d := range csvlist.Dialects() {
		if d != csvlist.Mastodon {
			names = append(names, string(d))
		}
	}
	return names
}

func writeCSV(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	archive.salvageFlag(flags)
	c.jsonFlag(flags)
	dialect := flags.String("dialect", "", "the `name` of whose files they are to be: "+strings.Join(csvDialects(), ", ")+" (default Mastodon)")
	args, err := c.parse(flags, 2, manyFiles)
	if err != nil {
		return err
	}
	if *dialect != "" && !slices.Contains(csvlist.Dialects(), csvlist.Dialect(*dialect)) {
		return usageError{c.command, fmt.Sprintf("there is no dialect %q: there are %s", *dialect, strings.Join(csvDialects(), ", "))}
	}
	from, err := archive.open(ctx, c, args[:len(args)-1]...)
	if err != nil {
		return err
	}
	defer from.Close()
	dir := args[len(args)-1]
	m := c.meter()
	report, err := backup.WriteCSVs(ctx, metered{Set: from, meter: m}, dir, &backup.CSVOptions{Dialect: csvlist.Dialect(*dialect)})
	m.close()
	if err != nil {
		return explainArchive(err)
	}
	if c.json {
		return c.printJSON(csvOutcome{report, from.Lost()})
	}
	printLost(c.stdout, from.Lost())
	return printCSVs(c.stdout, dir, report)
}

// A csvOutcome is what became of the lists, and what salvage had to give up.
type csvOutcome struct {
	*backup.CSVReport
	Lost []backup.Problem `json:"lost,omitempty"`
}

// printCSVs says what was written, and what of it was left out.
func printCSVs(w io.Writer, dir string, report *backup.CSVReport) error {
	for _, f := range report.Files {
		if f.Name != "" {
			fmt.Fprintf(w, "wrote    %s (%s)\n", printable(filepath.Join(dir, f.Name)), rows(f.Rows))
		}
		for _, reason := range byCount(f.Left) {
			fmt.Fprintf(w, "left out %s: %s (%d)\n", f.Kind, inWords(string(reason)), f.Left[reason])
		}
		for _, what := range byCount(f.Lost) {
			fmt.Fprintf(w, "without  %s: %s, of %s\n", f.Kind, printable(what), rows(f.Lost[what]))
		}
	}
	for _, k := range report.NoFile {
		fmt.Fprintf(w, "left out %s: it has no file for them\n", k)
	}
	if len(report.Files)+len(report.NoFile) == 0 {
		fmt.Fprintln(w, "there are no lists in it; nothing was written")
	}
	return nil
}

func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}
