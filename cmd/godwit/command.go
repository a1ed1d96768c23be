package main

import (
	"context"
	"errors"
	"flag"
)

// A command is one subcommand.
type command struct {
	name     string
	args     string   // what stands behind the name, for the usage line
	summary  string   // one line
	about    string   // what help says beyond it; may be empty
	examples []string // whole command lines
	// run does the work. It reads its arguments with [call.parse] before
	// anything else, so that help can ask it for its flags.
	run func(ctx context.Context, c *call) error
}

// commands is the table of all subcommands. To add one, write a file with a
// function that returns it, and add a line here.
func commands() []command {
	return []command{
		lookupCommand(),
		checkCommand(),
		checkMoveCommand(),
		vectorsCommand(),
		inspectCommand(),
		verifyCommand(),
		convertCommand(),
		siteCommand(),
		afterlifeCommand(),
		closeCommand(),
		csvCommand(),
		keysCommand(),
		peerCommand(),
		versionCommand(),
	}
}

func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// parse reads the call's arguments: flags before, between and behind at least
// least and at most most others, which are returned. Behind "--" nothing is a
// flag. Asked for help it prints that and returns [flag.ErrHelp], which ends the
// command as done.
func (c *call) parse(flags *flag.FlagSet, least, most int) ([]string, error) {
	var others []string
	for rest := c.args; len(rest) > 0; {
		switch err := flags.Parse(rest); {
		case errors.Is(err, flag.ErrHelp):
			printHelp(c.stdout, c.command, flags)
			return nil, err
		case err != nil:
			return nil, usageError{c.command, err.Error()}
		}
		left := flags.Args()
		if taken := len(rest) - len(left); taken > 0 && rest[taken-1] == "--" {
			others = append(others, left...)
			break
		}
		if len(left) == 0 {
			break
		}
		others = append(others, left[0])
		rest = left[1:]
	}
	switch {
	case len(others) < least:
		return nil, usageError{c.command, "too few arguments"}
	case len(others) > most:
		return nil, usageError{c.command, "too many arguments"}
	}
	return others, nil
}
