package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"

	"codeberg.org/godwit/godwit/portability/afterlife"
	"codeberg.org/godwit/godwit/portability/uriindex"
	"codeberg.org/godwit/godwit/vocab"
)

// A handed is a claim secret for a person. It is shown once, and kept nowhere.
type handed struct {
	Account vocab.IRI `json:"account"`
	Secret  string    `json:"secret"`
}

// built is what build prints.
type built struct {
	*afterlife.Report
	Unknown []string                `json:"unknown,omitempty"` // accounts of -moved-to
	Secrets []handed                `json:"secrets,omitempty"`
	Static  *afterlife.StaticReport `json:"static,omitempty"`
}

// build makes a door file of archives.
func (j *afterlifeJob) build(ctx context.Context, archives []string) error {
	moved, err := j.readMoved(ctx, len(archives))
	if err != nil {
		return err
	}
	known, free, err := j.openMaps()
	if err != nil {
		return err
	}
	var out built
	tidy := newOverlay(j.out)
	err = withOverlay(j.out, func(t *afterlife.Tombstones, c *afterlife.Claims) error {
		var err error
		out.Report, err = afterlife.Build(ctx, j.out, j.accounts(ctx, archives, moved), &afterlife.Options{
			Maps: known, Tombstones: t, Claims: c, Hand: j.hand(&out),
			Progress: func(account vocab.IRI, so afterlife.Report) {
				if !j.c.json {
					fmt.Fprintf(j.c.stderr, "%s: %d posts, %d files\n", printable(string(account)), so.Objects, so.Media)
				}
			},
		})
		if nested, is := errors.AsType[*afterlife.NestedError](err); is {
			return &exitError{statusRefused, nested.Hint(), "nested-accounts", err}
		}
		return err
	})
	if err := errors.Join(err, free()); err != nil {
		tidy()
		return explainAfterlife(ctx, j.out, err)
	}
	if j.static != "" {
		err := j.with(j.out, func(d *opened) error {
			var err error
			out.Static, err = j.staticFiles(ctx, d, j.static)
			return err
		})
		if err != nil {
			return err
		}
	}
	out.Unknown = moved.unknown()
	if err := j.printBuilt(out); err != nil || len(out.Unknown) == 0 {
		return err
	}
	return &exitError{status: statusFailed, err: errors.New("-moved-to names accounts of which there is no archive"),
		hint: "look for a mistake in their URLs; the door file is made, and is made anew when the command is run again"}
}

// newOverlay returns what takes away the files beside a door file that were not there
// yet, and are still empty, after a build that failed.
func newOverlay(door string) (tidy func()) {
	var absent []string
	for _, path := range []string{afterlife.TombstonesPath(door), afterlife.ClaimsPath(door)} {
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			absent = append(absent, path)
		}
	}
	return func() {
		for _, path := range absent {
			if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
				_ = os.Remove(path) // an empty one that stays says nothing
			}
		}
	}
}

// hand prints a secret as soon as it is made: were it printed at the end, one that is
// interrupted in between would be lost.
func (j *afterlifeJob) hand(out *built) func(vocab.IRI, string) error {
	return func(account vocab.IRI, secret string) error {
		out.Secrets = append(out.Secrets, handed{account, secret})
		if j.c.json {
			return nil
		}
		_, err := fmt.Fprintf(j.c.stdout, "secret     %s %s\n", printable(string(account)), secret)
		return err
	}
}

// accounts opens the archives, one after the other.
func (j *afterlifeJob) accounts(ctx context.Context, archives []string, moved *movedPlaces) iter.Seq2[afterlife.Account, error] {
	return func(yield func(afterlife.Account, error) bool) {
		for _, name := range archives {
			from, err := j.open(ctx, j.c, name)
			if err != nil {
				yield(afterlife.Account{}, err)
				return
			}
			to, err := moved.of(ctx, from)
			more := yield(afterlife.Account{Source: from, Fingerprint: name + " " + j.fingerprint(from), MovedTo: to}, err)
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

// openMaps opens the URI maps.
func (j *afterlifeJob) openMaps() (known []afterlife.Map, free func() error, err error) {
	var errs []func() error
	free = func() error {
		var err error
		for _, f := range errs {
			err = errors.Join(err, f())
		}
		return err
	}
	for _, name := range j.maps {
		x, err := uriindex.Open(name)
		if err != nil {
			return nil, nil, errors.Join(err, free())
		}
		known, errs = append(known, x), append(errs, x.Close)
	}
	return known, free, nil
}

func (j *afterlifeJob) printBuilt(out built) error {
	if j.c.json {
		return j.c.printJSON(out)
	}
	fmt.Fprintf(j.c.stdout, "accounts   %d\nposts      %d\nfiles      %d\naddresses  %d, of which %d lead on\n",
		out.Accounts, out.Objects, out.Media, out.Addresses, out.Led)
	for _, why := range slices.Sorted(maps.Keys(out.LeftOut)) {
		fmt.Fprintf(j.c.stdout, "left out   %d as %s\n", out.LeftOut[why], why)
	}
	for _, name := range out.Unknown {
		fmt.Fprintf(j.c.stdout, "unknown    %s\n", printable(name))
	}
	for _, lost := range out.LostNames {
		fmt.Fprintf(j.c.stdout, "lost name  %s is not found as %s: %s is\n", printable(string(lost.Account)), printable(lost.Name), printable(string(lost.Holder)))
	}
	if out.Static != nil {
		fmt.Fprintf(j.c.stdout, "static     %s: %d files\n", printable(j.static), out.Static.Files)
	}
	_, err := fmt.Fprintf(j.c.stdout, "serve      godwit afterlife serve %s -origin https://…\n", printable(j.out))
	return err
}
