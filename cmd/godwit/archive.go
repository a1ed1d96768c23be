package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability/site"
)

// archiveFlags are the flags of commands that read an archive.
type archiveFlags struct {
	options backup.ReadOptions
}

func (c *call) archiveFlags() (*flag.FlagSet, *archiveFlags) {
	flags, a := c.flags(), &archiveFlags{}
	flags.StringVar(&a.options.Host, "host", "", "the account's `server`, where the export does not tell it")
	flags.StringVar(&a.options.Handle, "handle", "", "the account's `name` there, where the export does not tell it or has several")
	flags.StringVar(&a.options.Scratch, "scratch", "", "the `folder` for temporary files (default the system's)")
	return flags, a
}

// salvageFlag adds -salvage.
func (a *archiveFlags) salvageFlag(flags *flag.FlagSet) {
	flags.BoolVar(&a.options.Salvage, "salvage", false, "take what is whole from a damaged archive, and say what is lost")
}

// open opens an archive, or several that belong together. "-" is standard input.
func (a *archiveFlags) open(ctx context.Context, c *call, names ...string) (*backup.Set, error) {
	if len(names) == 1 {
		r, err := a.openOne(ctx, c, names[0])
		if err != nil {
			return nil, err
		}
		return backup.Alone(r), nil
	}
	if slices.Contains(names, "-") {
		return nil, usageError{c.command, "standard input cannot be one of several archives"}
	}
	s, err := backup.OpenSet(ctx, names, &a.options)
	return s, explainArchive(err)
}

// openOne opens a single archive.
func (a *archiveFlags) openOne(ctx context.Context, c *call, name string) (*backup.Reader, error) {
	if name == "-" {
		r, err := backup.OpenReader(ctx, c.stdin, &a.options)
		return r, explainArchive(err)
	}
	r, err := backup.Open(ctx, name, &a.options)
	if _, refused := errors.AsType[*backup.Refusal](err); refused {
		return nil, explainArchive(fmt.Errorf("%s: %w", name, err))
	}
	return r, explainArchive(err)
}

// fingerprint tells what is read apart from anything else, wherever it lies and
// whatever its files are called.
func (a *archiveFlags) fingerprint(from *backup.Set) string {
	h := sha256.New()
	fmt.Fprintln(h, from.Format().Dialect, a.options.Host, a.options.Handle, a.options.Salvage)
	for e := range from.Entries() {
		name := e.Name
		if from.Format().Container == "file" {
			name = "the file"
		}
		fmt.Fprintf(h, "%q %d\n", name, e.Size)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// spooled is a private copy of standard input, which free removes.
func (a *archiveFlags) spooled(c *call) (path string, free func() error, err error) {
	f, err := os.CreateTemp(a.options.Scratch, "godwit-stdin-*")
	if err != nil {
		return "", nil, err
	}
	free = func() error { return os.Remove(f.Name()) }
	_, err = io.Copy(f, c.stdin)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", nil, errors.Join(err, free())
	}
	return f.Name(), free, nil
}

// explainArchive gives what is said by the packages below the status and the hint of
// a command.
func explainArchive(err error) error {
	if refusal, ok := errors.AsType[*backup.Refusal](err); ok {
		return &exitError{status: statusRefused, reason: string(refusal.Reason), hint: refusal.Hint, err: err}
	}
	hint := ""
	_, isScratch := errors.AsType[*scratch.Error](err)
	switch {
	case errors.Is(err, backup.ErrInUse), errors.Is(err, site.ErrInUse):
		hint = "wait until the other godwit that writes there has ended"
	case errors.Is(err, backup.ErrNoBase):
		hint = "-base takes archives that godwit convert wrote"
	case errors.Is(err, fs.ErrExist):
		hint = "nothing is written over: give another name, or move what is there"
	case isScratch && noRoom(err):
		hint = "make room there, or give -scratch another folder for temporary files"
	case noRoom(err):
		hint = "make room, and run the same command again"
	default:
		return err
	}
	return &exitError{status: statusFailed, hint: hint, err: err}
}
