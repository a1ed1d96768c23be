package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os/signal"
	"strings"
	"syscall"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A world is what tests put in the place of the outside.
type world struct {
	// transport answers requests instead of the network; nil means the
	// network, behind the guard.
	transport http.RoundTripper
	// free tells how many bytes of disk are free; nil means the system does.
	free func(path string) (int64, error)
}

// A call is one run of one command.
type call struct {
	world
	command command
	args    []string // behind the command's name
	stdin   io.Reader
	stdout  *results
	stderr  io.Writer
	trusted trusted
	json    bool // print for machines
	printed bool // the document is on standard output
}

// results is standard output, and remembers that it could not be written: what prints
// on it need not look each time.
type results struct {
	to  io.Writer
	err error
}

func (r *results) Write(p []byte) (int, error) {
	n, err := r.to.Write(p)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("print the results: %w", err)
	}
	return n, err
}

// run runs the command line and returns the exit status.
func (w world) run(ctx context.Context, args []string, stdin io.Reader, to, stderr io.Writer) int {
	stdout := &results{to: to}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if len(args) == 0 {
		printUsage(stderr)
		return statusUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		err := w.help(ctx, args[1:], stdout, stderr)
		return report(stderr, cmp.Or(err, stdout.err))
	}
	found, ok := find(args[0])
	c := &call{world: w, command: found, args: args[1:], stdin: stdin, stdout: stdout, stderr: stderr}
	c.json = c.wantsJSON()
	if !ok {
		return c.end(usageError{text: fmt.Sprintf("there is no command %q", args[0])})
	}
	return c.end(found.run(ctx, c))
}

// wantsJSON looks for -json among the arguments, for failures that come before
// they are parsed.
func (c *call) wantsJSON() bool {
	for _, arg := range c.args {
		switch arg {
		case "--":
			return false
		case "-json", "--json":
			return true
		}
	}
	return false
}

// end says how the command ended. With -json there is a document on standard
// output in any case; a failure that the command has printed itself is in its
// own.
func (c *call) end(err error) int {
	if f, status := failureOf(err); c.json && status != statusDone && !c.printed {
		err = errors.Join(err, c.printJSON(f))
	}
	return report(c.stderr, cmp.Or(err, c.stdout.err))
}

// jsonFlag adds -json.
func (c *call) jsonFlag(flags *flag.FlagSet) { flags.BoolVar(&c.json, "json", c.json, "print JSON") }

// flags returns an empty set for the command. What it would print itself,
// [call.parse] does.
func (c *call) flags() *flag.FlagSet {
	flags := flag.NewFlagSet(c.command.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// networkFlags is [call.flags] with -trust, for commands that touch the network.
func (c *call) networkFlags() *flag.FlagSet {
	flags := c.flags()
	flags.Var(&c.trusted, "trust", "host:port that may be on a private network; may be repeated")
	return flags
}

// trusted is the value of -trust.
type trusted []string

func (t *trusted) String() string { return strings.Join(*t, " ") }

func (t *trusted) Set(s string) error {
	host, port, found := cutPort(s)
	if !found || host == "" || port == "" || strings.ContainsAny(s, "/@ ") {
		return errors.New("not host:port")
	}
	*t = append(*t, s)
	return nil
}

func cutPort(s string) (host, port string, found bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// printJSON prints v for machines, on lines of its own.
func (c *call) printJSON(v any) error {
	c.printed = true
	data, err := json.Marshal(v, json.Deterministic(true), jsontext.Multiline(true), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "%s\n", data)
	return err
}
