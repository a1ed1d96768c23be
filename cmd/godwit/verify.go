package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/backup"
)

func verifyCommand() command {
	return command{
		name:    "verify",
		args:    "FILE [-json]",
		summary: "derive an archive anew and tell what does not hold",
		about: `
Every entry is read to its end. Of an archive in godwit's own layout everything is
derived again: the container byte for byte, the digests, the proof, the counts; of
any archive, what items say of each other and of their files.

A finding is damage (it is not what was written), loss (something is missing or
cannot be used) or a remark. What a proof is worth is told in a word: known-key (by
a key from -key), own-key (by a key that the actor inside publishes: whole, by
whoever made that), unknown-key, unsigned, bad-proof. The exit status is 0 if
nothing is damaged, 3 if something is.`,
		examples: []string{
			"godwit verify alice.tar.zst",
			"godwit verify alice.tar.zst -key z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2 -key-id https://example.org/users/alice#ed25519",
		},
		run: verify,
	}
}

func verify(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	c.jsonFlag(flags)
	keyText := flags.String("key", "", "the account's public key as a Multikey (FEP-521a), known from elsewhere")
	keyID := flags.String("key-id", "", "the id of that key")
	args, err := c.parse(flags, 1, 1)
	if err != nil {
		return err
	}
	key, err := knownKey(c, *keyID, *keyText)
	if err != nil {
		return err
	}
	m := c.meter()
	verdict, err := backup.Verify(ctx, args[0], &backup.VerifyOptions{
		Read: archive.options, Key: key,
		Progress: func(read, total int64) { m.size("entries", read, total) },
	})
	m.close()
	if err != nil {
		return explainArchive(err)
	}
	if c.json {
		err = c.printJSON(verdict)
	} else {
		printVerdict(c.stdout, verdict)
	}
	if err == nil && !verdict.Whole() {
		err = &exitError{
			status: statusRefused, reason: "damaged", err: fmt.Errorf("%s is damaged", args[0]),
			hint: "take what is whole with godwit convert -salvage, and do not trust it",
		}
	}
	return err
}

func printVerdict(w io.Writer, v *backup.Verdict) {
	fmt.Fprintf(w, "format   %s in a %s\n", v.Format.Dialect, v.Format.Container)
	if v.Actor != "" {
		fmt.Fprintf(w, "account  %s\n", printable(string(v.Actor)))
	}
	fmt.Fprintf(w, "entries  %d (%s), with %d items\n", v.Entries, byteSize(v.Bytes), v.Items)
	fmt.Fprintf(w, "proof    %s\n", strings.Join(proofWords(v), ", "))
	for _, f := range v.Findings {
		fmt.Fprintf(w, "%-8s %s: %s, %d\n", f.Severity, f.Check, f.Reason, f.Count)
		for _, where := range f.Examples {
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
