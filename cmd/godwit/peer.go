package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/internal/peer"
	"codeberg.org/godwit/godwit/move"
)

func peerCommand() command {
	return command{
		name:    "peer",
		args:    "[-host URL=HOST:PORT]... [-api HOST:PORT] [-dir DIR] [-trust HOST:PORT]... [-lenient] [-pull] [-json]",
		summary: "run test accounts on several hosts, for the test suite of another server",
		about: `
Each host has a public URL, which its ids begin with, and an address to listen
on, so that it can stand behind a TLS proxy as a server of its own. Without
-host there are three, on http://127.0.0.1:9101 to 9103.

The hosts reach each other and the public network; a server under test on a
private network is named with -trust, by the host:port that stands in its URLs
(old.test:443 for https://old.test). Certificates of a test authority are named
in the environment variable SSL_CERT_FILE.

When all listen, a line "ready" is printed, or with -json one line of JSON. It
runs until it is interrupted. Accounts and follows are kept in -dir; pages,
unkindnesses and what was received are forgotten at the end.

` + peer.Manual,
		examples: []string{
			"godwit peer -trust mine.test:443 -host https://old.test=127.0.0.1:9101 -host https://new.test=127.0.0.1:9102",
			"godwit peer -trust 127.0.0.1:8080 -api 127.0.0.1:9100 -json",
		},
		run: runPeer,
	}
}

// peerFlags are what the command was told.
type peerFlags struct {
	hosts hostFlags
	api   string
	dir   string
	rules move.Rules
}

func runPeer(ctx context.Context, c *call) error {
	flags := c.networkFlags()
	var f peerFlags
	flags.Var(&f.hosts, "host", "public URL and address to listen on, as https://old.test=127.0.0.1:9101; may be repeated")
	flags.StringVar(&f.api, "api", "127.0.0.1:9100", "address on which the hosts are driven and read")
	flags.StringVar(&f.dir, "dir", "", "where accounts and follows are kept (default: a temporary directory, removed at the end)")
	flags.BoolVar(&f.rules.Lenient, "lenient", false, "honour signed Moves although the old account lacks movedTo")
	flags.BoolVar(&f.rules.Pull, "pull", false, "honour Moves that the new account sends, where the old one confirms them")
	flags.BoolVar(&c.json, "json", c.json, "print one line of JSON when ready")
	if _, err := c.parse(flags, 0, 0); err != nil {
		return err
	}
	if len(f.hosts) == 0 {
		f.hosts = hostFlags{{"http://127.0.0.1:9101", "127.0.0.1:9101"}, {"http://127.0.0.1:9102", "127.0.0.1:9102"}, {"http://127.0.0.1:9103", "127.0.0.1:9103"}}
	}
	return c.withDir(&f, func() error { return c.servePeer(ctx, &f) })
}

// withDir makes the directory, and removes it again if it is a temporary one.
func (c *call) withDir(f *peerFlags, do func() error) error {
	if f.dir != "" {
		if err := os.MkdirAll(f.dir, 0o700); err != nil {
			return err
		}
		return do()
	}
	dir, err := os.MkdirTemp("", "godwit-peer-")
	if err != nil {
		return err
	}
	f.dir = dir
	return errors.Join(do(), os.RemoveAll(dir))
}

// servePeer serves until ctx is done.
func (c *call) servePeer(ctx context.Context, f *peerFlags) error {
	api, err := net.Listen("tcp", f.api)
	if err != nil {
		return err
	}
	config := peer.Config{Dir: f.dir, Trusted: c.trusted, Rules: f.rules}
	if config.Hosts, err = f.hosts.listen(); err != nil {
		return errors.Join(err, api.Close())
	}
	// The hosts end after the API, and not with ctx: what is under way there is
	// still answered.
	p, err := peer.Open(context.WithoutCancel(ctx), config)
	if err != nil {
		return errors.Join(err, api.Close())
	}
	web := &http.Server{Handler: p.API(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- web.Serve(api) }()
	err = ready(c.stdout, p, api.Addr().String(), c.json)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-served:
		}
	}
	return errors.Join(err, web.Close(), p.Close())
}

// ready tells that everything listens.
func ready(w io.Writer, p *peer.Peer, api string, asJSON bool) error {
	if asJSON {
		data, err := json.Marshal(struct {
			Ready bool            `json:"ready"`
			API   string          `json:"api"`
			Hosts []peer.HostLine `json:"hosts"`
		}{true, "http://" + api + "/v1", p.Lines()})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", data)
		return err
	}
	for _, h := range p.Lines() {
		fmt.Fprintf(w, "host %s on %s\n", h.Base, h.Listen)
	}
	_, err := fmt.Fprintf(w, "api http://%s/v1\nready\n", api)
	return err
}

// hostFlags is the value of -host: the public URL and the address of each.
type hostFlags [][2]string

func (h *hostFlags) String() string { return "" }

func (h *hostFlags) Set(s string) error {
	base, address, found := strings.Cut(s, "=")
	if !found || !strings.Contains(base, "://") {
		return errors.New("not URL=HOST:PORT")
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return errors.New("not URL=HOST:PORT")
	}
	*h = append(*h, [2]string{strings.TrimSuffix(base, "/"), address})
	return nil
}

// listen opens every host's listener, or none.
func (h hostFlags) listen() ([]peer.HostConfig, error) {
	var hosts []peer.HostConfig
	for _, one := range h {
		l, err := net.Listen("tcp", one[1])
		if err != nil {
			for _, opened := range hosts {
				err = errors.Join(err, opened.Listener.Close())
			}
			return nil, err
		}
		hosts = append(hosts, peer.HostConfig{Base: one[0], Listener: l})
	}
	return hosts, nil
}
