package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

func siteCommand() command {
	return command{
		name:    "site",
		args:    "IN... DIR [-base URL] [-keep-paths] [-followers] [-received] [-n]",
		summary: "make a static web site of an archive",
		about: `
IN is any archive that "godwit help inspect" names; several are volumes of one, and
increments upon it. DIR is made, and holds pages that need no server: they can be
opened as files. Public and unlisted posts are shown, and those for followers only
if asked for; direct messages never.

With -n nothing is written: what a site shows and leaves out is told.

Until it is whole it lies in DIR.unfinished, and DIR is not there. One that is
interrupted (exit status 4) is continued when the same command is run again.`,
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
	flags.StringVar(&o.Title, "title", "", "`text` at the head of every page (default the account's name)")
	flags.StringVar(&o.Language, "language", "", "the `language` of posts that name none, as BCP 47 has it")
	flags.StringVar(&o.BaseURL, "base", "", "the `URL` where the site will stand")
	flags.BoolVar(&o.KeepPaths, "keep-paths", false, "put each page at the path of its old URL, and write redirects for the others")
	flags.BoolVar(&o.ShowReceived, "received", false, "show the text of public replies by others")
	flags.IntVar(&o.PerPage, "per-page", 0, "`number` of posts on a page of many (default 40)")
	followers := flags.Bool("followers", false, "show posts for followers too")
	dry := flags.Bool("n", false, "write nothing, and tell what would become of everything")
	args, err := c.parse(flags, 2, manyFiles)
	if err != nil {
		return err
	}
	if o.PerPage < 0 {
		return usageError{c.command, "-per-page is a number of posts"}
	}
	o.Audiences = []portability.Audience{portability.ForPublic, portability.ForUnlisted}
	if *followers {
		o.Audiences = append(o.Audiences, portability.ForFollowers)
	}
	from, err := archive.open(ctx, c, args[:len(args)-1]...)
	if err != nil {
		return err
	}
	defer from.Close()
	if *dry {
		return previewSite(ctx, c, from, &o)
	}
	return writeSite(ctx, c, from, args[len(args)-1], &o)
}

func writeSite(ctx context.Context, c *call, from *backup.Set, dir string, o *site.Options) error {
	to, err := site.Create(dir, o)
	if err != nil {
		return explainSite(ctx, dir, err)
	}
	m := c.meter()
	copied, err := portability.Copy(ctx, metered{Set: from, meter: m}, finishing{to, m, "writing the pages"}, nil)
	m.close()
	if err := errors.Join(err, to.Close()); err != nil {
		return explainSite(ctx, dir, err)
	}
	report := outcome{copied, from.Lost()}
	if c.json {
		return c.printJSON(report)
	}
	if err := printReport(c.stdout, report); err != nil {
		return err
	}
	made := to.Report()
	fmt.Fprintf(c.stdout, "pages    %d, of %d posts\n", made.Pages, made.Posts)
	if made.Redirects+made.Refused > 0 {
		fmt.Fprintf(c.stdout, "old URLs %d lead to their new place, %d cannot\n", made.Redirects, made.Refused)
	}
	_, err = fmt.Fprintf(c.stdout, "open     %s\n", printable(filepath.Join(dir, "index.html")))
	return err
}

// explainSite says what can be done about a site that did not come to its end.
func explainSite(ctx context.Context, dir string, err error) error {
	unfinished := filepath.Clean(dir) + ".unfinished"
	switch {
	case errors.Is(err, site.ErrExists):
		return &exitError{status: statusFailed, err: err, hint: "nothing is written over: give another name, or move what is there"}
	case errors.Is(err, site.ErrUnfinished):
		return &exitError{status: statusFailed, err: err, hint: "run the first command again, or remove " + unfinished}
	case errors.Is(err, site.ErrBaseURL), errors.Is(err, site.ErrAudience):
		return &exitError{status: statusUsage, err: err, hint: "godwit help site"}
	}
	again := fmt.Sprintf("run the same command again to go on, or remove %s to begin anew", unfinished)
	return cmp.Or(stopped(ctx, err, again), explainArchive(err))
}

// previewSite tells what a site shows and leaves out.
func previewSite(ctx context.Context, c *call, from *backup.Set, o *site.Options) error {
	limits, err := siteLimits(ctx, o)
	if err != nil {
		return explainSite(ctx, "", err)
	}
	f, err := foresee(ctx, c, from, limits)
	if err != nil {
		return explainArchive(err)
	}
	if c.json {
		return c.printJSON(f)
	}
	if err := printForecast(c.stdout, f); err != nil {
		return err
	}
	printTime(c.stdout, f, "making the pages")
	return nil
}

// siteLimits asks a site that is never made what it can hold.
func siteLimits(ctx context.Context, o *site.Options) (portability.Limits, error) {
	folder, err := os.MkdirTemp("", "godwit-site-*")
	if err != nil {
		return portability.Limits{}, err
	}
	defer os.RemoveAll(folder)
	s, err := site.Create(filepath.Join(folder, "site"), o)
	if err != nil {
		return portability.Limits{}, err
	}
	limits, err := s.Limits(ctx)
	return limits, errors.Join(err, s.Close())
}
