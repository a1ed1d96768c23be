package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"golang.org/x/term"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

func keysCommand() command {
	return command{
		name:    "keys",
		args:    "list|unlock FILE [ENTRY] [-identity KEYFILE] [-out FILE]",
		summary: "list what is sealed in an archive, and open it",
		about: `
"list" prints the public keys and the sealed entries of an archive. "unlock" opens a
sealed entry, with the keys in KEYFILE (AGE-SECRET-KEY-1…), or with a passphrase that
is asked for, or read as a line from standard input where that is no terminal. A
private key is given out only if the account's own document lists its other half;
it is printed as a Multikey, or written to a new file that only you can read. Without
ENTRY everything that is sealed must be a single entry.`,
		examples: []string{
			"godwit keys list alice.tar.zst",
			"godwit keys unlock alice.tar.zst key/1.json.age -out alice.key.json",
			"godwit keys unlock alice.tar.zst received/inbox.json.age -identity ~/keys.txt",
		},
		run: keys,
	}
}

func keys(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	c.jsonFlag(flags)
	identity := flags.String("identity", "", "`file` with secret keys of age (default: ask for a passphrase)")
	out := flags.String("out", "", "write to this new `file`, for your eyes only (default standard output)")
	args, err := c.parse(flags, 2, 3)
	if err != nil {
		return err
	}
	job := sealedJob{archiveFlags: archive, c: c, file: args[1], identity: *identity, out: *out}
	switch {
	case args[0] == "list" && len(args) == 2:
		return job.run(ctx, job.list)
	case args[0] == "unlock" && job.file == "-" && *identity == "":
		return usageError{c.command, "a passphrase is read from standard input: give the archive as a file, or keys with -identity"}
	case args[0] == "unlock":
		job.entry = strings.Join(args[2:], "")
		return job.run(ctx, job.unlock)
	}
	return usageError{c.command, "what is to be done with the keys? list, or unlock"}
}

// A sealedJob is one run of the command.
type sealedJob struct {
	*archiveFlags
	c                          *call
	file, entry, identity, out string
}

func (j *sealedJob) run(ctx context.Context, work func(context.Context, *backup.Reader) error) error {
	r, err := j.openOne(ctx, j.c, j.file)
	if err != nil {
		return err
	}
	defer r.Close()
	return explainArchive(work(ctx, r))
}

// sealedList is what list prints.
type sealedList struct {
	Keys   []portability.Ref `json:"keys"`
	Sealed []sealedLine      `json:"sealed"`
}

type sealedLine struct {
	Entry      string `json:"entry"`
	Size       int64  `json:"size"`
	Key        bool   `json:"key"`
	Passphrase bool   `json:"passphrase"`
	Problem    string `json:"problem,omitempty"`
}

func (j *sealedJob) list(ctx context.Context, r *backup.Reader) error {
	list := sealedList{Keys: []portability.Ref{}, Sealed: []sealedLine{}}
	for item, err := range r.Items(ctx, portability.Keys, "") {
		if err != nil {
			return err
		}
		list.Keys = append(list.Keys, item.Ref)
	}
	for s, err := range backup.Sealed(ctx, r) {
		line := sealedLine{Entry: s.Name, Size: s.Size, Key: s.Key, Passphrase: s.Passphrase}
		if refusal, ok := errors.AsType[*backup.Refusal](err); ok {
			line.Problem = string(refusal.Reason)
		} else if err != nil {
			return err
		}
		list.Sealed = append(list.Sealed, line)
	}
	if j.c.json {
		return j.c.printJSON(list)
	}
	if len(list.Keys)+len(list.Sealed) == 0 {
		fmt.Fprintln(j.c.stdout, "there are no keys in it, and nothing is sealed")
	}
	for _, key := range list.Keys {
		fmt.Fprintf(j.c.stdout, "public   %s\n", printable(key.ID))
	}
	for _, s := range list.Sealed {
		with := "a key of age"
		if s.Passphrase {
			with = "a passphrase"
		}
		if s.Problem != "" {
			with = "nothing: " + s.Problem
		}
		fmt.Fprintf(j.c.stdout, "sealed   %s (%s), opened by %s\n", printable(s.Entry), byteSize(s.Size), with)
	}
	return nil
}

func (j *sealedJob) unlock(ctx context.Context, r *backup.Reader) error {
	sealed, err := j.find(ctx, r)
	if err != nil {
		return err
	}
	with, err := j.identities()
	if err != nil {
		return err
	}
	if sealed.Key {
		return j.unlockKey(ctx, r, sealed.Name, with)
	}
	inside, err := backup.Unlock(ctx, r, sealed.Name, with, nil)
	if err != nil {
		return j.wrongKey(err)
	}
	defer inside.Close()
	return j.write(func(w io.Writer) error {
		_, err := io.Copy(w, inside)
		return err
	})
}

// find returns the entry that is meant.
func (j *sealedJob) find(ctx context.Context, r *backup.Reader) (backup.SealedEntry, error) {
	var found []backup.SealedEntry
	for s, err := range backup.Sealed(ctx, r) {
		if j.entry != "" && s.Name != j.entry {
			continue
		}
		if err != nil {
			return s, err
		}
		found = append(found, s)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return backup.SealedEntry{}, j.nothing()
	}
	return backup.SealedEntry{}, usageError{j.c.command, "several entries are sealed: name one, as list prints them"}
}

// nothing says that what is asked for is not there.
func (j *sealedJob) nothing() error {
	err := fmt.Errorf("%s: nothing is sealed in it", j.file)
	if j.entry != "" {
		err = fmt.Errorf("%s: %s is not sealed in it", j.file, j.entry)
	}
	return &exitError{status: statusFailed, err: err, hint: "godwit keys list tells what is"}
}

func (j *sealedJob) unlockKey(ctx context.Context, r *backup.Reader, name string, with []age.Identity) error {
	doc, err := r.Actor(ctx)
	if err != nil {
		return err
	}
	key, err := backup.UnlockKey(ctx, r, name, doc, with, nil)
	if err != nil {
		return j.wrongKey(err)
	}
	secret, err := backup.SecretOf(key)
	if err != nil {
		return err
	}
	return j.write(func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s\n", secret.Bytes())
		return err
	})
}

func (j *sealedJob) wrongKey(err error) error {
	if !errors.Is(err, backup.ErrWrongKey) {
		return err
	}
	return &exitError{status: statusRefused, reason: "wrong-key", err: err, hint: "godwit keys list tells whether a passphrase or a key opens it"}
}

// identities reads the secret keys, or asks for a passphrase.
func (j *sealedJob) identities() ([]age.Identity, error) {
	if j.identity != "" {
		text, err := os.ReadFile(j.identity)
		if err != nil {
			return nil, err
		}
		return backup.ParseIdentities(string(text))
	}
	text, err := j.passphrase()
	if err != nil {
		return nil, err
	}
	id, err := backup.NewPassphrase(text)
	return []age.Identity{id}, err
}

// passphrase asks on a terminal without echo, and else reads a line.
func (j *sealedJob) passphrase() (string, error) {
	if f, ok := j.c.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(j.c.stderr, "Passphrase: ")
		text, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(j.c.stderr)
		return string(text), err
	}
	line, err := bufio.NewReader(io.LimitReader(j.c.stdin, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// write writes to standard output, or to a new file that only its owner can read,
// which is there whole or not at all.
func (j *sealedJob) write(fill func(io.Writer) error) error {
	if j.out == "" {
		return fill(j.c.stdout)
	}
	f, err := os.OpenFile(j.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(j.out))
	}
	return nil
}
