// Migration moves an account from one server to another, with 60 followers on
// three more servers, and then looks as a stranger whether everything is where
// it should be.
//
// Everything runs on loopback in this one process: five small servers, each with
// a SQLite file of its own, and signed HTTP between them. One follower blocks the
// new account, one is rejected by it, two are never answered; one server is down
// at first, and another asks to be left alone for a while. Kill it at any
// moment and start it again with the same -dir: it goes on where it was.
//
// Exit statuses: 0 every follower is where the scenario demands, 1 not so or
// something failed, 2 usage, 4 interrupted (start it again with the same -dir).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command line.
type options struct {
	dir       string
	outage    time.Duration
	following string
	archive   string
	network   bool
	keep      bool
	json      bool
	hurry     bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("migration", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.dir, "dir", "", "keep the servers' files here, and continue what is there (default: a new folder that is removed afterwards)")
	flags.DurationVar(&o.outage, "outage", 10*time.Second, "how long one of the followers' servers is down at first")
	flags.StringVar(&o.following, "following", "", "a following list (CSV of Mastodon or GoToSocial) that the account has and takes along; lines that name no account are skipped and counted")
	flags.StringVar(&o.archive, "archive", "", "an archive of any kind that godwit inspect names: its posts and files are the old account's, and a backup of that is written, verified and read back")
	flags.BoolVar(&o.network, "network", false, "also look up the accounts of -following by WebFinger, and report; nobody is followed")
	flags.BoolVar(&o.keep, "keep", false, "leave the servers up afterwards, with a page that shows both accounts and the ledger")
	flags.BoolVar(&o.json, "json", false, "print the results for machines")
	flags.BoolVar(&o.hurry, "hurry", false, "send the Move at once: without it the run first waits six seconds, as a real departure waits until other servers can see the new alias")
	flags.Usage = func() {
		fmt.Fprintf(stderr, "usage: migration [flags]\n\nMoves an account with 60 followers between servers on loopback, and verifies the result.\n\n")
		flags.PrintDefaults()
		fmt.Fprintf(stderr, "\nexit status: 0 every follower is where the scenario demands, 1 not so or something failed, 2 usage, 4 interrupted (start it again with the same -dir)\n")
		fmt.Fprintf(stderr, "\nexample: go run ./examples/migration -dir /tmp/move -keep\n")
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "migration: error: %v\n", err)
		return 2
	}
	results, err := migrate(ctx, o, stdout, stderr)
	switch {
	case ctx.Err() != nil && !o.keep:
		fmt.Fprintf(stderr, "migration: interrupted\n")
		if o.dir != "" {
			fmt.Fprintf(stderr, "migration: hint: start it again with -dir %s\n", o.dir)
		}
		return 4
	case err != nil:
		fmt.Fprintf(stderr, "migration: error: %v\n", err)
		if o.json {
			_ = json.NewEncoder(stdout).Encode(map[string]string{"error": err.Error()}) // it has failed anyway
		}
		return 1
	case !results.OK:
		return 1
	}
	return 0
}

// migrate runs the whole job in o.dir, or in a folder of its own.
func migrate(ctx context.Context, o options, stdout, stderr io.Writer) (results, error) {
	if err := o.tryArchive(ctx); err != nil {
		return results{}, err
	}
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "godwit-migration-")
		if err != nil {
			return results{}, err
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	} else if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return results{}, err
	}
	world, err := open(ctx, o)
	if err != nil {
		return results{}, err
	}
	defer world.close()
	show := newProgress(stdout, stderr, o.json)
	defer show.end()
	if err := world.move(ctx, show); err != nil {
		return results{}, err
	}
	show.end()
	found, err := world.verify(ctx)
	if err != nil {
		return found, err
	}
	if err := found.print(stdout, o.json); err != nil {
		return found, err
	}
	if o.keep {
		return found, world.stay(ctx, stderr)
	}
	return found, nil
}
