package webfinger

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Doer sends one request: *http.Client is one, and actor/client has a
// guarded one, which is what to use for names that strangers chose. It decides
// which redirects are followed, and must be safe for concurrent use if lookups
// are.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Options adjusts [Lookup] and [Confirm]. A nil *Options is the same as a zero
// one.
type Options struct {
	// Trusted lists exact host:port pairs that are asked over http, as test
	// servers on loopback are. All others are asked over https, and so is
	// port 443 of a trusted host.
	Trusted []string
	// MaxBytes is the longest answer that is read; 0 means 256 KiB.
	MaxBytes int64
	// Timeout bounds the whole lookup, with all its requests; 0 means 10 s.
	Timeout time.Duration
}

// An Account is what a lookup found.
type Account struct {
	// Handle is the canonical handle, confirmed by its own host. It is zero if
	// the account has none (FEP-03c1).
	Handle Handle
	// Actors are the ids of the account's actors in the order of the answer,
	// never empty unless Servers is not. Only URLs that [Options] allow to be
	// fetched are here. Whether the document behind one agrees is for the
	// caller to see.
	Actors []string
	// Servers are the ids of the server's own actor (FEP-d556), where a
	// server's root was looked up.
	Servers []string
	// Profile is the page for people, or "". It may be any http or https URL.
	Profile string
	// AnsweredBy is the host that finally answered, after redirects.
	AnsweredBy string
	// JRD is the whole answer, unverified.
	JRD *JRD
}

// Lookup finds the account that name stands for: a handle in any form, or an
// https URL (see [ParseResource]).
//
// A host without WebFinger is asked for its host-meta (RFC 6415). An answer
// about another handle than the one asked for is followed once: the other
// handle's own host must know it by that name, and its answer is the one that
// counts, as Mastodon has it. So a person may have a handle on one domain and
// an actor on another, and nobody can claim a handle for another's domain.
//
// Errors are a [LookupError], or wrap [ErrHandle] where name is neither.
func Lookup(ctx context.Context, doer Doer, name string, o *Options) (*Account, error) {
	resource, err := ParseResource(name)
	if err != nil {
		return nil, err
	}
	a := newAsker(doer, o)
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	return a.lookup(ctx, resource)
}

// Confirm looks handle up and returns the account if the answer leads back to
// the actor; [ErrUnconfirmed] is wrapped if it leads elsewhere (FEP-2c59). An
// actor document may claim any handle: only what this confirms is shown.
func Confirm(ctx context.Context, doer Doer, handle Handle, actor string, o *Options) (*Account, error) {
	account, err := Lookup(ctx, doer, handle.Acct(), o)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(account.Actors, actor) {
		return nil, &LookupError{Host: handle.Host, Err: ErrUnconfirmed}
	}
	return account, nil
}

// An asker holds what the requests of one lookup share.
type asker struct {
	doer     Doer
	trusted  []string
	maxBytes int64
	timeout  time.Duration
}

func newAsker(doer Doer, o *Options) *asker {
	a := &asker{doer: doer, maxBytes: 256 << 10, timeout: 10 * time.Second}
	if o == nil {
		return a
	}
	a.trusted = o.Trusted
	if o.MaxBytes > 0 {
		a.maxBytes = o.MaxBytes
	}
	if o.Timeout > 0 {
		a.timeout = o.Timeout
	}
	return a
}

func (a *asker) lookup(ctx context.Context, r Resource) (*Account, error) {
	first, err := a.ask(ctx, r)
	if err != nil {
		return nil, err
	}
	subject, err := ParseHandle(first.Subject)
	switch {
	case err != nil:
		// The subject is missing or a URL. What was asked is the only handle
		// there is, and its own host has just answered for it.
		return a.account(r.Handle, first)
	case subject.Same(r.Handle):
		return a.account(subject, first)
	}
	return a.confirmSubject(ctx, r, first, subject)
}

// confirmSubject asks the host of the handle that the first answer named.
func (a *asker) confirmSubject(ctx context.Context, r Resource, first *answer, subject Handle) (*Account, error) {
	unconfirmed := &LookupError{Host: subject.Host, Err: ErrUnconfirmed}
	second, err := a.ask(ctx, Resource{Handle: subject})
	if err != nil {
		return nil, err
	}
	named, err := ParseHandle(second.Subject)
	if err == nil && !named.Same(subject) {
		return nil, unconfirmed
	}
	account, err := a.account(subject, second)
	if err != nil {
		return nil, err
	}
	// A URL was asked for: the handle counts only if it leads to the same actor.
	if r.URL != "" && !slices.ContainsFunc(first.Actors(), func(id string) bool {
		return slices.Contains(account.Actors, id)
	}) {
		return nil, unconfirmed
	}
	return account, nil
}

func (a *asker) account(h Handle, from *answer) (*Account, error) {
	found := &Account{
		Handle:     h,
		Actors:     a.fetchable(from.Actors()),
		Servers:    a.fetchable(from.Servers()),
		AnsweredBy: from.host,
		JRD:        from.JRD,
	}
	if len(found.Actors) == 0 && len(found.Servers) == 0 {
		return nil, &LookupError{Host: from.host, Err: ErrNoActor}
	}
	if _, err := parseURL(from.Profile()); err == nil {
		found.Profile = from.Profile()
	}
	return found, nil
}

// fetchable drops what is no https URL, or http of a host that is not trusted.
func (a *asker) fetchable(urls []string) []string {
	return slices.DeleteFunc(urls, func(s string) bool { return !a.allowed(s) })
}

func (a *asker) allowed(s string) bool {
	switch scheme, host := originOf(s); scheme {
	case "https":
		return true
	case "http":
		if _, port, _ := splitPort(host); port == "" {
			host += ":80"
		}
		return a.trusts(host)
	}
	return false
}

// trusts never holds for a host without a port: that is https's.
func (a *asker) trusts(hostPort string) bool {
	return slices.ContainsFunc(a.trusted, func(t string) bool { return strings.EqualFold(t, hostPort) })
}

// origin returns where the host of r is asked.
func (a *asker) origin(r Resource) (string, error) {
	if r.URL == "" {
		if a.trusts(r.Handle.Host) {
			return "http://" + r.Handle.Host, nil
		}
		return "https://" + r.Handle.Host, nil
	}
	scheme, host := originOf(r.URL)
	if !a.allowed(r.URL) {
		return "", &LookupError{Host: host, Err: ErrPlain}
	}
	return scheme + "://" + host, nil
}

// ask puts one question to the host of r, through host-meta if WebFinger is
// not where RFC 7033 has it.
func (a *asker) ask(ctx context.Context, r Resource) (*answer, error) {
	origin, err := a.origin(r)
	if err != nil {
		return nil, err
	}
	found, err := a.query(ctx, origin+"/.well-known/webfinger?resource="+url.QueryEscape(r.String()))
	if !errors.Is(err, ErrNotFound) {
		return found, err
	}
	template := a.template(ctx, origin)
	if template == "" {
		return nil, err
	}
	return a.query(ctx, strings.ReplaceAll(template, "{uri}", url.QueryEscape(r.String())))
}
