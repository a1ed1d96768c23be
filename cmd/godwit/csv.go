package main

import (
	"context"
	"fmt"
	"strings"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/backup/csvlist"
)

func csvCommand() command {
	return command{
		name:    "csv",
		args:    "IN DIR [-dialect NAME] [-json]",
		summary: "write the lists in an archive as CSV files that servers import",
		about: `
Accounts followed, followers, blocks, mutes, lists, bookmarks, blocked domains and
filters are written to files in DIR, named and shaped as a server's own export has
them. What a dialect has no place for is told.`,
		examples: []string{
			"godwit csv alice.tar.zst lists",
			"godwit csv twitter-2023.zip lists -dialect gotosocial",
		},
		run: writeCSV,
	}
}

func writeCSV(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	archive.salvageFlag(flags)
	c.jsonFlag(flags)
	var names []string
	for _, d := range csvlist.Dialects() {
		if d != csvlist.Mastodon {
			names = append(names, string(d))
		}
	}
	dialect := flags.String("dialect", "", "whose files they are to be: "+strings.Join(names, ", ")+" (default Mastodon)")
	args, err := c.parse(flags, 2, 2)
	if err != nil {
		return err
	}
	r, err := archive.open(ctx, c, args[0])
	if err != nil {
		return err
	}
	defer r.Close()
	report, err := backup.WriteCSVs(ctx, r, args[1], &backup.CSVOptions{Dialect: csvlist.Dialect(*dialect)})
	if err != nil {
		return explainArchive(err)
	}
	if c.json {
		return c.printJSON(report)
	}
	for _, f := range report.Files {
		fmt.Fprintf(c.stdout, "%s: %d rows\n", printable(f.Name), f.Rows)
	}
	return nil
}
