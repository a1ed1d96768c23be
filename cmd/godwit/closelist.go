package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/closing"
	"codeberg.org/godwit/godwit/vocab"
)

// An exportLine is what is known of one entry of the folder with the exports. While
// size and time stay, it is not opened again.
type exportLine struct {
	Size    int64     `json:"size"`
	Changed time.Time `json:"changed"`
	ID      vocab.IRI `json:"id,omitempty"`
	User    string    `json:"user,omitempty"` // the name in the handle
	Problem string    `json:"problem,omitempty"`
}

// An exportList is a folder of exports, as a server that closes.
type exportList struct {
	folder  string
	reads   *archiveFlags
	call    *call
	lines   map[string]exportLine // by name
	order   []string              // the names of those that are accounts
	chosen  map[string]vocab.IRI  // by name
	faults  []closeProblem        // of exports and choices
	handles map[string]vocab.IRI  // that were looked up in this run
	opened  int                   // exports that had to be opened
}

// A closeProblem is what could not be done, and of whom.
type closeProblem struct {
	Of      string `json:"of"` // an export, or a row of choices
	Problem string `json:"problem"`
}

// exportsKnown is the file in which the listing lies.
type exportsKnown struct {
	Version int                   `json:"version"`
	Exports map[string]exportLine `json:"exports"`
}

// listExports lists the folder.
func (j *closeJob) listExports(ctx context.Context) (*exportList, error) {
	l := &exportList{folder: j.exports, reads: j.archiveFlags, call: j.c, lines: map[string]exportLine{}, chosen: map[string]vocab.IRI{}, handles: map[string]vocab.IRI{}}
	entries, err := os.ReadDir(j.exports)
	if err != nil {
		return nil, err
	}
	known, err := readExports(j.place("exports.json"))
	if err != nil {
		return nil, err
	}
	for n, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		line, err := l.look(ctx, e.Name(), known[e.Name()])
		if err != nil {
			return nil, err
		}
		l.lines[e.Name()] = line
		j.meter.items("exports listed", int64(n+1), int64(len(entries)))
	}
	j.meter.end()
	l.arrange()
	return l, nil
}

func readExports(path string) (map[string]exportLine, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var known exportsKnown
	if err == nil {
		err = json.Unmarshal(data, &known)
	}
	if err != nil || known.Version != 1 {
		return nil, errors.Join(err, fmt.Errorf("%s is not the list of a closing job of this version", path))
	}
	return known.Exports, nil
}

// look returns what is known of an entry, and opens it only if it has changed.
func (l *exportList) look(ctx context.Context, name string, known exportLine) (exportLine, error) {
	size, changed, err := weighFile(filepath.Join(l.folder, name))
	if err == nil && known.Size == size && known.Changed.Equal(changed) && (known.ID != "" || known.Problem != "") {
		return known, nil
	}
	line := exportLine{Size: size, Changed: changed}
	if err == nil {
		err = l.identify(ctx, name, &line)
	}
	if ctx.Err() != nil {
		return line, ctx.Err()
	}
	if err != nil {
		line.ID, line.Problem = "", err.Error()
	}
	return line, nil
}

// weighFile is the size of a file, or of everything in a folder, and when it changed last.
func weighFile(path string) (size int64, changed time.Time, err error) {
	err = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !d.IsDir() {
			size += info.Size()
		}
		if at := info.ModTime().UTC(); at.After(changed) {
			changed = at
		}
		return nil
	})
	return size, changed, err
}

// identify opens an export, and reads whose it is.
func (l *exportList) identify(ctx context.Context, name string, line *exportLine) (err error) {
	l.opened++
	r, err := l.reads.openOne(ctx, l.call, filepath.Join(l.folder, name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	document, err := r.Actor(ctx)
	if err != nil {
		return err
	}
	if document == nil || !document.ID().IsHTTP() {
		return errors.New("it does not say whose account it is")
	}
	line.ID, line.User = document.ID(), document.Text(vocab.Username)
	return nil
}

// arrange sets apart what are accounts from what is not. Of two exports of one account
// the first counts.
func (l *exportList) arrange() {
	names := map[vocab.IRI]string{}
	for _, name := range slices.Sorted(maps.Keys(l.lines)) {
		line := l.lines[name]
		first, taken := names[line.ID]
		switch {
		case line.Problem != "":
			l.faults = append(l.faults, closeProblem{name, line.Problem})
		case taken:
			l.faults = append(l.faults, closeProblem{name, "it is of the same account as " + first})
		default:
			names[line.ID] = name
			l.order = append(l.order, name)
		}
	}
}

// firstFault says of the first entry that is no account why it is none.
func (l *exportList) firstFault() string {
	if len(l.faults) == 0 {
		return "give the folder with the exports, one file or folder for each account"
	}
	return l.faults[0].Of + ": " + l.faults[0].Problem
}

func (l *exportList) save(path string) error {
	data, err := json.Marshal(exportsKnown{1, l.lines})
	if err != nil {
		return err
	}
	return writeWhole(path, data)
}

// writeWhole replaces a file, or leaves it as it is.
func writeWhole(path string, data []byte) error {
	beside := path + ".new"
	if err := os.WriteFile(beside, data, 0o600); err != nil {
		return err
	}
	return os.Rename(beside, path)
}

func (l *exportList) account(name string) closing.Account {
	line := l.lines[name]
	return closing.Account{Name: name, ID: line.ID, New: l.chosen[name], Bytes: max(line.Size, 1)}
}

func (l *exportList) accounts() []string { return l.order }

// handle is the account's handle, as its id's host has it.
func (l *exportList) handle(name string) string {
	line := l.lines[name]
	if line.User == "" {
		return ""
	}
	return "@" + line.User + "@" + line.ID.Host()
}

// Accounts implements [closing.Server].
func (l *exportList) Accounts(ctx context.Context, after string) iter.Seq2[closing.Account, error] {
	return func(yield func(closing.Account, error) bool) {
		at, found := slices.BinarySearchFunc(l.order, after, cmp.Compare[string])
		if found {
			at++
		}
		for _, name := range l.order[at:] {
			if !yield(l.account(name), ctx.Err()) || ctx.Err() != nil {
				return
			}
		}
	}
}

// Open implements [closing.Server].
func (l *exportList) Open(ctx context.Context, name string) (portability.Source, error) {
	return l.openSet(ctx, name)
}

func (l *exportList) openSet(ctx context.Context, name string) (*backup.Set, error) {
	return l.reads.open(ctx, l.call, filepath.Join(l.folder, name))
}
