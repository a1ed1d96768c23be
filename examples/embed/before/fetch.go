package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// maxBytes is how long a document may be.
const maxBytes = 1 << 20

// A remote is what is read of somebody elsewhere.
type remote struct {
	ID        string `json:"id"`
	Inbox     string `json:"inbox"`
	PublicKey struct {
		ID    string `json:"id"`
		Owner string `json:"owner"`
		PEM   string `json:"publicKeyPem"`
	} `json:"publicKey"`
}

// fetch reads an actor.
func (s *server) fetch(ctx context.Context, id string) (remote, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, id, nil)
	if err != nil {
		return remote{}, err
	}
	r.Header.Set("Accept", "application/activity+json")
	response, err := s.web.Do(r)
	if err != nil {
		return remote{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return remote{}, fmt.Errorf("fetch from %s: %s", r.URL.Host, response.Status)
	}
	var there remote
	if err := json.NewDecoder(io.LimitReader(response.Body, maxBytes)).Decode(&there); err != nil {
		return remote{}, fmt.Errorf("fetch from %s: %w", r.URL.Host, err)
	}
	if there.ID != id || there.Inbox == "" {
		return remote{}, fmt.Errorf("fetch from %s: not the actor that was asked for", r.URL.Host)
	}
	return there, nil
}

// guarded returns a client that stays on the public network, but for the
// trusted host:port pairs, and follows no redirects.
func guarded(trusted []string) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if ip := to.Addr().Unmap(); slices.Contains(trusted, address) || ip.IsGlobalUnicast() && !ip.IsPrivate() {
			return nil
		}
		return errors.New("the address is not on the public network")
	}}
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
