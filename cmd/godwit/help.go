package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

// printUsage lists the commands.
func printUsage(w io.Writer) {
	fmt.Fprint(w, "godwit looks at accounts, account moves and archives in the fediverse.\n\nusage:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  godwit %s %s\n        %s\n", c.name, c.args, c.summary)
	}
	fmt.Fprint(w, "  godwit help COMMAND\n        say more of a command, with examples\n")
	fmt.Fprint(w, "\nexit status: 0 done, 1 failed, 2 usage, 3 refused, 4 interrupted or out of room (run it again to go on), 5 cannot tell\n")
}

// help prints the usage of everything, or has a command print its own: only
// there its flags are known.
func (w world) help(ctx context.Context, args []string, stdout *results, stderr io.Writer) error {
	if len(args) == 0 {
		printUsage(stdout)
		return nil
	}
	c, found := find(args[0])
	if !found {
		return usageError{text: fmt.Sprintf("there is no command %q", args[0])}
	}
	return c.run(ctx, &call{world: w, command: c, args: []string{"-h"}, stdout: stdout, stderr: stderr})
}

// printHelp prints all that is to be said of a command.
func printHelp(w io.Writer, c command, flags *flag.FlagSet) {
	fmt.Fprintf(w, "usage: godwit %s %s\n\n%s\n", c.name, c.args, c.summary)
	if c.about != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(c.about))
	}
	fmt.Fprint(w, "\nflags:\n")
	flags.SetOutput(w)
	flags.PrintDefaults()
	fmt.Fprint(w, "\nexamples:\n")
	for _, e := range c.examples {
		fmt.Fprintf(w, "  %s\n", e)
	}
}
