package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// The exit statuses. They are documented in README and do not change.
const (
	statusDone        = 0
	statusFailed      = 1
	statusUsage       = 2
	statusRefused     = 3
	statusInterrupted = 4
	statusCannotTell  = 5
)

// A usageError is a command line that makes no sense.
type usageError struct {
	command command // zero if none was named
	text    string
}

func (e usageError) Error() string { return e.text }

// An exitError ends a command with a status of its own, and with hints for the
// person. A nil Err prints no error line.
type exitError struct {
	status int
	hints  []string
	err    error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// report prints what went wrong, if anything did, and returns the exit status.
func report(stderr io.Writer, err error) int {
	usage, isUsage := errors.AsType[usageError](err)
	exit, isExit := errors.AsType[*exitError](err)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return statusDone
	case isUsage:
		sayError(stderr, err)
		if usage.command.name == "" {
			sayHint(stderr, "godwit help")
		} else {
			sayHint(stderr, "godwit help "+usage.command.name)
		}
		return statusUsage
	case isExit:
		if exit.err != nil {
			sayError(stderr, exit.err)
		}
		for _, h := range exit.hints {
			sayHint(stderr, h)
		}
		return exit.status
	case errors.Is(err, context.Canceled):
		sayError(stderr, errors.New("interrupted"))
		return statusFailed
	}
	sayError(stderr, err)
	return statusFailed
}

func sayError(w io.Writer, err error) { fmt.Fprintf(w, "godwit: error: %s\n", printable(err.Error())) }

func sayHint(w io.Writer, hint string) { fmt.Fprintf(w, "godwit: hint: %s\n", printable(hint)) }

// printable replaces what could move the cursor or reverse the line: much of
// what is printed was written by strangers.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}
