package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/backup"
)

func verifyCommand() command {
	return command{
		name:    "verify",
		args:    "FILE... [-key KEY -key-id ID] [-json]",
		summary: "derive an archive anew and tell what does not hold",
		about: `
Every entry is read to its end. Of an archive in godwit's own layout everything is
derived again: the container byte for byte, the digests, the proof, the counts; of
any archive, what items say of each other and of their files. Of several files each
is judged by itself; - is standard input.

A finding is damage (it is not what was written), loss (something is missing or
cannot be used) or a remark. What a proof is worth is told in a word: known-key (by
a key from -key), own-key (by a key that the actor inside publishes: whole, by
whoever made that), unknown-key, unsigned, bad-proof. The exit status is 0 if
nothing is damaged, 3 if something is.`,
		examples: []string{
			"godwit verify alice.tar.zst",
			"godwit verify alice.tar.zst -key z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2 -key-id https://example.org/users/alice#ed25519",
			"godwit verify alice.000.tar alice.001.tar -json",
		},
		run: verify,
	}
}

// A verification is one run of the command.
type verification struct {
	*archiveFlags
	c       *call
	options backup.VerifyOptions
	several bool
}

// A judgment is what is said of one of several files.
type judgment struct {
	File    string          `json:"file"`
	Verdict *backup.Verdict `json:"verdict,omitempty"`
	failure
}

func verify(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	c.jsonFlag(flags)
	keyText := flags.String("key", "", "the account's public `key` as a Multikey (FEP-521a), known from elsewhere")
	keyID := flags.String("key-id", "", "the `id` of that key")
	args, err := c.parse(flags, 1, manyFiles)
	if err != nil {
		return err
	}
	key, err := knownKey(c, *keyID, *keyText)
	if err != nil {
		return err
	}
	v := verification{archiveFlags: archive, c: c, several: len(args) > 1}
	v.options = backup.VerifyOptions{Read: archive.options, Key: key}
	return v.all(ctx, args)
}

// all judges every file. The status is that of the worst.
func (v *verification) all(ctx context.Context, files []string) error {
	var worst error
	var judgments []judgment
	for i, file := range files {
		verdict, err := v.file(ctx, file)
		if ctx.Err() != nil {
			return err
		}
		said, _ := failureOf(err)
		judgments = append(judgments, judgment{file, verdict, said})
		if worst == nil || isRefused(err) && !isRefused(worst) {
			worst = err
		}
		if v.c.json {
			continue
		}
		if v.several {
			fmt.Fprintf(v.c.stdout, "%s%s\n", strings.Repeat("\n", min(i, 1)), printable(file))
		}
		if verdict != nil {
			printVerdict(v.c.stdout, verdict)
		} else if v.several {
			fmt.Fprintf(v.c.stdout, "refused: %s\n", printable(err.Error()))
		}
	}
	switch {
	case !v.c.json:
		return worst
	case v.several:
		return errors.Join(worst, v.c.printJSON(judgments))
	case judgments[0].Verdict != nil:
		return errors.Join(worst, v.c.printJSON(judgments[0].Verdict))
	}
	return worst
}

func isRefused(err error) bool {
	exit, ok := errors.AsType[*exitError](err)
	return ok && exit.status == statusRefused
}

// file judges one file. There is a verdict of what is damaged, too.
func (v *verification) file(ctx context.Context, file string) (*backup.Verdict, error) {
	path := file
	if file == "-" {
		var err error
		var free func() error
		if path, free, err = v.spooled(v.c); err != nil {
			return nil, err
		}
		defer free()
	}
	m := v.c.meter()
	options := v.options
	options.Progress = func(read, total int64) { m.size("entries", read, total) }
	verdict, err := backup.Verify(ctx, path, &options)
	m.close()
	if err != nil {
		return nil, explainArchive(err)
	}
	if verdict.Whole() {
		return verdict, nil
	}
	return verdict, &exitError{
		status: statusRefused, reason: "damaged", err: fmt.Errorf("%s is damaged", file),
		hint: "do not trust it; godwit convert -salvage takes what is whole",
	}
}

func printVerdict(w io.Writer, v *backup.Verdict) {
	printFormat(w, v.Format)
	if v.Actor != "" {
		fmt.Fprintf(w, "account  %s\n", printable(string(v.Actor)))
	}
	fmt.Fprintf(w, "entries  %d (%s), with %d items\n", v.Entries, byteSize(v.Bytes), v.Items)
	fmt.Fprintf(w, "proof    %s\n", strings.Join(proofWords(v), ", "))
	for _, f := range v.Findings {
		fmt.Fprintf(w, "%-8s %s: %s (%d)\n", f.Severity, f.Check, inWords(f.Reason), f.Count)
		for i, where := range f.Examples {
			if i == mostShown && len(f.Examples) > mostShown+1 {
				fmt.Fprintf(w, "         and %d more\n", f.Count-mostShown)
				break
			}
			fmt.Fprintf(w, "         %s\n", printable(where))
		}
	}
	switch {
	case v.Complete():
		fmt.Fprintln(w, "whole, and complete")
	case v.Whole():
		fmt.Fprintln(w, "whole; what is missing was missing when it was made, or cannot be used")
	default:
		fmt.Fprintln(w, "damaged")
	}
}

func proofWords(v *backup.Verdict) []string {
	words := []string{string(v.Trust)}
	if v.SignedBy != "" {
		words = append(words, "by "+printable(string(v.SignedBy)))
	}
	if !v.Created.IsZero() {
		words = append(words, "of "+v.Created.UTC().Format(time.RFC3339))
	}
	return words
}
