package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"filippo.io/age"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

func convertCommand() command {
	return command{
		name:    "convert",
		args:    "IN OUT [-to FORMAT] [-n] [-salvage] [-json]",
		summary: "write an archive anew, in another format",
		about: `
IN is any archive that "godwit help inspect" names. OUT is written as the ending of
its name says: .tar, .tar.gz and .tar.zst are FEP-6fcd, the standard archive, and
.zip is Mastodon's takeout; -to says it otherwise. Either may be - for standard
input and output.

With -n nothing is written: what the format keeps, changes and leaves out is told,
rule by rule, and how big the result is.

A standard archive that is interrupted is continued when the same command is run
again; until it is whole it lies in OUT.partial, and OUT is not there. The proof of
the archive that is converted rides along; the result itself is not signed.`,
		examples: []string{
			"godwit convert archive-20221112-abc.tar.gz alice.tar.zst",
			"godwit convert alice.tar.zst takeout.zip -n",
			"godwit convert - - -to fep-6fcd < export.zip > alice.tar",
		},
		run: convert,
	}
}

// A conversion is what the command line asks for.
type conversion struct {
	*archiveFlags
	in, out  string
	target   target
	created  time.Time
	volumes  int64
	sealedTo []age.Recipient
}

func convert(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	archive.salvageFlag(flags)
	c.jsonFlag(flags)
	to := flags.String("to", "", "the format: "+strings.Join(targetNames(), ", "))
	dry := flags.Bool("n", false, "write nothing, and tell what would become of everything")
	created := flags.String("created", "", "when the archive is made, as it says: RFC 3339; the same gives the same bytes (default now)")
	volume := sizeFlag(flags, "volume", "split a standard archive into volumes of this size, as 4GiB")
	inbox := flags.String("inbox-to", "", "age recipient to seal the inbox to; without it the inbox is left out")
	args, err := c.parse(flags, 2, 2)
	if err != nil {
		return err
	}
	job := conversion{archiveFlags: archive, in: args[0], out: args[1], volumes: *volume}
	if err := job.settle(c, *to, *created, *inbox); err != nil {
		return err
	}
	r, err := archive.open(ctx, c, job.in)
	if err != nil {
		return err
	}
	defer r.Close()
	if *dry {
		return job.preview(ctx, c, r)
	}
	return job.run(ctx, c, r)
}

// settle makes of the flags' texts what they mean.
func (j *conversion) settle(c *call, to, created, inbox string) error {
	var err error
	if j.target, err = targetFor(to, j.out); err != nil {
		return usageError{c.command, err.Error()}
	}
	j.created = time.Now().UTC().Truncate(time.Second)
	if created != "" {
		if j.created, err = time.Parse(time.RFC3339, created); err != nil {
			return usageError{c.command, "-created is not a time as RFC 3339 has it"}
		}
	}
	if inbox == "" {
		return nil
	}
	if j.sealedTo, err = backup.ParseRecipients(inbox); err != nil {
		return usageError{c.command, fmt.Sprintf("-inbox-to: %v", err)}
	}
	return nil
}

// A target is a format to write.
type target struct {
	name        string
	takeout     bool
	container   backup.TakeoutFormat
	compression backup.Compression
}

func targets() []target {
	return []target{
		{name: "fep-6fcd", compression: backup.None},
		{name: "fep-6fcd.gz", compression: backup.Gzip},
		{name: "fep-6fcd.zst", compression: backup.Zstd},
		{name: "mastodon", takeout: true, container: backup.TakeoutZip},
		{name: "mastodon.tar.gz", takeout: true, container: backup.TakeoutTarGz},
	}
}

func targetNames() []string {
	var names []string
	for _, t := range targets() {
		names = append(names, t.name)
	}
	return names
}

// targetFor finds the target by its name, or by the ending of the file. With the
// bare name of a format the ending says the compression.
func targetFor(name, file string) (target, error) {
	base := strings.ToLower(path.Base(file))
	ending := ""
	for _, e := range []struct{ ending, target string }{
		{".tar.gz", "fep-6fcd.gz"}, {".tgz", "fep-6fcd.gz"}, {".tar.zst", "fep-6fcd.zst"}, {".tar", "fep-6fcd"}, {".zip", "mastodon"},
	} {
		if strings.HasSuffix(base, e.ending) {
			ending = e.target
			break
		}
	}
	switch {
	case name == "" && ending == "":
		return target{}, errors.New("the name of OUT says no format: give one with -to")
	case name == "", name == "fep-6fcd" && strings.HasPrefix(ending, name):
		name = ending
	case name == "mastodon" && ending == "fep-6fcd.gz":
		name = "mastodon.tar.gz"
	}
	for _, t := range targets() {
		if t.name == name {
			return t, nil
		}
	}
	return target{}, fmt.Errorf("there is no format %q: there are %s", name, strings.Join(targetNames(), ", "))
}

// A writer is what a conversion goes to.
type writer interface {
	portability.Sink
	Close() error
}

// run converts, and prints what became of everything.
func (j *conversion) run(ctx context.Context, c *call, from *backup.Reader) error {
	to, options, err := j.create(ctx, c, from)
	if err != nil {
		return err
	}
	m := c.meter()
	report, err := portability.Copy(ctx, metered(from, m), to, options)
	m.close()
	if err := errors.Join(err, to.Close()); err != nil {
		return j.interrupted(ctx, explainArchive(err))
	}
	if c.json {
		return c.printJSON(report)
	}
	w := c.stdout
	if j.out == "-" {
		w = c.stderr
	}
	return printReport(w, report)
}

// create opens what is written to. A standard archive in a file can be continued.
func (j *conversion) create(ctx context.Context, c *call, from *backup.Reader) (writer, *portability.CopyOptions, error) {
	if j.target.takeout {
		options := &backup.TakeoutOptions{Format: j.target.container, Scratch: j.options.Scratch}
		if j.out == "-" {
			w, err := backup.NewTakeout(c.stdout, options)
			return w, nil, err
		}
		w, err := backup.CreateTakeout(j.out, options)
		return w, nil, err
	}
	options := &backup.WriteOptions{
		Created: j.created, Compression: j.target.compression, VolumeBytes: j.volumes,
		Origin: from.Origin(ctx), InboxRecipients: j.sealedTo, Scratch: j.options.Scratch,
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

// interrupted says whether the command can be run again to go on.
func (j *conversion) interrupted(ctx context.Context, err error) error {
	if j.target.takeout || j.out == "-" || j.in == "-" || ctx.Err() == nil {
		return err
	}
	return &exitError{
		status: statusContinue,
		hint:   fmt.Sprintf("run the same command again to go on, or remove %s.partial to begin anew", j.out),
		err:    errors.New("interrupted"),
	}
}

// preview tells what would become of everything.
func (j *conversion) preview(ctx context.Context, c *call, from *backup.Reader) error {
	limits := portability.Limits{}
	if j.target.takeout {
		w, err := backup.NewTakeout(io.Discard, &backup.TakeoutOptions{Scratch: j.options.Scratch})
		if err != nil {
			return err
		}
		defer w.Close()
		if limits, err = w.Limits(ctx); err != nil {
			return err
		}
	}
	m := c.meter()
	forecast, err := portability.Preview(ctx, metered(from, m), limits)
	m.close()
	if err != nil {
		return explainArchive(err)
	}
	if c.json {
		return c.printJSON(forecast)
	}
	return printForecast(c.stdout, forecast)
}

// sizeFlag adds a flag for a number of bytes, with or without KiB, MiB or GiB.
func sizeFlag(flags *flag.FlagSet, name, usage string) *int64 {
	size := new(int64)
	flags.Func(name, usage, func(text string) error {
		var unit string
		n, err := fmt.Sscanf(text, "%d%s", size, &unit)
		if n == 1 {
			err = nil
		}
		shift, known := map[string]int{"": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}[unit]
		if err != nil || !known || *size <= 0 || *size > 1<<62>>shift {
			return errors.New("not a size, as 500MiB or 4GiB")
		}
		*size <<= shift
		return nil
	})
	return size
}
