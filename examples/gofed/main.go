// Command gofed is a small server built on go-fed's pub, for one account, that
// honours the Moves of others and can move its own. It is to be read: what a
// server on go-fed needs of godwit stands in protocol.go (what comes in) and
// people.go (whom it concerns); database.go is an ordinary pub.Database that
// keeps documents instead of go-fed's values.
//
// Everything is in memory. Commands come on standard input:
//
//	gofed -listen 127.0.0.1:8001 -name al -trust 127.0.0.1:8002
//
//	follow IRI   ask an account to accept this one as a follower
//	alias IRI    let an old account move here
//	move IRI     move this account, and tell its followers
//	show         who is followed, who follows, and where the account moved
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("gofed", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:8001", "address to listen on")
	name := flags.String("name", "al", "name of the account")
	trust := flags.String("trust", "", "host:port pairs on private addresses that may be talked to, comma-separated")
	hold := flags.Duration("hold", 24*time.Hour, "how long a move waits before it is announced")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", *listen)
	if err == nil {
		var s *server
		s, err = newServer("http://"+listener.Addr().String(), *name, &settings{
			Trusted: strings.Split(*trust, ","), Hold: *hold,
			Verdict: func(_ context.Context, v move.Verdict) {
				fmt.Fprintln(stderr, "move:", v.Outcome, v.Reason, v.Old, v.New)
			},
			Failed: func(err error) { fmt.Fprintln(stderr, "gofed: error:", err) },
		})
		if err == nil {
			fmt.Fprintln(stdout, s.person)
			err = serve(ctx, s, listener, stdin, stdout)
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "gofed: error:", err)
		return 1
	}
	return 0
}

// serve runs until the commands end or ctx is done.
func serve(ctx context.Context, s *server, listener net.Listener, stdin io.Reader, stdout io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	web := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}
	var group errgroup.Group
	group.Go(func() error { return web.Serve(listener) })
	group.Go(func() error { return s.serve(ctx) })
	group.Go(func() error {
		defer web.Close()
		defer stop()
		return commands(ctx, s, stdin, stdout)
	})
	if err := group.Wait(); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// commands does what is asked for on stdin, a line at a time.
func commands(ctx context.Context, s *server, stdin io.Reader, stdout io.Writer) error {
	lines := bufio.NewScanner(stdin)
	for lines.Scan() && ctx.Err() == nil {
		word, iri, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		var err error
		switch word {
		case "":
		case "follow":
			err = s.follow(ctx, vocab.IRI(iri))
		case "alias":
			err = s.alias(ctx, vocab.IRI(iri))
		case "move":
			err = s.move(ctx, vocab.IRI(iri))
		case "show":
			err = s.show(ctx, stdout)
		default:
			err = fmt.Errorf("%q is none of follow, alias, move, show", word)
		}
		if err != nil {
			fmt.Fprintln(stdout, "error:", err)
		}
	}
	return lines.Err()
}
