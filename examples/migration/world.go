package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/vocab"
)

// The servers: the two ends of the move, and three where followers are.
const (
	oldHost = iota
	newHost
	north // some of its accounts are locked; one blocks the new account
	east  // is down at first
	south // is too busy at first; one of its accounts is rejected, two are never answered
	hosts
)

var hostNames = [hosts]string{"old", "new", "north", "east", "south"}

// A world is the five servers and the people on them.
type world struct {
	options   options
	addresses [hosts]string
	servers   [hosts]*fediverse.Host
	from, to  vocab.IRI // the two accounts
	followers []follower
	following []string      // names of accounts that the old one follows, on the three servers
	list      followingList // what -following names
	continued bool          // an earlier run began in this folder
}

// open starts every server at the address that it had the last time.
func open(ctx context.Context, o options) (*world, error) {
	w := &world{options: o}
	listeners, err := w.listen()
	if err != nil {
		return nil, err
	}
	for i, l := range listeners {
		if w.servers[i], err = fediverse.Listen(ctx, l, w.config(i)); err != nil {
			for _, unused := range listeners[i+1:] {
				err = errors.Join(err, unused.Close())
			}
			w.close()
			return nil, err
		}
	}
	w.from = w.account(oldHost, "alice")
	w.to = w.account(newHost, "alice")
	w.followers = w.cast()
	w.manners()
	return w, w.readFollowing()
}

func (w *world) config(i int) fediverse.Config {
	c := fediverse.Config{
		Base: "http://" + w.addresses[i], Title: hostNames[i], Trusted: w.addresses[:],
		File: filepath.Join(w.options.dir, hostNames[i]+".db"),
	}
	if w.options.hurry {
		c.AliasAge = -1
	}
	return c
}

func (w *world) account(host int, name string) vocab.IRI {
	return vocab.IRI("http://" + w.addresses[host] + "/users/" + name)
}

// listen takes the ports that are noted in the folder, or notes new ones: ids
// must be the same when the job is continued.
func (w *world) listen() ([]net.Listener, error) {
	file := filepath.Join(w.options.dir, "addresses.json")
	noted, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		for i := range w.addresses {
			w.addresses[i] = "127.0.0.1:0"
		}
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(noted, &w.addresses); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
	}
	var listeners []net.Listener
	for i, address := range w.addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			for _, l := range listeners {
				_ = l.Close()
			}
			return nil, fmt.Errorf("start the server %q where it was: %w", hostNames[i], err)
		}
		w.addresses[i] = l.Addr().String()
		listeners = append(listeners, l)
	}
	if w.continued = len(noted) > 0; w.continued {
		return listeners, nil
	}
	return listeners, w.note("addresses.json", w.addresses)
}

// note writes a small file that is there whole or not at all.
func (w *world) note(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	file := filepath.Join(w.options.dir, name)
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func (w *world) noted(name string) bool {
	_, err := os.Stat(filepath.Join(w.options.dir, name))
	return err == nil
}

// stop takes one server off the network.
func (w *world) stop(i int) error {
	err := w.servers[i].Stop()
	w.servers[i] = nil
	return err
}

// start puts it back.
func (w *world) start(ctx context.Context, i int) error {
	l, err := net.Listen("tcp", w.addresses[i])
	if err != nil {
		return err
	}
	w.servers[i], err = fediverse.Listen(ctx, l, w.config(i))
	return err
}

func (w *world) close() {
	for _, s := range w.servers {
		if s != nil {
			_ = s.Stop()
		}
	}
}
