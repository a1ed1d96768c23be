package peer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/safehttp"
	"codeberg.org/godwit/godwit/move"
	"codeberg.org/godwit/godwit/vocab"
)

// HostConfig describes one host.
type HostConfig struct {
	// Base is the public URL that its ids begin with, such as "https://old.test";
	// without a final slash.
	Base string
	// Listener is where requests for it come in, perhaps from a TLS proxy.
	Listener net.Listener
}

// Config describes the hosts and what they may reach.
type Config struct {
	Hosts []HostConfig
	// Dir holds a SQLite file for each host.
	Dir string
	// Trusted are the exact host:port pairs that may be reached although they
	// are not on the public network. The hosts' own are trusted always.
	Trusted []string
	// Rules say which Moves are honoured.
	Rules move.Rules
	// AliasAge is how old an alias must be before the shape "godwit" sends a
	// Move. Zero: [move.AliasAge]; negative: any.
	AliasAge time.Duration
	// RSA makes the RSA keys of accounts; nil: [actor.GenerateRSA].
	RSA func(owner vocab.IRI) (actor.PrivateKey, error)
	// Log, if not nil, is told what fails in the background.
	Log *slog.Logger
}

// A Peer is all hosts of one process. It is safe for concurrent use.
type Peer struct {
	hosts   []*host
	http    *safehttp.Client
	trusted []string
	journal journal
	trap    *trap
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	work    sync.WaitGroup
	acts    acts
}

// Open starts the hosts. They answer and work until ctx is done or Close is
// called. Whatever it returns, the listeners are its own from now on.
func Open(ctx context.Context, config Config) (*Peer, error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &Peer{ctx: ctx, cancel: cancel}
	trusted, err := p.trust(config)
	if err == nil {
		p.trusted = trusted
		p.http = safehttp.New(&safehttp.Options{Trusted: trusted, Timeout: 30 * time.Second})
		p.trap, err = setTrap(&p.journal)
	}
	for _, h := range config.Hosts {
		if err != nil {
			err = errors.Join(err, h.Listener.Close())
			continue
		}
		var opened *host
		if opened, err = p.open(h, config, trusted); err == nil {
			p.hosts = append(p.hosts, opened)
		}
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// trust returns what the hosts may reach, their own addresses included.
func (p *Peer) trust(config Config) ([]string, error) {
	if len(config.Hosts) == 0 {
		return nil, errors.New("open peer: there is no host")
	}
	trusted := slices.Clone(config.Trusted)
	var own []string
	for _, h := range config.Hosts {
		base, err := url.Parse(h.Base)
		if err != nil || base.Host == "" || base.Path != "" || base.Scheme != "http" && base.Scheme != "https" {
			return nil, fmt.Errorf("open peer: %q is no base URL", h.Base)
		}
		port := base.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[base.Scheme]
		}
		address := net.JoinHostPort(strings.ToLower(base.Hostname()), port)
		name := strings.ToLower(base.Host)
		if slices.Contains(own, address) || slices.Contains(own, name) {
			return nil, fmt.Errorf("open peer: two hosts are named %s", base.Host)
		}
		own = append(own, address, name)
		trusted = append(trusted, net.JoinHostPort(base.Hostname(), port))
	}
	return trusted, nil
}

func (p *Peer) open(h HostConfig, config Config, trusted []string) (*host, error) {
	base, err := url.Parse(h.Base)
	if err != nil {
		return nil, errors.Join(err, h.Listener.Close())
	}
	file := strings.NewReplacer(":", "_", "[", "", "]", "").Replace(base.Host) + ".db"
	return p.openHost(h, base.Host, serverConfig(config, h.Base, filepath.Join(config.Dir, file), trusted))
}

// Close ends everything and waits for it.
func (p *Peer) Close() error {
	p.cancel()
	var err error
	for _, h := range p.hosts {
		err = errors.Join(err, h.close())
	}
	p.work.Wait()
	if p.trap != nil {
		err = errors.Join(err, p.trap.Close())
	}
	if p.http != nil {
		p.http.CloseIdleConnections()
	}
	return err
}

// Hosts returns the names of the hosts, as they stand behind the @ of a handle.
func (p *Peer) Hosts() []string {
	var names []string
	for _, h := range p.hosts {
		names = append(names, h.name)
	}
	return names
}

// host finds a host by its name or base; "" is the first.
func (p *Peer) host(name string) (*host, error) {
	for _, h := range p.hosts {
		if name == "" || name == h.name || name == h.Base() {
			return h, nil
		}
	}
	return nil, &apiError{http.StatusNotFound, fmt.Sprintf("there is no host %q here", name)}
}

// another returns a host that is not h, if there is one.
func (p *Peer) another(not ...*host) *host {
	for _, h := range p.hosts {
		if !slices.Contains(not, h) {
			return h
		}
	}
	return p.hosts[len(p.hosts)-1]
}
