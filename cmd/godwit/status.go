package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"syscall"
	"unicode"
)

// The exit statuses. They are documented in README and do not change.
const (
	statusDone       = 0
	statusFailed     = 1
	statusUsage      = 2
	statusRefused    = 3
	statusContinue   = 4 // interrupted or out of room, and goes on when it is run again
	statusCannotTell = 5
)

// A usageError is a command line that makes no sense.
type usageError struct {
	command command // zero if none was named
	text    string
}

func (e usageError) Error() string { return e.text }

// An exitError ends a command with a status of its own, and with a hint for the
// person, if there is one.
type exitError struct {
	status int
	hint   string
	reason string // a stable word; "" if nothing was refused
	err    error
}

func (e *exitError) Error() string { return e.err.Error() }

func (e *exitError) Unwrap() error { return e.err }

// A failure is what is said of a command that did not end as done: on standard
// error always, and with -json in the document on standard output as well.
type failure struct {
	Error  string `json:"error,omitempty"`
	Hint   string `json:"hint,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// failureOf returns what is to be said of an error, and the exit status. Done
// and help say nothing.
func failureOf(err error) (failure, int) {
	usage, isUsage := errors.AsType[usageError](err)
	exit, isExit := errors.AsType[*exitError](err)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return failure{}, statusDone
	case isUsage:
		return failure{Error: err.Error(), Hint: strings.TrimSpace("godwit help " + usage.command.name)}, statusUsage
	case isExit:
		return failure{exit.err.Error(), exit.hint, exit.reason}, exit.status
	case errors.Is(err, context.Canceled):
		return failure{Error: "interrupted"}, statusFailed
	}
	return failure{Error: err.Error()}, statusFailed
}

// stopped says how a job goes on that was interrupted or had no room left. It is nil for
// one that ended otherwise.
func stopped(ctx context.Context, err error, again string) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &exitError{status: statusContinue, err: errors.New("interrupted"), hint: again}
	case noRoom(err):
		return &exitError{status: statusContinue, err: err, hint: "make room, and " + again}
	}
	return nil
}

// noRoom reports whether there was no room for what was to be written: on the disk, in a
// quota, or in the largest file that the process may write.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// report prints what went wrong, if anything did, and returns the exit status.
func report(stderr io.Writer, err error) int {
	f, status := failureOf(err)
	if f.Error != "" {
		sayError(stderr, errors.New(f.Error))
	}
	if f.Hint != "" {
		sayHint(stderr, f.Hint)
	}
	return status
}

func sayError(w io.Writer, err error) { fmt.Fprintf(w, "godwit: error: %s\n", printable(err.Error())) }

func sayHint(w io.Writer, hint string) { fmt.Fprintf(w, "godwit: hint: %s\n", printable(hint)) }

// printable puts what stands on several lines on one, and replaces what could move the cursor or reverse the line: much of
// what is printed was written by strangers.
func printable(s string) string {
	s = strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "; ")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
