package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/term"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

func convertCommand() command {
	return command{
		name:    "convert",
		args:    "IN... OUT [-to FORMAT] [-n] [-salvage] [-json]",
		summary: "write an archive anew, in another format",
		about: `
IN is any archive that "godwit help inspect" names; several are volumes of one, and
increments upon it. OUT is written as the ending of its name says: .tar, .tar.gz and
.tar.zst are FEP-6fcd, the standard archive, and .zip is Mastodon's takeout; -to says
it otherwise. Either may be - for standard input and output. Nothing is written over.

With -n nothing is written: what the format keeps and leaves out is told, rule by
rule, how big the result is, and how long it takes at least.

With -base OLD the result is an increment: it has only what OLD has not, and lists
what is gone since. OLD is an archive that godwit wrote; where that is an increment
itself, or in volumes, give -base once for each of its files. All of them are read
together again when they are given as IN.

A standard archive that is interrupted (exit status 4) is continued when the same
command is run again, also without -created: the time is that of the first run.
Until it is whole it lies in the folder OUT.partial, which only you can read, and
OUT is not there. The proof of the archive that is converted rides along; the
result itself is not signed. Private halves of keys, bto and bcc are never written.`,
		examples: []string{
			"godwit convert archive-20221112-abc.tar.gz alice.tar.zst",
			"godwit convert alice.tar.zst takeout.zip -n",
			"godwit convert - - -to fep-6fcd < export.zip > alice.tar",
			"godwit convert archive-20230601-def.zip alice-june.tar.zst -base alice.tar.zst",
			"godwit convert damaged.zip rest.tar.gz -salvage",
		},
		run: convert,
	}
}

// A conversion is what the command line asks for.
type conversion struct {
	*archiveFlags
	in       []string
	out      string
	target   target
	created  time.Time // zero: now, or when an interrupted run began
	volumes  int64
	bases    texts
	sealedTo []age.Recipient
}

func convert(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	archive.salvageFlag(flags)
	c.jsonFlag(flags)
	job := conversion{archiveFlags: archive}
	to := flags.String("to", "", "the `format`: "+strings.Join(targetNames(), ", "))
	dry := flags.Bool("n", false, "write nothing, and tell what would become of everything")
	created := flags.String("created", "", "when the archive is made, as it says (`time` as RFC 3339); the same gives the same bytes (default now)")
	volume := sizeFlag(flags, "volume", "split a standard archive into volumes of this `size`, as 4GiB")
	flags.Var(&job.bases, "base", "write an increment upon this `archive`; may be repeated")
	inbox := flags.String("inbox-to", "", "age `recipient` to seal the inbox to; without it the inbox is left out")
	args, err := c.parse(flags, 2, manyFiles)
	if err != nil {
		return err
	}
	job.in, job.out, job.volumes = args[:len(args)-1], args[len(args)-1], *volume
	if err := job.settle(c, *to, *created, *inbox); err != nil {
		return err
	}
	if err := job.allowed(c, *dry); err != nil {
		return err
	}
	from, err := archive.open(ctx, c, job.in...)
	if err != nil {
		return err
	}
	defer from.Close()
	if *dry {
		return job.preview(ctx, c, from)
	}
	return job.run(ctx, c, from)
}

// settle makes of the flags' texts what they mean.
func (j *conversion) settle(c *call, to, created, inbox string) error {
	wrong := func(format string, args ...any) error { return usageError{c.command, fmt.Sprintf(format, args...)} }
	var err error
	if j.target, err = targetFor(to, j.out); err != nil {
		return wrong("%v", err)
	}
	if created != "" {
		if j.created, err = time.Parse(time.RFC3339, created); err != nil {
			return wrong("-created is not a time as RFC 3339 has it, like 2026-05-04T03:02:01Z")
		}
	}
	if inbox != "" {
		if j.sealedTo, err = backup.ParseRecipients(inbox); err != nil {
			return wrong("-inbox-to: %v", err)
		}
	}
	switch {
	case j.target.takeout && (created != "" || j.volumes > 0 || len(j.bases) > 0 || inbox != ""):
		return wrong("-created, -volume, -base and -inbox-to are for the standard archive, not for %s", j.target.name)
	case j.volumes > 0 && j.volumes < backup.MinVolume:
		return wrong("-volume is at least %s", byteSize(backup.MinVolume))
	case j.volumes > 0 && j.out == "-":
		return wrong("volumes do not go to standard output")
	}
	return nil
}

// allowed refuses what cannot be done, before anything is read.
func (j *conversion) allowed(c *call, dry bool) error {
	switch {
	case !dry:
		return j.mayWrite(c)
	case len(j.bases) > 0:
		return usageError{c.command, "-n tells of a whole archive, not of an increment: leave -base out"}
	}
	return nil
}

// mayWrite refuses what could not be written.
func (j *conversion) mayWrite(c *call) error {
	if j.out != "-" {
		if _, err := os.Lstat(j.out); err == nil && !j.resumes() {
			return explainArchive(fmt.Errorf("write %s: %w", j.out, fs.ErrExist))
		}
		if _, err := os.Stat(filepath.Dir(j.out)); err != nil {
			return fmt.Errorf("write %s: %w", j.out, err)
		}
		return nil
	}
	if c.json {
		return usageError{c.command, "-json prints to standard output, where the archive would go"}
	}
	if f, ok := c.stdout.to.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return usageError{c.command, "an archive is not printed to a terminal: give a file"}
	}
	return nil
}

// resumes reports whether there is something to go on from.
func (j *conversion) resumes() bool {
	_, err := backup.Begun(j.out)
	return !j.target.takeout && err == nil
}

// A writer is what a conversion goes to.
type writer interface {
	portability.Sink
	portability.MediaSink
	portability.Finisher
	Close() error
}

// run converts, and prints what became of everything.
func (j *conversion) run(ctx context.Context, c *call, from *backup.Set) error {
	base, err := j.base(ctx, c)
	if err != nil {
		return err
	}
	defer base.Close()
	to, options, err := j.create(ctx, c, from, base)
	if err != nil {
		return j.explain(ctx, err)
	}
	m := c.meter()
	report, err := portability.Copy(ctx, metered{Set: from, meter: m}, finishing{to, m, "writing the archive"}, options)
	m.close()
	if err := errors.Join(err, to.Close()); err != nil {
		return j.explain(ctx, err)
	}
	return j.print(c, outcome{report, from.Lost()}, options != nil && len(options.After) > 0)
}

// base opens what an increment is made upon; a set of nothing if it is none.
func (j *conversion) base(ctx context.Context, c *call) (*backup.Set, error) {
	if len(j.bases) == 0 {
		return &backup.Set{}, nil
	}
	options := archiveFlags{backup.ReadOptions{Scratch: j.options.Scratch}}
	return options.open(ctx, c, j.bases...)
}

// create opens what is written to. A standard archive in a file can be continued.
func (j *conversion) create(ctx context.Context, c *call, from, base *backup.Set) (writer, *portability.CopyOptions, error) {
	if j.target.takeout {
		options := &backup.TakeoutOptions{Format: j.target.container, Scratch: j.options.Scratch}
		if j.out == "-" {
			w, err := backup.NewTakeout(c.stdout, options)
			return w, nil, err
		}
		w, err := backup.CreateTakeout(j.out, options)
		return w, nil, err
	}
	options, err := j.writeOptions(ctx, from, base)
	if err != nil {
		return nil, nil, err
	}
	if j.out == "-" {
		w, err := backup.NewWriter(c.stdout, options)
		return w, nil, err
	}
	w, err := backup.Create(j.out, options)
	if err != nil {
		return nil, nil, err
	}
	return w, &portability.CopyOptions{After: w.After(), Checkpoint: w.Checkpoint}, nil
}

func (j *conversion) writeOptions(ctx context.Context, from, base *backup.Set) (*backup.WriteOptions, error) {
	options := &backup.WriteOptions{
		Created: j.when(), Compression: j.target.compression, VolumeBytes: j.volumes, From: j.fingerprint(from),
		Origin: from.Origin(ctx), InboxRecipients: j.sealedTo, Scratch: j.options.Scratch,
	}
	if len(j.bases) == 0 {
		return options, nil
	}
	var err error
	if options.Base, err = base.Base(); err != nil {
		return nil, err
	}
	if from.Format().Dialect != "fep-6fcd" { // which alone tells of every kind
		options.Base.Kinds, err = from.Kinds(ctx)
	}
	return options, err
}

// when is the time that the archive says it was made: that of the run that is
// continued, if none was given.
func (j *conversion) when() time.Time {
	if !j.created.IsZero() {
		return j.created
	}
	if begun, err := backup.Begun(j.out); err == nil && j.out != "-" {
		return begun
	}
	return time.Now().UTC().Truncate(time.Second)
}

// explain says what can be done about a conversion that did not come to its end.
func (j *conversion) explain(ctx context.Context, err error) error {
	partial := j.out + ".partial"
	again := fmt.Sprintf("run the same command again to go on, or remove %s to begin anew", partial)
	disk, isDisk := errors.AsType[*backup.DiskError](err)
	switch {
	case errors.Is(err, backup.ErrOtherOptions):
		return &exitError{status: statusFailed, err: err,
			hint: fmt.Sprintf("%s was begun from another archive or with other flags: run that command again, or remove the folder to begin anew", partial)}
	case errors.Is(err, backup.ErrDamaged):
		return &exitError{status: statusFailed, err: err, hint: "remove " + partial + " to begin anew"}
	case j.target.takeout || j.out == "-":
		return explainArchive(err)
	case isDisk && disk.Temporary():
		return &exitError{status: statusContinue, hint: "make room, and " + again, err: err}
	}
	return cmp.Or(stopped(ctx, err, again), explainArchive(err))
}

// print prints what became of everything; on standard error if the archive went to
// standard output.
func (j *conversion) print(c *call, report outcome, resumed bool) error {
	if c.json {
		return c.printJSON(report)
	}
	var w io.Writer = c.stdout
	if j.out == "-" {
		w = c.stderr
	}
	if resumed {
		fmt.Fprint(w, "this went on from where it was stopped; what was copied before is not counted here\n\n")
	}
	if err := printReport(w, report); err != nil || j.out == "-" {
		return err
	}
	return printWritten(w, j.out)
}

// printWritten names the files that were written, and their sizes.
func printWritten(w io.Writer, out string) error {
	files, err := backup.Files(out)
	if err != nil {
		return err
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "wrote    %s (%s)\n", printable(filepath.Clean(file)), byteSize(info.Size()))
	}
	return nil
}
