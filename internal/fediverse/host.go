package fediverse

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Host is a server that listens and works.
type Host struct {
	*Server
	web    *http.Server
	cancel context.CancelFunc
	all    sync.WaitGroup
}

// Listen opens the server on a listener, and runs it until Stop. Its requests
// and its work end with ctx.
func Listen(ctx context.Context, l net.Listener, config Config) (*Host, error) {
	return ListenWith(ctx, l, config, func(h http.Handler) http.Handler { return h })
}

// ListenWith is [Listen] with something around the server's handler.
func ListenWith(ctx context.Context, l net.Listener, config Config, around func(http.Handler) http.Handler) (*Host, error) {
	s, err := Open(ctx, config)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	h := &Host{Server: s, cancel: cancel}
	h.web = &http.Server{
		Handler: around(s.Handler()), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	h.all.Go(func() { _ = h.web.Serve(l) })
	h.all.Go(func() { s.Run(ctx) })
	return h, nil
}

// Stop ends its work, waits for it, and closes its file.
func (h *Host) Stop() error {
	h.cancel()
	err := h.web.Close()
	h.all.Wait()
	return errors.Join(err, h.Server.Close())
}
