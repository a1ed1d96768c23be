package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/portability/closing"
	"codeberg.org/godwit/godwit/vocab"
)

// steps are what is done for each account.
func (j *closeJob) steps() closing.Steps {
	s := closing.Steps{Export: j.export, Door: j.buildDoor}
	if j.tell != "" {
		s.Tell = j.tellPerson
	}
	if j.ask {
		s.Map = j.verifyChoice
	}
	if j.moves != nil && j.moves.announcer != nil {
		s.Move = j.moves.depart
	}
	return s
}

// export writes an account's archive, or goes on with it.
func (j *closeJob) export(ctx context.Context, a closing.Account, from portability.Source) (closing.Exported, error) {
	path := filepath.Join("archives", a.Name+".tar.zst")
	done, err := j.exported(ctx, a, path)
	switch {
	case err == nil: // who was killed just then has left the work folder
		return done, os.RemoveAll(j.place(path) + ".partial")
	case !errors.Is(err, fs.ErrNotExist):
		return done, err
	}
	set, ok := from.(*backup.Set)
	if !ok {
		return done, fmt.Errorf("%s is no archive", a.Name)
	}
	to, err := j.createArchive(ctx, j.place(path), set)
	if err != nil {
		return done, err
	}
	_, err = portability.Copy(ctx, set, to, &portability.CopyOptions{After: to.After(), Checkpoint: to.Checkpoint})
	if err := errors.Join(err, to.Close()); err != nil {
		return done, err
	}
	return j.exported(ctx, a, path)
}

// createArchive begins an archive, or goes on with the one that was begun from the
// same export. What was begun from another, or is damaged, is begun anew.
func (j *closeJob) createArchive(ctx context.Context, path string, from *backup.Set) (*backup.Writer, error) {
	created, err := backup.Begun(path)
	if err != nil {
		created = time.Now().UTC().Truncate(time.Second)
	}
	options := &backup.WriteOptions{
		Created: created, Compression: backup.Zstd, From: j.fingerprint(from), Origin: from.Origin(ctx), Scratch: j.options.Scratch,
	}
	to, err := backup.Create(path, options)
	if errors.Is(err, backup.ErrOtherOptions) || errors.Is(err, backup.ErrDamaged) {
		if err := os.RemoveAll(path + ".partial"); err != nil {
			return nil, err
		}
		return backup.Create(path, options)
	}
	return to, err
}

// exported tells what lies in an account's archive, if it is whole.
func (j *closeJob) exported(ctx context.Context, a closing.Account, path string) (e closing.Exported, err error) {
	info, err := os.Stat(j.place(path))
	if err != nil {
		return e, err
	}
	r, err := backup.Open(ctx, j.place(path), nil)
	if err != nil {
		return e, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	document, err := r.Actor(ctx)
	if err != nil || document.ID() != a.ID {
		return e, errors.Join(err, fmt.Errorf("%s is the archive of another account", path))
	}
	e.Path, e.Bytes = path, info.Size()
	for _, k := range portability.Kinds() {
		n, _, err := r.Count(ctx, k)
		if err != nil {
			return e, err
		}
		e.Items += n
	}
	return e, nil
}

// A letterOut is what the program that sends letters reads.
type letterOut struct {
	closing.Letter
	Account vocab.IRI `json:"account"`
	Handle  string    `json:"handle,omitempty"`
	Name    string    `json:"name"` // of the export
}

// tellPerson runs the program with the letter.
func (j *closeJob) tellPerson(ctx context.Context, a closing.Account, l closing.Letter) error {
	letter, err := json.Marshal(letterOut{l, a.ID, j.list.handle(a.Name), a.Name})
	if err != nil {
		return err
	}
	program := exec.CommandContext(ctx, j.tell)
	var said bytes.Buffer
	program.Stdin, program.Stderr = bytes.NewReader(letter), &said
	program.WaitDelay = 10 * time.Second
	if err := program.Run(); err != nil {
		err = fmt.Errorf("run %s: %w", filepath.Base(j.tell), err)
		if last := strings.TrimSpace(said.String()); last != "" {
			err = fmt.Errorf("%w: %s", err, last[max(0, len(last)-200):])
		}
		return err
	}
	return nil
}

// verifyChoice asks the new account whether it is the old one's.
func (j *closeJob) verifyChoice(ctx context.Context, a closing.Account) error {
	document, err := j.network.FetchFresh(ctx, a.New)
	switch {
	case err != nil:
		return err
	case document.ID() != a.New || actor.StandingOf(document).MovedTo != "":
		return afterlife.ErrNotActor
	case !actor.Claims(document, a.ID):
		return afterlife.ErrNotClaimed
	}
	return nil
}

// buildDoor makes the door file of all archives.
func (j *closeJob) buildDoor(ctx context.Context, accounts iter.Seq2[closing.Done, error]) error {
	j.meter.busy("building the door file")
	err := withOverlay(j.door.path, func(t *afterlife.Tombstones, c *afterlife.Claims) error {
		_, err := afterlife.Build(ctx, j.door.path, j.archived(ctx, accounts), &afterlife.Options{Tombstones: t, Claims: c, Hand: j.handSecret})
		return err
	})
	j.meter.end()
	return err
}

// archived opens the archives, one after the other.
func (j *closeJob) archived(ctx context.Context, accounts iter.Seq2[closing.Done, error]) iter.Seq2[afterlife.Account, error] {
	return func(yield func(afterlife.Account, error) bool) {
		for a, err := range accounts {
			var from *backup.Reader
			if err == nil {
				from, err = backup.Open(ctx, j.place(a.Exported.Path), nil)
			}
			if err != nil {
				yield(afterlife.Account{}, err)
				return
			}
			account := afterlife.Account{Source: from, Fingerprint: fmt.Sprintf("%s %d", a.Exported.Path, a.Exported.Bytes)}
			if a.Mapped {
				account.MovedTo = a.New
			}
			more := yield(account, nil)
			if err := from.Close(); err != nil && more {
				yield(afterlife.Account{}, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// handSecret writes a claim secret down before it counts.
func (j *closeJob) handSecret(account vocab.IRI, secret string) (err error) {
	f, err := os.OpenFile(j.place("secrets.csv"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	if err := w.Write([]string{string(account), secret}); err != nil {
		return err
	}
	w.Flush()
	return errors.Join(w.Error(), f.Sync())
}

// A doorOf is the job's door file, which is opened when it is needed.
type doorOf struct {
	path string
	door *afterlife.Door
}

// actor returns an account's document as the door file has it.
func (d *doorOf) actor(account vocab.IRI) (*vocab.Object, error) {
	if d.door == nil {
		var err error
		if d.door, err = afterlife.Open(d.path); err != nil {
			return nil, err
		}
	}
	return d.door.Actor(account, nil)
}

func (d *doorOf) close() error {
	if d.door == nil {
		return nil
	}
	return d.door.Close()
}
