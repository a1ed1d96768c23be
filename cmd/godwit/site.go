package main

import (
	"context"
	"errors"
	"fmt"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

func siteCommand() command {
	return command{
		name:    "site",
		args:    "IN DIR [-base URL] [-keep-paths] [-followers] [-received]",
		summary: "make a static web site of an archive",
		about: `
IN is any archive that "godwit help inspect" names. DIR is made, and holds pages
that need no server: they can be opened as files. Public and unlisted posts are
shown, and those for followers only if asked for; direct messages never.`,
		examples: []string{
			"godwit site archive-20221112-abc.tar.gz alice",
			"godwit site alice.tar.zst public -base https://alice.example/ -keep-paths",
		},
		run: makeSite,
	}
}

func makeSite(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	archive.salvageFlag(flags)
	c.jsonFlag(flags)
	var o site.Options
	flags.StringVar(&o.Title, "title", "", "what stands at the head of every page (default the account's name)")
	flags.StringVar(&o.Language, "language", "", "the language of posts that name none, as BCP 47 has it")
	flags.StringVar(&o.BaseURL, "base", "", "where the site will stand")
	flags.BoolVar(&o.KeepPaths, "keep-paths", false, "put each page at the path of its old URL, and write redirects for the others")
	flags.BoolVar(&o.ShowReceived, "received", false, "show the text of public replies by others")
	flags.IntVar(&o.PerPage, "per-page", 0, "posts on a page of many (default 40)")
	followers := flags.Bool("followers", false, "show posts for followers too")
	args, err := c.parse(flags, 2, 2)
	if err != nil {
		return err
	}
	if *followers {
		o.Audiences = []portability.Audience{portability.ForPublic, portability.ForUnlisted, portability.ForFollowers}
	}
	r, err := archive.open(ctx, c, args[0])
	if err != nil {
		return err
	}
	defer r.Close()
	to, err := site.Create(args[1], &o)
	if err != nil {
		return err
	}
	m := c.meter()
	report, err := portability.Copy(ctx, metered(r, m), to, nil)
	m.close()
	if err := errors.Join(err, to.Close()); err != nil {
		return explainArchive(err)
	}
	if c.json {
		return c.printJSON(report)
	}
	if err := printReport(c.stdout, report); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "open     %s/index.html\n", args[1])
	return err
}
