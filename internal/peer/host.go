package peer

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/vocab"
)

// reader is the account of each host that signs what the host fetches. Its
// document is shown to everybody, whatever else is hidden.
const reader = "reader"

// A host is a server with a stage before it.
type host struct {
	*fediverse.Server
	name    string
	listen  string
	peer    *Peer
	stage   stage
	unkind  conduct
	web     *http.Server
	stopped chan struct{}
}

func serverConfig(config Config, base, file string, trusted []string) fediverse.Config {
	return fediverse.Config{
		Base: base, File: file, Trusted: trusted, Rules: config.Rules,
		AliasAge: config.AliasAge, Reader: reader, RSA: config.RSA, Log: config.Log,
	}
}

// openHost opens a host and lets it listen and work.
func (p *Peer) openHost(c HostConfig, name string, config fediverse.Config) (*host, error) {
	server, err := fediverse.Open(p.ctx, config)
	if err != nil {
		return nil, errors.Join(err, c.Listener.Close())
	}
	h := &host{Server: server, name: name, listen: c.Listener.Addr().String(), peer: p, stopped: make(chan struct{})}
	h.web = &http.Server{
		Handler: h.handler(), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return p.ctx },
	}
	p.work.Go(func() { _ = h.web.Serve(c.Listener) })
	go func() {
		defer close(h.stopped)
		h.Run(p.ctx)
	}()
	return h, nil
}

// close waits for the work before the file is closed. Run has been told by then.
func (h *host) close() error {
	err := h.web.Close()
	h.unkind.stop()
	<-h.stopped
	return errors.Join(err, h.Server.Close())
}

// handler is what a request passes through: it is noted, mistreated if that was
// asked for, answered from the stage if something stands there, and else
// answered by the server.
func (h *host) handler() http.Handler {
	return h.noted(h.mistreated(h.staged(h.Server.Handler())))
}

// id is where an account of the host is.
func (h *host) id(name string) vocab.IRI { return vocab.IRI(h.Base() + "/users/" + name) }
