package main

import (
	"context"
	"errors"
	"flag"

	"codeberg.org/godwit/godwit/backup"
)

// archiveFlags are the flags of commands that read an archive.
type archiveFlags struct {
	options backup.ReadOptions
}

func (c *call) archiveFlags() (*flag.FlagSet, *archiveFlags) {
	flags, a := c.flags(), &archiveFlags{}
	flags.StringVar(&a.options.Host, "host", "", "the account's server, where the export does not tell it")
	flags.StringVar(&a.options.Handle, "handle", "", "the account's name there, where the export does not tell it or has several")
	flags.StringVar(&a.options.Scratch, "scratch", "", "the folder for temporary files")
	return flags, a
}

// salvageFlag adds -salvage.
func (a *archiveFlags) salvageFlag(flags *flag.FlagSet) {
	flags.BoolVar(&a.options.Salvage, "salvage", false, "take what is whole from a damaged archive, and say what is lost")
}

// open opens the archive with a name, "-" for standard input.
func (a *archiveFlags) open(ctx context.Context, c *call, name string) (*backup.Reader, error) {
	if name == "-" {
		r, err := backup.OpenReader(ctx, c.stdin, &a.options)
		return r, explainArchive(err)
	}
	r, err := backup.Open(ctx, name, &a.options)
	return r, explainArchive(err)
}

// explainArchive makes a refusal a refusal of the command.
func explainArchive(err error) error {
	refusal, ok := errors.AsType[*backup.Refusal](err)
	if !ok {
		return err
	}
	return &exitError{status: statusRefused, reason: string(refusal.Reason), hint: refusal.Hint, err: err}
}
